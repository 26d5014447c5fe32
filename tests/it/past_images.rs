//! F6: a power cut at any moment. What the server wrote and flushed is watched
//! (strace), and the disk is made as a cut may have left it: everything that was
//! flushed is there, of everything else any part may be missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::Connection;

use super::harness::{Data, Numbered, Strace, is_long};

const CALLS: &str = "pwrite64,write,ftruncate,fsync,fdatasync,sendto";
/// A disk writes so many bytes whole or not at all.
const SECTOR: usize = 512;

/// What the server did, in its order.
enum Step {
    Write {
        file: String,
        at: usize,
        bytes: Vec<u8>,
    },
    Cut {
        file: String,
        length: usize,
    },
    Flushed(String),
    /// Somebody was told that these are sent.
    Acknowledged(Vec<String>),
}

/// One file on the disk.
#[derive(Clone, Default)]
struct OnDisk {
    flushed: Vec<u8>,
    /// Written since then.
    loose: Vec<(usize, Vec<u8>)>,
}

impl OnDisk {
    fn put(bytes: &mut Vec<u8>, at: usize, what: &[u8]) {
        bytes.resize(bytes.len().max(at + what.len()), 0);
        bytes[at..at + what.len()].copy_from_slice(what);
    }

    fn flush(&mut self) {
        for (at, what) in self.loose.drain(..) {
            Self::put(&mut self.flushed, at, &what);
        }
    }

    /// As a cut may leave it; `luck` says of each sector whether it is written.
    fn after_a_cut(&self, mut luck: impl FnMut() -> bool) -> Vec<u8> {
        let mut bytes = self.flushed.clone();
        for (at, what) in &self.loose {
            for (place, sector) in what.chunks(SECTOR).enumerate() {
                if luck() {
                    Self::put(&mut bytes, at + place * SECTOR, sector);
                }
            }
        }
        bytes
    }
}

/// `\x41\x42` as it stands in a trace.
fn bytes_of(hex: &str) -> Vec<u8> {
    hex.split("\\x").skip(1).filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

fn text_of(hex: &str) -> String {
    String::from_utf8_lossy(&bytes_of(hex)).into_owned()
}

/// The ids in the acknowledgements that one send carries.
fn acknowledged(sent: &str) -> Vec<String> {
    let lines = sent.split(r#"{"type":"sent""#).skip(1);
    let id = |line: &str| Some(line.split(r#""id":""#).nth(1)?.split('"').next()?.to_owned());
    lines.filter_map(id).collect()
}

/// One line of a trace: `PID call(3<path>, "data", 4096, 0) = 4096`. A flush is
/// only over with its answer, which may stand on a line of its own.
fn step(line: &str, flushing: &mut BTreeMap<String, String>) -> Option<Step> {
    let (thread, call) = line.split_once(' ')?;
    let call = call.trim_start();
    if call.starts_with("<...") {
        let is_flush = call.contains("sync resumed>") && call.ends_with("= 0");
        return flushing.remove(thread).filter(|_| is_flush).map(Step::Flushed);
    }
    let (name, rest) = call.split_once('(')?;
    let file = text_of(rest.split_once('<')?.1.split_once('>')?.0);
    let data = || rest.split('"').nth(1).map(bytes_of);
    // The last of the numbers: where, or how long.
    let last = || -> Option<usize> {
        let numbers = rest.rsplit_once(" = ").map_or(rest, |(before, _)| before);
        let numbers = numbers.trim_end_matches(" <unfinished ...>").trim_end();
        numbers.trim_end_matches(')').rsplit(", ").next()?.trim().parse().ok()
    };
    match name {
        "pwrite64" => Some(Step::Write { file, at: last()?, bytes: data()? }),
        "ftruncate" => Some(Step::Cut { file, length: last()? }),
        "fsync" | "fdatasync" if line.ends_with("= 0") => Some(Step::Flushed(file)),
        "fsync" | "fdatasync" => {
            flushing.insert(thread.to_owned(), file);
            None
        }
        "sendto" => {
            let ids = acknowledged(&String::from_utf8_lossy(&data()?));
            (!ids.is_empty()).then_some(Step::Acknowledged(ids))
        }
        _ => None,
    }
}

/// Opens what is left, and says which messages are in it.
fn ids_in(folder: &Path) -> BTreeSet<String> {
    let file = Connection::open(folder.join("threadbare.sqlite")).unwrap();
    let fine: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(fine, "ok");
    let mut lines = file.prepare("SELECT id FROM lines WHERE id IS NOT NULL").unwrap();
    lines.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Both files, and who was told what, as far as the steps have come.
struct Disk {
    files: BTreeMap<String, OnDisk>,
    told: BTreeSet<String>,
}

impl Disk {
    fn takes(&mut self, step: Step) {
        match step {
            Step::Write { file, at, bytes } => {
                self.files.get_mut(&file).into_iter().for_each(|it| {
                    it.loose.push((at, bytes.clone()));
                });
            }
            Step::Cut { file, length } => self.files.get_mut(&file).into_iter().for_each(|it| {
                it.flush();
                it.flushed.truncate(length);
            }),
            Step::Flushed(file) => {
                self.files.get_mut(&file).into_iter().for_each(OnDisk::flush);
            }
            Step::Acknowledged(ids) => self.told.extend(ids),
        }
    }

    /// The power is cut now: what is in the folder afterwards.
    fn is_cut(&self, folder: &Path, random: &mut impl FnMut() -> u64) -> BTreeSet<String> {
        let nothing_more = random().is_multiple_of(2);
        for (name, file) in &self.files {
            let left = file.after_a_cut(|| !nothing_more && random().is_multiple_of(2));
            std::fs::write(folder.join(Path::new(name).file_name().unwrap()), left).unwrap();
        }
        drop(std::fs::remove_file(folder.join("threadbare.sqlite-shm")));
        ids_in(folder)
    }
}

/// Ann talks for a while; what the disk was before, and what was done to it.
fn a_talk_that_is_watched() -> (Disk, Vec<Step>) {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("first");
    ann.hears("sent");
    let names = ["", "-wal"].map(|end| format!("{}{end}", data.file().display()));
    let file = |name: String| {
        let flushed = std::fs::read(&name).unwrap();
        (name, OnDisk { flushed, loose: Vec::new() })
    };
    let files = names.map(file).into();
    let trace = data.folder().join("trace");
    let watched = Strace::writes_down(server.pid(), CALLS, &trace);
    // Enough for the log of changes to begin anew.
    for number in 0..400 {
        ann.says(&format!("{number} {}", "x".repeat(600)));
        // Most are acknowledged before the next, some are under way.
        if number % 5 != 0 {
            ann.hears_over_any_line_until(Numbered::is_answered);
        }
    }
    ann.hears_over_any_line_until(Numbered::is_answered);
    drop(watched);
    let trace = std::fs::read_to_string(trace).unwrap();
    let mut flushing = BTreeMap::new();
    let steps = trace.lines().filter_map(|line| step(line, &mut flushing)).collect();
    (Disk { files, told: BTreeSet::from(["Ann-1".to_owned()]) }, steps)
}

#[test]
fn f6_after_a_power_cut_at_any_moment_what_was_acknowledged_is_there() {
    let (mut disk, steps) = a_talk_that_is_watched();
    let flushes = steps.iter().filter(|step| matches!(step, Step::Flushed(_))).count();
    assert!(flushes > 200, "{flushes} flushes were seen in {} steps", steps.len());
    let seed = u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    println!("seed {seed}, {} steps, {flushes} flushes", steps.len());
    let mut state = seed | 1;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> 11
    };
    let images = if is_long() { 1000 } else { 100 };
    let every = (steps.len() / images).max(1);
    let cut = Data::new();
    std::fs::create_dir_all(cut.folder()).unwrap();
    for (place, step) in steps.into_iter().enumerate() {
        disk.takes(step);
        if place % every == 0 {
            let there = disk.is_cut(cut.folder(), &mut random);
            let lost: Vec<_> = disk.told.difference(&there).collect();
            assert!(lost.is_empty(), "at step {place}: {lost:?} were called sent");
        }
    }
    assert_eq!(disk.told.len(), 401, "all was acknowledged in the end");
}
