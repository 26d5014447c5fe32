//! Flags about people: who may come in, and the limits on what they use.
//!
//! Owns: the spelling of the flags, and reading the one file that a flag names.
//! Must not know: what a limit does.
//!
//! Room: `cli/mod.rs`.

use std::path::PathBuf;

use clap::Args;

use super::values::{
    host, message_bytes, origin, outbox_messages, permille, positive, read_buffer,
};
use crate::admission::Caps;
use crate::admission::Password;
use crate::admission::entrance::Entrance;
use crate::base::limits;

#[derive(Debug, Args)]
#[command(next_help_heading = "Who may come in")]
pub(super) struct Guests {
    /// A further name under which this box is opened; IP addresses, localhost, the machine's
    /// name, names without a dot and .local names are always fine
    #[arg(long, value_name = "NAME", env = "THREADBARE_HOST", value_delimiter = ',')]
    #[arg(value_parser = host)]
    pub(super) host: Vec<String>,
    /// A further page that may open a WebSocket.
    #[arg(long, value_name = "ORIGIN", env = "THREADBARE_ORIGIN", value_delimiter = ',')]
    #[arg(value_parser = origin)]
    #[arg(help = "A further page that may open a WebSocket, as https://example.org; `null` for \
                  pages without an origin")]
    pub(super) origin: Vec<String>,
    /// A password that everybody needs
    #[arg(long, value_name = "WORDS", env = "THREADBARE_PASSWORD", hide_env_values = true)]
    #[arg(help = "A password that everybody needs; others on this machine can read it there, so \
                  better --password-file or the variable")]
    password: Option<String>,
    /// ... or the first line of this file
    #[arg(long, value_name = "FILE", env = "THREADBARE_PASSWORD_FILE")]
    password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct Bounds {
    /// People at once; without it the box decides
    #[arg(long, value_name = "N", allow_negative_numbers = true, env = "THREADBARE_CLIENTS", value_parser = positive)]
    clients: Option<usize>,
    /// Connections at once that are no people (yet): page loads; without it the box decides
    #[arg(long, value_name = "N", allow_negative_numbers = true, env = "THREADBARE_DOORS", value_parser = positive)]
    doors: Option<usize>,
    /// Requests that are answered at once; without it the box decides, mostly for 4
    #[arg(long, value_name = "N", allow_negative_numbers = true, env = "THREADBARE_EXCHANGES", value_parser = positive)]
    exchanges: Option<usize>,
    /// People at once from one address
    #[arg(long, value_name = "N", allow_negative_numbers = true, env = "THREADBARE_CLIENTS_PER_ADDRESS", value_parser = positive)]
    #[arg(help = "People at once from one address (an IPv6 /64 counts as one) [default: 256, \
                  this machine's own addresses exempt; a number given here holds for them too]")]
    pub(super) clients_per_address: Option<usize>,
    /// Longest message
    #[arg(
        long,
        value_name = "BYTES",
        allow_negative_numbers = true,
        env = "THREADBARE_MESSAGE_LIMIT"
    )]
    #[arg(default_value_t = limits::MESSAGE_TEXT_BYTES_MAX, value_parser = message_bytes)]
    pub(super) message_limit: usize,
    /// Messages that may wait for one client before it is dropped as too slow
    #[arg(long, value_name = "N", allow_negative_numbers = true, env = "THREADBARE_OUTBOX")]
    #[arg(default_value_t = limits::OUTBOX_MESSAGES_MAX, value_parser = outbox_messages)]
    pub(super) outbox: usize,
    /// Read buffer of each client
    #[arg(
        long,
        value_name = "BYTES",
        allow_negative_numbers = true,
        env = "THREADBARE_READ_BUFFER"
    )]
    #[arg(default_value_t = limits::READ_BUFFER_BYTES, value_parser = read_buffer)]
    pub(super) read_buffer: usize,
    /// Refuse new requests above this load of the whole box, in thousandths (500 is half); 0 never
    /// does
    #[arg(
        long,
        value_name = "PERMILLE",
        allow_negative_numbers = true,
        env = "THREADBARE_CPU",
        default_value_t = 0
    )]
    #[arg(value_parser = permille)]
    pub(super) cpu: u32,
}

impl Guests {
    /// The password of the server, from the flag or from the first line of the file.
    ///
    /// # Errors
    /// A sentence about a password that is invalid, or a file that cannot be read.
    pub(super) fn entry(&self) -> Result<Entrance, String> {
        let words = match (&self.password, &self.password_file) {
            (None, None) => return Ok(Entrance::default()),
            (Some(_), Some(_)) => {
                return Err("--password and --password-file both say it; use one of them".into());
            }
            (Some(words), None) => words.clone(),
            (None, Some(file)) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|error| format!("--password-file {}: {error}", file.display()))?;
                text.lines().next().unwrap_or_default().to_owned()
            }
        };
        let most = limits::SECRET_BYTES_MAX;
        let bad = || format!("a password has 1 to {most} bytes, on one line");
        Password::new(words).map(Entrance::asking_for).ok_or_else(bad)
    }
}

impl Bounds {
    pub(super) fn caps(&self) -> Caps {
        Caps { clients: self.clients, doors: self.doors, exchanges: self.exchanges }
    }
}
