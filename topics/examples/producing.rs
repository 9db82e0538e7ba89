//! Writes docs/producing.md anew: `cargo run -p sideline-topics --example producing`.

use std::error::Error;
use std::fs;

use sideline_topics::{Catalogue, producing};

fn main() -> Result<(), Box<dyn Error>> {
    let page = producing::document(&Catalogue::new("nba", None)?);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/producing.md");
    Ok(fs::write(file, page)?)
}
