//! Compression both ways.

use crate::common::{asker, failure, header};
use flate2::{read::GzDecoder, write::GzEncoder};
use reqwest::Method;
use std::io::{Read as _, Write as _};

fn unframed(mut bytes: &[u8]) -> Vec<u8> {
    let mut raw = Vec::new();
    while !bytes.is_empty() {
        let frame_bytes = u32::from_le_bytes(bytes[17..21].try_into().unwrap()) as usize;
        let raw_bytes = u32::from_le_bytes(bytes[21..25].try_into().unwrap()) as usize;
        let (frame, rest) = bytes[16..].split_at(frame_bytes);
        let hash = cityhash_rs::cityhash_102_128(frame)
            .rotate_left(64)
            .to_le_bytes();
        assert_eq!((hash.as_slice(), frame[0]), (&bytes[..16], 0x82));
        raw.extend(lz4_flex::block::decompress(&frame[9..], raw_bytes).unwrap());
        bytes = rest;
    }
    raw
}

fn framed(raw: &[u8]) -> Vec<u8> {
    let data = lz4_flex::block::compress(raw);
    let mut frame = vec![0x82];
    frame.extend(u32::try_from(data.len() + 9).unwrap().to_le_bytes());
    frame.extend(u32::try_from(raw.len()).unwrap().to_le_bytes());
    frame.extend(data);
    let hash = cityhash_rs::cityhash_102_128(&frame)
        .rotate_left(64)
        .to_le_bytes();
    [hash.as_slice(), &frame].concat()
}

#[tokio::test]
async fn native_frames_carry_a_hundred_megabytes() {
    let Some(asker) = asker() else { return };
    let sql = "SELECT number, repeat(toString(number % 10), 90) FROM numbers(1000000) FORMAT TSV";
    let response = asker.post("/?compress=1", sql).await;
    let raw = unframed(&response.bytes().await.unwrap());
    assert_eq!(raw.iter().filter(|byte| **byte == b'\n').count(), 1_000_000);
    assert!(raw.ends_with(format!("\n999999\t{}\n", "9".repeat(90)).as_bytes()));
    assert_eq!(asker.fail("/?compress=1", "SELECT nope").await, (404, 47));
}

#[tokio::test]
async fn answers_are_compressed_as_accepted() {
    let Some(asker) = asker() else { return };
    let sql = "SELECT number FROM numbers(300000)";
    let plain = asker.bytes("/", sql).await;
    for encoding in ["lz4", "zstd", "gzip"] {
        let ask = |url| {
            asker
                .request(Method::POST, url)
                .header("Accept-Encoding", encoding)
                .body(sql)
                .send()
        };
        let response = ask("/").await.unwrap();
        assert_eq!(header(&response, "content-encoding"), encoding);
        let bytes = response.bytes().await.unwrap();
        let mut decoded = Vec::new();
        match encoding {
            "lz4" => lz4_flex::frame::FrameDecoder::new(bytes.as_ref())
                .read_to_end(&mut decoded)
                .unwrap(),
            "zstd" => zstd::Decoder::new(bytes.as_ref())
                .unwrap()
                .read_to_end(&mut decoded)
                .unwrap(),
            _ => GzDecoder::new(bytes.as_ref())
                .read_to_end(&mut decoded)
                .unwrap(),
        };
        assert_eq!(decoded, plain, "{encoding}");
        let refused = ask("/?enable_http_compression=0").await.unwrap();
        assert_eq!(header(&refused, "content-encoding"), "");
        assert_eq!(refused.bytes().await.unwrap(), plain);
    }
}

#[tokio::test]
async fn framed_inserts_are_stored_and_a_flipped_byte_stores_nothing() {
    let Some(asker) = asker() else { return };
    asker.table("framed", "a UInt32").await;
    let rows: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    let frames = [framed(&rows[..100_001]), framed(&rows[100_001..])].concat();
    let url = "/?decompress=1&query=INSERT+INTO+framed+FORMAT+RowBinary";
    let pieces = frames
        .chunks(777)
        .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
        .collect::<Vec<_>>();
    let cut = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    let stored = asker.post(url, cut).await;
    assert!(header(&stored, "x-clickhouse-summary").contains("\"written_rows\":\"100000\""));
    assert_eq!(
        asker.text("SELECT count(), sum(a) FROM framed").await,
        "100000\t4999950000\n"
    );
    let mut broken = frames;
    let last = broken.len() - 1;
    broken[last] ^= 1;
    assert_eq!(asker.fail(url, broken).await, (500, 40));
    assert_eq!(asker.text("SELECT count() FROM framed").await, "100000\n");
}

#[tokio::test]
async fn encoded_inserts_are_stored() {
    let Some(asker) = asker() else { return };
    asker.table("encoded", "a UInt32").await;
    let text = b"INSERT INTO encoded FORMAT CSV\n1\n2\n3\n";
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text).unwrap();
    let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
    lz4.write_all(text).unwrap();
    for (encoding, body) in [
        ("gzip", gzip.finish().unwrap()),
        ("lz4", lz4.finish().unwrap()),
        ("zstd", zstd::encode_all(text.as_slice(), 1).unwrap()),
    ] {
        let request = asker
            .request(Method::POST, "/")
            .header("Content-Encoding", encoding)
            .body(body);
        assert_eq!(request.send().await.unwrap().status(), 200, "{encoding}");
    }
    assert_eq!(
        asker.text("SELECT count(), sum(a) FROM encoded").await,
        "9\t18\n"
    );
    let unknown = asker
        .request(Method::POST, "/")
        .header("Content-Encoding", "br")
        .body("x");
    assert_eq!(failure(unknown.send().await.unwrap()).await, (501, 48));
}
