//! Scenarios a to d: the cost of a delivery, and when the last client has it.

use std::io;
use std::time::Duration;

use super::{Goal, Measure, Run, Value, count, micros, millis, percentile};
use crate::load::{Crowd, Pace, Talk};
use crate::watcher;

const WARM_UP: f64 = 1.0;
/// As in the classic comparison of chat servers: a busy room.
const TWENTY_A_SECOND: Pace = Pace::Every { interval: Duration::from_millis(50), burst: 1 };
const BURSTS: Pace = Pace::Every { interval: Duration::from_millis(100), burst: 10 };
const IN_FLIGHT: Pace = Pace::InFlight(64);

const fn measure(
    name: &'static str,
    unit: &'static str,
    yardstick: &'static str,
    goal: Option<Goal>,
) -> Measure {
    let more_is_better = matches!(goal, Some(Goal::AtLeast(_) | Goal::RatioAtLeast(_)));
    Measure { name, unit, more_is_better, yardstick: Some(yardstick), goal }
}

static ONE: Measure = measure(
    "CPU per delivery, 1,000 clients, one at a time",
    "µs",
    "rawfan",
    Some(Goal::RatioAtMost(1.15)),
);
static LAST_P50: Measure = measure("until the last of 1,000 has it, p50", "ms", "rawfan", None);
static LAST_P99: Measure =
    measure("until the last of 1,000 has it, p99", "ms", "rawfan", Some(Goal::RatioAtMost(1.1)));
static FLIGHT: Measure = measure(
    "CPU per delivery, 1,000 clients, 64 in flight",
    "µs",
    "rawfan-joined",
    Some(Goal::RatioAtMost(1.3)),
);
static RATE: Measure = measure(
    "deliveries, 1,000 clients, 64 in flight",
    "/s",
    "rawfan-joined",
    Some(Goal::RatioAtLeast(0.85)),
);
static BURST: Measure = measure(
    "CPU per delivery, 1,000 clients, bursts of 10",
    "µs",
    "rawfan-joined",
    Some(Goal::RatioAtMost(2.0)),
);
static SEALED: Measure = measure(
    "CPU per delivery by TLS, 1,000 clients, one at a time",
    "µs",
    "rawtls",
    Some(Goal::RatioAtMost(1.3)),
);
static SEALED_P99: Measure =
    measure("until the last of 1,000 has it by TLS, p99", "ms", "rawtls", None);
static SEALED_FLIGHT: Measure =
    measure("CPU per delivery by TLS, 1,000 clients, 64 in flight", "µs", "rawtls-joined", None);
static FEW: Measure = measure("CPU per delivery, 100 clients, one at a time", "µs", "rawfan", None);
static MANY: Measure =
    measure("CPU per delivery, 5,000 clients, one at a time", "µs", "rawfan", None);
static MANY_P99: Measure = measure("until the last of 5,000 has it, p99", "ms", "rawfan", None);

pub(super) fn one_at_a_time(run: &Run<'_>) -> io::Result<Vec<Value>> {
    let (talk, cost) = fan(run, 1000, TWENTY_A_SECOND, 5.0)?;
    let last = |share| millis(percentile(&talk.sweeps, share));
    Ok(vec![(&ONE, cost), (&LAST_P50, last(0.5)), (&LAST_P99, last(0.99))])
}

pub(super) fn in_flight(run: &Run<'_>) -> io::Result<Vec<Value>> {
    let (talk, cost) = fan(run, 1000, IN_FLIGHT, 4.0)?;
    Ok(vec![(&FLIGHT, cost), (&RATE, count(talk.deliveries) / talk.took().as_secs_f64())])
}

pub(super) fn sealed_one_at_a_time(run: &Run<'_>) -> io::Result<Vec<Value>> {
    let (talk, cost) = fan(run, 1000, TWENTY_A_SECOND, 5.0)?;
    Ok(vec![(&SEALED, cost), (&SEALED_P99, millis(percentile(&talk.sweeps, 0.99)))])
}

pub(super) fn sealed_in_flight(run: &Run<'_>) -> io::Result<Vec<Value>> {
    Ok(vec![(&SEALED_FLIGHT, fan(run, 1000, IN_FLIGHT, 4.0)?.1)])
}

pub(super) fn bursts(run: &Run<'_>) -> io::Result<Vec<Value>> {
    Ok(vec![(&BURST, fan(run, 1000, BURSTS, 4.0)?.1)])
}

pub(super) fn few(run: &Run<'_>) -> io::Result<Vec<Value>> {
    Ok(vec![(&FEW, fan(run, 100, TWENTY_A_SECOND, 3.0)?.1)])
}

pub(super) fn many(run: &Run<'_>) -> io::Result<Vec<Value>> {
    let pace = Pace::Every { interval: Duration::from_millis(200), burst: 1 };
    let (talk, cost) = fan(run, 5000, pace, 4.0)?;
    Ok(vec![(&MANY, cost), (&MANY_P99, millis(percentile(&talk.sweeps, 0.99)))])
}

/// Returns how many additions to counters one delivery takes at most, and its CPU in µs.
pub fn counters_of_delivery(run: &Run<'_>) -> io::Result<(f64, f64)> {
    let mut crowd = warm(run, 1000, TWENTY_A_SECOND)?;
    let counted = watcher::counted(run.process.port)?;
    let before = run.process.used()?;
    let talk = crowd.talk(TWENTY_A_SECOND, run.time(5.0))?;
    let used = run.process.used_since(&before)?;
    let counted = watcher::counted(run.process.port)? - counted;
    let deliveries = count(whole(&crowd, talk)?.deliveries);
    Ok((count(usize::try_from(counted).unwrap()) / deliveries, micros(used) / deliveries))
}

/// A warm-up, and then the talk that counts; returns also its cost for each delivery, in µs.
fn fan(run: &Run<'_>, people: usize, pace: Pace, seconds: f64) -> io::Result<(Talk, f64)> {
    let mut crowd = warm(run, people, pace)?;
    let before = run.process.used()?;
    let talk = crowd.talk(pace, run.time(seconds))?;
    let used = run.process.used_since(&before)?;
    let talk = whole(&crowd, talk)?;
    let cost = micros(used) / count(talk.deliveries);
    Ok((talk, cost))
}

/// A crowd that has talked for a moment, so that the server has all the memory that it needs.
fn warm(run: &Run<'_>, people: usize, pace: Pace) -> io::Result<Crowd> {
    let mut crowd = run.crowd(people)?;
    crowd.roll_call()?;
    let warm_up = crowd.talk(pace, run.time(WARM_UP))?;
    whole(&crowd, warm_up)?;
    Ok(crowd)
}

/// Refuses a talk in which something was lost, because its figures would flatter the server.
pub(super) fn whole(crowd: &Crowd, talk: Talk) -> io::Result<Talk> {
    let (missing, disorder, lost) = (talk.missing(), talk.disorder, crowd.lost());
    if missing + disorder + lost == 0 {
        return Ok(talk);
    }
    Err(io::Error::other(format!(
        "{missing} deliveries missing, {disorder} out of order, {lost} clients cut off"
    )))
}
