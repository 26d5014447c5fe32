//! Scenario g: do those who read feel those who do not?
//!
//! The same 900 are timed twice in one process: alone, and with 100 more whose
//! sockets are full. A flood fills them, and is not timed; whether the server
//! keeps them or cuts them off meanwhile is its own affair.
//!
//! Next: `tests/bench/scenarios/long.rs`.

use std::io;
use std::time::Duration;

use super::{GATHER_AT_ONCE, Goal, Measure, Run, Value, fan, millis, percentile};
use crate::load::{Crowd, Pace};

const HEALTHY: usize = 900;
const STALLED: usize = 100;
const STEADY: Pace = Pace::Every { interval: Duration::from_millis(50), burst: 1 };
const FLOOD: Pace = Pace::Every { interval: Duration::from_millis(40), burst: 10 };

static WITH: Measure = Measure {
    name: "until the last healthy one has it, 10 % stalled, p99",
    unit: "ms",
    yardstick: None,
    goal: None,
};
static RATIO: Measure = Measure {
    name: "healthy p99 with 10 % stalled, to without",
    unit: "x",
    yardstick: None,
    goal: Some(Goal::AtMost(1.2)),
};

pub(super) fn stalled(run: &Run<'_>) -> io::Result<Vec<Value>> {
    let mut crowd = run.crowd(HEALTHY)?;
    crowd.roll_call()?;
    timed(&mut crowd, FLOOD, run.time(2.0))?;
    let without = timed(&mut crowd, STEADY, run.time(5.0))?;
    crowd.join_stalled(STALLED, GATHER_AT_ONCE)?;
    // About 50 KB for each: more than the kernel's buffers, less than both and
    // a queue of 256.
    timed(&mut crowd, FLOOD, Duration::from_secs(2))?;
    let with = timed(&mut crowd, STEADY, run.time(5.0))?;
    Ok(vec![(&WITH, with), (&RATIO, with / without)])
}

fn timed(crowd: &mut Crowd, pace: Pace, length: Duration) -> io::Result<f64> {
    let talk = crowd.talk(pace, length)?;
    Ok(millis(percentile(&fan::whole(crowd, talk)?.sweeps, 0.99)))
}
