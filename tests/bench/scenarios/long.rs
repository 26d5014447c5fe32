//! Scenario h: 8,000 people for a minute, and then all of them leave and come again.

use std::io;
use std::time::Duration;

use super::{Goal, Measure, Run, Value, count, fan};
use crate::load::Pace;

const PEOPLE: usize = 8000;
const PACE: Pace = Pace::Every { interval: Duration::from_secs(1), burst: 1 };

static MISSING: Measure = Measure {
    name: "deliveries missing or clients cut off, 8,000 for a minute",
    unit: "",
    more_is_better: false,
    yardstick: None,
    goal: Some(Goal::AtMost(0.0)),
};
static BACK: Measure = Measure {
    name: "until 8,000 are back, all at once",
    unit: "s",
    more_is_better: false,
    yardstick: None,
    goal: Some(Goal::AtMost(10.0)),
};

pub(super) fn eight_thousand(run: &Run<'_>) -> io::Result<Vec<Value>> {
    let mut crowd = run.crowd(PEOPLE)?;
    crowd.roll_call()?;
    let talk = crowd.talk(PACE, run.time(60.0))?;
    let missing = count(talk.missing() + talk.disorder + crowd.lost());
    crowd.leave();
    let back = crowd.join(PEOPLE, PEOPLE)?;
    crowd.roll_call()?;
    let after = crowd.talk(PACE, Duration::ZERO)?;
    fan::whole(&crowd, after)?;
    Ok(vec![(&MISSING, missing), (&BACK, back.as_secs_f64())])
}
