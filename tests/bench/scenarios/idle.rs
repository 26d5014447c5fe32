//! Scenario f: the cost of a client that only listens to silence.
//!
//! The machine's part is the process and what the kernel holds. That includes the sockets of the
//! load, which are the same for every server.

use std::io;
use std::time::Duration;

use super::{Goal, Measure, Run, Value, count, micros};
use crate::process::kernel_kb;

const PEOPLE: usize = 2000;
/// The product keeps threads of the door for ten seconds after their use; after this time they have
/// ended.
const SETTLE: Duration = Duration::from_secs(12);
/// In a whole run, one ping falls into the time that is measured.
pub(super) const FLAGS: &[&str] = &["--ping-interval", "25s"];

const fn measure(
    name: &'static str,
    unit: &'static str,
    yardstick: Option<&'static str>,
    goal: Option<Goal>,
) -> Measure {
    let more_is_better = matches!(goal, Some(Goal::AtLeast(_) | Goal::RatioAtLeast(_)));
    Measure { name, unit, more_is_better, yardstick, goal }
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
    let (resident, kernel) = (run.process.resident_kb()?, kernel_kb()?);
    let mut crowd = run.crowd(PEOPLE)?;
    crowd.linger(SETTLE)?;
    let resident = run.process.resident_kb()?.saturating_sub(resident);
    let kernel = kernel_kb()?.saturating_sub(kernel);

    let (sleeps, used) = (run.process.sleeps()?, run.process.used()?);
    let length = run.time(25.0);
    crowd.linger(length)?;
    let sleeps = run.process.sleeps()?.saturating_sub(sleeps);
    let used = run.process.used_since(&used)?;
    drop(crowd);

    let each = |whole: u64| count(usize::try_from(whole).unwrap()) / count(PEOPLE);
    Ok(vec![
        (&RESIDENT, each(resident)),
        (&MACHINE, each(resident + kernel)),
        (&SLEEPS, each(sleeps) / length.as_secs_f64()),
        (&COST, micros(used) / count(PEOPLE) / length.as_secs_f64()),
    ])
}
