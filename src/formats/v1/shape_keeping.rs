//! The JSON shapes of what holds in a room, and of what was done there, for whoever looks after it.
//!
//! Owns: the names of the fields.
//! Must not know: what anything means.
//!
//! Part: `formats/v1/mod.rs`.

use serde::Serialize;

/// A person for whom something holds for so many seconds yet.
#[derive(Serialize)]
pub(super) struct TimedJson<'a> {
    pub(super) name: &'a str,
    #[serde(rename = "for")]
    pub(super) seconds: u64,
}

/// An answer of a poll.
#[derive(Serialize)]
pub(super) struct ChoiceJson<'a> {
    pub(super) text: &'a str,
    pub(super) votes: usize,
}

/// An action that a room remembers.
#[derive(Serialize)]
pub(super) struct ActJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) room: Option<&'a str>,
    pub(super) time: u64,
    pub(super) by: &'a str,
    pub(super) action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) whom: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seq: Option<u64>,
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pub(super) seconds: Option<u64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) reason: &'a str,
}

/// What holds in the whole chat.
#[derive(Serialize)]
pub(super) struct ChatJson<'a> {
    pub(super) hosts: Vec<&'a str>,
    pub(super) blocked: Vec<TimedJson<'a>>,
    pub(super) rooms: Vec<WatchedJson<'a>>,
    pub(super) people: Vec<&'a str>,
    pub(super) record: Vec<ActJson<'a>>,
}

/// A room in the list that hosts see.
#[derive(Serialize)]
pub(super) struct WatchedJson<'a> {
    pub(super) room: &'a str,
    pub(super) people: usize,
    pub(super) reports: usize,
    pub(super) waiting: usize,
}

/// A message that somebody has reported.
#[derive(Serialize)]
pub(super) struct ReportJson<'a> {
    pub(super) seq: u64,
    pub(super) time: u64,
    pub(super) by: &'a str,
    pub(super) people: usize,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) text: &'a str,
}
