//! The servers that are measured: the product, the yardsticks, the peers.
//!
//! A peer takes part if `tests/bench/run` has built it; the bench names a missing one and leaves it
//! out.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::load::Door;
use crate::options::Options;
use crate::process::Process;
use crate::scenarios::Scenario;
use crate::wire::Format;
use crate::yardsticks;

/// The place in the build folder for the files of a bench.
const WORK: &str = env!("CARGO_TARGET_TMPDIR");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Product,
    Yardstick,
    Peer,
}

pub struct Server {
    pub name: String,
    pub kind: Kind,
    program: PathBuf,
    arguments: Vec<String>,
    /// Whether somebody watches its glass box while it is measured.
    pub is_watched: bool,
}

/// All available servers that the options ask for.
pub fn all(options: &Options) -> Vec<Server> {
    let mut servers = Vec::new();
    let own = ("threadbare".to_owned(), env!("CARGO_BIN_EXE_threadbare").to_owned());
    for (name, program) in [own].iter().chain(&options.programs) {
        servers.push(product(name, program, &[]));
        if knows_fan_out(program) {
            servers.push(product(&format!("{name}-writers"), program, &["--fan-out", "writers"]));
        }
    }
    servers.push(yardstick("rawfan", &["rawfan"]));
    servers.push(yardstick("rawfan-paired", &["rawfan", "--paired"]));
    servers.push(yardstick("rawhub", &["rawhub"]));
    servers.push(yardstick("rawfan-joined", &["rawfan", "--joined"]));
    servers.push(yardstick("rawhub-joined", &["rawhub", "--joined"]));
    servers.push(yardstick("rawpair", &["rawpair"]));
    servers.push(yardstick("rawaccept", &["rawaccept"]));
    servers.push(yardstick("rawtls", &["rawtls"]));
    servers.push(yardstick("rawtls-joined", &["rawtls", "--joined"]));
    servers.push(Server {
        name: "go-gorilla".to_owned(),
        kind: Kind::Peer,
        program: peers().join("gorilla-chat"),
        arguments: Vec::new(),
        is_watched: false,
    });
    servers.push(Server {
        name: "npm-ws".to_owned(),
        kind: Kind::Peer,
        program: peers().join("ws-chat"),
        arguments: Vec::new(),
        is_watched: false,
    });
    servers.retain(|server| options.wants_server(&server.name) && server.is_there());
    servers
}

/// Another build of the product, and the present one.
pub fn pair(before: &str) -> io::Result<[Server; 2]> {
    let pair =
        [product("before", before, &[]), product("after", env!("CARGO_BIN_EXE_threadbare"), &[])];
    match pair.iter().find(|server| !server.is_there()) {
        Some(missing) => {
            Err(io::Error::other(format!("{} is not there", missing.program.display())))
        }
        None => Ok(pair),
    }
}

/// The present build, with the glass box open to this machine: first nobody looks, then somebody
/// does.
pub fn unwatched_and_watched() -> [Server; 2] {
    let one = |name| product(name, env!("CARGO_BIN_EXE_threadbare"), &["--glass"]);
    [one("unwatched"), Server { is_watched: true, ..one("watched") }]
}

fn product(name: &str, program: &str, more: &[&str]) -> Server {
    let common = ["--addr", "127.0.0.1:0", "--log-level", "warn"];
    let arguments = common.iter().chain(more).map(|word| (*word).to_owned()).collect();
    let name = name.to_owned();
    let program = program.into();
    Server { name, kind: Kind::Product, program, arguments, is_watched: false }
}

fn yardstick(name: &str, arguments: &[&str]) -> Server {
    let program = std::env::current_exe().unwrap_or_default();
    let arguments = arguments.iter().map(|word| (*word).to_owned()).collect();
    let name = name.to_owned();
    Server { name, kind: Kind::Yardstick, program, arguments, is_watched: false }
}

/// The folder in which `tests/bench/run` builds the peers.
fn peers() -> PathBuf {
    Path::new(WORK).parent().unwrap_or(Path::new(WORK)).join("peers")
}

/// Older builds have one way of fanning out and no flag for it.
fn knows_fan_out(program: &str) -> bool {
    let help = Command::new(program).arg("--help").output();
    help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--fan-out"))
}

impl Server {
    fn is_there(&self) -> bool {
        if !self.program.exists() {
            eprintln!("not measured: {} ({} is not there)", self.name, self.program.display());
        }
        self.program.exists()
    }

    /// Starts a fresh process of the server for this scenario.
    pub fn start(&self, scenario: &Scenario) -> io::Result<Process> {
        (scenario.before)()?;
        let flags = match (self.kind, scenario.format) {
            (Kind::Product, _) => scenario.flags,
            (Kind::Yardstick, Format::V1) => &[yardsticks::V1_FLAG],
            (Kind::Yardstick, Format::Classic) | (Kind::Peer, _) => &[],
        };
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).args(flags);
        // Settings in the environment belong to the user, not to the bench.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("THREADBARE_")) {
            command.env_remove(name);
        }
        // Set by a variable, because an older build has no such flag; a scenario about the history
        // uses `--data`.
        command.env("THREADBARE_DATA", "none");
        Process::start(command, &Path::new(WORK).join(format!("{}.log", self.name)))
    }

    pub fn door(&self, port: u16, scenario: &Scenario) -> Door {
        let chat = self.kind != Kind::Yardstick;
        let (format, tls) = (scenario.format, scenario.tls);
        Door { port, format, handshake: chat, numbered: chat, tls }
    }
}
