//! The official Rust client, with its default settings, works unchanged.

use crate::common::{PASSWORD, server};
use clickhouse::{Client, Compression, Row, error::Error};
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Row, Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Line {
    id: u32,
    player: String,
    value: Option<f64>,
}

fn client() -> Option<Client> {
    let address = server()?;
    let client = Client::default().with_url(format!("http://{address}"));
    Some(
        client
            .with_user("default")
            .with_password(PASSWORD)
            .with_database("default"),
    )
}

fn both(client: &Client) -> [Client; 2] {
    [
        client.clone(),
        client.clone().with_compression(Compression::None),
    ]
}

async fn table(client: &Client, name: &str) {
    client
        .query(&format!("DROP TABLE IF EXISTS {name}"))
        .execute()
        .await
        .unwrap();
    let columns = "(id UInt32, player String, value Nullable(Float64))";
    let sql = format!("CREATE TABLE {name} {columns} ENGINE = MergeTree ORDER BY id");
    client.query(&sql).execute().await.unwrap();
}

fn line(id: u32) -> Line {
    Line {
        id,
        player: format!("player\n\n{id}"),
        value: id.is_multiple_of(2).then_some(f64::from(id)),
    }
}

#[tokio::test]
async fn rows_inserted_by_the_client_come_back_equal() {
    let Some(client) = client() else { return };
    for (at, client) in both(&client).into_iter().enumerate() {
        let name = format!("rows_{at}");
        table(&client, &name).await;
        let mut insert = client.insert::<Line>(&name).await.unwrap();
        for id in 0..50_000 {
            insert.write(&line(id)).await.unwrap();
        }
        insert.end().await.unwrap();
        let sql = format!("SELECT ?fields FROM {name} ORDER BY id");
        let mut cursor = client.query(&sql).fetch::<Line>().unwrap();
        let mut id = 0;
        while let Some(row) = cursor.next().await.unwrap() {
            assert_eq!(row, line(id));
            id += 1;
        }
        assert_eq!(id, 50_000);
        let one = client
            .query(&format!("SELECT ?fields FROM {name} WHERE id = ?"))
            .bind(7);
        assert_eq!(one.fetch_one::<Line>().await.unwrap(), line(7));
        let none = client.query(&format!("SELECT ?fields FROM {name} WHERE id = 99999999"));
        assert_eq!(none.fetch_optional::<Line>().await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_abandoned_insert_stores_nothing() {
    let Some(client) = client() else { return };
    table(&client, "abandoned").await;
    let mut insert = client.insert::<Line>("abandoned").await.unwrap();
    for id in 0..100_000 {
        insert.write(&line(id)).await.unwrap();
    }
    drop(insert);
    let count = client.query("SELECT count() FROM abandoned");
    assert_eq!(count.fetch_one::<u64>().await.unwrap(), 0);
}

#[tokio::test]
async fn the_inserter_stores_what_it_committed() {
    let Some(client) = client() else { return };
    table(&client, "periods").await;
    let inserter = client.inserter::<Line>("periods").with_max_rows(100);
    let mut inserter = inserter.with_period(Some(Duration::from_millis(20)));
    let mut rows = 0;
    for id in 0..1_000 {
        inserter.write(&line(id)).await.unwrap();
        rows += inserter.commit().await.unwrap().rows;
    }
    rows += inserter.end().await.unwrap().rows;
    assert_eq!(rows, 1_000);
    let count = client.query("SELECT count() FROM periods");
    assert_eq!(count.fetch_one::<u64>().await.unwrap(), 1_000);
}

#[tokio::test]
async fn bytes_parameters_and_options_pass() {
    let Some(client) = client() else { return };
    for client in both(&client) {
        let mut bytes = client
            .query("SELECT number FROM numbers(3)")
            .fetch_bytes("JSONEachRow")
            .unwrap();
        let text = bytes.collect().await.unwrap();
        assert_eq!(
            text.as_ref(),
            b"{\"number\":0}\n{\"number\":1}\n{\"number\":2}\n"
        );
        let bound = client.query("SELECT {a:String}").param("a", "x\ty'z");
        assert_eq!(bound.fetch_one::<String>().await.unwrap(), "x\ty'z");
        let option = client
            .query("SELECT toUInt64(getSetting('max_block_size'))")
            .with_setting("max_block_size", "7");
        assert_eq!(option.fetch_one::<u64>().await.unwrap(), 7);
    }
}

#[tokio::test]
async fn errors_reach_the_caller_with_their_code() {
    let Some(client) = client() else { return };
    for client in both(&client) {
        let unknown = client
            .query("SELECT * FROM nope")
            .fetch_all::<u8>()
            .await
            .unwrap_err();
        assert!(
            matches!(&unknown, Error::BadResponse(text) if text.starts_with("Code: 60.")),
            "{unknown}"
        );
        let late = client
            .query("SELECT throwIf(number=150000) FROM numbers(200000)")
            .with_setting("max_block_size", "10000");
        let late = late.fetch_all::<u8>().await.unwrap_err();
        assert!(
            matches!(&late, Error::BadResponse(text) if text.starts_with("Code: 395.")),
            "{late}"
        );
    }
}

#[derive(Row, Serialize)]
struct WrongLine {
    id: String,
}

#[tokio::test]
async fn a_row_that_does_not_fit_its_table_is_refused_by_the_client() {
    let Some(client) = client() else { return };
    table(&client, "strict").await;
    let refused = client.insert::<WrongLine>("strict").await;
    assert!(matches!(refused, Err(Error::SchemaMismatch(_))));
}
