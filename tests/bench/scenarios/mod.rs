//! What is measured: each scenario puts one load on one fresh server.
//!
//! Owns: the list, which servers take part in which scenario, and the goals.

mod fan;
mod history;
mod idle;
mod join;
mod long;
mod stalled;

pub use fan::counters_of_delivery;
use std::io;
use std::time::Duration;

use crate::load::{Crowd, Door};
use crate::options::Options;
use crate::process::Process;
use crate::servers::{Kind, Server};
use crate::wire::Format;

/// How many connect at the same time while a crowd gathers, which is not measured.
const GATHER_AT_ONCE: usize = 64;

/// One number of the table.
pub struct Measure {
    pub name: &'static str,
    pub unit: &'static str,
    /// Whether more is better; for most measures, less is better.
    pub more_is_better: bool,
    pub yardstick: Option<&'static str>,
    pub goal: Option<Goal>,
}

/// The product's goal; a ratio refers to the measure's yardstick.
pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
    RatioAtMost(f64),
    RatioAtLeast(f64),
}

pub type Value = (&'static Measure, f64);

/// A server that has just started, and what to do with it.
pub struct Run<'a> {
    pub process: &'a Process,
    pub door: Door,
    pub options: &'a Options,
}

pub struct Scenario {
    pub letter: &'static str,
    pub name: &'static str,
    /// Runs only on request.
    pub long: bool,
    /// It takes half a minute; when two programs are compared, it runs only in every other round.
    pub slow: bool,
    /// What its clients speak; the measures and their goals are the same.
    pub format: Format,
    /// Whether its clients speak TLS.
    pub tls: bool,
    yardsticks: &'static [&'static str],
    /// Only the product and the yardsticks take part.
    without_peers: bool,
    /// Additional flags for the product.
    pub flags: &'static [&'static str],
    /// Runs before a server is started.
    pub before: fn() -> io::Result<()>,
    pub run: fn(&Run<'_>) -> io::Result<Vec<Value>>,
}

impl Scenario {
    pub fn wants(&self, server: &Server) -> bool {
        match server.kind {
            Kind::Product => true,
            Kind::Peer => !self.without_peers,
            Kind::Yardstick => self.yardsticks.contains(&server.name.as_str()),
        }
    }
}

const USUAL: Scenario = Scenario {
    letter: "",
    name: "",
    long: false,
    slow: false,
    format: Format::Classic,
    tls: false,
    yardsticks: &[],
    without_peers: false,
    flags: &[],
    before: || Ok(()),
    run: |_| Ok(Vec::new()),
};

/// The classic scenario of the same name in `threadbare.v1`, which peers do not speak.
const V1: Scenario = Scenario { format: Format::V1, without_peers: true, ..USUAL };

/// The classic scenario of the same name by TLS, only on request.
const BY_TLS: Scenario =
    Scenario { long: true, tls: true, without_peers: true, flags: &["--tls-self"], ..USUAL };

pub const ALL: &[Scenario] = &[
    Scenario {
        letter: "a",
        name: "one at a time",
        yardsticks: &["rawfan", "rawfan-paired", "rawhub"],
        run: fan::one_at_a_time,
        ..USUAL
    },
    Scenario {
        letter: "b",
        name: "64 in flight",
        yardsticks: &["rawfan", "rawfan-joined", "rawhub-joined"],
        run: fan::in_flight,
        ..USUAL
    },
    Scenario {
        letter: "c",
        name: "bursts of 10",
        yardsticks: &["rawfan", "rawfan-joined"],
        run: fan::bursts,
        ..USUAL
    },
    Scenario { letter: "d", name: "100 clients", yardsticks: &["rawfan"], run: fan::few, ..USUAL },
    Scenario {
        letter: "d",
        name: "5,000 clients",
        yardsticks: &["rawfan"],
        run: fan::many,
        ..USUAL
    },
    Scenario { letter: "e", name: "joins", yardsticks: &["rawaccept"], run: join::joins, ..USUAL },
    Scenario {
        letter: "f",
        name: "idle",
        yardsticks: &["rawpair"],
        slow: true,
        flags: idle::FLAGS,
        run: idle::idle,
        ..USUAL
    },
    Scenario { letter: "g", name: "10 % stalled", run: stalled::stalled, ..USUAL },
    Scenario {
        letter: "i",
        name: "a slow disk",
        without_peers: true,
        flags: history::FLAGS,
        before: history::forget,
        run: history::history,
        ..USUAL
    },
    Scenario {
        letter: "i",
        name: "keeping",
        without_peers: true,
        flags: history::FLAGS,
        before: history::forget,
        run: history::keeping,
        ..USUAL
    },
    Scenario {
        letter: "va",
        name: "v1, one at a time",
        yardsticks: &["rawfan", "rawfan-paired", "rawhub"],
        run: fan::one_at_a_time,
        ..V1
    },
    Scenario {
        letter: "vb",
        name: "v1, 64 in flight",
        yardsticks: &["rawfan-joined", "rawhub-joined"],
        run: fan::in_flight,
        ..V1
    },
    Scenario {
        letter: "ve",
        name: "v1, joins",
        yardsticks: &["rawaccept"],
        run: join::joins,
        ..V1
    },
    Scenario {
        letter: "vf",
        name: "v1, idle",
        yardsticks: &["rawpair"],
        slow: true,
        flags: idle::FLAGS,
        run: idle::idle,
        ..V1
    },
    Scenario { letter: "vg", name: "v1, 10 % stalled", run: stalled::behind, ..V1 },
    Scenario {
        letter: "ta",
        name: "by TLS, one at a time",
        yardsticks: &["rawtls"],
        run: fan::sealed_one_at_a_time,
        ..BY_TLS
    },
    Scenario {
        letter: "tb",
        name: "by TLS, 64 in flight",
        yardsticks: &["rawtls-joined"],
        run: fan::sealed_in_flight,
        ..BY_TLS
    },
    Scenario {
        letter: "h",
        name: "8,000 clients",
        long: true,
        without_peers: true,
        run: long::eight_thousand,
        ..USUAL
    },
    Scenario {
        letter: "h",
        name: "v1, 8,000 clients",
        long: true,
        run: long::eight_thousand,
        ..V1
    },
];

impl Run<'_> {
    /// A crowd of so many people who all listen.
    fn crowd(&self, people: usize) -> io::Result<Crowd> {
        let mut crowd = Crowd::new(self.door)?;
        crowd.join(people, GATHER_AT_ONCE)?;
        Ok(crowd)
    }

    /// A length of time, shorter with `quick`.
    fn time(&self, seconds: f64) -> Duration {
        let share = if self.options.quick { 0.4 } else { 1.0 };
        Duration::from_secs_f64(seconds * share)
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

#[expect(clippy::cast_precision_loss, reason = "counts of a bench are far below 2^52")]
fn count(number: usize) -> f64 {
    number as f64
}

/// The value that `share` of all values do not exceed.
fn percentile(values: &[Duration], share: f64) -> Duration {
    let mut values = values.to_vec();
    values.sort();
    let enough = values
        .iter()
        .enumerate()
        .find(|(place, _)| count(place + 1) >= share * count(values.len()));
    enough.map_or(Duration::MAX, |(_, value)| *value)
}
