//! Rows on their way in.

use crate::common::{PASSWORD, asker, failure, header};
use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
};

const NAMED_HEADER: &[u8] = b"\x02\x01a\x01s\x06UInt32\x06String";
const BLANK_LINES_ROW: &[u8] = b"\x01\x00\x00\x00\x04\n\n\n\n";
const INSERT_NAMED: &str = "/?query=INSERT+INTO+NAME(a,s)+FORMAT+RowBinaryWithNamesAndTypes";

#[tokio::test]
async fn binary_rows_are_stored_as_they_are_and_broken_ones_not_at_all() {
    let Some(asker) = asker() else { return };
    asker
        .table("binary", "a UInt32, s String, d UInt8 DEFAULT 9")
        .await;
    let url = INSERT_NAMED.replace("NAME", "binary");
    let good = [NAMED_HEADER, BLANK_LINES_ROW, BLANK_LINES_ROW].concat();
    assert_eq!(asker.post(&url, good.clone()).await.status(), 200);
    let in_body = [
        b"INSERT INTO binary (a, s) FORMAT RowBinary\n",
        BLANK_LINES_ROW,
    ]
    .concat();
    assert_eq!(asker.post("/", in_body).await.status(), 200);
    let rows = "SELECT count(), countIf(s = '\\n\\n\\n\\n'), sum(d) FROM binary";
    assert_eq!(asker.text(rows).await, "3\t3\t27\n");

    let cut = asker.post(&url, good[..good.len() - 1].to_vec()).await;
    assert_eq!(failure(cut).await, (500, 33));
    let wrong = [
        b"\x02\x01a\x01s\x06UInt64\x06String".as_slice(),
        BLANK_LINES_ROW,
    ]
    .concat();
    assert_eq!(asker.fail(&url, wrong).await, (400, 117));
    let unknown = asker
        .post("/?query=INSERT+INTO+binary(nope)+FORMAT+CSV", "1")
        .await;
    assert_eq!(failure(unknown).await, (500, 16));
    for empty in [Vec::new(), NAMED_HEADER.to_vec()] {
        let response = asker.post(&url, empty).await;
        assert!(header(&response, "x-clickhouse-summary").contains("\"written_rows\":\"0\""));
        assert_eq!(response.status(), 200);
    }
    assert_eq!(asker.text(rows).await, "3\t3\t27\n");
}

#[tokio::test]
async fn a_body_that_breaks_off_stores_nothing() {
    let Some(asker) = asker() else { return };
    asker.table("aborted", "a UInt32").await;
    let mut socket = TcpStream::connect(asker.address).unwrap();
    let head = format!(
        "POST /?query=INSERT+INTO+aborted+FORMAT+CSV HTTP/1.1\r\nHost: x\r\nX-ClickHouse-Key: {PASSWORD}\r\n\
         Transfer-Encoding: chunked\r\n\r\n4\r\n1\n2\n\r\n"
    );
    socket.write_all(head.as_bytes()).unwrap();
    socket.shutdown(Shutdown::Write).unwrap();
    // Whatever the server says, it has seen the end when it closes.
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(asker.text("SELECT count() FROM aborted").await, "0\n");
}

#[tokio::test]
async fn a_large_body_goes_through_the_disk_and_is_stored_once() {
    let Some(asker) = asker() else { return };
    asker.table("large", "a UInt64, s String").await;
    let rows: Vec<u8> = (0..400_000_u64)
        .flat_map(|row| {
            [
                row.to_le_bytes().as_slice(),
                b"\x1fthirty bytes thirty bytes 12345",
            ]
            .concat()
        })
        .collect();
    assert!(rows.len() > 12 << 20);
    let stored = asker
        .post("/?query=INSERT+INTO+large+FORMAT+RowBinary", rows)
        .await;
    assert_eq!(stored.status(), 200, "{}", stored.text().await.unwrap());
    assert_eq!(
        asker.text("SELECT count(), uniqExact(a) FROM large").await,
        "400000\t400000\n"
    );
}

#[tokio::test]
async fn one_deduplication_token_stores_once() {
    let Some(asker) = asker() else { return };
    let settings = "SETTINGS non_replicated_deduplication_window = 100";
    let sql = format!("CREATE TABLE once (a UInt32) ENGINE = MergeTree ORDER BY a {settings}");
    asker.text(&sql).await;
    for row in ["1\n", "1\n"] {
        let url = "/?insert_deduplication_token=t1&query=INSERT+INTO+once+FORMAT+CSV";
        assert_eq!(asker.post(url, row).await.status(), 200);
    }
    assert_eq!(asker.text("SELECT count() FROM once").await, "1\n");
}

#[tokio::test]
async fn values_and_select_inserts_work_with_parameters() {
    let Some(asker) = asker() else { return };
    asker.table("valued", "a UInt32, s String").await;
    asker
        .text("INSERT INTO valued VALUES (1, 'a;b'), (2, 'FORMAT CSV')")
        .await;
    asker
        .text("INSERT INTO valued SELECT number, 'x' FROM numbers(3)")
        .await;
    let bound = asker
        .post("/?param_s=y", "INSERT INTO valued VALUES (9, {s:String})")
        .await;
    assert_eq!(bound.status(), 200);
    let continued = asker
        .post("/?query=INSERT+INTO+valued+VALUES", "(10, 'z')")
        .await;
    assert_eq!(continued.status(), 200);
    assert_eq!(
        asker.text("SELECT count(), sum(a) FROM valued").await,
        "7\t25\n"
    );
}
