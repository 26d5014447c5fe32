//! Flags of every build of the server, with their environment variables and their defaults.
//!
//! Owns: the spelling of each flag, and how flags become a [`ServerConfig`].
//! Must not know: what a setting does.
//!
//! Part: `cli/mod.rs`.

use std::cmp::Ordering;
use std::fs::File;
use std::os::unix::process::parent_id;
use std::path::PathBuf;

use clap::builder::{BoolishValueParser, PossibleValuesParser, TypedValueParser};
use clap::{ArgMatches, Args};
use rustix::process::{Signal, getpid, kill_process, set_parent_process_death_signal};
use tracing::level_filters::LevelFilter;

#[cfg(feature = "chat")]
use super::guests::password;
use super::guests::{Bounds, Guests};
use super::tls_flags::TlsFlags;
use super::values::{Time, base_path, exchange_time, one_of, port, time};
#[cfg(feature = "chat")]
use crate::admission::Password;
use crate::admission::{PerNetwork, entrance::Entrance, hotspot::Hotspot};
use crate::base::base_path::BasePath;
use crate::base::log::{self, LogFormat};
use crate::base::{language::Language, limits, reexec};
use crate::server::config::{ClientConfig, DoorConfig, FanOut, ServerConfig};

#[derive(Debug, Args)]
pub(super) struct ServerFlags {
    /// Address to listen on.
    #[arg(long, value_name = "ADDR", env = "THREADBARE_ADDR", value_delimiter = ',')]
    #[arg(help_heading = "Listening")]
    #[arg(help = "Address to listen on: :8080 (all addresses of this machine), HOST:PORT, \
                  [::1]:8080, or unix:PATH for a proxy on this machine. Repeat it for more addresses. Default: :8080")]
    addr: Vec<String>,
    /// Read settings from this file: `threadbare config` prints a sample
    #[cfg(feature = "chat")]
    #[arg(long, value_name = "FILE", env = "THREADBARE_CONFIG", help_heading = "Configuration")]
    config: Option<PathBuf>,
    /// Path below which browsers see this server.
    #[arg(long, value_name = "PATH", env = "THREADBARE_BASE", value_parser = base_path)]
    #[arg(help_heading = "Listening")]
    #[arg(help = "Path below which browsers see this server, such as /chat for \
                  https://example.org/chat/, if a proxy in front has other sites at that name. \
                  The proxy may pass the path on or take it away")]
    pub(super) base: Option<BasePath>,
    /// Lead every phone on this Wi-Fi to the chat
    #[cfg(feature = "chat")]
    #[arg(long, env = "THREADBARE_HOTSPOT", value_parser = BoolishValueParser::new())]
    #[arg(help_heading = "Listening")]
    #[arg(
        help = "Lead every phone on this Wi-Fi to the chat: a request for another host gets the \
                  way to this server, also the question by which a phone finds out whether there \
                  is internet. The Wi-Fi must give this machine's address for every name"
    )]
    hotspot: bool,
    /// The same as --addr localhost:PORT
    #[arg(long, value_name = "PORT", env = "THREADBARE_PORT", value_parser = port)]
    #[arg(help_heading = "Listening")]
    port: Option<u16>,
    /// Serve your own page instead of the built-in one: DIR/index.html or DIR/home.html, and the
    /// other files in DIR
    #[arg(long, value_name = "DIR", env = "THREADBARE_ASSETS", help_heading = "The page")]
    assets: Option<PathBuf>,
    #[command(flatten)]
    guests: Guests,
    #[command(flatten)]
    pub(super) tls: TlsFlags,
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
    /// Which thread sends messages to the clients
    #[arg(long, value_name = "WAY", env = "THREADBARE_FAN_OUT", default_value = "express")]
    #[arg(help = "Which thread sends a message: the hub, if nothing waits for that client \
                  (express), or always the client's own writer (writers; needs about four times \
                  the CPU time)")]
    #[arg(value_parser = one_of([("express", FanOut::Express), ("writers", FanOut::Writers)]))]
    fan_out: FanOut,
    /// Tell counts and queues at /metrics, as Prometheus reads them, to everybody who asks. No name
    /// and no text is among them
    #[arg(long, env = "THREADBARE_METRICS", value_parser = BoolishValueParser::new())]
    metrics: bool,
    /// Show the server's own threads and queues at /glass, to people on this machine only
    #[cfg(feature = "chat")]
    #[arg(long, env = "THREADBARE_GLASS", value_parser = BoolishValueParser::new())]
    glass: bool,
    /// Show them at /glass to everybody who has this password, from everywhere
    #[cfg(feature = "chat")]
    #[arg(long, value_name = "WORDS", env = "THREADBARE_GLASS_FOR", hide_env_values = true)]
    #[arg(value_parser = password)]
    glass_for: Option<Password>,
    /// Do not start the program a second time.
    #[arg(long, env = "THREADBARE_NO_REEXEC", value_parser = BoolishValueParser::new())]
    #[arg(help = "Do not start the program twice (useful for debuggers). By default it starts \
                itself once more, through /bin/sh, with two signals ignored and GLIBC_TUNABLES \
                set (with glibc), so that each thread needs half the memory maps and less memory")]
    no_reexec: bool,
    /// End when the process of this number ends, which has started this one: `threadbare lab`
    #[arg(long, hide = true, value_name = "PID")]
    with_parent: Option<u32>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Times (such as 500ms, 3s, 1m)")]
struct Times {
    /// Maximum time without a request, before the server closes the connection
    #[arg(long, hide = true, value_name = "TIME", env = "THREADBARE_IDLE_TIMEOUT")]
    #[arg(default_value_t = Time(limits::FIRST_BYTE_WAIT), value_parser = time)]
    idle_timeout: Time,
    /// Maximum time for a browser to send the head of a request
    #[arg(long, hide = true, value_name = "TIME", env = "THREADBARE_HEAD_TIMEOUT")]
    #[arg(default_value_t = Time(limits::HEAD_WAIT), value_parser = time)]
    head_timeout: Time,
    /// Maximum time for a browser to send the body of a request
    #[arg(long, hide = true, value_name = "TIME", env = "THREADBARE_BODY_TIMEOUT")]
    #[arg(default_value_t = Time(limits::BODY_WAIT), value_parser = time)]
    body_timeout: Time,
    /// Maximum time for the server to handle a request or a handshake. Without a unit:
    /// milliseconds. 0: the default
    #[arg(long, value_name = "TIME", env = "THREADBARE_TIMEOUT")]
    #[arg(visible_alias = "handshake-timeout")]
    #[arg(default_value_t = Time(limits::EXCHANGE_WAIT), value_parser = exchange_time)]
    timeout: Time,
    /// Maximum time for a browser to receive an answer
    #[arg(long, hide = true, value_name = "TIME", env = "THREADBARE_ANSWER_TIMEOUT")]
    #[arg(default_value_t = Time(limits::ANSWER_WAIT), value_parser = time)]
    answer_timeout: Time,
    /// Maximum time for a client to send one message, from its first byte to its last
    #[arg(long, value_name = "TIME", env = "THREADBARE_MESSAGE_TIMEOUT")]
    #[arg(default_value_t = Time(limits::MESSAGE_WAIT), value_parser = time)]
    message_timeout: Time,
    /// Maximum time to send one message to a client; a long message gets more. A slow client is
    /// disconnected
    #[arg(long, value_name = "TIME", env = "THREADBARE_WRITE_TIMEOUT")]
    #[arg(default_value_t = Time(limits::WRITE_WAIT), value_parser = time)]
    write_timeout: Time,
    /// A client on a WebSocket is disconnected if it has sent nothing for this long and has not
    /// answered a ping; on a stream, if its system acknowledges nothing for this long
    #[arg(long, value_name = "TIME", env = "THREADBARE_PONG_TIMEOUT")]
    #[arg(default_value_t = Time(limits::PONG_WAIT), value_parser = time)]
    pong_timeout: Time,
    /// How often the server pings each client. It must be shorter than the pong timeout
    #[arg(long, value_name = "TIME", env = "THREADBARE_PING_INTERVAL")]
    #[arg(default_value_t = Time(limits::PING_INTERVAL), value_parser = time)]
    ping_interval: Time,
}

impl Shape {
    /// The classic chat alone has no glass box.
    fn has_glass(&self) -> bool {
        #[cfg(feature = "chat")]
        return self.glass;
        #[cfg(not(feature = "chat"))]
        false
    }

    /// What lets people elsewhere look into the glass box.
    fn glass_entrance(&self) -> Option<Entrance> {
        #[cfg(feature = "chat")]
        return self.glass_for.clone().map(Entrance::asking_for);
        #[cfg(not(feature = "chat"))]
        None
    }
}

const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

fn log_format() -> impl TypedValueParser<Value = LogFormat> {
    use LogFormat::{Human, Journal, Json};
    one_of([("human", Human), ("json", Json), ("journal", Journal)])
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Log (on standard error)")]
pub(super) struct LogFlags {
    /// Write only lines of this level and of more important ones
    #[arg(long, value_name = "LEVEL", env = "THREADBARE_LOG_LEVEL", default_value = "info")]
    #[arg(value_parser = PossibleValuesParser::new(LEVELS).try_map(|it| it.parse::<LevelFilter>()))]
    pub(super) log_level: LevelFilter,
    /// Form of the lines: for people (human), for programs (json), or for systemd and syslog
    /// (journal). Default: human, or journal in a unit of systemd
    #[arg(long, value_name = "FORMAT", env = "THREADBARE_LOG_FORMAT", value_parser = log_format())]
    log_format: Option<LogFormat>,
    /// Write the lines to the end of this file, and not to standard error. SIGHUP opens it again
    #[arg(long, value_name = "FILE", env = "THREADBARE_LOG_FILE")]
    pub(super) log_file: Option<PathBuf>,
}

impl LogFlags {
    pub(super) fn format(&self) -> LogFormat {
        let usual = || if self.log_file.is_some() { LogFormat::Human } else { LogFormat::usual() };
        self.log_format.unwrap_or_else(usual)
    }

    /// Opens the log's file; `None`: the log goes to standard error.
    ///
    /// # Errors
    /// A sentence for people.
    pub(super) fn open(&self) -> Result<Option<File>, String> {
        let Some(file) = &self.log_file else { return Ok(None) };
        let opened = log::open(file);
        opened.map(Some).map_err(|error| format!("--log-file {}: {error}", file.display()))
    }
}

impl ServerFlags {
    /// `--addr` and `--port` both say where to listen. Ignores the one that comes from farther
    /// away: from the environment if the other one was typed, from the configuration file if the
    /// other one was typed or comes from the environment.
    pub(super) fn prefer_the_nearer(&mut self, matches: &ArgMatches) {
        match matches.value_source("addr").cmp(&matches.value_source("port")) {
            Ordering::Greater => self.port = None,
            Ordering::Less => self.addr.clear(),
            Ordering::Equal => {}
        }
    }

    /// Lets the kernel end this process with its parent, if `--with-parent` is set. Then calls
    /// [`reexec::once`], so that the program's threads need less memory. Does nothing if
    /// `--no-reexec` is set.
    ///
    /// # Errors
    /// Those of [`reexec::once`].
    pub(super) fn reexec(&self) -> Result<(), String> {
        if let Some(parent) = self.shape.with_parent {
            // It stays set over the second start. If it cannot be set, the server goes on.
            set_parent_process_death_signal(Some(Signal::TERM)).ok();
            // If the parent ended before that, this process ends as it would have then.
            if parent_id() != parent {
                kill_process(getpid(), Signal::TERM).ok();
            }
        }
        if self.shape.no_reexec { Ok(()) } else { reexec::once() }
    }

    /// Checks the flags. Returns the texts that say where to listen (such as `:8080`), and the
    /// settings.
    ///
    /// # Errors
    /// A sentence about two flags that contradict each other, or about a password or a certificate
    /// that is invalid or cannot be read.
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
        let mut config = self.config(language, self.guests.entry()?);
        config.door.certificate = self.tls.certificate()?;
        config.door.tls_only = self.tls.is_only_way();
        Ok((addrs, config))
    }

    /// The classic chat alone has no page for the window of a phone.
    fn is_hotspot(&self) -> bool {
        #[cfg(feature = "chat")]
        return self.hotspot;
        #[cfg(not(feature = "chat"))]
        false
    }

    fn config(&self, language: Language, entrance: Entrance) -> ServerConfig {
        let Self { guests, bounds, shape, times, .. } = self;
        ServerConfig {
            door: DoorConfig {
                hosts: guests.host.clone(),
                origins: guests.origin.clone(),
                proxies: guests.trust_proxy.clone(),
                certificate: None,
                tls_only: false,
                hotspot: self.is_hotspot().then(Hotspot::default),
                first_byte_wait: times.idle_timeout.0,
                head_wait: times.head_timeout.0,
                body_wait: times.body_timeout.0,
                exchange_wait: times.timeout.0,
                answer_wait: times.answer_timeout.0,
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
            per_network: bounds
                .clients_per_address
                .map_or_else(PerNetwork::default, PerNetwork::at_most),
            fan_out: shape.fan_out,
            assets: self.assets.clone(),
            entrance,
            language,
            metrics: shape.metrics,
            glass: shape.has_glass(),
            glass_entrance: shape.glass_entrance(),
        }
    }
}
