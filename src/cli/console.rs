//! The commands that take part in a chat (`join`, `send`, `pipe`, `crowd`), and their flags.
//!
//! Owns: the spelling of the commands and flags, and the address that they use by default.
//! Must not know: what people say there.
//!
//! Room: `cli/mod.rs`.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::print;
use super::values::{Time, duration, time};
use crate::base::limits;
use crate::base::words::Language;
use crate::console::{self, ConsoleError, JoinOptions, WantedName};

/// The address of a server that was started on this machine without flags.
const URL_DEFAULT: &str = "ws://localhost:8080/ws";

/// A command that takes part in a chat.
#[derive(Debug, Subcommand)]
pub(super) enum ConsoleCommand {
    /// Chat from the terminal, or from a script
    Join(Join),
    /// Say one thing in a room; ends well when the server has it for certain
    Send(Send),
    /// Say each line of the input in a room
    Pipe(Pipe),
    /// Try a server with many people at once and see what is lost
    Crowd(Crowd),
}

#[derive(Debug, Args)]
pub(super) struct Crowd {
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

#[derive(Debug, Args)]
pub(super) struct Join {
    /// Where: http://HOST:PORT/ as the server prints it, http://HOST:PORT/r/ROOM, or
    /// ws://HOST:PORT/chat
    url: String,
    /// A room to be in, the lobby if there is none; more than once for more
    #[arg(long, value_name = "ROOM")]
    room: Vec<String>,
    /// Speak the classic format: no names, no rooms, no coming back
    #[arg(long, conflicts_with = "room")]
    classic: bool,
    #[command(flatten)]
    visitor: Visitor,
}

#[derive(Debug, Args)]
pub(super) struct Send {
    /// Which room
    room: String,
    /// What to say
    #[arg(required = true, allow_hyphen_values = true)]
    text: Vec<String>,
    /// Where
    #[arg(long, env = "THREADBARE_URL", default_value = URL_DEFAULT)]
    url: String,
    /// When to give up
    #[arg(long, value_name = "TIME", default_value_t = Time(limits::SEND_WAIT), value_parser = time)]
    timeout: Time,
    #[command(flatten)]
    visitor: Visitor,
}

#[derive(Debug, Args)]
pub(super) struct Pipe {
    /// Which room
    room: String,
    /// Where
    #[arg(long, env = "THREADBARE_URL", default_value = URL_DEFAULT)]
    url: String,
    #[command(flatten)]
    visitor: Visitor,
}

#[derive(Debug, Args)]
struct Visitor {
    /// Your name; NAME#SECRET makes it yours on any device
    #[arg(long, value_name = "NAME", env = "THREADBARE_NAME", hide_env_values = true)]
    name: Option<String>,
    /// The password of the box, if it asks for one
    #[arg(long, value_name = "WORDS", env = "THREADBARE_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// The password of the room, if it asks for one
    #[arg(long, value_name = "WORDS", env = "THREADBARE_ROOM_PASSWORD", hide_env_values = true)]
    room_password: Option<String>,
}

impl ConsoleCommand {
    pub(super) fn run(self, language: Language) -> anyhow::Result<ExitCode> {
        match self {
            Self::Join(join) => told(join.run(language)),
            Self::Send(send) => told(send.run()),
            Self::Pipe(pipe) => told(pipe.run()),
            Self::Crowd(crowd) => crowd.run(),
        }
    }
}

/// Turns the error into one without a chain of causes: the console's sentences name their causes
/// already.
fn told(end: Result<(), console::ConsoleError>) -> anyhow::Result<ExitCode> {
    end.map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(ExitCode::SUCCESS)
}

impl Join {
    fn run(self, language: Language) -> Result<(), ConsoleError> {
        let (who, rooms) = (self.visitor.who(), self.room);
        console::join(JoinOptions { url: self.url, language, classic: self.classic, rooms, who })
    }
}

impl Send {
    fn run(self) -> Result<(), ConsoleError> {
        let text = self.text.join(" ");
        console::send(&self.url, &self.room, &text, self.visitor.who(), self.timeout.0)
    }
}

impl Pipe {
    fn run(self) -> Result<(), ConsoleError> {
        console::pipe(&self.url, &self.room, self.visitor.who())
    }
}

impl Visitor {
    fn who(self) -> WantedName {
        WantedName { name: self.name, password: self.password, room_password: self.room_password }
    }
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
