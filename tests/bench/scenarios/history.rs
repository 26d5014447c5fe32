//! Scenario i: what the history costs people who talk, and how fast it stores.
//!
//! The first part is timed twice in one process: on the disk as it is, and with each flush of the
//! history's thread two seconds longer (strace, on that thread only). In the second part, one
//! client talks as fast as it hears itself, and the bench counts the lines in the file: how many a
//! second, and how many of those that were said.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use super::{Goal, Measure, Run, Value, count, fan, millis, percentile};
use crate::load::{Crowd, Pace};

const FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/history");
pub(super) const FLAGS: &[&str] = &["--data", FOLDER, "--flush", "each", "--keep-size", "1024"];
const LISTENERS: usize = 900;
const STEADY: Pace = Pace::Every { interval: Duration::from_millis(50), burst: 1 };
const FLAT_OUT: Pace = Pace::InFlight(200);
/// How long the file must not grow before it counts as complete. Messages that were said while too
/// many waited for the disk are not stored, and not called sent either.
const SETTLE_WAIT: Duration = Duration::from_secs(2);

static SLOW: Measure = Measure {
    name: "until the last of 900 has it, flushes of 2 s, p99",
    unit: "ms",
    more_is_better: false,
    yardstick: None,
    goal: None,
};
static RATIO: Measure = Measure {
    name: "p99 with flushes of 2 s, to the disk as it is",
    unit: "x",
    more_is_better: false,
    yardstick: None,
    goal: Some(Goal::AtMost(1.05)),
};
static KEPT: Measure = Measure {
    name: "messages kept, each flushed before it is called sent",
    unit: "/s",
    more_is_better: true,
    yardstick: None,
    goal: Some(Goal::AtLeast(50_000.0)),
};
static SHARE: Measure = Measure {
    name: "of all that were said meanwhile",
    unit: "x",
    more_is_better: true,
    yardstick: None,
    goal: None,
};

/// Each server begins with an empty file: a full one would drop old lines, and the bench counts new
/// ones.
pub(super) fn forget() -> io::Result<()> {
    match fs::remove_dir_all(FOLDER) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn history(run: &Run<'_>) -> io::Result<Vec<Value>> {
    let mut crowd = run.crowd(LISTENERS)?;
    crowd.roll_call()?;
    timed(&mut crowd, run.time(1.0))?;
    let fast = timed(&mut crowd, run.time(5.0))?;
    let slow_disk = slow_disk(run.process.thread_named("history")?)?;
    let slow = timed(&mut crowd, run.time(5.0))?;
    drop(slow_disk);
    crowd.leave();
    Ok(vec![(&SLOW, slow), (&RATIO, slow / fast)])
}

pub(super) fn keeping(run: &Run<'_>) -> io::Result<Vec<Value>> {
    let mut talker = run.crowd(1)?;
    talker.roll_call()?;
    let (before, start) = (lines()?, Instant::now());
    let talk = talker.talk(FLAT_OUT, run.time(5.0))?;
    let talk = fan::whole(&talker, talk)?;
    // The last messages are still on their way to the file.
    let said = talk.deliveries;
    let (mut kept, mut took) = (0, start.elapsed());
    while kept < said && start.elapsed() < took + SETTLE_WAIT {
        talker.linger(Duration::from_millis(20))?;
        let now = lines()? - before;
        if now > kept {
            (kept, took) = (now, start.elapsed());
        }
    }
    Ok(vec![(&KEPT, count(kept) / took.as_secs_f64()), (&SHARE, count(kept) / count(said))])
}

fn timed(crowd: &mut Crowd, length: Duration) -> io::Result<f64> {
    let talk = crowd.talk(STEADY, length)?;
    Ok(millis(percentile(&fan::whole(crowd, talk)?.sweeps, 0.99)))
}

fn lines() -> io::Result<usize> {
    let file = Path::new(FOLDER).join("threadbare.sqlite");
    let file = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let count = file.and_then(|file| {
        file.query_row("SELECT count(*) FROM lines", [], |row| row.get::<_, i64>(0))
    });
    usize::try_from(count.map_err(io::Error::other)?).map_err(io::Error::other)
}

/// A running strace that makes one thread's flushes slow.
struct SlowDisk(Child);

fn slow_disk(thread: u32) -> io::Result<SlowDisk> {
    let flushes = ["fsync", "fdatasync"].map(|call| format!("inject={call}:delay_exit=2000000"));
    let mut strace = Command::new("strace");
    strace.args(["-p", &thread.to_string(), "-o", "/dev/null", "-e", "trace=fsync,fdatasync"]);
    strace.args(flushes.iter().flat_map(|flush| ["-e", flush]));
    let mut strace = strace.stderr(Stdio::piped()).spawn()?;
    let words = strace.stderr.take().ok_or(io::ErrorKind::BrokenPipe)?;
    for line in BufReader::new(words).lines() {
        if line?.contains("attached") {
            return Ok(SlowDisk(strace));
        }
    }
    Err(io::Error::other("strace may not watch here"))
}

impl Drop for SlowDisk {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
