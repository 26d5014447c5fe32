//! Two builds of the product, measured in the same rounds: is the second one slower?
//!
//! Each round measures both, one after the other, and they take turns in being first. The round's
//! result is their ratio: a machine that is slow for a minute is slow for both. The result of all
//! rounds is the median of the ratios, with an interval that assumes no shape of their
//! distribution: of nine, the interval from the second smallest to the second largest contains the
//! true median in 96 of 100 cases.

use std::collections::BTreeMap;

use crate::scenarios::{Measure, Value};
use crate::table::{median, show};
use crate::wire::Format;

/// A figure is worse only if its whole interval is worse by more than this: a figure of time until
/// the last of a crowd has a message, and any other one.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    p99: f64,
    other: f64,
}

impl Limits {
    /// Of one build beside another one.
    pub const OF_BUILDS: Self = Self { p99: 1.03, other: 1.03 };
    /// Of a server that is watched beside one that is not.
    pub const OF_WATCHING: Self = Self { p99: 1.05, other: 1.02 };

    fn of(self, measure: &Measure) -> f64 {
        if measure.name.contains("p99") { self.p99 } else { self.other }
    }
}

/// The confidence of the interval, if there are enough rounds.
const SURE: f64 = 0.95;
/// With fewer rounds, the confidence must be at least this, which five rounds reach; otherwise
/// there is no result.
const SURE_ENOUGH: f64 = 0.9;

/// One of the two builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

/// The figures of both builds, by measure and round.
pub struct Pairs {
    limits: Limits,
    /// In the order in which they first came.
    measures: Vec<(Format, &'static Measure)>,
    values: BTreeMap<Key, Pair>,
}

/// Format, measure and round.
type Key = (Format, &'static str, usize);
/// The figures before and after, as far as they could be measured.
type Pair = (Option<f64>, Option<f64>);

/// The difference between two builds in one measure.
#[derive(Debug, PartialEq)]
struct Ratio {
    median: f64,
    /// From and to. `sure` is the share of such intervals that contain the true median.
    interval: (f64, f64),
    sure: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    Worse,
    Better,
    Same,
    /// There were too few rounds.
    TooFew,
}

impl Pairs {
    pub fn new(limits: Limits) -> Self {
        Self { limits, measures: Vec::new(), values: BTreeMap::new() }
    }

    pub fn add(&mut self, round: usize, side: Side, format: Format, (measure, value): &Value) {
        let key = |(format, measure): &(Format, &Measure)| (*format, measure.name);
        if !self.measures.iter().any(|one| key(one) == (format, measure.name)) {
            self.measures.push((format, measure));
        }
        let pair = self.values.entry((format, measure.name, round)).or_default();
        *(if side == Side::Before { &mut pair.0 } else { &mut pair.1 }) = Some(*value);
    }

    /// Prints all ratios; returns the names of the figures that are worse.
    pub fn print(&self) -> Vec<String> {
        println!("| what | before | after | after to before | interval of the median | rounds | |");
        println!("| --- | ---: | ---: | ---: | --- | ---: | --- |");
        let mut worse = Vec::new();
        for (format, measure) in &self.measures {
            let pairs = self.pairs(*format, measure);
            if pairs.is_empty() {
                continue;
            }
            // Two equal figures have the ratio 1, also if both are 0.
            let ratio =
                |(before, after): &(f64, f64)| if before == after { 1.0 } else { after / before };
            let ratios = pairs.iter().map(ratio).collect();
            let ratio = Ratio::of(ratios);
            let finding = ratio.finding(measure.more_is_better, self.limits.of(measure));
            let name = name(*format, measure);
            let (before, after) = (middle(&pairs, |it| it.0), middle(&pairs, |it| it.1));
            println!(
                "| {name} | {before} {unit} | {after} {unit} | {:.3} | {:.3} to {:.3} ({:.0} %) | {} | {} |",
                ratio.median,
                ratio.interval.0,
                ratio.interval.1,
                100.0 * ratio.sure,
                pairs.len(),
                finding.word(),
                unit = measure.unit,
            );
            if finding == Finding::Worse {
                worse.push(name);
            }
        }
        let percent = |limit: f64| format!("{:.0} %", 100.0 * (limit - 1.0));
        let (p99, other) = (percent(self.limits.p99), percent(self.limits.other));
        let allowed = format!("{other} ({p99} for a p99)");
        match &worse[..] {
            [] => println!("\nNo figure is worse by an interval that lies wholly above {allowed}."),
            worse => println!("\nWorse by more than {allowed}: {}.", worse.join("; ")),
        }
        worse
    }

    /// The figures of the rounds in which both builds have one.
    fn pairs(&self, format: Format, measure: &Measure) -> Vec<(f64, f64)> {
        let is_its = |key: &&Key| key.0 == format && key.1 == measure.name;
        let its = self.values.iter().filter(|(key, _)| is_its(key)).map(|(_, pair)| *pair);
        its.filter_map(|(before, after)| before.zip(after)).collect()
    }
}

fn name(format: Format, measure: &Measure) -> String {
    match format {
        Format::Classic => measure.name.to_owned(),
        Format::V1 => format!("v1: {}", measure.name),
    }
}

fn middle(pairs: &[(f64, f64)], side: impl Fn(&(f64, f64)) -> f64) -> String {
    show(median(pairs.iter().map(side)))
}

impl Ratio {
    fn of(mut ratios: Vec<f64>) -> Self {
        ratios.sort_by(f64::total_cmp);
        let (left_out, sure) = left_out(ratios.len());
        let interval = (ratios[left_out], ratios[ratios.len() - 1 - left_out]);
        Self { median: median(ratios.iter().copied()), interval, sure }
    }

    fn finding(&self, more_is_better: bool, worse_by: f64) -> Finding {
        let (from, to) = match more_is_better {
            true => (1.0 / self.interval.1, 1.0 / self.interval.0),
            false => self.interval,
        };
        if self.sure < SURE_ENOUGH {
            Finding::TooFew
        } else if from > worse_by {
            Finding::Worse
        } else if to < 1.0 / worse_by {
            Finding::Better
        } else {
            Finding::Same
        }
    }
}

impl Finding {
    fn word(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Better => "better",
            Self::Same => "",
            Self::TooFew => "too few rounds",
        }
    }
}

/// How many of the smallest and of the largest of `count` ratios may be left out for an interval
/// that is sure enough, and how sure it is. Each ratio is below the true median with the chance of
/// a coin.
fn left_out(count: usize) -> (usize, f64) {
    let count_f = f64::from(u32::try_from(count).unwrap());
    let all = 2.0_f64.powf(count_f);
    // `below` counts the series of coin tosses with fewer than `at` heads.
    let (mut ways, mut below, mut best) = (1.0, 0.0, (0, 1.0 - 2.0 / all));
    for at in 0..count / 2 {
        let at_f = f64::from(u32::try_from(at).unwrap());
        below += ways;
        ways = ways * (count_f - at_f) / (at_f + 1.0);
        let sure = 1.0 - 2.0 * below / all;
        if sure >= SURE {
            best = (at, sure);
        }
    }
    best
}

/// This program is a bench and no test; it checks its own arithmetic when it starts.
pub fn check() {
    assert_eq!(left_out(9).0, 1, "the second of nine");
    assert!((left_out(9).1 - 0.961).abs() < 0.001, "{:?}", left_out(9));
    assert_eq!(left_out(5).0, 0, "five are too few to leave one out");
    assert!((left_out(5).1 - 0.9375).abs() < 1e-9, "{:?}", left_out(5));
    assert_eq!(left_out(20).0, 5, "the sixth of twenty");
    let ratio = |from: f64, to: f64| Ratio { median: 1.0, interval: (from, to), sure: SURE };
    assert_eq!(ratio(1.04, 1.1).finding(false, 1.03), Finding::Worse, "slower");
    assert_eq!(ratio(1.04, 1.1).finding(true, 1.03), Finding::Better, "more a second");
    assert_eq!(ratio(0.8, 0.9).finding(true, 1.03), Finding::Worse, "less a second");
    assert_eq!(ratio(1.02, 1.5).finding(false, 1.03), Finding::Same, "not wholly above");
    let nine = Ratio::of(vec![9.0, 1.0, 2.0, 8.0, 3.0, 7.0, 4.0, 6.0, 5.0]);
    assert_eq!((nine.median, nine.interval), (5.0, (2.0, 8.0)), "{nine:?}");
    assert_eq!(Ratio::of(vec![2.0, 2.0]).finding(false, 1.03), Finding::TooFew, "of two");
}
