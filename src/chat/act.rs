//! What somebody does who looks after a room: quiets a person, puts a person out, freezes the room.
//!
//! Owns: the actions, their words for programs, and how long one may last.
//! Must not know: who may act (`chat/core/roles.rs`); what an action changes
//! (`chat/core/rooms/rules.rs`).
//!
//! Part: `chat/mod.rs`.

use std::fmt;
use std::time::Duration;

use super::name::Name;
use super::refused::for_how_long;
use super::room_name::RoomName;

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
    /// Only whoever looks after the room can write in it (true), or everybody can again (false).
    Freeze(bool),
}

impl RoomAction {
    /// Makes the action of this word. `whom` is the name of the person whom it is about, and
    /// `lasts` how long it lasts. `None`: there is no such word, or it needs a name that is
    /// missing.
    pub fn of(word: &str, whom: Option<Name>, lasts: Duration) -> Option<Self> {
        Some(match word {
            "mute" => Self::Mute(whom?, lasts),
            "unmute" => Self::Unmute(whom?),
            "kick" => Self::Kick(whom?, lasts),
            "unkick" => Self::Unkick(whom?),
            "freeze" => Self::Freeze(true),
            "unfreeze" => Self::Freeze(false),
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
            Self::Freeze(true) => "freeze",
            Self::Freeze(false) => "unfreeze",
        }
    }

    /// Returns the name of the person whom the action is about; `None`: it is about the room.
    pub fn whom(&self) -> Option<&Name> {
        match self {
            Self::Mute(name, _) | Self::Unmute(name) => Some(name),
            Self::Kick(name, _) | Self::Unkick(name) => Some(name),
            Self::Freeze(_) => None,
        }
    }

    /// Returns how long the action lasts; `None`: until somebody undoes it.
    pub fn lasts(&self) -> Option<Duration> {
        match self {
            Self::Mute(_, lasts) | Self::Kick(_, lasts) => Some(*lasts),
            Self::Unmute(_) | Self::Unkick(_) | Self::Freeze(_) => None,
        }
    }
}

/// Returns whether an action of this word is about a person.
pub fn is_about_person(word: &str) -> bool {
    matches!(word, "mute" | "unmute" | "kick" | "unkick")
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{RoomAction, duration};
    use crate::chat::name::Name;

    #[test]
    fn each_action_is_the_one_of_its_word() {
        let (bo, lasts) = (Name::parse("Bo").unwrap(), Duration::from_secs(600));
        for word in ["mute", "unmute", "kick", "unkick", "freeze", "unfreeze"] {
            let action = RoomAction::of(word, Some(bo.clone()), lasts).unwrap();
            assert_eq!(action.word(), word);
            assert_eq!(RoomAction::of(word, None, lasts).is_none(), super::is_about_person(word));
        }
        assert_eq!(RoomAction::of("dance", Some(bo), lasts), None);
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
