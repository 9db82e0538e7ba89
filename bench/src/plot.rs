//! The results as a plot: bars of each section, the longest the full width.

use serde_json::{Map, Value};

const WIDTH: f64 = 420.0;
const LABEL: f64 = 330.0;
const ROW: f64 = 20.0;

/// What is drawn: a section, its title, the field, whether ours should be long.
const CHARTS: [(&str, &str, &str); 4] = [
    (
        "throughput",
        "Throughput, records per second (more is better)",
        "records_per_s",
    ),
    (
        "hops",
        "Latency at 100 events/s, p99 in ms (less is better)",
        "p99_ms",
    ),
    (
        "restart",
        "Start with 1,000,000 keys, s to the first record (less is better)",
        "first_record_s",
    ),
    (
        "replay",
        "Replay of a topic, records per second (more is better)",
        "records_per_s",
    ),
];

/// The whole plot.
pub(crate) fn svg(root: &Map<String, Value>) -> String {
    let mut body = String::new();
    let mut y = 20.0;
    for (section, title, field) in CHARTS {
        let rows = root.get(section).and_then(Value::as_array);
        let bars: Vec<(String, f64)> = rows
            .into_iter()
            .flatten()
            .filter_map(|row| Some((label(row), row[field].as_f64()?)))
            .collect();
        if !bars.is_empty() {
            y = chart(&mut body, y, title, &bars);
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0}\" height=\"{y:.0}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{body}</svg>\n",
        LABEL + WIDTH + 110.0
    )
}

fn chart(body: &mut String, top: f64, title: &str, bars: &[(String, f64)]) -> f64 {
    let longest = bars.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    let mut y = top + 10.0;
    body.push_str(&format!(
        "<text x=\"10\" y=\"{y:.0}\" font-weight=\"bold\">{title}</text>\n"
    ));
    for (label, value) in bars {
        y += ROW;
        let width = if longest > 0.0 {
            value / longest * WIDTH
        } else {
            0.0
        };
        let color = if label.contains("Sideline") {
            "#1f6feb"
        } else {
            "#9aa4b2"
        };
        let (left, end, bar) = (LABEL - 8.0, LABEL + width + 6.0, y - 12.0);
        body.push_str(&format!(
            "<text x=\"{left:.0}\" y=\"{y:.0}\" text-anchor=\"end\">{label}</text>\n\
             <rect x=\"{LABEL:.0}\" y=\"{bar:.0}\" width=\"{width:.1}\" height=\"14\" fill=\"{color}\"/>\n\
             <text x=\"{end:.0}\" y=\"{y:.0}\">{value}</text>\n"
        ));
    }
    y + 30.0
}

fn label(row: &Value) -> String {
    let name = row["contestant"].as_str().unwrap_or_default();
    let mut words = vec![name.to_owned()];
    if let Some(keys) = row["keys"].as_str() {
        words.push(format!("{keys} keys"));
    }
    if let Some(hops) = row["hops"].as_u64() {
        words.push(format!("{hops} hops"));
    }
    if let Some(after) = row["after"].as_str() {
        words.push(format!("after {after}"));
    }
    if let Some(commit_ms) = row["commit_ms"].as_u64() {
        words.push(format!("{commit_ms} ms"));
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_longest_bar_has_the_full_width() {
        let rows = json!([
            {"contestant": "Sideline", "keys": "5k", "records_per_s": 200.0},
            {"contestant": "plain loop", "keys": "5k", "records_per_s": 100.0},
        ]);
        let mut root = Map::new();
        root.insert("throughput".to_owned(), rows);
        let svg = svg(&root);
        assert!(svg.contains("width=\"420.0\"") && svg.contains("width=\"210.0\""));
    }
}
