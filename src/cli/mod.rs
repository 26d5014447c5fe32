//! Flags, their environment and their help: the only folder that names clap.
//!
//! Owns: which program is built of the flags, and which exit code an error gets.
//! Must not know: how anything works.
//!
//! Next: `cli/flags.rs`.

#[cfg(feature = "chat")]
mod chat_flags;
#[cfg(not(feature = "chat"))]
mod classic;
#[cfg(feature = "chat")]
mod commands;
#[cfg(feature = "console")]
mod console;
#[cfg(feature = "chat")]
mod export;
mod flags;
mod guests;
#[cfg(feature = "chat")]
mod past;
mod values;

use std::ffi::OsString;
use std::io::{self, Write};
use std::net::TcpListener;
use std::process::ExitCode;

use anyhow::Context;
use clap::{CommandFactory, FromArgMatches};

use crate::config::ServerConfig;
use crate::serve::{ServeError, Service};
use crate::words::Language;
use crate::{log, serve};
#[cfg(not(feature = "chat"))]
use classic::Cli;
#[cfg(feature = "chat")]
use commands::Cli;
use flags::ServerFlags;

/// Runs the program: reads the flags, does what they say, says what went wrong.
///
/// The exit code is 0 when all went well, 2 for a flag that cannot be, and 1
/// for everything else.
pub fn run() -> ExitCode {
    let cli = parse(with_two_dashes(std::env::args_os()).collect());
    match cli.act() {
        Ok(code) => code,
        Err(error) => {
            // `{:#}` prints the causes behind it in the same line.
            writeln!(io::stderr(), "threadbare: {error:#}").ok();
            let is_of_a_flag =
                error.downcast_ref::<ServeError>().is_some_and(ServeError::is_of_a_flag);
            if is_of_a_flag { ExitCode::from(FLAG_IS_WRONG) } else { ExitCode::FAILURE }
        }
    }
}

/// The exit code for a flag that cannot be; clap's own.
const FLAG_IS_WRONG: u8 = 2;

/// The flags; ends the process with code 2 and a word if they are wrong.
fn parse(args: Vec<OsString>) -> Cli {
    let mut command = Cli::command();
    let subcommands: Vec<_> =
        command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    let is_serving =
        !args.get(1).is_some_and(|first| subcommands.iter().any(|one| first == one.as_str()));
    if !is_serving {
        // The server's variables are nothing to the other commands.
        command = command.mut_args(|arg| arg.env(None::<&str>));
    }
    let matches = command.get_matches_from(args);
    let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    cli.server_flags().prefer_what_was_typed(&matches);
    cli
}

/// Serves with what `start` makes of the settings and the listeners.
///
/// # Errors
/// What kept it from serving.
fn serve_by<S: Service>(
    flags: &ServerFlags,
    language: Language,
    start: impl FnOnce(ServerConfig, Vec<TcpListener>) -> Result<S, ServeError>,
) -> anyhow::Result<ExitCode> {
    // Before anything is read or started: what is done now is done once more.
    let as_started = flags.reexec().err();
    let (addrs, config) = flags.checked(language).unwrap_or_else(|words| {
        Cli::command().error(clap::error::ErrorKind::ValueValidation, words).exit()
    });
    let log = log::start(flags.log.level(), flags.log.format()).context("cannot start the log")?;
    let as_started = as_started.as_deref();
    let served = serve::serve(&addrs, as_started, |listeners| start(config, listeners));
    log.flush();
    Ok(served?)
}

#[cfg(feature = "chat")]
/// Writes it to standard output, where a closed pipe is no panic.
fn print(bytes: &[u8]) -> anyhow::Result<ExitCode> {
    io::stdout().lock().write_all(bytes).context("cannot write to standard output")?;
    Ok(ExitCode::SUCCESS)
}

/// The classic servers' flags are written with one dash; both ways are taken.
fn with_two_dashes(args: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    const CLASSIC: [&str; 5] = ["-addr", "-assets", "-port", "-timeout", "-cpu"];
    args.map(|arg| {
        let classic = arg
            .to_str()
            .filter(|text| CLASSIC.contains(&text.split_once('=').map_or(*text, |(name, _)| name)));
        match classic {
            Some(text) => format!("-{text}").into(),
            None => arg,
        }
    })
}
