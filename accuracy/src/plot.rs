//! The calibration plot: per prop a square, per system a curve; on the diagonal, probabilities are
//! what they say.

use std::fmt::Write;

use crate::calibration::Calibration;
use crate::report::{PropReport, Report};

/// Side of a square, and what is around it, in pixels.
const SIDE: f64 = 240.0;
const MARGIN: f64 = 50.0;
/// Height of one line of the legend.
const LEGEND_ROW: f64 = 16.0;
const COLUMNS: usize = 3;
/// Colours that stay apart for most eyes (after Okabe and Ito), in the order of the systems.
const COLORS: [&str; 7] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000",
];

/// The plot as SVG; none when no system gave a probability.
#[must_use]
pub fn calibration_plot(report: &Report) -> Option<String> {
    let shown: Vec<&PropReport> = report
        .props
        .iter()
        .filter(|prop| curves(prop).next().is_some())
        .collect();
    let most = shown.iter().map(|prop| curves(prop).count()).max()?;
    let cell_width = SIDE + 2.0 * MARGIN;
    let cell_height = SIDE + 2.0 * MARGIN + most as f64 * LEGEND_ROW;
    let mut body = String::new();
    for (place, prop) in shown.iter().enumerate() {
        let left = (place % COLUMNS) as f64 * cell_width + MARGIN;
        let top = (place / COLUMNS) as f64 * cell_height + MARGIN;
        panel(&mut body, prop, (left, top));
    }
    let columns = shown.len().min(COLUMNS) as f64;
    let rows = shown.len().div_ceil(COLUMNS) as f64;
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0}\" height=\"{:.0}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{body}</svg>\n",
        columns * cell_width,
        rows * cell_height
    ))
}

/// The systems of a prop that gave probabilities.
fn curves(prop: &PropReport) -> impl Iterator<Item = (&str, &Calibration)> {
    let contenders = prop.contenders.iter();
    contenders.filter_map(|one| Some((one.name.as_str(), one.calibration.as_ref()?)))
}

fn panel(body: &mut String, prop: &PropReport, (left, top): (f64, f64)) {
    let (right, bottom) = (left + SIDE, top + SIDE);
    let title = top - 12.0;
    // Writing to a String cannot fail.
    let _ = write!(
        body,
        "<text x=\"{left:.0}\" y=\"{title:.0}\" font-weight=\"bold\">{}</text>\n\
         <rect x=\"{left:.0}\" y=\"{top:.0}\" width=\"{SIDE}\" height=\"{SIDE}\" fill=\"none\" stroke=\"#9aa4b2\"/>\n\
         <line x1=\"{left:.0}\" y1=\"{bottom:.0}\" x2=\"{right:.0}\" y2=\"{top:.0}\" stroke=\"#9aa4b2\" stroke-dasharray=\"4 4\"/>\n",
        prop.prop
    );
    axes(body, (left, top));
    for (place, (name, calibration)) in curves(prop).enumerate() {
        let color = COLORS[place % COLORS.len()];
        curve(body, calibration, (left, top), color);
        let y = bottom + MARGIN - 4.0 + place as f64 * LEGEND_ROW;
        let _ = writeln!(
            body,
            "<text x=\"{left:.0}\" y=\"{y:.0}\" fill=\"{color}\">{name}: Brier {:.4}, {} predictions</text>",
            calibration.brier, calibration.count
        );
    }
}

fn axes(body: &mut String, (left, top): (f64, f64)) {
    let bottom = top + SIDE;
    for tick in [0.0, 0.5, 1.0] {
        let (x, y) = (left + tick * SIDE, bottom - tick * SIDE + 4.0);
        let _ = write!(
            body,
            "<text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{tick}</text>\n\
             <text x=\"{:.0}\" y=\"{y:.0}\" text-anchor=\"end\">{tick}</text>\n",
            bottom + 14.0,
            left - 6.0
        );
    }
    let (middle, under) = (left + SIDE / 2.0, bottom + 28.0);
    let _ = writeln!(
        body,
        "<text x=\"{middle:.0}\" y=\"{under:.0}\" text-anchor=\"middle\">probability given to the over</text>"
    );
    let (x, y) = (left - 32.0, top + SIDE / 2.0);
    let _ = writeln!(
        body,
        "<text x=\"{x:.0}\" y=\"{y:.0}\" text-anchor=\"middle\" transform=\"rotate(-90 {x:.0} {y:.0})\">share that went over</text>"
    );
}

/// Dots with their 95 % intervals, joined by a line; bins without predictions are left out.
fn curve(body: &mut String, calibration: &Calibration, (left, top): (f64, f64), color: &str) {
    let height = |share: f64| top + SIDE - share * SIDE;
    let mut points = String::new();
    for bin in &calibration.bins {
        let Some((probability, share)) = bin.mean_probability.zip(bin.share_over) else {
            continue;
        };
        let (x, y) = (left + probability * SIDE, height(share));
        let _ = write!(points, "{x:.1},{y:.1} ");
        let _ = writeln!(
            body,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{color}\"><title>{} predictions</title></circle>",
            bin.count
        );
        if let Some(interval) = bin.share_over_interval {
            let _ = writeln!(
                body,
                "<line x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{:.1}\" stroke=\"{color}\" opacity=\"0.5\"/>",
                height(interval.low),
                height(interval.high)
            );
        }
    }
    let _ = writeln!(
        body,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\"/>",
        points.trim_end()
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;

    #[test]
    fn a_bin_stands_at_its_mean_probability_and_its_share() {
        let said = |actual| Sample {
            prop: "points".into(),
            system_id: "one".into(),
            line: Some(20.5),
            actual: Some(actual),
            probability_over: Some(0.75),
            ..Sample::default()
        };
        let report = Report::of(&[said(25.0), said(12.0)]);
        let svg = calibration_plot(&report).unwrap();
        // 50 + 0.75 × 240 = 230 across, 50 + 240 - 0.5 × 240 = 170 down.
        assert!(svg.contains("<circle cx=\"230.0\" cy=\"170.0\""), "{svg}");
        assert!(svg.contains("one: Brier 0.3125, 2 predictions"), "{svg}");
    }

    #[test]
    fn without_probabilities_there_is_nothing_to_plot() {
        assert_eq!(calibration_plot(&Report::of(&[Sample::default()])), None);
    }
}
