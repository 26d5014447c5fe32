//! Scenario g: do clients that do not read slow down those that read?
//!
//! The same 900 are timed twice in one process: alone, and with 100 more whose sockets are full. A
//! flood fills them, and is not timed. With `threadbare.v1` the flood is so long that the 100 are
//! behind; then they read again, and the server must send what they have missed.

use std::io;
use std::time::Duration;

use super::{GATHER_AT_ONCE, Goal, Measure, Run, Value, count, fan, millis, percentile};
use crate::load::{Crowd, Pace};

const HEALTHY: usize = 900;
const STALLED: usize = 100;
const STEADY: Pace = Pace::Every { interval: Duration::from_millis(50), burst: 1 };
const FLOOD: Pace = Pace::Every { interval: Duration::from_millis(40), burst: 10 };
/// About 310 messages. The product's kernel buffers take some 215 of them and its queue 256. So the
/// stalled clients are full, and still connected in what follows.
const FILL: Duration = Duration::from_millis(1200);
/// About 610 messages: more than both take.
const OVERFILL: Duration = Duration::from_millis(2400);

static WITH: Measure = Measure {
    name: "until the last healthy one has it, 10 % stalled, p99",
    unit: "ms",
    more_is_better: false,
    yardstick: None,
    goal: None,
};
static RATIO: Measure = Measure {
    name: "healthy p99 with 10 % stalled, to without",
    unit: "x",
    more_is_better: false,
    yardstick: None,
    goal: Some(Goal::AtMost(1.2)),
};
static BACK: Measure = Measure {
    name: "stalled ones, of 100, that were behind and hear again",
    unit: "",
    more_is_better: true,
    yardstick: None,
    goal: Some(Goal::AtLeast(100.0)),
};

pub(super) fn stalled(run: &Run<'_>) -> io::Result<Vec<Value>> {
    Ok(beside_stalled(run, FILL)?.1)
}

pub(super) fn behind(run: &Run<'_>) -> io::Result<Vec<Value>> {
    let (mut crowd, mut values) = beside_stalled(run, OVERFILL)?;
    crowd.wake()?;
    crowd.roll_call()?;
    values.push((&BACK, count(crowd.behind())));
    Ok(values)
}

fn beside_stalled(run: &Run<'_>, flood: Duration) -> io::Result<(Crowd, Vec<Value>)> {
    let mut crowd = run.crowd(HEALTHY)?;
    crowd.roll_call()?;
    timed(&mut crowd, FLOOD, flood)?;
    let without = timed(&mut crowd, STEADY, run.time(5.0))?;
    crowd.join_stalled(STALLED, GATHER_AT_ONCE)?;
    timed(&mut crowd, FLOOD, flood)?;
    let with = timed(&mut crowd, STEADY, run.time(5.0))?;
    Ok((crowd, vec![(&WITH, with), (&RATIO, with / without)]))
}

fn timed(crowd: &mut Crowd, pace: Pace, length: Duration) -> io::Result<f64> {
    let talk = crowd.talk(pace, length)?;
    Ok(millis(percentile(&fan::whole(crowd, talk)?.sweeps, 0.99)))
}
