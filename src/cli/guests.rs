//! Flags about people: who is allowed to join, and how much of the machine people can use.
//!
//! Owns: the spelling of the flags, and reading the file of `--password-file`.
//! Must not know: what a limit does.
//!
//! Part: `cli/mod.rs`.

use std::path::PathBuf;

use clap::Args;
use ipnet::IpNet;

use super::values::{
    host, memory_bytes, message_bytes, network, origin, outbox_messages, permille, positive,
    read_buffer,
};
use crate::admission::{Caps, Password, entrance::Entrance};
use crate::base::limits;

#[derive(Debug, Args)]
#[command(next_help_heading = "Who may join")]
pub(super) struct Guests {
    /// One more name under which browsers open this server. IP addresses, localhost, the machine's
    /// name, names without a dot and .local names always work
    #[arg(long, value_name = "NAME", env = "THREADBARE_HOST", value_delimiter = ',')]
    #[arg(value_parser = host)]
    pub(super) host: Vec<String>,
    /// One more web site whose pages may open a WebSocket.
    #[arg(long, value_name = "ORIGIN", env = "THREADBARE_ORIGIN", value_delimiter = ',')]
    #[arg(value_parser = origin)]
    #[arg(help = "One more web site whose pages may open a WebSocket here, such as \
                  https://example.org. `null` is for pages without an origin")]
    pub(super) origin: Vec<String>,
    /// Address or network of a proxy in front of this server.
    #[arg(long, value_name = "ADDR", env = "THREADBARE_TRUST_PROXY", value_delimiter = ',')]
    #[arg(value_parser = network)]
    #[arg(help = "Address or network of a proxy in front of this server, such as 127.0.0.1 or \
                  10.0.0.0/8; `unix`: one that comes through a Unix socket. What it writes into X-Forwarded-For, -Proto and -Host counts: the \
                  limits of an address then hold for each person. Repeat it for more")]
    pub(super) trust_proxy: Vec<IpNet>,
    /// Password that everyone needs
    #[arg(long, value_name = "WORDS", env = "THREADBARE_PASSWORD", hide_env_values = true)]
    #[arg(help = "Password that everyone needs to join. Other users of this machine can read it \
                  in the list of processes; --password-file and the variable are safer")]
    password: Option<String>,
    /// File whose first line is the password that everyone needs to join
    #[arg(long, value_name = "FILE", env = "THREADBARE_PASSWORD_FILE")]
    password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct Bounds {
    /// Maximum number of people at once. Default: what this machine can hold
    #[arg(long, value_name = "N", allow_negative_numbers = true, env = "THREADBARE_CLIENTS", value_parser = positive)]
    clients: Option<usize>,
    /// Maximum memory of the server, such as 32M. Default: what is free at the start
    #[arg(long, value_name = "SIZE", env = "THREADBARE_MEMORY", value_parser = memory_bytes)]
    #[arg(
        help = "Maximum memory of the server, with the kernel's part, such as 32M or 1G: it lets \
                  in no more people than fit, a flood included. Default: what is free at the \
                  start, or what the control group may use"
    )]
    memory: Option<usize>,
    /// Maximum number of page loads at once (connections of browsers that have not joined yet).
    /// Default: what this machine can hold
    #[arg(long, value_name = "N", allow_negative_numbers = true, env = "THREADBARE_DOORS", value_parser = positive)]
    #[arg(hide = true)]
    doors: Option<usize>,
    /// Maximum number of requests that the server answers at once. Default: 4, or fewer on a very
    /// small machine
    #[arg(long, value_name = "N", allow_negative_numbers = true, env = "THREADBARE_EXCHANGES", value_parser = positive)]
    #[arg(hide = true)]
    exchanges: Option<usize>,
    /// Maximum number of people at once from one address
    #[arg(long, value_name = "N", allow_negative_numbers = true, env = "THREADBARE_CLIENTS_PER_ADDRESS", value_parser = positive)]
    #[arg(help = "Maximum number of people at once from one IP address (an IPv6 /64 network \
                  counts as one). Default: 256, but no maximum for addresses of this machine; a \
                  number that you give applies to them, too")]
    pub(super) clients_per_address: Option<usize>,
    /// Maximum length of a message
    #[arg(long, value_name = "BYTES", env = "THREADBARE_MESSAGE_LIMIT")]
    #[arg(allow_negative_numbers = true, default_value_t = limits::MESSAGE_TEXT_BYTES_MAX, value_parser = message_bytes)]
    pub(super) message_limit: usize,
    /// Maximum number of messages that wait for one client. A slow client is disconnected if more
    /// wait, or catches up later if its format has message numbers
    #[arg(long, value_name = "N", allow_negative_numbers = true, env = "THREADBARE_OUTBOX")]
    #[arg(default_value_t = limits::OUTBOX_MESSAGES_MAX, value_parser = outbox_messages)]
    pub(super) outbox: usize,
    /// Size of the read buffer of each client
    #[arg(long, value_name = "BYTES", env = "THREADBARE_READ_BUFFER")]
    #[arg(allow_negative_numbers = true, default_value_t = limits::READ_BUFFER_BYTES, value_parser = read_buffer)]
    pub(super) read_buffer: usize,
    /// Refuse new requests while the CPU load of this machine is higher than this, in thousandths
    /// of all cores (500 is half). 0: never refuse
    #[arg(long, value_name = "PERMILLE", env = "THREADBARE_CPU")]
    #[arg(allow_negative_numbers = true, default_value_t = 0, value_parser = permille)]
    pub(super) cpu: u32,
}

impl Guests {
    /// Returns the check that each client must pass before it takes part: the client must send the
    /// password from `--password`, or from the first line of the file of `--password-file`. Without
    /// these flags no password is needed.
    ///
    /// # Errors
    /// A sentence for people: both flags are given, the password is invalid, or the file cannot be
    /// read.
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
        password(&words).map(Entrance::asking_for)
    }
}

/// Makes a password of what the operator typed.
///
/// # Errors
/// A sentence for people: it is empty or too long.
pub(super) fn password(words: &str) -> Result<Password, String> {
    let bytes_max = limits::SECRET_BYTES_MAX;
    let bad = || format!("a password has 1 to {bytes_max} bytes, on one line");
    Password::new(words.to_owned()).ok_or_else(bad)
}

impl Bounds {
    pub(super) fn caps(&self) -> Caps {
        Caps {
            clients: self.clients,
            doors: self.doors,
            exchanges: self.exchanges,
            memory: self.memory,
        }
    }
}
