//! The values of flags: times and numbers within their bounds.
//!
//! Owns: how they are written, and the words about one that cannot be.
//! Must not know: which flag a value is for.
//!
//! Next: `cli/guests.rs`.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::limits;

/// A duration that prints as it is typed.
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
        Err(error) => Err(format!("{error}; a time looks like 500ms, 3s or 1m")),
    }
}

const TIME_MAX: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn time(text: &str) -> Result<Time, String> {
    duration(text).map(Time)
}

/// How long names are kept.
pub(super) fn names_kept(text: &str) -> Result<Time, String> {
    match humantime::parse_duration(text) {
        Ok(time) if time > limits::NAME_KEPT_MAX => Err("names are kept for a year at most".into()),
        Ok(time) => Ok(Time(time)),
        Err(error) => Err(format!("{error}; a time looks like 12h or 7d")),
    }
}

pub(super) fn exchange_time(text: &str) -> Result<Time, String> {
    match text.parse::<u64>() {
        Ok(0) => Ok(Time(limits::EXCHANGE_WAIT)),
        Ok(milliseconds) => duration(&format!("{milliseconds}ms")).map(Time),
        Err(_) => time(text),
    }
}

/// The folder of the history: the one that was given, or where state belongs.
/// `None`: there is to be none.
pub(super) fn data_folder(given: Option<&Path>) -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    match given {
        Some(none) if none.as_os_str() == "none" => None,
        Some(given) => Some(given.to_owned()),
        None => folder("STATE_DIRECTORY")
            .or_else(|| folder("XDG_STATE_HOME").map(|state| state.join("threadbare")))
            .or_else(|| folder("HOME").map(|home| home.join(".local/state/threadbare"))),
    }
}

/// A name of this box.
pub(super) fn host(text: &str) -> Result<String, String> {
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || "-._:[]".contains(sign);
    if !text.is_empty() && text.chars().all(is_part) {
        return Ok(text.to_owned());
    }
    Err("the name alone, please, as chat.example.org: without http:// and what follows".into())
}

/// What a browser calls the site that a page is of.
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

pub(super) fn positive(text: &str) -> Result<usize, String> {
    ranged(text, (1, usize::MAX))
}

pub(super) fn message_bytes(text: &str) -> Result<usize, String> {
    ranged(text, limits::MESSAGE_TEXT_BYTES_RANGE)
}

pub(super) fn outbox_messages(text: &str) -> Result<usize, String> {
    ranged(text, limits::OUTBOX_MESSAGES_RANGE)
}

pub(super) fn read_buffer(text: &str) -> Result<usize, String> {
    ranged(text, limits::READ_BUFFER_BYTES_RANGE)
}

pub(super) fn history_mebibytes(text: &str) -> Result<usize, String> {
    ranged(text, limits::HISTORY_MEBIBYTES_RANGE)
}

/// A day or a moment (UTC), or how long ago.
pub(super) fn since(text: &str) -> Result<SystemTime, String> {
    let moment = ["", ":00", "T00:00:00"]
        .iter()
        .find_map(|rest| humantime::parse_rfc3339_weak(&format!("{text}{rest}")).ok());
    let ago = || SystemTime::now().checked_sub(humantime::parse_duration(text).ok()?);
    let odd = "as 2026-11-20, 2026-11-20T18:00 (UTC), or how long ago: 90m, 7d";
    moment.or_else(ago).ok_or_else(|| odd.to_owned())
}

fn ranged(text: &str, (least, most): (usize, usize)) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        Ok(_) if most == usize::MAX => Err(format!("at least {least}, please")),
        Ok(_) => Err(format!("between {least} and {most}, please")),
        Err(_) => Err("a whole number, please".into()),
    }
}
