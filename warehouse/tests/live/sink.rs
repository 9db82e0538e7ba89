//! What the sink promises.

use std::time::Duration;

use sideline_warehouse::sink::SinkState;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::bench::{ALL_PARTITIONS, Bench, log, outcome_of, stop, version};

#[tokio::test(flavor = "multi_thread")]
async fn promise_1_every_committed_version_reaches_the_table_once() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    let versions = log(20, 6);
    let (first, rest) = versions.split_at(40);
    bench.transact(first, true).await;
    bench.transact(&log(20, 30)[500..], false).await;
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 40).await;
    for some in rest.chunks(20) {
        bench.transact(some, true).await;
    }
    bench.wait_for_rows(&sink, "prediction_log", 120).await;
    let report = bench.verify().await;
    assert!(report.is_clean(), "{report:#?}");
    assert_eq!((report.versions, report.keys, report.rows), (120, 20, 120));
    bench.end(Some(sink)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_4_a_restarted_sink_goes_on_where_it_was_and_a_second_reading_folds() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    let versions = log(10, 5);
    bench.send_versions(&versions[..30]).await;
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 30).await;
    stop(sink).await;
    bench.send_versions(&versions[30..]).await;

    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 20).await;
    assert_eq!(sink.status().tables[0].rows, 20, "it read nothing twice");
    stop(sink).await;

    let mut again = bench.sink_config();
    again.topics.group.push_str("-again");
    let sink = sideline_warehouse::Sink::start(&again).unwrap();
    bench.wait_for_rows(&sink, "prediction_log", 50).await;
    let report = bench.verify().await;
    assert!(report.is_clean(), "{report:#?}");
    assert_eq!(bench.number("SELECT count() FROM history").await, 50);
    bench.end(Some(sink)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_1_a_table_that_lost_rows_is_filled_again() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    bench.send_versions(&log(8, 4)).await;
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 32).await;
    stop(sink).await;
    bench.execute("TRUNCATE TABLE prediction_log").await;
    let report = bench.verify().await;
    assert_eq!(report.breaches.by_kind.get("row_missing"), Some(&32));

    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 32).await;
    assert!(bench.verify().await.is_clean());
    bench.end(Some(sink)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_1_two_different_rows_of_one_version_both_stay_and_verify_sees_both() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    // Made on purpose: the log itself holds a version twice, with different contents.
    let mut other = version("player1", 1);
    other.content_hash = "another".into();
    other.candidate.predicted = Some(31.0);
    bench.send_versions(&[version("player1", 1), other]).await;
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 2).await;
    bench.execute("OPTIMIZE TABLE prediction_log FINAL").await;
    let sql = "SELECT count() FROM prediction_log WHERE version = 1";
    assert_eq!(bench.number(sql).await, 2, "merging folds neither");
    let breaches = bench.verify().await.breaches;
    assert_eq!(breaches.by_kind.get("version_repeated"), Some(&1));
    assert_eq!(breaches.total, 1, "{breaches:#?}");

    // And one that only the table holds, beside a row of the log, at the same place.
    bench
        .execute(
            "INSERT INTO prediction_log SELECT * REPLACE ('forged' AS content_hash) \
             FROM prediction_log WHERE predicted = 24.5",
        )
        .await;
    bench.execute("OPTIMIZE TABLE prediction_log FINAL").await;
    assert_eq!(bench.number(sql).await, 3);
    let breaches = bench.verify().await.breaches;
    assert_eq!(breaches.by_kind.get("row_differs"), Some(&1));
    assert_eq!(breaches.total, 2, "{breaches:#?}");
    bench.end(Some(sink)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_1_partitions_may_change_hands_between_sinks() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    let versions = log(12, 40);
    let first = bench.start_sink();
    bench.send_versions(&versions[..120]).await;
    let mut config = bench.sink_config();
    config.instance = "other".into();
    let second = sideline_warehouse::Sink::start(&config).unwrap();
    bench.send_versions(&versions[120..240]).await;
    bench
        .wait_until(&second, |second| {
            second.status().partitions == ALL_PARTITIONS / 2
                && first.status().partitions == ALL_PARTITIONS / 2
        })
        .await;
    bench.send_versions(&versions[240..360]).await;
    stop(first).await;
    bench.send_versions(&versions[360..]).await;
    bench
        .wait_until(&second, |second| {
            second.status().partitions == ALL_PARTITIONS
        })
        .await;
    bench.wait_for_stored(&second, 480).await;
    let report = bench.verify().await;
    assert!(report.is_clean(), "{report:#?}");
    bench.end(Some(second)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_7_an_unreadable_record_becomes_a_dead_letter_and_the_partition_goes_on() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    let topic = bench.topics.outcomes.clone();
    let good = outcome_of(&version("player1", 1));
    bench.send_bytes(&topic, 0, "k", b"{\"json\": true}").await;
    bench.send(&topic, 0, "k", &good).await;
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "outcome_log", 1).await;
    bench.wait_for_rows(&sink, "dead_letter_log", 1).await;
    let letters = bench.warehouse().dead_letters(10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].reason, "not_confluent_framing");
    assert_eq!((letters[0].partition, letters[0].offset), (0, 0));
    assert_eq!(letters[0].phase, "sink");
    let sql = "SELECT count() FROM dead_letters WHERE value = '{\"json\": true}'";
    assert_eq!(bench.number(sql).await, 1, "its bytes are kept");
    let breaches = bench.verify().await.breaches;
    assert_eq!(breaches.by_kind.get("unreadable"), Some(&1));
    bench.end(Some(sink)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_7_a_row_the_table_refuses_becomes_a_dead_letter_alone() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    bench.warehouse().migrate().await.unwrap();
    bench
        .execute("ALTER TABLE prediction_log ADD CONSTRAINT no_five CHECK version != 5")
        .await;
    bench.send_versions(&log(3, 9)).await;
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 24).await;
    bench.wait_for_rows(&sink, "dead_letter_log", 3).await;
    assert_eq!(sink.status().tables[0].refused, 3);
    let letters = bench.warehouse().dead_letters(10).await.unwrap();
    assert!(
        letters
            .iter()
            .all(|letter| letter.reason == "refused_by_clickhouse"),
        "{letters:#?}"
    );
    assert_eq!(
        bench.verify().await.breaches.by_kind.get("row_missing"),
        Some(&3)
    );
    bench.end(Some(sink)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sink_waits_for_clickhouse_and_goes_on_when_it_returns() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    let gate = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = gate.local_addr().unwrap();
    drop(gate);
    let mut config = bench.sink_config();
    config.clickhouse.url = format!("http://{address}");
    bench.send_versions(&log(4, 3)).await;
    let sink = sideline_warehouse::Sink::start(&config).unwrap();
    bench
        .wait_until(&sink, |sink| sink.status().state == SinkState::Waiting)
        .await;
    let status = sink.status();
    assert!(status.error.unwrap().contains(&address.to_string()));
    assert!(status.hint.is_some() && status.waiting_since.is_some());

    let gate = open_gate(&bench, address).await;
    bench.wait_for_rows(&sink, "prediction_log", 12).await;
    gate.abort();
    let _closed = gate.await;
    bench.send_versions(&[version("player0", 4)]).await;
    bench
        .wait_until(&sink, |sink| sink.status().state == SinkState::Waiting)
        .await;

    let gate = open_gate(&bench, address).await;
    bench.wait_for_rows(&sink, "prediction_log", 13).await;
    assert_eq!(sink.status().state, SinkState::Running);
    let report = bench.verify().await;
    assert!(report.is_clean(), "{report:#?}");
    bench.end(Some(sink)).await;
    gate.abort();
}

/// Passes connections at `address` on to ClickHouse until it is aborted.
async fn open_gate(bench: &Bench, address: std::net::SocketAddr) -> tokio::task::JoinHandle<()> {
    let target = bench
        .clickhouse
        .url
        .trim_start_matches("http://")
        .to_owned();
    let gate = TcpListener::bind(address).await.unwrap();
    tokio::spawn(async move {
        let mut passing = tokio::task::JoinSet::new();
        while let Ok((mut client, _)) = gate.accept().await {
            let target = target.clone();
            passing.spawn(async move {
                let mut server = TcpStream::connect(target).await.unwrap();
                let _closed = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    })
}

/// Figures, not a promise: `cargo test -p sideline-warehouse --test live -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures; prints its figures"]
async fn measure_delay_and_throughput() {
    let Some(bench) = Bench::new().await else {
        return;
    };
    let sink = bench.start_sink();
    bench.send_versions(&[version("player0", 1)]).await;
    bench.wait_for_rows(&sink, "prediction_log", 1).await;
    for number in 2..=300 {
        bench.send_versions(&[version("player0", number)]).await;
        tokio::time::sleep(Duration::from_millis(70)).await;
    }
    bench.wait_for_rows(&sink, "prediction_log", 300).await;
    eprintln!("one version every 70 ms: {:?}", sink.status().delay);
    stop(sink).await;

    bench.send_many(&log(400, 100)).await;
    let started = std::time::Instant::now();
    let sink = bench.start_sink();
    bench.wait_for_rows(&sink, "prediction_log", 40_000).await;
    let seconds = started.elapsed().as_secs_f64();
    eprintln!(
        "40,000 versions in {seconds:.2} s, {} inserts",
        sink.status().tables[0].inserts
    );
    bench.end(Some(sink)).await;
}
