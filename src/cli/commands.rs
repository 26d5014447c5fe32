//! What the program can do: serve a chat, or run one of the other commands.
//!
//! Owns: the subcommands.
//! Must not know: how anything works.
//!
//! Room: `cli/mod.rs`.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use super::chat_flags::ChatFlags;
#[cfg(feature = "console")]
use super::console::ConsoleCommand;
use super::export::Export;
use super::flags::ServerFlags;
use super::{print, serve_by};
use crate::base::reexec;
use crate::base::words::Language;
use crate::chat::secret;
use crate::server::serve::{ServeError, listen_all};
use crate::site::server::{ChatListeners, ChatServer};

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
    /// Takes part in a chat.
    #[cfg(feature = "console")]
    #[command(flatten)]
    Console(ConsoleCommand),
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

impl Cli {
    /// The flags that any server has.
    pub(super) fn server_flags(&mut self) -> &mut ServerFlags {
        &mut self.chat.server
    }

    /// Runs the command, or the server if there is none.
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
            let listeners = ChatListeners { pages, lines: listen_all(&self.lines, "--lines")? };
            let server = ChatServer::start(listeners, self.config(config));
            server.map_err(|error| ServeError::Start(error.into()))
        })
    }
}
