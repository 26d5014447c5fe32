//! The command `threadbare replay`, and its flags.
//!
//! Owns: the spelling of the command, and its exit codes.
//! Must not know: how a recording is read.
//!
//! Part: `cli/mod.rs`.

use std::io::{self, BufRead, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::admission::Admission;
use crate::base::language::Language;
use crate::recording::replay::{ReplayOptions, Replayed, replay};
use crate::recording::site::{RecordingServer, ReplayedFile};
use crate::server::config::ServerConfig;
use crate::server::serve::{self, ServeError};

#[derive(Debug, Args)]
pub(super) struct Replay {
    /// The recording: a file that `threadbare --record FILE` has written
    file: PathBuf,
    /// Print each event and what came of it; at a terminal, Enter prints the next
    #[arg(long)]
    steps: bool,
    /// Print only events from this number on
    #[arg(long, value_name = "N", default_value_t = 1, requires = "steps")]
    from: u64,
    /// End after the event with this number
    #[arg(long, value_name = "M")]
    to: Option<u64>,
    /// Show the recording in a glass box, event by event, to a browser on this machine
    #[arg(long, conflicts_with_all = ["steps", "to"])]
    glass: bool,
    /// The port of that glass box on this machine; 0: any that is free
    #[arg(long, value_name = "PORT", default_value_t = 0, requires = "glass")]
    port: u16,
}

impl Replay {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self { file, steps, from, to, glass, port } = self;
        let options = ReplayOptions { file, steps, from, to };
        let (mut input, output) = (io::stdin().lock(), io::stdout().lock());
        let is_terminal = input.is_terminal() && output.is_terminal();
        let mut output = BufWriter::new(output);
        let input = (is_terminal && steps).then_some(&mut input as &mut dyn BufRead);
        let Replayed { is_same, events } = replay(&options, input, &mut output)?;
        output.flush()?;
        drop(output);
        if glass {
            return show(ReplayedFile { file: options.file, events, is_same }, port);
        }
        Ok(if is_same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Runs a server that shows this recording, until a signal ends it.
fn show(recording: ReplayedFile, port: u16) -> anyhow::Result<ExitCode> {
    if recording.events == 0 {
        anyhow::bail!("the recording has no event to show");
    }
    let addrs = [format!("127.0.0.1:{port}")];
    let config = ServerConfig::new(Language::from_environment());
    Ok(serve::serve(
        &addrs,
        None,
        false,
        |listeners| {
            let server = RecordingServer::start(listeners, &config, recording);
            server.map_err(|error| ServeError::Start(error.into()))
        },
        None::<fn(&Admission)>,
    )?)
}
