//! Queries, their answers and their errors.

use crate::common::{PASSWORD, asker, failure, header};
use reqwest::Method;
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

#[tokio::test]
async fn probes_are_answered_without_login() {
    let Some(asker) = asker() else { return };
    for path in ["/ping", "/", "/replicas_status"] {
        let url = format!("http://{}{path}", asker.address);
        let response = asker.http.get(url).send().await.unwrap();
        assert_eq!(
            (
                response.status().as_u16(),
                response.text().await.unwrap().as_str()
            ),
            (200, "Ok.\n")
        );
    }
    assert_eq!(asker.get("/nowhere").await.status(), 404);
}

#[tokio::test]
async fn every_answer_carries_the_headers_clients_read() {
    let Some(asker) = asker() else { return };
    let response = asker.get("/?query=SELECT+1&query_id=abc").await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        header(&response, "content-type"),
        "text/tab-separated-values; charset=UTF-8"
    );
    assert_eq!(header(&response, "x-clickhouse-format"), "TabSeparated");
    assert_eq!(header(&response, "x-clickhouse-query-id"), "abc");
    assert_ne!(header(&response, "x-clickhouse-timezone"), "");
    assert_ne!(header(&response, "x-clickhouse-server-display-name"), "");
    assert_eq!(header(&response, "x-clickhouse-exception-tag").len(), 16);
    let summary: serde_json::Value =
        serde_json::from_str(header(&response, "x-clickhouse-summary")).unwrap();
    assert!(
        summary
            .as_object()
            .unwrap()
            .values()
            .all(serde_json::Value::is_string)
    );
    assert_eq!(summary["result_rows"], "1");
    assert_eq!(response.text().await.unwrap(), "1\n");
    let unnamed = asker.get("/?query=SELECT+1").await;
    assert_eq!(header(&unnamed, "x-clickhouse-query-id").len(), 36);
}

#[tokio::test]
async fn the_text_may_stand_in_the_url_the_body_or_both() {
    let Some(asker) = asker() else { return };
    assert_eq!(asker.text("SELECT 1").await, "1\n");
    let both = asker.post("/?query=SELECT", "1").await;
    assert_eq!(both.text().await.unwrap(), "1\n");
    assert_eq!(asker.text("SELECT 1;").await, "1\n");
}

#[tokio::test]
async fn errors_have_the_servers_code_and_status() {
    let Some(asker) = asker() else { return };
    for (sql, expected) in [
        ("", (400, 62)),
        ("-- nothing", (400, 62)),
        ("SELECT 1;SELECT 2", (400, 62)),
        ("SELEC 1", (400, 62)),
        ("nonsense", (400, 62)),
        ("SELECT * FROM nope", (404, 60)),
        ("SELECT nope", (404, 47)),
        ("SELECT 1 FORMAT Nope", (404, 73)),
        ("SELECT {a:String}", (500, 456)),
        ("SELECT 1 INTO OUTFILE 'x'", (500, 358)),
        ("INSERT INTO nope FORMAT CSV\n1", (404, 60)),
        (
            "SELECT sleep(3) SETTINGS max_execution_time = 1",
            (408, 159),
        ),
    ] {
        assert_eq!(asker.fail("/", sql).await, expected, "{sql}");
    }
}

#[tokio::test]
async fn get_reads_and_post_writes() {
    let Some(asker) = asker() else { return };
    asker.table("only_post", "a UInt8").await;
    for sql in [
        "INSERT INTO only_post VALUES (1)",
        "CREATE TABLE x (a UInt8) ENGINE = Memory",
        "DROP TABLE only_post",
    ] {
        assert_eq!(
            failure(
                asker
                    .request(Method::GET, &format!("/?query={}", sql.replace(' ', "+")))
                    .send()
                    .await
                    .unwrap()
            )
            .await,
            (500, 164)
        );
    }
    asker.text("INSERT INTO only_post VALUES (1)").await;
    assert_eq!(
        asker
            .get("/?query=SELECT+count()+FROM+only_post")
            .await
            .text()
            .await
            .unwrap(),
        "1\n"
    );
}

#[tokio::test]
async fn settings_hold_for_their_request_alone() {
    let Some(asker) = asker() else { return };
    let sql = "SELECT getSetting('max_threads')::UInt32 = 1, getSetting('async_insert')";
    let set = asker.post("/?max_threads=1", sql).await;
    assert_eq!(set.text().await.unwrap(), "1\tfalse\n");
    assert_eq!(
        asker
            .text("SELECT changed FROM system.settings WHERE name = 'max_threads'")
            .await,
        "0\n"
    );
    assert_eq!(asker.fail("/?nope=1", "SELECT 1").await, (404, 115));
    assert_eq!(asker.fail("/?max_threads=x", "SELECT 1").await.0, 400);
    let quoted = asker
        .post(
            "/?log_comment=a'b%5Cc",
            "SELECT getSetting('log_comment') FORMAT TSVRaw",
        )
        .await;
    assert_eq!(quoted.text().await.unwrap(), "a'b\\c\n");
}

#[tokio::test]
async fn a_wrong_password_is_refused_in_each_way_of_saying_it() {
    let Some(asker) = asker() else { return };
    let url = format!("http://{}/", asker.address);
    let ask = || asker.http.post(&url).body("SELECT 1");
    for wrong in [
        ask(),
        asker
            .http
            .post(format!("{url}?password=x"))
            .body("SELECT 1"),
        ask().basic_auth("default", Some("x")),
        ask().header("X-ClickHouse-Key", "x"),
        ask().bearer_auth(PASSWORD),
        ask()
            .header("X-ClickHouse-Key", PASSWORD)
            .basic_auth("default", Some(PASSWORD)),
    ] {
        assert_eq!(failure(wrong.send().await.unwrap()).await, (403, 516));
    }
    for right in [
        asker
            .http
            .post(format!("{url}?password={PASSWORD}"))
            .body("SELECT 1"),
        ask().basic_auth("default", Some(PASSWORD)),
        ask()
            .header("X-ClickHouse-User", "default")
            .header("X-ClickHouse-Key", PASSWORD),
    ] {
        assert_eq!(right.send().await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn parameters_are_bound_with_their_escapes() {
    let Some(asker) = asker() else { return };
    let value = |url: &'static str, sql: &'static str| asker.post(url, sql);
    let tab = value("/?param_a=x%5Cty", "SELECT {a:String} FORMAT TSVRaw").await;
    assert_eq!(tab.text().await.unwrap(), "x\ty\n");
    let null = value("/?param_a=%5CN", "SELECT {a:Nullable(String)} IS NULL").await;
    assert_eq!(null.text().await.unwrap(), "1\n");
    let first = value("/?param_a=1&param_a=2", "SELECT {a:UInt8}").await;
    assert_eq!(first.text().await.unwrap(), "1\n");
    assert_eq!(
        failure(value("/?param_a=x%09y", "SELECT {a:String}").await).await,
        (500, 457)
    );
}

#[tokio::test]
async fn a_form_carries_query_and_parameters() {
    let Some(asker) = asker() else { return };
    let body = "--b1\r\nContent-Disposition: form-data; name=\"param_a\"\r\n\r\nx\\ty\r\n\
                --b1\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\nSELECT {a:String} FORMAT TSVRaw\r\n--b1--\r\n";
    let request = asker.request(Method::POST, "/").body(body);
    let response = request
        .header("Content-Type", "multipart/form-data; boundary=b1")
        .send()
        .await;
    assert_eq!(response.unwrap().text().await.unwrap(), "x\ty\n");
}

#[tokio::test]
async fn the_nearest_word_on_the_format_wins() {
    let Some(asker) = asker() else { return };
    let json = asker.post("/?default_format=JSON", "SELECT 1 AS a").await;
    assert_eq!(
        header(&json, "content-type"),
        "application/json; charset=UTF-8"
    );
    let parsed: serde_json::Value = json.json().await.unwrap();
    assert_eq!(parsed["data"][0]["a"], 1);
    let csv = asker
        .post("/?default_format=JSON", "SELECT 'a' FORMAT CSV")
        .await;
    assert_eq!(csv.text().await.unwrap(), "\"a\"\n");
    let named = asker
        .request(Method::POST, "/?default_format=JSON")
        .body("SELECT 'a'");
    let named = named
        .header("X-ClickHouse-Format", "CSV")
        .send()
        .await
        .unwrap();
    assert_eq!(header(&named, "x-clickhouse-format"), "CSV");
}

#[tokio::test]
async fn the_database_is_chosen_per_request() {
    let Some(asker) = asker() else { return };
    let sql = "SELECT count() > 0 FROM tables";
    assert_eq!(asker.ask("/?database=system", sql).await, "1\n");
    assert_eq!(asker.fail("/?database=nope", sql).await, (404, 81));
    assert_eq!(asker.fail("/", sql).await, (404, 60));
}

#[tokio::test]
async fn a_database_that_was_dropped_is_unknown_to_the_next_request() {
    let Some(asker) = asker() else { return };
    for _ in 0..20 {
        asker.text("CREATE DATABASE short_lived").await;
        let name = asker
            .ask("/?database=short_lived", "SELECT currentDatabase()")
            .await;
        assert_eq!(name, "short_lived\n");
        asker.text("DROP DATABASE short_lived").await;
        let failed = asker.fail("/?database=short_lived", "SELECT 1").await;
        assert_eq!(failed, (404, 81));
    }
}

#[tokio::test]
async fn a_streamed_answer_is_the_whole_answer() {
    let Some(asker) = asker() else { return };
    for format in [
        "RowBinaryWithNamesAndTypes",
        "Native",
        "JSONEachRow",
        "CSV",
        "RowBinary",
        "JSON",
    ] {
        for rows in [0, 3, 1_000_000] {
            if format == "JSON" && rows > 3 {
                continue;
            }
            let sql = format!(
                "SELECT number, toString(number) AS s FROM numbers({rows}) ORDER BY number \
                 SETTINGS output_format_write_statistics = 0 FORMAT {format}"
            );
            let streamed = asker.bytes("/", sql.clone()).await;
            let whole = asker.bytes("/?wait_end_of_query=1", sql).await;
            assert_eq!(streamed.len(), whole.len(), "{format} {rows}");
            // The blocks of Native may be cut elsewhere.
            assert!(format == "Native" || streamed == whole, "{format} {rows}");
        }
    }
    let totals =
        "SELECT number % 2 AS k, count() FROM numbers(10) GROUP BY k WITH TOTALS ORDER BY k";
    assert_eq!(asker.text(totals).await, "0\t5\n1\t5\n\n0\t10\n");
}

#[tokio::test]
async fn an_error_behind_sent_data_is_tagged_and_breaks_the_body() {
    let Some(asker) = asker() else { return };
    let sql = "SELECT throwIf(number=150000) FROM numbers(200000)";
    let url = "/?max_block_size=10000";
    let mut response = asker.post(url, sql).await;
    assert_eq!(response.status(), 200);
    let tag = header(&response, "x-clickhouse-exception-tag").to_owned();
    let mut body = Vec::new();
    let end = loop {
        match response.chunk().await {
            Ok(Some(piece)) => body.extend(piece),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert!(end.is_err(), "the final chunk must be missing");
    let text = String::from_utf8(body).unwrap();
    assert!(text.ends_with(&format!(" {tag}\r\n__exception__\r\n")));
    assert!(text.contains(&format!("\r\n__exception__\r\n{tag}\r\nCode: 395. ")));
    let waited = asker
        .post("/?max_block_size=10000&wait_end_of_query=1", sql)
        .await;
    assert_eq!(failure(waited).await, (500, 395));
}

#[tokio::test]
async fn a_query_beyond_the_memory_limit_fails_and_the_server_stays() {
    let Some(asker) = asker() else { return };
    let sql = "SELECT length(groupArray(toString(number))) FROM numbers(100000000)";
    assert_eq!(asker.fail("/", sql).await, (500, 241));
    assert_eq!(asker.text("SELECT 1").await, "1\n");
}

#[tokio::test]
async fn parallel_requests_do_not_see_each_others_settings() {
    let Some(asker) = asker() else { return };
    let asks = (1..=32).map(|size| {
        let asker = &asker;
        async move {
            let url = format!("/?max_block_size={size}&database=system");
            let sql = "SELECT getSetting('max_block_size'), currentDatabase(), sleep(0.01)";
            (size, asker.ask(&url, sql).await)
        }
    });
    for (size, text) in futures_util::future::join_all(asks).await {
        assert_eq!(text, format!("{size}\tsystem\t0\n"));
    }
}

#[tokio::test]
async fn a_client_that_waits_for_continue_gets_it() {
    let Some(asker) = asker() else { return };
    let mut socket = TcpStream::connect(asker.address).unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nX-ClickHouse-Key: {PASSWORD}\r\nExpect: 100-continue\r\nContent-Length: 8\r\n\
         Connection: close\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).unwrap();
    let mut first = [0; 25];
    socket.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 100 Continue\r\n\r\n");
    socket.write_all(b"SELECT 1").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("1\n"), "{answer}");
}

#[tokio::test]
async fn a_post_without_length_is_refused() {
    let Some(asker) = asker() else { return };
    let mut socket = TcpStream::connect(asker.address).unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nX-ClickHouse-Key: {PASSWORD}\r\nConnection: close\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 411") && answer.contains("x-clickhouse-exception-code: 381"),
        "{answer}"
    );
}
