//! F6: a power cut at any moment. The test records with strace what the server writes and flushes,
//! and makes images of the disk as a cut may have left it.

mod disk;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use self::disk::{CALLS, Disk, OnDisk, Step, steps};
use crate::harness::{Data, Numbered, Rng, Signal, Strace, at_most, eventually, is_long, kept_in};

fn images() -> usize {
    if is_long() { 1000 } else { 100 }
}

/// The file and its write-ahead log.
fn names(data: &Data) -> [String; 2] {
    ["", "-wal"].map(|end| format!("{}{end}", data.file().display()))
}

/// The files as they are now, all flushed.
fn as_it_is(data: &Data) -> Disk {
    let file = |name: String| {
        // A missing write-ahead log counts as an empty one.
        let flushed = std::fs::read(&name).unwrap_or_default();
        (name, OnDisk::of(flushed))
    };
    Disk { files: names(data).map(file).into(), ..Disk::default() }
}

fn flushes(steps: &[Step], of: &str) -> Vec<f64> {
    let time = |step: &Step| match step {
        Step::Flushed { file, at } if file == of => Some(*at),
        _ => None,
    };
    steps.iter().filter_map(time).collect()
}

/// Ann talks for a while; returns the disk before that, and what was done to it.
fn a_talk_that_is_watched() -> (Disk, Vec<Step>) {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("first");
    ann.hears("sent");
    let before = as_it_is(&data);
    let trace = data.folder().join("trace");
    let watched = Strace::writes_down(server.pid(), CALLS, &trace);
    // Enough for the write-ahead log to begin again.
    for number in 0..400 {
        ann.says(&format!("{number} {}", "x".repeat(600)));
        // Most are acknowledged before the next one, some are still on their way.
        if number % 5 != 0 {
            ann.hears_over_any_connection_until(Numbered::is_answered);
        }
    }
    ann.hears_over_any_connection_until(Numbered::is_answered);
    drop(watched);
    let steps = steps(&std::fs::read_to_string(trace).unwrap());
    (Disk { told: BTreeSet::from(["Ann-1".to_owned()]), ..before }, steps)
}

#[test]
fn f6_after_a_power_cut_at_any_moment_what_was_acknowledged_is_there() {
    let (mut disk, steps) = a_talk_that_is_watched();
    let flushes = steps.iter().filter(|step| matches!(step, Step::Flushed { .. })).count();
    assert!(flushes > 200, "{flushes} flushes were seen in {} steps", steps.len());
    let mut rng = Rng::new();
    println!("{} steps, {flushes} flushes", steps.len());
    let every = (steps.len() / images()).max(1);
    let cut = Data::new();
    std::fs::create_dir_all(cut.folder()).unwrap();
    for (place, step) in steps.into_iter().enumerate() {
        disk.takes(step);
        if place % every == 0 {
            let image = disk.is_cut(cut.folder(), &mut rng);
            let there = image.ids();
            let lost: Vec<_> = disk.told.difference(&there).collect();
            assert!(lost.is_empty(), "at step {place}: {lost:?} were called sent");
            assert!(image.reserved >= disk.shown, "{} again, at step {place}", image.reserved + 1);
        }
    }
    assert_eq!(disk.told.len(), 401, "all was acknowledged in the end");
}

/// The length of a talk that is flushed every two seconds.
const LAZY_TALK: Duration = Duration::from_secs(5);
/// So many witnesses come back, each to a server with an image of its own.
const WITNESSES: usize = 4;

/// A second life with `--flush 2s`, traced from its first call. Returns the disk before it, what
/// was done to it, and witnesses that have seen everything.
fn a_lazy_talk_that_is_watched() -> (Disk, Vec<Step>, Vec<Numbered>, String) {
    let data = Data::new();
    let mut server = data.start(&["--flush", "2s"]);
    let addr = server.addr.to_string();
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("in an earlier life");
    ann.hears("sent");
    server.gets_signal(Signal::TERM);
    assert_eq!(server.ends().code(), Some(0));
    let before = as_it_is(&data);
    let trace: PathBuf = data.folder().with_extension("trace");
    let through = Strace::from_the_first_call(CALLS, &trace);
    let through: Vec<_> = through.iter().map(String::as_str).collect();
    let mut server = data.start_by(&through, &["--flush", "2s", "--addr", &addr]);
    ann.comes_back();
    ann.hears("caught-up");
    let mut witnesses: Vec<_> = (0..WITNESSES).map(|_| ann.on_another_device()).collect();
    witnesses.iter_mut().for_each(|it| drop(it.hears("caught-up")));
    let started = Instant::now();
    let mut number = 0;
    while started.elapsed() < LAZY_TALK {
        number += 1;
        ann.says(&format!("{number} {}", "x".repeat(60)));
        ann.hears_over_any_connection_until(Numbered::is_answered);
        for witness in &mut witnesses {
            while witness.last("lobby") < ann.last("lobby") {
                witness.hears_next().unwrap();
            }
        }
    }
    server.gets_signal(Signal::KILL);
    server.ends();
    assert_eq!(kept_in(&data.file()).len(), number + 1, "a kill takes nothing that was sent");
    eventually("the end of the trace", || {
        std::fs::read_to_string(&trace).unwrap().contains("+++ killed by SIGKILL +++")
    });
    let steps = steps(&std::fs::read_to_string(&trace).unwrap());
    std::fs::remove_file(trace).unwrap();
    let wal = flushes(&steps, &names(&data)[1]);
    assert!(number > 20 * wal.len(), "{number} were called sent, in {} flushes", wal.len());
    let most = Duration::from_secs(2) + at_most(Duration::from_secs(1));
    let waits = wal.windows(2).map(|pair| Duration::from_secs_f64(pair[1] - pair[0]));
    assert!(wal.len() >= 2 && waits.max().is_some_and(|wait| wait < most), "{wal:?}");
    (before, steps, witnesses, addr)
}

/// With this flag, a message that was called sent survives a kill. A power cut may lose it. Then
/// the server tells each client that has seen it.
#[test]
fn f6_with_flush_2s_a_power_cut_takes_only_the_newest_lines_and_all_are_told_so() {
    let (mut disk, steps, witnesses, addr) = a_lazy_talk_that_is_watched();
    let mut rng = Rng::new();
    // Each image costs time, because it contains all lines of some seconds.
    let every = (2 * steps.len() / images()).max(1);
    let places = |place| steps.len() * (4 * place + 1) / (4 * WITNESSES);
    let witnessed: Vec<_> = (0..WITNESSES).map(places).collect();
    let (mut witnesses, mut most_lost) = (witnesses.into_iter(), 0);
    for (place, step) in steps.into_iter().enumerate() {
        disk.takes(step);
        if place % every != 0 && !witnessed.contains(&place) {
            continue;
        }
        let cut = Data::new();
        std::fs::create_dir_all(cut.folder()).unwrap();
        let image = disk.is_cut(cut.folder(), &mut rng);
        let there = image.ids();
        let lost: Vec<_> = disk.safe.difference(&there).collect();
        assert!(lost.is_empty(), "at step {place}: {lost:?} were flushed");
        most_lost = most_lost.max(disk.told.difference(&there).count());
        let numbers: Vec<_> = image.lines.iter().map(|line| line.seq).collect();
        let count = u64::try_from(numbers.len()).unwrap();
        assert!(numbers.iter().copied().eq(1..=count), "a hole at step {place}: {numbers:?}");
        // Otherwise, other lines would get numbers that clients have already seen.
        assert!(
            image.reserved >= disk.shown.max(count),
            "at step {place} {} were shown, and {} comes again",
            disk.shown,
            image.reserved + 1
        );
        if !witnessed.contains(&place) {
            continue;
        }
        let mut witness = witnesses.next().unwrap();
        let seen = witness.view("lobby").lines.len();
        let _server = cut.start(&["--flush", "2s", "--addr", &addr]);
        witness.comes_back();
        witness.hears("caught-up");
        let left = &witness.view("lobby").lines;
        let first = left.keys().next().copied().unwrap_or(0);
        let kept = image.lines.into_iter().filter(|line| line.seq >= first);
        assert!(kept.map(|line| (line.seq, line.text)).eq(left.clone()), "at step {place}");
        println!("step {place}: of {seen} lines that were seen {} are left", left.len());
    }
    assert!(witnesses.next().is_none(), "each has come back");
    println!("at most {most_lost} that were called sent are lost");
    assert!(most_lost > 0, "every image was whole");
}
