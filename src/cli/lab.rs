//! The command `threadbare lab`, and its flags.
//!
//! Owns: the spelling of the command.
//! Must not know: what happens in the lab.
//!
//! Part: `cli/mod.rs`.

use std::io;
use std::process::ExitCode;

use clap::Args;

use crate::lab;

#[derive(Debug, Args)]
pub(super) struct Lab {
    /// Flags for the lab's server, after two dashes: `threadbare lab -- --outbox 4`
    #[arg(last = true, value_name = "FLAGS")]
    server: Vec<String>,
}

impl Lab {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        lab::run(&self.server, &mut io::stdin().lock(), io::stdout())?;
        Ok(ExitCode::SUCCESS)
    }
}
