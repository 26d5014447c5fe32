//! Flags, their environment variables and their help. This is the only folder that uses clap.
//!
//! The doc comments on flags and commands are the text of `--help`, unless a flag has its own
//! `help`. A flag with `hide` is in the manual page only. A value that was typed goes before one of
//! the environment, that before one of the configuration file, and that before the default.
//!
//! Owns: what the flags make the program do, and the exit code of each error.
//! Must not know: how anything works.
//!
//! Part: this file is its entry.

#[cfg(feature = "chat")]
mod backup;
#[cfg(feature = "chat")]
mod chat_flags;
#[cfg(not(feature = "chat"))]
mod classic;
#[cfg(feature = "chat")]
mod commands;
#[cfg(feature = "chat")]
mod config_file;
#[cfg(feature = "console")]
mod console;
#[cfg(feature = "chat")]
mod doctor;
#[cfg(feature = "chat")]
mod export;
mod flags;
#[cfg(feature = "chat")]
mod glass;
mod guests;
#[cfg(feature = "chat")]
mod history_folder;
#[cfg(feature = "chat")]
mod host;
#[cfg(feature = "learn")]
mod lab;
#[cfg(feature = "learn")]
mod learn;
#[cfg(feature = "chat")]
mod past;
#[cfg(feature = "chat")]
mod qr;
#[cfg(feature = "chat")]
mod reload;
#[cfg(feature = "learn")]
mod replay;
#[cfg(feature = "chat")]
mod status;
mod tls_flags;
mod values;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory, FromArgMatches};

#[cfg(not(feature = "chat"))]
use crate::admission::Admission;
use crate::base::{base_path, language::Language, log, socket::PublicListener};
use crate::server::serve::{ServeError, Service};
use crate::server::{config::ServerConfig, serve};
#[cfg(not(feature = "chat"))]
use classic::Cli;
#[cfg(feature = "chat")]
use commands::Cli;
use flags::ServerFlags;
#[cfg(feature = "chat")]
use reload::Reload;

/// Runs the program: parses the flags, does what they say, and prints the error if something fails.
///
/// The exit code is 0 if all went well, 2 if a flag is wrong, and 1 for every other error that a
/// command returns. `docs/OPERATING.md` lists all codes.
pub fn run() -> ExitCode {
    match parsed().act() {
        Ok(code) => code,
        Err(error) => {
            writeln!(io::stderr(), "threadbare: {}", with_causes(&error)).ok();
            let is_of_a_flag =
                error.downcast_ref::<ServeError>().is_some_and(ServeError::is_of_a_flag);
            if is_of_a_flag { ExitCode::from(FLAG_IS_WRONG) } else { ExitCode::FAILURE }
        }
    }
}

/// Returns the error's sentence, and after it those of its causes that it does not contain.
fn with_causes(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// The exit code for a wrong flag. clap uses the same code.
const FLAG_IS_WRONG: u8 = 2;

/// Parses the flags of this process. If one is wrong, prints the reason and ends the process with
/// exit code 2. `--help` and `--version` end the process, too, with exit code 0.
fn parsed() -> Cli {
    parse(arguments()).map_or_else(|error| error.exit(), |(cli, _)| cli)
}

fn arguments() -> Vec<OsString> {
    with_two_dashes(std::env::args_os()).collect()
}

/// Parses the flags. Reads the configuration file, if they or the environment name one. Returns the
/// raw values, too.
///
/// # Errors
/// A flag or a line of the file is wrong, or the user wants to read the help.
fn parse(args: Vec<OsString>) -> Result<(Cli, ArgMatches), clap::Error> {
    let mut command = Cli::command();
    let is_asked_for =
        |sub: &clap::Command| args.get(1).is_some_and(|first| first == sub.get_name());
    if command.get_subcommands().any(is_asked_for) {
        // The flags before any command are the server's. If the user typed a command, such as
        // `export`, the environment variables of the server's flags are ignored.
        command = command.mut_args(|arg| arg.env(None::<&str>));
    }
    #[cfg(feature = "chat")]
    let command = config_file::read_by(command, &args).map_err(wrong_values)?;
    let matches = command.try_get_matches_from(args).map_err(in_plain_words)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    cli.server_flags().prefer_the_nearer(&matches);
    Ok((cli, matches))
}

/// What Rust's library says of a text that is no number, and what a user can do about it.
const NO_NUMBER: [(&str, &str); 5] = [
    ("invalid digit found in string", "a whole number, please"),
    ("cannot parse integer from empty string", "a whole number, please"),
    ("number too large to fit in target type", "a smaller number, please"),
    ("number too small to fit in target type", "a larger number, please"),
    ("invalid float literal", "a number, please, as 20 or 0.5"),
];

fn in_plain_words(error: clap::Error) -> clap::Error {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    let of_rust = NO_NUMBER.iter().find(|(rust, _)| line.ends_with(rust));
    of_rust.map_or(error, |(rust, plain)| wrong_values(line.replace(rust, plain)))
}

/// The error for values that are wrong for another reason than their form.
fn wrong_values(words: String) -> clap::Error {
    Cli::command().error(ErrorKind::ValueValidation, words)
}

/// Runs a server until it ends. `folder` is where it keeps its files, if anywhere. `start` makes
/// the server from the settings and the listeners. If a flag is wrong, ends the process with exit
/// code 2.
///
/// # Errors
/// Why the server could not start or run.
fn serve_by<S: Service>(
    flags: &ServerFlags,
    language: Language,
    folder: Option<&Path>,
    start: impl FnOnce(ServerConfig, Vec<PublicListener>) -> Result<S, ServeError>,
) -> anyhow::Result<ExitCode> {
    // `reexec` can start the program again, so it is called first: all work before it would be done
    // twice.
    let as_started = flags.reexec().err();
    let (addrs, mut config) =
        flags.checked(language).unwrap_or_else(|words| wrong_values(words).exit());
    #[cfg(feature = "chat")]
    let reload = Reload::of(&config);
    #[cfg(not(feature = "chat"))]
    let reload = None::<fn(&Admission)>;
    let log_file = flags.log.open().unwrap_or_else(|words| wrong_values(words).exit());
    log::start(flags.log.log_level, flags.log.format(), log_file)
        .context("cannot start the log")?;
    let names = || serve::names(&config.door.hosts);
    if let Some(own) = flags.tls.own_certificate(folder, names).map_err(anyhow::Error::msg)? {
        config.door.certificate = Some(own);
    }
    base_path::set(flags.base.clone().unwrap_or_default());
    let (as_started, trusts_unix) = (as_started.as_deref(), config.door.trusts_unix());
    let start = |listeners| start(config, listeners);
    let served = serve::serve(&addrs, as_started, trusts_unix, start, reload);
    log::flush();
    Ok(served?)
}

/// Writes the bytes to standard output. If the program that reads them has closed the pipe, returns
/// an error and does not panic.
#[cfg(feature = "chat")]
fn print(bytes: &[u8]) -> anyhow::Result<ExitCode> {
    io::stdout().lock().write_all(bytes).context("cannot write to standard output")?;
    Ok(ExitCode::SUCCESS)
}

/// Drops the causes of an error whose sentence contains them already. Otherwise the command line
/// would print them a second time.
#[cfg(feature = "chat")]
fn said(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("{error}")
}

/// Puts a second dash before a flag that classic chat servers know with one dash, such as `-addr`.
/// So these flags work with one dash or two.
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

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_wrong_number_is_refused_in_plain_words() {
        for (flags, words) in [
            (&["--keep-days", "x"][..], "'x' for '--keep-days <DAYS>': a whole number, please"),
            (&["--port", "abc"], "a port is a number from 0 to 65535"),
            (&["crowd", "http://box/", "--rate", "fast"], "a number, please, as 20 or 0.5"),
        ] {
            let args = ["threadbare"].iter().chain(flags).map(Into::into).collect();
            let said = parse(args).unwrap_err().to_string();
            assert!(said.contains(words), "{said}");
        }
    }
}
