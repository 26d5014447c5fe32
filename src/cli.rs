//! Flags, their environment and their help: the only file that names clap.
//!
//! Owns: the spelling of everything an operator can set, the defaults (from
//! `limits.rs`), and which exit code an error gets.
//! Must not know: how anything works.
//!
//! Next: `config.rs`.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use tracing::level_filters::LevelFilter;

use crate::config::{ClientConfig, Config, DoorConfig, HttpConfig};
use crate::log::{self, LogFormat};
use crate::words::Language;
use crate::{console, limits, serve};

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
    /// Chat from the terminal
    Join {
        /// Where: ws://HOST:PORT/chat
        url: String,
    },
    /// Try a server with many people at once and see what is lost
    Crowd(Crowd),
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

#[derive(Debug, Args)]
struct Serve {
    /// Where to listen: :8080, HOST:PORT or [::1]:8080; more than once for more
    #[arg(long, value_name = "ADDR", env = "THREADBARE_ADDR", value_delimiter = ',')]
    #[arg(help_heading = "Listening")]
    addr: Vec<String>,
    /// Short for --addr localhost:PORT
    #[arg(long, value_name = "PORT", env = "THREADBARE_PORT", conflicts_with = "addr")]
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
    times: Times,
    #[command(flatten)]
    log: Log,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Who may come in")]
struct Guests {
    /// A further name under which this box is opened; IP addresses, localhost, the machine's
    /// name, names without a dot and .local names are always fine
    #[arg(long, value_name = "NAME", env = "THREADBARE_HOST", value_delimiter = ',')]
    host: Vec<String>,
    /// A further page that may open a WebSocket, as https://example.org; `null` for pages
    /// without an origin
    #[arg(long, value_name = "ORIGIN", env = "THREADBARE_ORIGIN", value_delimiter = ',')]
    origin: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
struct Bounds {
    /// People at once; without it the box decides
    #[arg(long, value_name = "N", env = "THREADBARE_CLIENTS", value_parser = positive)]
    clients: Option<usize>,
    /// Longest message
    #[arg(long, value_name = "BYTES", env = "THREADBARE_MESSAGE_LIMIT")]
    #[arg(default_value_t = limits::MESSAGE_TEXT_BYTES_MAX, value_parser = message_bytes)]
    message_limit: usize,
    /// Messages that may wait for one client before it is dropped as too slow
    #[arg(long, value_name = "N", env = "THREADBARE_OUTBOX")]
    #[arg(default_value_t = limits::OUTBOX_MESSAGES_MAX, value_parser = outbox_messages)]
    outbox: usize,
    /// Read buffer of each client
    #[arg(long, value_name = "BYTES", env = "THREADBARE_READ_BUFFER")]
    #[arg(default_value_t = limits::READ_BUFFER_BYTES, value_parser = read_buffer)]
    read_buffer: usize,
    /// Refuse new requests above this load of the whole box, in thousandths (500 is half); 0 never
    /// does
    #[arg(long, value_name = "PERMILLE", env = "THREADBARE_CPU", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=1000))]
    cpu: u32,
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
struct Log {
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

/// A duration that prints as it is typed.
#[derive(Clone, Copy, Debug)]
struct Time(Duration);

impl std::fmt::Display for Time {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        humantime::format_duration(self.0).fmt(formatter)
    }
}

/// Runs the program: reads the flags, does what they say, says what went wrong.
///
/// The exit code is 0 when all went well, 2 for a flag that cannot be, and 1
/// for everything else.
pub fn run() -> ExitCode {
    let cli = Cli::parse_from(with_two_dashes(std::env::args_os()));
    match act(cli) {
        Ok(code) => code,
        Err(error) => {
            // `{:#}` prints the causes behind it in the same line.
            writeln!(io::stderr(), "threadbare: {error:#}").ok();
            ExitCode::FAILURE
        }
    }
}

fn act(cli: Cli) -> anyhow::Result<ExitCode> {
    let language = Language::from_environment();
    match cli.command {
        None => {
            let (addrs, config) = cli.serve.checked(language);
            log::start(cli.serve.log.level(), cli.serve.log.format());
            Ok(serve::serve(&addrs, config)?)
        }
        Some(Command::Join { url }) => {
            console::join(console::JoinOptions { url, language })?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Crowd(crowd)) => crowd.run(),
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
        })?;
        print(report.to_string().as_bytes())?;
        Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Serve {
    /// From flags to settings. Ends the process with a word and code 2 where
    /// two flags do not go together.
    fn checked(&self, language: Language) -> (Vec<String>, Config) {
        let (ping, pong) = (self.times.ping_interval.0, self.times.pong_timeout.0);
        if ping >= pong {
            let words = format!(
                "--ping-interval {} must be shorter than --pong-timeout {}, or nobody could \
                 answer in time",
                Time(ping),
                Time(pong)
            );
            Cli::command().error(clap::error::ErrorKind::ValueValidation, words).exit();
        }
        let addrs = match self.port {
            Some(port) => vec![format!("localhost:{port}")],
            None if self.addr.is_empty() => vec![limits::ADDR_DEFAULT.to_owned()],
            None => self.addr.clone(),
        };
        (addrs, self.config(language))
    }

    fn config(&self, language: Language) -> Config {
        let Self { guests, bounds, times, .. } = self;
        Config {
            door: DoorConfig {
                hosts: guests.host.clone(),
                origins: guests.origin.clone(),
                first_byte_wait: times.idle_timeout.0,
                head_wait: times.head_timeout.0,
                body_wait: times.body_timeout.0,
                exchange_wait: times.timeout.0,
                answer_wait: times.answer_timeout.0,
                cpu_permille_max: (bounds.cpu > 0).then_some(bounds.cpu),
            },
            http: HttpConfig { assets: self.assets.clone(), language },
            client: ClientConfig {
                message_bytes_max: bounds.message_limit,
                outbox_messages_max: bounds.outbox,
                read_buffer_bytes: bounds.read_buffer,
                write_wait: times.write_timeout.0,
                pong_wait: times.pong_timeout.0,
                ping_interval: times.ping_interval.0,
                message_wait: times.message_timeout.0,
                language,
            },
            clients_max: bounds.clients,
            language,
        }
    }
}

impl Log {
    fn level(&self) -> LevelFilter {
        match self.log_level {
            Level::Error => LevelFilter::ERROR,
            Level::Warn => LevelFilter::WARN,
            Level::Info => LevelFilter::INFO,
            Level::Debug => LevelFilter::DEBUG,
            Level::Trace => LevelFilter::TRACE,
        }
    }

    fn format(&self) -> LogFormat {
        match self.log_format {
            Format::Human => LogFormat::Human,
            Format::Json => LogFormat::Json,
        }
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

fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if time.is_zero() => Err("a time must be longer than nothing".into()),
        Ok(time) if time > TIME_MAX => Err("more than a day is too long to wait".into()),
        Ok(time) => Ok(time),
        Err(error) => Err(format!("{error}; a time looks like 500ms, 3s or 1m")),
    }
}

const TIME_MAX: Duration = Duration::from_secs(24 * 60 * 60);

fn time(text: &str) -> Result<Time, String> {
    duration(text).map(Time)
}

fn exchange_time(text: &str) -> Result<Time, String> {
    match text.parse::<u64>() {
        Ok(0) => Ok(Time(limits::EXCHANGE_WAIT)),
        Ok(milliseconds) => duration(&format!("{milliseconds}ms")).map(Time),
        Err(_) => time(text),
    }
}

fn positive(text: &str) -> Result<usize, String> {
    ranged(text, (1, usize::MAX))
}

fn message_bytes(text: &str) -> Result<usize, String> {
    ranged(text, limits::MESSAGE_TEXT_BYTES_RANGE)
}

fn outbox_messages(text: &str) -> Result<usize, String> {
    ranged(text, limits::OUTBOX_MESSAGES_RANGE)
}

fn read_buffer(text: &str) -> Result<usize, String> {
    ranged(text, limits::READ_BUFFER_BYTES_RANGE)
}

fn ranged(text: &str, (least, most): (usize, usize)) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        Ok(_) if most == usize::MAX => Err(format!("at least {least}, please")),
        Ok(_) => Err(format!("between {least} and {most}, please")),
        Err(_) => Err("a whole number, please".into()),
    }
}
