//! What the program can be asked to do: to serve a chat, or one of the other commands.
//!
//! Owns: the subcommands.
//! Must not know: how anything works.
//!
//! Next: `cli/chat_flags.rs`.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, CommandFactory, Parser, Subcommand};

use super::chat_flags::ChatFlags;
use super::export::Export;
use super::flags::ServerFlags;
use super::values::duration;
use super::{chat, serve_by};
use crate::chat::secret;
use crate::chat_server::{ChatServer, Listeners};
use crate::serve::{ServeError, listen_all};
use crate::words::Language;
use crate::{console, reexec};

/// A chat made of nothing but threads: open it in any browser, join it from any terminal.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true, max_term_width = 100)]
pub(super) struct Cli {
    #[command(flatten)]
    chat: ChatFlags,
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

impl Cli {
    /// The flags of any server.
    pub(super) fn server_flags(&mut self) -> &mut ServerFlags {
        &mut self.chat.server
    }

    /// Does what the arguments say.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub(super) fn act(self) -> anyhow::Result<ExitCode> {
        let language = Language::from_environment();
        match self.command {
            None => self.chat.serve(language),
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
}

impl ChatFlags {
    fn serve(&self, language: Language) -> anyhow::Result<ExitCode> {
        serve_by(&self.server, language, |config, pages| {
            if reexec::gives_large_pieces_back() {
                secret::large_memory_is_given_back();
            }
            let listeners = Listeners { pages, lines: listen_all(&self.lines, "--lines")? };
            let server = ChatServer::start(listeners, self.config(config));
            server.map_err(|error| ServeError::Start(error.into()))
        })
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
