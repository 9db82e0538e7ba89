//! Writes docs/metrics.md anew: `cargo run -p sideline --example metrics`.

fn main() -> std::io::Result<()> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/metrics.md");
    std::fs::write(file, sideline::metrics::page())
}
