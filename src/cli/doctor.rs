//! `threadbare doctor`: would a server run well here, and if not, what is there to change?
//!
//! Owns: what is looked at, in which order, and the advice.
//! Must not know: how a server uses what was looked at.
//!
//! Part: `cli/mod.rs`.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use rustix::fs::statvfs;

use super::history_folder::{NoDataFolder, folder_to_read};
use super::print;
use super::values::port;
use crate::admission::Budget;
use crate::base::{limits, reexec, wall_clock};
use crate::server::serve::{files, listen_all, local, shared};
use crate::status::find::Meant;

/// How often the disk is asked to keep something, to see how long it takes.
const FLUSHES: u32 = 5;
/// If the disk takes longer than this, the doctor advises `--flush 2s`.
const FLUSH_WAIT_USUAL: Duration = Duration::from_millis(100);
/// What a flush writes, in bytes: a page of the history's file.
const FLUSHED_BYTES: usize = 4096;

/// For each limit that can decide how many people fit: how to lift it.
const LIFTS: [(&str, &str); 5] = [
    ("open files", "LimitNOFILE=65536 in the unit, or `ulimit -n 65536`, lets in more"),
    ("memory maps", "`sysctl vm.max_map_count=262144` lets in more"),
    (
        "threads",
        "`sysctl kernel.pid_max=131072`, TasksMax=infinity in the unit, or `ulimit -u` \
                 lets in more",
    ),
    ("free memory", "only more memory lets in more"),
    ("the control group's memory", "MemoryMax in the unit, or the container's limit, lets in more"),
];

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Address on which the server is to listen. Repeat it for more addresses
    #[arg(long, value_name = "ADDR", env = "THREADBARE_ADDR", value_delimiter = ',')]
    #[arg(default_value = limits::ADDR_DEFAULT)]
    addr: Vec<String>,
    /// The same as --addr localhost:PORT
    #[arg(long, value_name = "PORT", env = "THREADBARE_PORT", value_parser = port)]
    port: Option<u16>,
    /// Folder of the history, or `none`. Default: the folder of the server that runs, or else the
    /// one that a server would have
    #[arg(long, value_name = "DIR", env = "THREADBARE_DATA")]
    data: Option<PathBuf>,
    /// Maximum size of the history file, in MiB
    #[arg(long, value_name = "MIB", env = "THREADBARE_KEEP_SIZE")]
    #[arg(default_value_t = limits::HISTORY_MEBIBYTES)]
    keep_size: usize,
}

/// What was found, line by line.
#[derive(Default)]
struct Findings {
    text: String,
    /// How many things should change.
    faults: usize,
}

impl Findings {
    fn well(&mut self, what: &str, words: &str) {
        self.line("ok", what, words);
    }

    fn fault(&mut self, what: &str, words: &str) {
        self.faults += 1;
        self.line("CHANGE", what, words);
    }

    fn line(&mut self, mark: &str, what: &str, words: &str) {
        // Writing into a text cannot fail.
        writeln!(self.text, "{mark:7} {what:10} {words}").ok();
    }
}

impl Doctor {
    /// Looks at everything, and prints what it found. Blocks for the disk, and writes a few pages
    /// into the folder of the history. The exit code is a failure if something should change.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        // A server starts itself a second time, so that its threads need fewer memory maps. An
        // error is ignored: the server's threads would then cost as much as the doctor's.
        reexec::once().ok();
        let mut found = Findings::default();
        people(&mut found);
        self.port(&mut found);
        self.history(&mut found);
        clock(&mut found);
        print(found.text.as_bytes())?;
        Ok(if found.faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn port(&self, found: &mut Findings) {
        let of_port = self.port.map(|port| vec![format!("localhost:{port}")]);
        match listen_all(of_port.as_ref().unwrap_or(&self.addr), "--addr") {
            Ok(listeners) => {
                let open = local(&listeners);
                let addr = open.first().map(ToString::to_string);
                let file = || files(&listeners).first().map(|file| file.display().to_string());
                let first = addr.or_else(file).unwrap_or_default();
                found.well("port", &format!("{first} is free"));
                let is_for_here = open.iter().all(|addr| addr.ip().is_loopback());
                match shared(&open) {
                    Some(addr) => found.well("network", &format!("others reach http://{addr}/")),
                    None if is_for_here => found.well(
                        "network",
                        "only this machine reaches the server, as behind a proxy; --addr :8080 \
                         would open it to others",
                    ),
                    None => found.fault(
                        "network",
                        "the machine has no address in a network, so nobody else reaches it: \
                         connect it first",
                    ),
                }
            }
            Err(_) if let Some(addr) = self.running() => {
                found.well("port", &format!("a server of Threadbare has it: {addr}"));
            }
            Err(error) => {
                found.fault(
                    "port",
                    &format!("{error} (a server that runs there already has its port)"),
                );
            }
        }
    }

    /// Returns where the server of this machine listens, if it has a port that is wanted; `None`:
    /// it has not, or no server runs, or several. Blocks until it has answered.
    fn running(&self) -> Option<String> {
        let (_, status) = Meant::default().find().ok()?;
        let wanted = |text: &str| {
            let port = self.port.map(|port| port.to_string());
            let mut ports = self.addr.iter().filter_map(|addr| addr.rsplit(':').next());
            port.map_or_else(|| ports.any(|port| port == text), |port| port == text)
        };
        let of_port = status.addresses.iter().find(|addr| wanted(&addr.port().to_string()));
        of_port.map(ToString::to_string)
    }

    fn history(&self, found: &mut Findings) {
        let folder = match folder_to_read(self.data.as_deref()) {
            Ok(folder) => folder,
            Err(NoDataFolder::Unnamed) => {
                return found.well("history", "none: what is said outlives no restart");
            }
            Err(NoDataFolder::BadPlace(why)) => {
                return found.fault(
                    "history",
                    &format!(
                        "{why}. The server keeps everything in memory; --data DIR names \
                              another folder, for example on a stick"
                    ),
                );
            }
        };
        // The server would make the folder.
        let there = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
        let name = folder.display();
        match time_of_a_flush(there) {
            Ok(took) if took > FLUSH_WAIT_USUAL => found.fault(
                "disk",
                &format!(
                    "it takes {} ms to keep a message in {name}; --flush 2s does not let \
                          people wait for that",
                    took.as_millis()
                ),
            ),
            Ok(took) => found.well(
                "disk",
                &format!("{name} keeps a message in {:.1} ms", took.as_secs_f64() * 1000.0),
            ),
            Err(error) => {
                return found.fault(
                    "disk",
                    &format!("cannot write in {name}: {error}; give another folder with --data"),
                );
            }
        }
        let Ok(disk) = statvfs(there) else { return };
        let free = (disk.f_bavail * disk.f_frsize) >> 20;
        let (free, wanted) = (usize::try_from(free).unwrap_or(usize::MAX), self.keep_size);
        if wanted.saturating_mul(2) > free {
            found.fault(
                "space",
                &format!(
                    "{free} MiB are free, and the history may take {wanted}: use --keep-size \
                          {}",
                    (free / 2).max(1)
                ),
            );
        } else {
            found
                .well("space", &format!("{free} MiB are free, the history takes {wanted} at most"));
        }
    }
}

fn people(found: &mut Findings) {
    match Budget::of_this_machine(None, false) {
        Ok(budget) => {
            let lift = LIFTS.iter().find(|(limit, _)| *limit == budget.bound_by);
            let lift = lift.map_or_else(String::new, |(_, lift)| format!("; {lift}"));
            let (fit, limit) = (budget.clients_max, budget.bound_by);
            found.well("people", &format!("{fit} fit at once, by {limit}{lift}"));
        }
        Err(too_little) => found.fault("people", &too_little.to_string()),
    }
}

fn clock(found: &mut Findings) {
    if wall_clock::is_set(wall_clock::now()) {
        found.well("clock", "it is set");
    } else {
        found.fault(
            "clock",
            "it is not set, so pages show no times; a time server (ntpd -q -p pool.ntp.org) or \
             `date -s` sets it",
        );
    }
}

/// The median time in which the disk keeps a page. Writes a file into the folder and removes it.
fn time_of_a_flush(folder: &Path) -> io::Result<Duration> {
    let path = folder.join(format!(".threadbare-doctor-{}", std::process::id()));
    let mut file = File::create_new(&path)?;
    // Without its name, nothing is left whatever happens now.
    fs::remove_file(&path)?;
    let mut times = Vec::new();
    for _ in 0..FLUSHES {
        let started = Instant::now();
        file.write_all(&[0; FLUSHED_BYTES])?;
        file.sync_all()?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}
