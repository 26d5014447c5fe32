//! What the program can do: run the server of a chat, or run one of the other commands.
//!
//! Owns: the subcommands.
//! Must not know: how anything works.
//!
//! Part: `cli/mod.rs`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use super::backup::{Backup, Restore};
#[cfg(feature = "console")]
use super::console::ConsoleCommand;
use super::doctor::Doctor;
use super::host::Host;
#[cfg(feature = "learn")]
use super::lab::Lab;
#[cfg(feature = "learn")]
use super::learn::Learn;
use super::qr::Qr;
#[cfg(feature = "learn")]
use super::replay::Replay;
use super::{
    chat_flags::ChatFlags, config_file, export::Export, flags::ServerFlags, glass::Glass, print,
    serve_by, status::Status,
};
use crate::base::{language::Language, reexec};
use crate::chat::secret;
use crate::server::serve::{ServeError, listen_all};
use crate::site::server::{ChatListeners, ChatServer};

/// The program's command line.
#[derive(Debug, Parser)]
#[command(about = "A chat server for small machines. People join with any browser or from a \
                   terminal. Without a command, threadbare starts the server.")]
#[command(version, args_conflicts_with_subcommands = true, max_term_width = 100)]
#[command(after_help = "The manual page has some more options, which few servers need:\n  \
                        threadbare man | man -l -")]
pub(super) struct Cli {
    #[command(flatten)]
    chat: ChatFlags,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Takes part in a chat.
    #[cfg(feature = "console")]
    #[command(flatten)]
    Console(ConsoleCommand),
    /// Print the messages of all rooms, or write them to a file. The server may be running
    Export(Export),
    /// Copy the whole history into one file. The server may be running
    Backup(Backup),
    /// Replace the history with a backup. The server must not be running
    Restore(Restore),
    /// Show how a server on this machine is: people, messages, memory, queues, warnings
    Status(Status),
    /// Print a link that makes somebody a host: a person who looks after all rooms
    Host(Host),
    /// Prove that the glass box of a server on this machine tells the truth
    Glass(Glass),
    /// Learn how threads wait: a course in twelve lessons, with programs to run and to cure
    #[cfg(feature = "learn")]
    Learn(Learn),
    /// Start a server to try things out on: clients that do something wrong, faults and their cures
    #[cfg(feature = "learn")]
    Lab(Lab),
    /// Replay a recording of a server: does the chat come to the same state, byte for byte?
    #[cfg(feature = "learn")]
    Replay(Replay),
    /// Check whether a server would run well on this machine, and say what to change
    Doctor(Doctor),
    /// Print an address as a QR code, for a phone's camera: that of the server, or another one
    Qr(Qr),
    /// Print a sample of a configuration file, or check one
    Config {
        /// File to check
        file: Option<PathBuf>,
    },
    /// Print the Tab completions for a shell
    Completions {
        /// Name of the shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

impl Cli {
    pub(super) fn server_flags(&mut self) -> &mut ServerFlags {
        &mut self.chat.server
    }

    /// Runs the command that the user typed, or the server if no command was typed.
    ///
    /// # Errors
    /// What went wrong, as a sentence for people.
    pub(super) fn act(self) -> anyhow::Result<ExitCode> {
        let language = Language::from_environment();
        match self.command {
            None => self.chat.serve(language),
            #[cfg(feature = "console")]
            Some(Command::Console(command)) => command.run(language),
            Some(Command::Export(export)) => export.run(),
            Some(Command::Backup(backup)) => backup.run(),
            Some(Command::Restore(restore)) => restore.run(),
            Some(Command::Status(status)) => status.run(),
            Some(Command::Host(host)) => host.run(),
            Some(Command::Glass(glass)) => glass.run(),
            #[cfg(feature = "learn")]
            Some(Command::Learn(learn)) => learn.run(),
            #[cfg(feature = "learn")]
            Some(Command::Lab(lab)) => lab.run(),
            #[cfg(feature = "learn")]
            Some(Command::Replay(replay)) => replay.run(),
            Some(Command::Doctor(doctor)) => doctor.run(),
            Some(Command::Qr(qr)) => qr.run(),
            Some(Command::Config { file: None }) => {
                print(config_file::sample(&Cli::command()).as_bytes())
            }
            Some(Command::Config { file: Some(file) }) => check(&file, language),
            Some(Command::Completions { shell }) => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Cli::command(), "threadbare", &mut script);
                print(&script)
            }
            Some(Command::Man) => {
                let mut page = Vec::new();
                // In the manual page, unlike in `--help`, the hidden flags are listed, too.
                let command = Cli::command().mut_args(|arg| arg.hide(false));
                clap_mangen::Man::new(command).render(&mut page)?;
                print(&page)
            }
        }
    }
}

/// Reads a configuration file as the server would with no other flag, and says that it is right.
///
/// # Errors
/// What is wrong with it.
fn check(file: &Path, language: Language) -> anyhow::Result<ExitCode> {
    let bare = Cli::command().mut_args(|arg| arg.env(None::<&str>));
    let command = config_file::with_settings_of(bare, file).map_err(anyhow::Error::msg)?;
    let cli = Cli::from_arg_matches(&command.try_get_matches_from(["threadbare"])?)?;
    cli.chat.server.checked(language).map_err(anyhow::Error::msg)?;
    print(format!("{} is right.\n", file.display()).as_bytes())
}

impl ChatFlags {
    fn serve(&self, language: Language) -> anyhow::Result<ExitCode> {
        let folder = self.history_folder();
        serve_by(&self.server, language, folder.as_deref(), |config, pages| {
            if reexec::gives_large_pieces_back() {
                secret::large_memory_is_given_back();
            }
            let listeners = ChatListeners { pages, lines: listen_all(&self.lines, "--lines")? };
            let server = ChatServer::start(listeners, self.config(config));
            server.map_err(|error| ServeError::Start(error.into()))
        })
    }
}
