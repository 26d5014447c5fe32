//! The settings that an operator has for any server: flags, their variables, their defaults.
//!
//! Owns: the spelling of each, and how flags become a [`ServerConfig`].
//! Must not know: what a setting does.
//!
//! Room: `cli/mod.rs`.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, ValueEnum};
use tracing::level_filters::LevelFilter;

use super::guests::{Bounds, Guests};
use super::values::{Time, exchange_time, time};
use crate::admission::PerAddress;
use crate::admission::entrance::Entrance;
use crate::base::limits;
use crate::base::log::LogFormat;
use crate::base::reexec;
use crate::base::words::Language;
use crate::server::config::{ClientConfig, DoorConfig, FanOut, ServerConfig};

#[derive(Debug, Args)]
pub(super) struct ServerFlags {
    /// Where to listen.
    #[arg(long, value_name = "ADDR", env = "THREADBARE_ADDR", value_delimiter = ',')]
    #[arg(help_heading = "Listening")]
    #[arg(help = "Where to listen: :8080, HOST:PORT or [::1]:8080; more than once for more")]
    addr: Vec<String>,
    /// Short for --addr localhost:PORT
    #[arg(long, value_name = "PORT", env = "THREADBARE_PORT")]
    #[arg(help_heading = "Listening")]
    port: Option<u16>,
    /// Serve your own page: DIR/index.html or DIR/home.html, and what lies beside it
    #[arg(long, value_name = "DIR", env = "THREADBARE_ASSETS", help_heading = "The page")]
    assets: Option<PathBuf>,
    #[command(flatten)]
    guests: Guests,
    #[command(flatten)]
    bounds: Bounds,
    #[command(flatten)]
    shape: Shape,
    #[command(flatten)]
    times: Times,
    #[command(flatten)]
    pub(super) log: LogFlags,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Threads")]
struct Shape {
    /// Who writes to the sockets
    #[arg(long, value_name = "WAY", env = "THREADBARE_FAN_OUT", default_value = "express")]
    #[arg(help = "Who writes to the sockets: the hub where nothing waits (express), or always \
                  the clients' own writers (the textbook's way, about four times the CPU)")]
    fan_out: Way,
    /// Run as it was started.
    #[arg(long, env = "THREADBARE_NO_REEXEC", value_parser = BoolishValueParser::new())]
    #[arg(
        help = "Run as it was started; without it the program starts itself once more, through \
                  /bin/sh, with two signals ignored and, with glibc, GLIBC_TUNABLES set: each \
                  thread takes half the memory maps then, and less memory"
    )]
    no_reexec: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Way {
    Express,
    Writers,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Times (as 500ms, 3s, 1m)")]
struct Times {
    /// Silence before a request, then the connection ends
    #[arg(long, value_name = "TIME", env = "THREADBARE_IDLE_TIMEOUT")]
    #[arg(default_value_t = Time(limits::FIRST_BYTE_WAIT), value_parser = time)]
    idle_timeout: Time,
    /// A request head, from its first byte to its last
    #[arg(long, value_name = "TIME", env = "THREADBARE_HEAD_TIMEOUT")]
    #[arg(default_value_t = Time(limits::HEAD_WAIT), value_parser = time)]
    head_timeout: Time,
    /// A request body
    #[arg(long, value_name = "TIME", env = "THREADBARE_BODY_TIMEOUT")]
    #[arg(default_value_t = Time(limits::BODY_WAIT), value_parser = time)]
    body_timeout: Time,
    /// A request or handshake inside the server; a bare number is milliseconds, 0 the built-in
    /// bound
    #[arg(
        long,
        value_name = "TIME",
        env = "THREADBARE_TIMEOUT",
        visible_alias = "handshake-timeout"
    )]
    #[arg(default_value_t = Time(limits::EXCHANGE_WAIT), value_parser = exchange_time)]
    timeout: Time,
    /// An answer, until the browser has taken it
    #[arg(long, value_name = "TIME", env = "THREADBARE_ANSWER_TIMEOUT")]
    #[arg(default_value_t = Time(limits::ANSWER_WAIT), value_parser = time)]
    answer_timeout: Time,
    /// A message from a client, from its first byte to its last
    #[arg(long, value_name = "TIME", env = "THREADBARE_MESSAGE_TIMEOUT")]
    #[arg(default_value_t = Time(limits::MESSAGE_WAIT), value_parser = time)]
    message_timeout: Time,
    /// A message to a client, from its first byte to its last
    #[arg(long, value_name = "TIME", env = "THREADBARE_WRITE_TIMEOUT")]
    #[arg(default_value_t = Time(limits::WRITE_WAIT), value_parser = time)]
    write_timeout: Time,
    /// A client is given up after this long without a sign of life
    #[arg(long, value_name = "TIME", env = "THREADBARE_PONG_TIMEOUT")]
    #[arg(default_value_t = Time(limits::PONG_WAIT), value_parser = time)]
    pong_timeout: Time,
    /// A client is pinged this often
    #[arg(long, value_name = "TIME", env = "THREADBARE_PING_INTERVAL")]
    #[arg(default_value_t = Time(limits::PING_INTERVAL), value_parser = time)]
    ping_interval: Time,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Log (on standard error)")]
pub(super) struct LogFlags {
    /// The least important lines that are written
    #[arg(long, value_name = "LEVEL", env = "THREADBARE_LOG_LEVEL", default_value = "info")]
    log_level: Level,
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", env = "THREADBARE_LOG_FORMAT", default_value = "human")]
    log_format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Human,
    Json,
}

impl ServerFlags {
    /// If `--addr` or `--port` was typed, a value of the other one from the environment is ignored.
    pub(super) fn prefer_what_was_typed(&mut self, matches: &ArgMatches) {
        let typed = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
        if typed("addr") && !typed("port") {
            self.port = None;
        } else if typed("port") && !typed("addr") {
            self.addr.clear();
        }
    }

    /// Starts the program once more, unless `--no-reexec` is given; see [`reexec::once`].
    ///
    /// # Errors
    /// Why it could not.
    pub(super) fn reexec(&self) -> Result<(), String> {
        if self.shape.no_reexec { Ok(()) } else { reexec::once() }
    }

    /// Checks the flags and returns the addresses to listen on, and the settings.
    ///
    /// # Errors
    /// A sentence about two flags that contradict each other.
    pub(super) fn checked(
        &self,
        language: Language,
    ) -> Result<(Vec<String>, ServerConfig), String> {
        let (ping, pong) = (self.times.ping_interval.0, self.times.pong_timeout.0);
        if ping >= pong {
            return Err(format!(
                "--ping-interval {} must be shorter than --pong-timeout {}, or nobody could \
                 answer in time",
                Time(ping),
                Time(pong)
            ));
        }
        let addrs = match self.port {
            Some(_) if !self.addr.is_empty() => {
                return Err("--addr and --port both say where to listen; use one of them".into());
            }
            Some(port) => vec![format!("localhost:{port}")],
            None if self.addr.is_empty() => vec![limits::ADDR_DEFAULT.to_owned()],
            None => self.addr.clone(),
        };
        Ok((addrs, self.config(language, self.guests.entry()?)))
    }

    fn config(&self, language: Language, entry: Entrance) -> ServerConfig {
        let Self { guests, bounds, shape, times, .. } = self;
        ServerConfig {
            door: DoorConfig {
                hosts: guests.host.clone(),
                origins: guests.origin.clone(),
                first_byte_wait: times.idle_timeout.0,
                head_wait: times.head_timeout.0,
                body_wait: times.body_timeout.0,
                exchange_wait: times.timeout.0,
                answer_wait: times.answer_timeout.0,
                exchanges_max: limits::GATE_PLACES,
                cpu_permille_max: (bounds.cpu > 0).then_some(bounds.cpu),
            },
            client: ClientConfig {
                message_bytes_max: bounds.message_limit,
                outbox_messages_max: bounds.outbox,
                loopback_too: false,
                read_buffer_bytes: bounds.read_buffer,
                write_wait: times.write_timeout.0,
                pong_wait: times.pong_timeout.0,
                ping_interval: times.ping_interval.0,
                message_wait: times.message_timeout.0,
                message_parts_max: limits::MESSAGE_PARTS_MAX,
                language,
            },
            caps: bounds.caps(),
            per_address: bounds
                .clients_per_address
                .map_or_else(PerAddress::default, PerAddress::at_most),
            fan_out: match shape.fan_out {
                Way::Express => FanOut::Express,
                Way::Writers => FanOut::Writers,
            },
            assets: self.assets.clone(),
            entry,
            language,
        }
    }
}

impl LogFlags {
    pub(super) fn level(&self) -> LevelFilter {
        match self.log_level {
            Level::Error => LevelFilter::ERROR,
            Level::Warn => LevelFilter::WARN,
            Level::Info => LevelFilter::INFO,
            Level::Debug => LevelFilter::DEBUG,
            Level::Trace => LevelFilter::TRACE,
        }
    }

    pub(super) fn format(&self) -> LogFormat {
        match self.log_format {
            Format::Human => LogFormat::Human,
            Format::Json => LogFormat::Json,
        }
    }
}
