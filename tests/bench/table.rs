//! The results: a line for each measure and server, medians over the rounds.
//!
//! A ratio is taken within a round, and the table shows the median of the ratios, because a machine
//! that is slow for a minute is slow for both.

use std::collections::BTreeMap;

use crate::scenarios::{Goal, Measure, Value};
use crate::servers::{Kind, Server};
use crate::wire::Format;

/// A measure is taken separately for each format, and compared within it.
type Row = (Format, &'static str);

#[derive(Default)]
pub struct Table {
    /// In the order in which they first came.
    measures: Vec<(Format, &'static Measure)>,
    /// By row and server: a value for each round that had one.
    values: BTreeMap<(Row, String), BTreeMap<usize, f64>>,
    failures: Vec<String>,
    /// What a peer could not do; that leaves a gap, and is no failure of this bench.
    peers_failures: Vec<String>,
}

impl Table {
    pub fn add(&mut self, round: usize, format: Format, server: &str, (measure, value): &Value) {
        let row = (format, measure.name);
        if !self.measures.iter().any(|(format, one)| (*format, one.name) == row) {
            self.measures.push((format, measure));
        }
        self.values.entry((row, server.to_owned())).or_default().insert(round, *value);
    }

    pub fn fail(&mut self, server: &Server, words: String) {
        match server.kind {
            Kind::Peer => self.peers_failures.push(words),
            Kind::Product | Kind::Yardstick => self.failures.push(words),
        }
    }

    /// Whether the product or a yardstick has a gap.
    pub fn has_failures_of_ours(&self) -> bool {
        !self.failures.is_empty()
    }

    pub fn print(&self, servers: &[Server]) {
        println!("| what | server | value | ratio to | goal |");
        println!("| --- | --- | ---: | ---: | --- |");
        for (format, measure) in &self.measures {
            for server in servers {
                let row = (*format, measure.name);
                if let Some(values) = self.values.get(&(row, server.name.clone())) {
                    self.print_line(*format, measure, server, values);
                }
            }
        }
        for failure in &self.failures {
            println!("\nfailed: {failure}");
        }
        for failure in &self.peers_failures {
            println!("\na peer failed by itself: {failure}");
        }
    }

    fn print_line(
        &self,
        format: Format,
        measure: &Measure,
        server: &Server,
        values: &BTreeMap<usize, f64>,
    ) {
        let value = median(values.values().copied());
        let ratio = measure.yardstick.and_then(|yardstick| {
            let yardsticks = self.values.get(&((format, measure.name), yardstick.to_owned()))?;
            let ratio = |(round, value): (&usize, &f64)| Some(value / yardsticks.get(round)?);
            Some((median(values.iter().filter_map(ratio)), yardstick))
        });
        let shown = ratio.map(|(ratio, by)| format!("{ratio:.2} {by}")).unwrap_or_default();
        let goal = match &measure.goal {
            Some(goal) if server.kind == Kind::Product => {
                judge(goal, value, ratio.map(|(ratio, _)| ratio))
            }
            _ => String::new(),
        };
        let value = show(value);
        let speaks = match format {
            Format::Classic => "",
            Format::V1 => "v1: ",
        };
        println!(
            "| {speaks}{} | {} | {value} {} | {shown} | {goal} |",
            measure.name, server.name, measure.unit
        );
    }
}

fn judge(goal: &Goal, value: f64, ratio: Option<f64>) -> String {
    let (words, met) = match *goal {
        Goal::AtMost(most) => (format!("<= {most}"), Some(value <= most)),
        Goal::AtLeast(least) => (format!(">= {least}"), Some(value >= least)),
        Goal::RatioAtMost(most) => (format!("<= {most} x"), ratio.map(|ratio| ratio <= most)),
        Goal::RatioAtLeast(least) => (format!(">= {least} x"), ratio.map(|ratio| ratio >= least)),
    };
    let verdict = match met {
        Some(true) => "met",
        Some(false) => "missed",
        None => "no yardstick",
    };
    format!("{words}: {verdict}")
}

/// Three or four digits, because such a measurement is not more exact.
pub fn show(value: f64) -> String {
    match value.abs() {
        100_000.0.. => format!("{:.0} k", value / 1000.0),
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}
