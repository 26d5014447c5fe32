//! Scenario f: what somebody costs who only listens to silence.
//!
//! The machine's share has the load's own sockets in it, for every server the
//! same, and whatever else the machine does meanwhile.
//!
//! Next: `tests/bench/scenarios/stalled.rs`.

use std::io;

use super::{Goal, Measure, Run, Value, count, micros};
use crate::process::machine_free_kb;

const PEOPLE: usize = 2000;

const fn measure(
    name: &'static str,
    unit: &'static str,
    yardstick: Option<&'static str>,
    goal: Option<Goal>,
) -> Measure {
    Measure { name, unit, yardstick, goal }
}

static RESIDENT: Measure =
    measure("RSS per idle client", "KiB", Some("rawpair"), Some(Goal::AtMost(20.0)));
static MACHINE: Measure =
    measure("machine memory per idle client", "KiB", Some("rawpair"), Some(Goal::RatioAtMost(1.1)));
static SLEEPS: Measure =
    measure("context switches per idle client", "/s", None, Some(Goal::AtMost(0.2)));
static COST: Measure = measure("CPU per idle client", "µs/s", None, None);

pub(super) fn idle(run: &Run<'_>) -> io::Result<Vec<Value>> {
    std::thread::sleep(run.time(1.0));
    let (resident, free) = (run.process.resident_kb()?, machine_free_kb()?);
    let crowd = run.crowd(PEOPLE)?;
    std::thread::sleep(run.time(3.0));
    let resident = run.process.resident_kb()?.saturating_sub(resident);
    let taken = free.saturating_sub(machine_free_kb()?);

    let (sleeps, used) = (run.process.sleeps()?, run.process.used()?);
    let length = run.time(10.0);
    std::thread::sleep(length);
    let sleeps = run.process.sleeps()?.saturating_sub(sleeps);
    let used = run.process.used_since(&used)?;
    drop(crowd);

    let each = |whole: u64| count(usize::try_from(whole).unwrap()) / count(PEOPLE);
    Ok(vec![
        (&RESIDENT, each(resident)),
        (&MACHINE, each(taken)),
        (&SLEEPS, each(sleeps) / length.as_secs_f64()),
        (&COST, micros(used) / count(PEOPLE) / length.as_secs_f64()),
    ])
}
