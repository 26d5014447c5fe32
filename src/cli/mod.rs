//! Flags, their environment and their help: the only folder that names clap.
//!
//! Owns: the subcommands, and which exit code an error gets.
//! Must not know: how anything works.
//!
//! Next: `cli/flags.rs`.

mod chat;
mod export;
mod flags;
mod guests;
mod past;
mod values;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::words::Language;
use crate::{console, log, serve};
use export::Export;
use flags::Serve;
use values::duration;

/// A chat made of nothing but threads: open it in any browser, join it from any terminal.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    serve: Serve,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Chat from the terminal, or from a script
    Join(chat::Join),
    /// Say one thing in a room; ends well when the server has it for certain
    Send(chat::Send),
    /// Say each line of the input in a room
    Pipe(chat::Pipe),
    /// Try a server with many people at once and see what is lost
    Crowd(Crowd),
    /// Write down what was said, also while the server runs
    Export(Export),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Debug, Args)]
struct Crowd {
    /// Where: ws://HOST:PORT/chat
    url: String,
    /// Connections
    #[arg(long, value_name = "N", default_value_t = 200)]
    people: usize,
    /// Messages a second, all people together
    #[arg(long, value_name = "N", default_value_t = 20.0)]
    rate: f64,
    /// How long to talk
    #[arg(long = "for", value_name = "TIME", default_value = "30s", value_parser = duration)]
    duration: Duration,
}

/// Runs the program: reads the flags, does what they say, says what went wrong.
///
/// The exit code is 0 when all went well, 2 for a flag that cannot be, and 1
/// for everything else.
pub fn run() -> ExitCode {
    let cli = parse(with_two_dashes(std::env::args_os()).collect());
    match act(cli) {
        Ok(code) => code,
        Err(error) => {
            // `{:#}` prints the causes behind it in the same line.
            writeln!(io::stderr(), "threadbare: {error:#}").ok();
            ExitCode::FAILURE
        }
    }
}

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
    cli.serve.prefer_what_was_typed(&matches);
    cli
}

fn act(cli: Cli) -> anyhow::Result<ExitCode> {
    let language = Language::from_environment();
    match cli.command {
        None => {
            // Before anything is read or started: what is done now is done once more.
            let as_started = cli.serve.reexec().err();
            let (addrs, config) = cli.serve.checked(language).unwrap_or_else(|words| {
                Cli::command().error(clap::error::ErrorKind::ValueValidation, words).exit()
            });
            let log = log::start(cli.serve.log.level(), cli.serve.log.format())
                .context("cannot start the log")?;
            let served = serve::serve(&addrs, config, as_started.as_deref());
            log.flush();
            Ok(served?)
        }
        Some(Command::Join(join)) => told(join.run(language)),
        Some(Command::Send(send)) => told(send.run()),
        Some(Command::Pipe(pipe)) => told(pipe.run()),
        Some(Command::Crowd(crowd)) => crowd.run(),
        Some(Command::Export(export)) => export.run(),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "threadbare", &mut script);
            print(&script)
        }
        Some(Command::Man) => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page)?;
            print(&page)
        }
    }
}

/// The console's sentences have their causes in them already.
fn told(end: Result<(), console::ConsoleError>) -> anyhow::Result<ExitCode> {
    end.map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(ExitCode::SUCCESS)
}

fn print(bytes: &[u8]) -> anyhow::Result<ExitCode> {
    io::stdout().lock().write_all(bytes).context("cannot write to standard output")?;
    Ok(ExitCode::SUCCESS)
}

impl Crowd {
    fn run(self) -> anyhow::Result<ExitCode> {
        let report = console::crowd(console::CrowdOptions {
            url: self.url,
            people: self.people,
            rate: self.rate,
            duration: self.duration,
            progress: true,
        })
        .map_err(|error| anyhow::anyhow!("{error}"))?;
        print(report.to_string().as_bytes())?;
        Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
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
