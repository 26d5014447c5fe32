//! The command `threadbare status`, and its flags.
//!
//! Owns: the spelling of the command, and its exit codes.
//! Must not know: what a status says, and how a server is found.
//!
//! Part: `cli/mod.rs`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;

use super::print;
use super::values::port;
use crate::status::find::{Meant, status_at};
use crate::status::{ServerStatus, text};

/// The exit code if there is no server to ask, or if it is not clear which one is meant.
const NOT_FOUND: u8 = 2;
/// How long two statuses are apart, for what happens in a second.
const APART: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(super) struct Status {
    /// Control socket of the server, if several are running
    #[arg(long, value_name = "SOCKET", conflicts_with = "port")]
    at: Option<PathBuf>,
    /// Port of the server, if several are running
    #[arg(long, value_name = "PORT", value_parser = port)]
    port: Option<u16>,
    /// Print the status as JSON
    #[arg(long)]
    json: bool,
}

impl Status {
    /// Asks the server and prints its status. The exit code is 0 if the server is well, 1 if it is
    /// not, and 2 if there is none. Blocks for a second to see what happens in it, except for JSON.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self { at, port, json } = self;
        let (path, status) = match (Meant { at, port }).find() {
            Ok(found) => found,
            Err(why) => {
                writeln!(std::io::stderr(), "threadbare: {why}").ok();
                return Ok(ExitCode::from(NOT_FOUND));
            }
        };
        if json {
            print((serde_json::to_string(&status)? + "\n").as_bytes())?;
            return Ok(code(&status));
        }
        let began = Instant::now();
        while began.elapsed() < APART {
            std::thread::park_timeout(APART.saturating_sub(began.elapsed()));
        }
        // If the server has ended meanwhile, the first status is the last.
        let later = status_at(&path).ok();
        let shown = match &later {
            Some(later) => text::shown(later, Some((&status, began.elapsed()))),
            None => text::shown(&status, None),
        };
        print(shown.as_bytes())?;
        Ok(code(later.as_ref().unwrap_or(&status)))
    }
}

fn code(status: &ServerStatus) -> ExitCode {
    if status.is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
