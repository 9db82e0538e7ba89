//! Sessions and query ids.

use crate::common::{asker, failure};
use reqwest::Method;

#[tokio::test]
async fn a_session_keeps_its_tables_until_its_time_is_over() {
    let Some(asker) = asker() else { return };
    let session = "/?session_id=s1";
    let made = asker
        .post(session, "CREATE TEMPORARY TABLE kept AS SELECT 7 AS a")
        .await;
    assert_eq!(made.status(), 200, "{}", made.text().await.unwrap());
    assert_eq!(asker.ask(session, "SELECT a FROM kept").await, "7\n");
    assert_eq!(asker.fail("/", "SELECT a FROM kept").await, (404, 60));
    assert_eq!(
        asker
            .post("/?session_id=s1&close_session=1", "SELECT 1")
            .await
            .status(),
        200
    );
    let gone = asker
        .post("/?session_id=s1&session_check=1", "SELECT 1")
        .await;
    assert_eq!(failure(gone).await, (500, 372));
    assert_eq!(
        asker
            .post("/?session_id=s2&session_timeout=0", "SELECT 1")
            .await
            .status(),
        200
    );
    let timed_out = asker
        .post("/?session_id=s2&session_check=1", "SELECT 1")
        .await;
    assert_eq!(failure(timed_out).await, (500, 372));
    let too_long = asker
        .post("/?session_id=s2&session_timeout=9999", "SELECT 1")
        .await;
    assert_eq!(failure(too_long).await, (500, 374));
}

#[tokio::test]
async fn a_session_keeps_what_set_and_use_chose_under_what_a_request_says() {
    let Some(asker) = asker() else { return };
    let session = "/?session_id=s5";
    assert_eq!(
        asker
            .post(session, "SET max_block_size = 77")
            .await
            .status(),
        200
    );
    let size = "SELECT getSetting('max_block_size')";
    let covered = asker
        .post("/?session_id=s5&max_block_size=5&database=system", size)
        .await;
    assert_eq!(covered.text().await.unwrap(), "5\n");
    assert_eq!(asker.ask(session, size).await, "77\n");
    assert_eq!(
        asker.ask(session, "SELECT currentDatabase()").await,
        "default\n"
    );
    assert_eq!(asker.post(session, "USE system").await.status(), 200);
    assert_eq!(
        asker.ask(session, "SELECT currentDatabase()").await,
        "system\n"
    );
}

#[tokio::test]
async fn a_failed_answer_leaves_nothing_in_its_sessions_next_answer() {
    let Some(asker) = asker() else { return };
    let failing = "SELECT throwIf(number=150000) FROM numbers(200000) FORMAT";
    for round in 0..5 {
        for format in ["Native", "TSV", "RowBinaryWithNamesAndTypes"] {
            for wait in 0..2 {
                let url = format!("/?session_id=s4&wait_end_of_query={wait}&log_comment=c{round}");
                let failed = asker.post(&url, format!("{failing} {format}")).await;
                let _broken_or_whole = failed.bytes().await;
                let next = asker.post("/?session_id=s4", "SELECT 1").await;
                assert_eq!(next.text().await.unwrap(), "1\n", "{format} {wait}");
            }
        }
    }
}

#[tokio::test]
async fn a_session_and_a_query_id_serve_one_request_at_a_time() {
    let Some(asker) = asker() else { return };
    let first = tokio::spawn(
        asker
            .request(Method::POST, "/?session_id=s3&query_id=q3")
            .body("SELECT sleep(2)")
            .send(),
    );
    let busy = "SELECT count() FROM system.processes WHERE query = 'SELECT sleep(2)'";
    while asker.text(busy).await == "0\n" {}
    assert_eq!(asker.fail("/?session_id=s3", "SELECT 1").await, (500, 373));
    assert_eq!(asker.fail("/?query_id=q3", "SELECT 1").await, (500, 216));
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    assert_eq!(
        asker
            .post("/?session_id=s3&query_id=q3", "SELECT 1")
            .await
            .status(),
        200
    );
}
