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

use crate::recording::replay::{ReplayOptions, replay};

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
}

impl Replay {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self { file, steps, from, to } = self;
        let options = ReplayOptions { file, steps, from, to };
        let (mut input, output) = (io::stdin().lock(), io::stdout().lock());
        let is_terminal = input.is_terminal() && output.is_terminal();
        let mut output = BufWriter::new(output);
        let input = (is_terminal && steps).then_some(&mut input as &mut dyn BufRead);
        let is_same = replay(&options, input, &mut output)?;
        output.flush()?;
        Ok(if is_same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
