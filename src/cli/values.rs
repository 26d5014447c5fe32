//! The values of flags: times and numbers within their limits.
//!
//! Owns: how a value is written, and the error sentence for an invalid value.
//! Must not know: which flag a value is for.
//!
//! Part: `cli/mod.rs`.

use std::net::IpAddr;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use ipnet::IpNet;

use crate::base::{base_path::BasePath, limits, socket::UNIX_PEER};

#[derive(Clone, Copy, Debug)]
pub(super) struct Time(pub(super) Duration);

impl std::fmt::Display for Time {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        humantime::format_duration(self.0).fmt(formatter)
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if time.is_zero() => Err("a time must be longer than nothing".into()),
        Ok(time) if time > TIME_MAX => Err("more than a day is too long to wait".into()),
        Ok(time) => Ok(time),
        Err(_) if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() => {
            Err(format!("it has no unit; write {text}s or {text}ms"))
        }
        Err(_) => Err("that is no time; a time looks like 500ms, 3s or 1m".into()),
    }
}

const TIME_MAX: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn time(text: &str) -> Result<Time, String> {
    duration(text).map(Time)
}

pub(super) fn exchange_time(text: &str) -> Result<Time, String> {
    match text.parse::<u64>() {
        Ok(0) => Ok(Time(limits::EXCHANGE_WAIT)),
        Ok(milliseconds) => duration(&format!("{milliseconds}ms")).map(Time),
        Err(_) => time(text),
    }
}

pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "a port is a number from 0 to 65535".into())
}

pub(super) fn host(text: &str) -> Result<String, String> {
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || "-._:[]".contains(sign);
    if !text.is_empty() && text.chars().all(is_part) {
        return Ok(text.to_owned());
    }
    Err("the name alone, please, as chat.example.org: without http:// and what follows".into())
}

/// First names of the server's own paths. If the base path began with one of them, nobody could
/// say whether `/r/lobby` is the room, or `/lobby` below the base path `/r`. The paths of
/// WebSockets are not among them: below them there is nothing, and a browser never opens them as a
/// page.
const OWN_NAMES: [&str; 14] = [
    "assets", "away", "away.js", "device", "glass", "healthz", "metrics", "out", "qr", "r",
    "rooms", "session", "settings", "version",
];

pub(super) fn base_path(text: &str) -> Result<BasePath, String> {
    let base = BasePath::parse(text).ok_or(
        "a path, please, as /chat: it begins with / and has the letters a to z, digits and - _ . ~",
    )?;
    match base.first_name().filter(|name| OWN_NAMES.contains(name)) {
        Some(name) => Err(format!("the chat itself has pages at /{name}; take another path")),
        None => Ok(base),
    }
}

/// Parses an IP address, a network such as `10.0.0.0/8`, or `unix`: the peers of Unix sockets.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    if text == "unix" {
        return Ok(IpAddr::V4(UNIX_PEER).into());
    }
    let one = text.parse::<IpAddr>().map(IpNet::from);
    let net = one.or_else(|_| text.parse::<IpNet>());
    let odd = "an IP address or a network, please, as 127.0.0.1 or 10.0.0.0/8; or `unix`";
    net.map_err(|_| odd.into())
}

/// Parses the value of `--origin`: `null`, or the scheme and host of a web site, as a browser sends
/// them in the header `Origin`.
pub(super) fn origin(text: &str) -> Result<String, String> {
    let site = text.split_once("://").map(|(scheme, rest)| (scheme, rest.trim_end_matches('/')));
    match site {
        _ if text == "null" => Ok(text.to_owned()),
        Some((scheme, host)) if !host.is_empty() && !host.contains(['/', ' ']) => {
            Ok(format!("{scheme}://{host}"))
        }
        _ => Err("a scheme and a name, please, as https://www.example.org; or `null`".into()),
    }
}

/// Returns the parser of a flag that takes one of a few words, each with its value.
pub(super) fn one_of<T: Copy + Send + Sync + 'static, const N: usize>(
    known: [(&'static str, T); N],
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(known.map(|(word, _)| word)).try_map(move |typed| {
        let found = known.iter().find(|(word, _)| *word == typed);
        found.map(|(_, value)| *value).ok_or("not one of the words")
    })
}

pub(super) fn positive(text: &str) -> Result<usize, String> {
    ranged(text, (1, usize::MAX))
}

pub(super) fn message_bytes(text: &str) -> Result<usize, String> {
    ranged(text, limits::MESSAGE_TEXT_BYTES_RANGE)
}

/// Parses a size of memory, such as `32M` or `1G`. Returns it in bytes.
pub(super) fn memory_bytes(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|sign: char| !sign.is_ascii_digit());
    let shift = match &text[digits.len()..] {
        "K" | "KB" | "KiB" => 10,
        "M" | "MB" | "MiB" => 20,
        "G" | "GB" | "GiB" => 30,
        _ => return Err("a size of memory, please, as 32M or 1G".into()),
    };
    let number: usize = digits.parse().map_err(|_| "a size of memory, please, as 32M or 1G")?;
    let bytes = number.checked_mul(1 << shift).ok_or("more than any machine has")?;
    if bytes < limits::MEMORY_BYTES_MIN {
        return Err(format!("at least {}M, please", limits::MEMORY_BYTES_MIN >> 20));
    }
    Ok(bytes)
}

pub(super) fn outbox_messages(text: &str) -> Result<usize, String> {
    ranged(text, limits::OUTBOX_MESSAGES_RANGE)
}

pub(super) fn read_buffer(text: &str) -> Result<usize, String> {
    ranged(text, limits::READ_BUFFER_BYTES_RANGE)
}

pub(super) fn permille(text: &str) -> Result<u32, String> {
    small(text, (0, 1000))
}

pub(super) fn small(text: &str, bounds: (usize, usize)) -> Result<u32, String> {
    ranged(text, bounds).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
}

pub(super) fn ranged(text: &str, (least, most): (usize, usize)) -> Result<usize, String> {
    let is_below = text.strip_prefix('-').is_some_and(|rest| rest.parse::<u64>().is_ok());
    match if is_below { Ok(0) } else { text.parse() } {
        Ok(number) if !is_below && (least..=most).contains(&number) => Ok(number),
        Ok(_) if most == usize::MAX => Err(format!("at least {least}, please")),
        Ok(_) => Err(format!("between {least} and {most}, please")),
        Err(_) => Err("a whole number, please".into()),
    }
}
