//! What somebody does who looks after a room: mutes a person, puts a person out, closes the room.
//!
//! Owns: the actions, their words for programs, and how long one may last.
//! Must not know: who may act (`chat/core/roles.rs`); what an action changes
//! (`chat/core/rooms/rules.rs`).
//!
//! Part: `chat/mod.rs`.

use std::fmt;
use std::time::Duration;

use super::answer::RoomState;
use super::entry::UnixMillis;
use super::name::Name;
use super::refused::for_how_long;
use super::room_name::RoomName;
use super::time_text;
use crate::base::limits;

/// One action in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct RoomAct {
    /// The room. The client need not be in it.
    pub room: RoomName,
    /// What to do.
    pub action: RoomAction,
    /// Why, in the words of whoever acts; empty: no reason is given.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::text"))]
    pub reason: String,
}

/// What to do in a room. A new action of the same kind about the same person replaces the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum RoomAction {
    /// The person cannot write in the room for so long.
    Mute(Name, Duration),
    /// The person can write again.
    Unmute(Name),
    /// The person leaves the room, and cannot come back for so long.
    Kick(Name, Duration),
    /// The person may come back.
    Unkick(Name),
    /// As `Kick`; and for so long whoever is new and comes from the same network must be admitted.
    Ban(Name, Duration),
    /// The ban of this name ends.
    Unban(Name),
    /// The person looks after the room, too (true), or does so no more (false).
    Keeper(Name, bool),
    /// The person may enter the room while it is closed (true), or may not (false).
    Admit(Name, bool),
    /// Only whoever looks after the room can write in it (true), or everybody can again (false).
    Freeze(bool),
    /// Each other person writes one message in so long a time at most; `None`: there is no such
    /// limit any more.
    Slow(Option<Duration>),
    /// Nobody new can enter the room, unless somebody who looks after it admits them (true); or
    /// everybody can again (false).
    Close(bool),
}

impl RoomAction {
    /// Makes the action of this word. `whom` is the name of the person whom it is about. `lasts` is
    /// how long it lasts, or the time between two messages; `None`: as long as usual. The result is
    /// `None` if there is no such word, or if it needs a name that is missing.
    pub fn of(word: &str, whom: Option<Name>, lasts: Option<Duration>) -> Option<Self> {
        let time = |usual: Duration, most: Duration| {
            lasts.unwrap_or(usual).clamp(Duration::from_secs(1), most)
        };
        let rule = || time(limits::RULE_LASTS, limits::RULE_LASTS_MAX);
        Some(match word {
            "mute" => Self::Mute(whom?, rule()),
            "unmute" => Self::Unmute(whom?),
            "kick" => Self::Kick(whom?, rule()),
            "unkick" => Self::Unkick(whom?),
            "ban" => Self::Ban(whom?, time(limits::BAN_LASTS, limits::RULE_LASTS_MAX)),
            "unban" => Self::Unban(whom?),
            "keeper" => Self::Keeper(whom?, true),
            "unkeeper" => Self::Keeper(whom?, false),
            "admit" => Self::Admit(whom?, true),
            "unadmit" => Self::Admit(whom?, false),
            "freeze" => Self::Freeze(true),
            "unfreeze" => Self::Freeze(false),
            "slow" => Self::Slow(Some(time(limits::SLOW_PAUSE, limits::SLOW_PAUSE_MAX))),
            "unslow" => Self::Slow(None),
            "close" => Self::Close(true),
            "unclose" => Self::Close(false),
            _ => return None,
        })
    }

    /// Returns the word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Mute(..) => "mute",
            Self::Unmute(_) => "unmute",
            Self::Kick(..) => "kick",
            Self::Unkick(_) => "unkick",
            Self::Ban(..) => "ban",
            Self::Unban(_) => "unban",
            Self::Keeper(_, true) => "keeper",
            Self::Keeper(_, false) => "unkeeper",
            Self::Admit(_, true) => "admit",
            Self::Admit(_, false) => "unadmit",
            Self::Freeze(true) => "freeze",
            Self::Freeze(false) => "unfreeze",
            Self::Slow(Some(_)) => "slow",
            Self::Slow(None) => "unslow",
            Self::Close(true) => "close",
            Self::Close(false) => "unclose",
        }
    }

    /// Returns the name of the person whom the action is about; `None`: it is about the room.
    pub fn whom(&self) -> Option<&Name> {
        match self {
            Self::Mute(name, _) | Self::Unmute(name) => Some(name),
            Self::Kick(name, _) | Self::Unkick(name) => Some(name),
            Self::Ban(name, _) | Self::Unban(name) => Some(name),
            Self::Keeper(name, _) | Self::Admit(name, _) => Some(name),
            Self::Freeze(_) | Self::Slow(_) | Self::Close(_) => None,
        }
    }

    /// Returns how long the action lasts, or the time between two messages; `None`: the action has
    /// no such time.
    pub fn time(&self) -> Option<Duration> {
        match self {
            Self::Mute(_, time) | Self::Kick(_, time) | Self::Ban(_, time) => Some(*time),
            Self::Slow(time) => *time,
            _ => None,
        }
    }
}

/// The words of all actions.
pub const WORDS: [&str; 16] = [
    "mute", "unmute", "kick", "unkick", "ban", "unban", "keeper", "unkeeper", "admit", "unadmit",
    "freeze", "unfreeze", "slow", "unslow", "close", "unclose",
];

/// Returns whether an action of this word is about a person.
pub fn is_about_person(word: &str) -> bool {
    matches!(
        word,
        "mute"
            | "unmute"
            | "kick"
            | "unkick"
            | "ban"
            | "unban"
            | "keeper"
            | "unkeeper"
            | "admit"
            | "unadmit"
    )
}

/// Reads a length of time as people type it: `30s`, `10m`, `2h`, `3d`. `None`: it is none, or 0.
pub fn duration(typed: &str) -> Option<Duration> {
    let unit = typed.chars().last()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return None,
    };
    let count: u64 = typed[..typed.len() - 1].parse().ok()?;
    Some(Duration::from_secs(count.checked_mul(seconds)?)).filter(|lasts| !lasts.is_zero())
}

/// What was done in a room, for everybody there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomActDone {
    /// What was done, where and why.
    pub act: RoomAct,
    /// The name of the person who did it.
    pub by: Name,
}

/// One sentence for everybody in the room.
impl fmt::Display for RoomActDone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { act: RoomAct { room, action, reason }, by } = self;
        let by = by.plain();
        match action {
            RoomAction::Mute(name, lasts) => {
                let (name, time) = (name.plain(), for_how_long(*lasts));
                write!(formatter, "{by} has muted {name} in {room} for {time}")?;
            }
            RoomAction::Unmute(name) => {
                write!(formatter, "{by} has let {} write in {room} again", name.plain())?;
            }
            RoomAction::Kick(name, lasts) => {
                let (name, time) = (name.plain(), for_how_long(*lasts));
                write!(formatter, "{by} has put {name} out of {room} for {time}")?;
            }
            RoomAction::Unkick(name) => {
                write!(formatter, "{by} has let {} come back to {room}", name.plain())?;
            }
            RoomAction::Ban(name, lasts) => {
                let (name, time) = (name.plain(), for_how_long(*lasts));
                write!(formatter, "{by} has banned {name} from {room} for {time}")?;
            }
            RoomAction::Unban(name) => {
                write!(formatter, "{by} has ended the ban of {} from {room}", name.plain())?;
            }
            RoomAction::Keeper(name, true) => {
                write!(formatter, "{by} has made {} a keeper of {room}", name.plain())?;
            }
            RoomAction::Keeper(name, false) => {
                write!(formatter, "{by} has ended that {} is a keeper of {room}", name.plain())?;
            }
            RoomAction::Admit(name, true) => {
                write!(formatter, "{by} has let {} into {room}", name.plain())?;
            }
            RoomAction::Admit(name, false) => {
                write!(formatter, "{by} has removed {} from the list for {room}", name.plain())?;
            }
            RoomAction::Slow(Some(pause)) => {
                let pause = for_how_long(*pause);
                write!(formatter, "{by} has slowed {room}: one message each in {pause}")?;
            }
            RoomAction::Slow(None) => {
                write!(formatter, "{by} has ended the slow mode of {room}")?;
            }
            RoomAction::Close(true) => {
                write!(formatter, "{by} has closed {room}: only who is admitted can come in")?;
            }
            RoomAction::Close(false) => {
                write!(formatter, "{by} has opened {room}: everybody can come in again")?;
            }
            RoomAction::Freeze(true) => {
                write!(formatter, "{by} has frozen {room}: only whoever looks after it can write")?;
            }
            RoomAction::Freeze(false) => {
                write!(formatter, "{by} has unfrozen {room}: everybody can write again")?
            }
        }
        if reason.is_empty() { Ok(()) } else { write!(formatter, " ({reason})") }
    }
}

/// An action in a room that changed something, as the room remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct ActRecord {
    /// When it was done.
    pub at: UnixMillis,
    /// The name of the person who did it.
    pub by: Name,
    /// What was done.
    pub action: RoomAction,
    /// Why; empty: no reason was given.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::text"))]
    pub reason: String,
}

impl ActRecord {
    /// Returns what was done in this room.
    pub fn done_in(&self, room: &RoomName) -> RoomActDone {
        let Self { by, action, reason, .. } = self.clone();
        RoomActDone { act: RoomAct { room: room.clone(), action, reason }, by }
    }

    /// Returns whether the record names this person.
    pub fn names(&self, name: &Name) -> bool {
        self.by == *name || self.action.whom() == Some(name)
    }
}

/// What holds in a room, for a client that asks. The lists of people other than the keepers are
/// empty for a client that does not look after the room. Each list has at most
/// [`limits::WHO_NAMES_MAX`] names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesOfRoom {
    /// The room.
    pub room: RoomName,
    /// What holds for everybody.
    pub state: RoomState,
    /// Who looks after the room, apart from the hosts of the chat: its maker, who comes first, and
    /// its keepers.
    pub keepers: Vec<Name>,
    /// Who is muted, each with how long yet.
    pub muted: Vec<(Name, Duration)>,
    /// Who was put out, each with how long yet.
    pub put_out: Vec<(Name, Duration)>,
    /// Who is banned, each with how long yet. The name is the one that the person had then.
    pub banned: Vec<(Name, Duration)>,
    /// Who may enter the closed room.
    pub admitted: Vec<Name>,
    /// Who waits to be admitted.
    pub waiting: Vec<Name>,
    /// What was done in the room, the oldest first.
    pub record: Vec<ActRecord>,
}

/// So many of the last actions are told in plain text, which has no list to scroll.
const RECORD_SENTENCES: usize = 8;

impl RulesOfRoom {
    /// Returns one sentence for each thing that holds, for people who read plain text.
    pub fn sentences(&self) -> Vec<String> {
        let Self { state, .. } = self;
        let mut told = Vec::new();
        told.push(match names(&self.keepers) {
            keepers if keepers.is_empty() => "there are only hosts who look after this room".into(),
            keepers => format!("this room is looked after by {keepers}, and by hosts"),
        });
        if state.frozen {
            told.push("this room is frozen: only whoever looks after it can write".into());
        }
        if !state.slow.is_zero() {
            let pause = for_how_long(state.slow);
            told.push(format!("this room is in slow mode: one message each in {pause}"));
        }
        if state.closed {
            told.push("this room is closed: only who is admitted can come in".into());
        }
        for (what, people) in [
            ("there are people who are muted here", timed(&self.muted)),
            ("there are people who were put out of the room", timed(&self.put_out)),
            ("there are people who are banned from this room", timed(&self.banned)),
            ("there are people who were admitted to this room", names(&self.admitted)),
            ("there are people who wait for /admit NAME", names(&self.waiting)),
        ] {
            if !people.is_empty() {
                told.push(format!("{what}: {people}"));
            }
        }
        let newest = self.record.len().saturating_sub(RECORD_SENTENCES);
        let record = self.record[newest..].iter().map(|record| {
            let (at, done) = (time_text::plain(record.at), record.done_in(&self.room));
            format!("there is on record, {at} UTC: {done}")
        });
        told.extend(record);
        told
    }
}

/// Returns the sentence about somebody who waits to be admitted to a closed room.
pub fn who_waits(room: &RoomName, name: &Name) -> String {
    let name = name.plain();
    format!("there is somebody who waits to enter {room}: {name}; /admit {name} lets them in")
}

fn names(people: &[Name]) -> String {
    people.iter().map(Name::plain).collect::<Vec<_>>().join(", ")
}

fn timed(people: &[(Name, Duration)]) -> String {
    let timed = |(name, left): &(Name, Duration)| {
        let (name, time) = (name.plain(), for_how_long(*left));
        format!("{name} for {time}")
    };
    people.iter().map(timed).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{RoomAction, WORDS, duration};
    use crate::base::limits;
    use crate::chat::name::Name;

    #[test]
    fn each_action_is_the_one_of_its_word() {
        let (bo, lasts) = (Name::parse("Bo").unwrap(), Some(Duration::from_secs(600)));
        for word in WORDS {
            let action = RoomAction::of(word, Some(bo.clone()), lasts).unwrap();
            assert_eq!(action.word(), word);
            assert_eq!(RoomAction::of(word, None, lasts).is_none(), super::is_about_person(word));
        }
        assert_eq!(RoomAction::of("dance", Some(bo), lasts), None);
    }

    #[test]
    fn a_time_that_is_missing_is_the_usual_one_and_one_that_is_too_long_the_longest() {
        let slow = |time| RoomAction::of("slow", None, time).and_then(|action| action.time());
        assert_eq!(slow(None), Some(limits::SLOW_PAUSE));
        assert_eq!(slow(Some(Duration::MAX)), Some(limits::SLOW_PAUSE_MAX));
        assert_eq!(slow(Some(Duration::ZERO)), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_length_of_time_is_a_number_and_a_unit() {
        let read = |typed| duration(typed).map(|lasts| lasts.as_secs());
        let right = [("30s", 30), ("10m", 600), ("2h", 7200), ("3d", 259_200)];
        right
            .iter()
            .for_each(|(typed, seconds)| assert_eq!(read(typed), Some(*seconds), "{typed}"));
        for typed in
            ["", "m", "10", "10 m", "0m", "-1m", "1.5h", "10y", "99999999999999999999d", "ä"]
        {
            assert_eq!(read(typed), None, "{typed}");
        }
    }
}
