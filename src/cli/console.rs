//! The commands that take part in a chat (`join`, `send`, `pipe`, `crowd`), and their flags.
//!
//! Owns: the spelling of the commands and flags, and the server's URL that the commands use by
//! default.
//! Must not know: what people say in the chat.
//!
//! Part: `cli/mod.rs`.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::values::{Time, duration, time};
use super::{print, said};
use crate::base::{language::Language, limits};
use crate::console::{self, ConsoleError, JoinOptions, WantedName};

/// The WebSocket URL of a server that was started on this machine without flags.
const URL_DEFAULT: &str = "ws://localhost:8080/ws";

const NO_COMMANDS_IN_JOIN: &str = "\
In a terminal, /help lists the commands. If the input or the output is a pipe or a file, or with \
--classic, there are no commands: `join` sends every line as ordinary text, so everyone in the \
room can read a line such as `/msg Ann hello`.";

const NO_COMMANDS_IN_SEND: &str = "\
Write the options before the text. `send` does not read standard input (`pipe` does) and has no \
commands: it sends a text such as `/msg Ann hello` as ordinary text to everyone in the room. \
Without --name it speaks under the name that `join` had at this address the last time. It exits 1 if the server refuses the message or does not confirm it in time.";

const NO_COMMANDS_IN_PIPE: &str = "\
There are no commands: `pipe` sends a line such as `/msg Ann hello` as ordinary text to everyone \
in the room. It leaves out empty lines, and sends a line that is too long for the server in several \
messages. It reconnects after a lost connection, and exits 1 if the server refuses a line.";

/// Where one of these stands in the text, the person has meant an option.
const OPTIONS_OF_SEND: [&str; 6] =
    ["--url", "--name", "--reply", "--timeout", "--password", "--room-password"];

/// A command that takes part in a chat.
#[derive(Debug, Subcommand)]
pub(super) enum ConsoleCommand {
    /// Join a chat from a terminal or from a script
    #[command(after_help = NO_COMMANDS_IN_JOIN)]
    Join(Join),
    /// Send one message; exits 0 once the server has stored it
    #[command(after_help = NO_COMMANDS_IN_SEND)]
    Send(Send),
    /// Send each line of standard input as a message; exits 0 once the server has stored all
    #[command(after_help = NO_COMMANDS_IN_PIPE)]
    Pipe(Pipe),
    /// Test a server with many clients at once; exits 1 if a message was lost
    Crowd(Crowd),
}

#[derive(Debug, Args)]
pub(super) struct Crowd {
    /// Address of the chat: ws://HOST:PORT/chat
    url: String,
    /// Number of connections
    #[arg(long, value_name = "N", default_value_t = 200)]
    people: usize,
    /// Messages a second, all connections together
    #[arg(long, value_name = "N", default_value_t = 20.0)]
    rate: f64,
    /// How long to send messages
    #[arg(long = "for", value_name = "TIME", default_value = "30s", value_parser = duration)]
    duration: Duration,
}

#[derive(Debug, Args)]
pub(super) struct Join {
    /// Address of the chat: http://HOST:PORT/ or https://HOST:PORT/ as the server prints it,
    /// http://HOST:PORT/r/ROOM, or ws://HOST:PORT/chat
    url: String,
    /// Room to join. Repeat it to join more rooms; piped lines go to the first one. Default:
    /// in a terminal the rooms of the last time, otherwise the lobby
    #[arg(long, value_name = "ROOM")]
    room: Vec<String>,
    /// Speak the classic format: no names, no rooms, no reconnect after a lost connection
    #[arg(long, conflicts_with = "room")]
    classic: bool,
    #[command(flatten)]
    visitor: Visitor,
}

#[derive(Debug, Args)]
pub(super) struct Send {
    /// Room to send to
    room: String,
    /// Text of the message
    #[arg(required = true, allow_hyphen_values = true)]
    text: Vec<String>,
    /// Number of the message that this one replies to
    #[arg(long, value_name = "NUMBER")]
    reply: Option<u64>,
    /// Address of the chat
    #[arg(long, env = "THREADBARE_URL", default_value = URL_DEFAULT)]
    url: String,
    /// Give up if the server has not confirmed the message after this time
    #[arg(long, value_name = "TIME", default_value_t = Time(limits::SEND_WAIT), value_parser = time)]
    timeout: Time,
    #[command(flatten)]
    visitor: Visitor,
}

#[derive(Debug, Args)]
pub(super) struct Pipe {
    /// Room to send to
    room: String,
    /// Address of the chat
    #[arg(long, env = "THREADBARE_URL", default_value = URL_DEFAULT)]
    url: String,
    #[command(flatten)]
    visitor: Visitor,
}

#[derive(Debug, Args)]
struct Visitor {
    /// SHA-256 fingerprint of the server's certificate, as the server prints it with --tls-self.
    #[arg(long, value_name = "SHA256", env = "THREADBARE_FINGERPRINT")]
    #[arg(help = "SHA-256 fingerprint of the server's certificate, as the server prints it with \
                  --tls-self. For https:// and wss://; without it, this machine must trust the \
                  certificate")]
    fingerprint: Option<String>,
    /// Your name. NAME#PASSWORD reserves it: only who knows the password can have it. Default: the
    /// name of the last time at this address
    #[arg(long, value_name = "NAME", env = "THREADBARE_NAME", hide_env_values = true)]
    name: Option<String>,
    /// Password of the server, if it has one. The variable is safer: other users cannot read it
    #[arg(long, value_name = "PASSWORD", env = "THREADBARE_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// Password of the room, if it has one. The variable is safer: other users cannot read it
    #[arg(long, value_name = "PASSWORD", env = "THREADBARE_ROOM_PASSWORD", hide_env_values = true)]
    room_password: Option<String>,
}

impl ConsoleCommand {
    pub(super) fn run(self, language: Language) -> anyhow::Result<ExitCode> {
        match self {
            Self::Join(join) => exit_code(join.run(language)),
            Self::Send(send) => exit_code(send.run()),
            Self::Pipe(pipe) => exit_code(pipe.run()),
            Self::Crowd(crowd) => crowd.run(),
        }
    }
}

fn exit_code(end: Result<(), console::ConsoleError>) -> anyhow::Result<ExitCode> {
    end.map_err(said)?;
    Ok(ExitCode::SUCCESS)
}

impl Join {
    fn run(self, language: Language) -> Result<(), ConsoleError> {
        let url = self.visitor.url(self.url);
        let (who, rooms) = (self.visitor.who(), self.room);
        console::join(JoinOptions { url, language, classic: self.classic, rooms, who })
    }
}

impl Send {
    fn run(self) -> Result<(), ConsoleError> {
        let is_option =
            |word: &&String| OPTIONS_OF_SEND.contains(&word.split('=').next().unwrap_or(""));
        if let Some(option) = self.text.iter().find(is_option) {
            return Err(ConsoleError::OptionInText { option: option.clone() });
        }
        let text = self.text.join(" ");
        let said = (text.as_str(), self.reply);
        let url = self.visitor.url(self.url);
        console::send(&url, &self.room, said, self.visitor.who(), self.timeout.0)
    }
}

impl Pipe {
    fn run(self) -> Result<(), ConsoleError> {
        let url = self.visitor.url(self.url);
        console::pipe(&url, &self.room, self.visitor.who())
    }
}

impl Visitor {
    /// The URL of the chat, with the fingerprint behind it if one was typed.
    fn url(&self, given: String) -> String {
        match &self.fingerprint {
            Some(digits) => {
                let place = given.split('#').next().unwrap_or_default();
                format!("{place}#sha256={digits}")
            }
            None => given,
        }
    }

    fn who(self) -> WantedName {
        // An empty name is none: a script may have filled it in.
        let name = self.name.filter(|name| !name.trim().is_empty());
        WantedName { name, password: self.password, room_password: self.room_password }
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
