//! Scenario e: the whole door, from connect to close; with `threadbare.v1`, also the hello and its
//! answers.

use std::io;
use std::time::Duration;

use super::{Goal, Measure, Run, Value, count, micros};
use crate::load::Crowd;

/// How many connect at the same time, as in the table.
const AT_ONCE: usize = 8;
/// The server is still cleaning up after the last clients; that is part of the cost.
const SETTLE: Duration = Duration::from_millis(500);

static RATE: Measure = Measure {
    name: "joins (connect, handshake, close)",
    unit: "/s",
    more_is_better: true,
    yardstick: Some("rawaccept"),
    goal: Some(Goal::AtLeast(12_000.0)),
};
static COST: Measure = Measure {
    name: "CPU per join",
    unit: "µs",
    more_is_better: false,
    yardstick: Some("rawaccept"),
    goal: Some(Goal::AtMost(100.0)),
};

pub(super) fn joins(run: &Run<'_>) -> io::Result<Vec<Value>> {
    let mut crowd = Crowd::new(run.door)?;
    crowd.visit(500, AT_ONCE)?;
    std::thread::sleep(SETTLE);
    let people = if run.options.quick { 2000 } else { 4000 };
    let before = run.process.used()?;
    let took = crowd.visit(people, AT_ONCE)?;
    std::thread::sleep(SETTLE);
    let used = run.process.used_since(&before)?;
    Ok(vec![(&RATE, count(people) / took.as_secs_f64()), (&COST, micros(used) / count(people))])
}
