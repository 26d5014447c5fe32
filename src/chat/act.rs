//! What somebody does who looks after a room: mutes a person, puts a person out, closes the room.
//!
//! Owns: the actions, their words for programs, and how long one may last.
//! Must not know: who may act (`chat/core/roles.rs`); what an action changes
//! (`chat/core/rooms/rules.rs`).
//!
//! Part: `chat/mod.rs`.

mod sentences;

use std::time::Duration;

use super::entry::{REMOVED_NAME, Seq, UnixMillis};
use super::name::Name;
use super::room_name::RoomName;
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
    /// All messages of the person in the room are deleted, for good.
    DeleteAll(Name),
    /// All lines of the room are deleted, for good.
    DeleteEverything,
    /// Somebody in the room tells whoever looks after it of the message with this number.
    Report(Seq),
    /// Whoever looks after the room has seen the reports of this message.
    Dismiss(Seq),
    /// The person can use no room of the chat for so long. Whoever is new and comes from the same
    /// network must be admitted to each room. Only a host does it.
    Block(Name, Duration),
    /// The block of this name ends.
    Unblock(Name),
    /// The person is a host of the chat, too (true), or is one no more (false). Only a host does
    /// it.
    Host(Name, bool),
    /// Only whoever looks after the room can write in it (true), or everybody can again (false).
    Freeze(bool),
    /// Each other person writes one message in so long a time at most; `None`: there is no such
    /// limit any more.
    Slow(Option<Duration>),
    /// Nobody new can enter the room, unless somebody who looks after it admits them (true); or
    /// everybody can again (false).
    Close(bool),
    /// A lesson is on: the people in the room take no other names, and write privately only to
    /// those who look after the room (true). Or it is over, and all hands are down (false).
    Lesson(bool),
    /// Somebody in the room raises a hand, and those who look after the room see it (true); or
    /// takes it down again (false).
    Hand(bool),
    /// The reason of this action is a poll, which begins in the place of the one before (true); or
    /// the poll is over (false).
    Poll(bool),
    /// Somebody in the room chooses this answer of the poll, counted from 1.
    Vote(u8),
    /// Whoever looks after the room has seen the person's hand, which is down now.
    Lower(Name),
    /// Whoever comes to the room for the first time reads the reason of this action as a welcome
    /// (true), or nothing any more (false).
    Welcome(bool),
}

/// What an action is about, and how long it lasts. Each action needs only some of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActDetails {
    /// The name of the person whom the action is about.
    pub whom: Option<Name>,
    /// The number of the message that the action is about.
    pub seq: Option<Seq>,
    /// The number of the answer to a poll, counted from 1.
    pub choice: Option<u8>,
    /// How long it lasts, or the time between two messages; `None`: as long as usual.
    pub lasts: Option<Duration>,
}

impl RoomAction {
    /// Makes the action of this word. The result is `None` if there is no such word, or if a detail
    /// that it needs is missing.
    pub fn of(word: &str, details: ActDetails) -> Option<Self> {
        let ActDetails { whom, seq, choice, lasts } = details;
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
            "delete-all" => Self::DeleteAll(whom?),
            "delete-everything" => Self::DeleteEverything,
            "block" => Self::Block(whom?, time(limits::BAN_LASTS, limits::RULE_LASTS_MAX)),
            "unblock" => Self::Unblock(whom?),
            "host" => Self::Host(whom?, true),
            "unhost" => Self::Host(whom?, false),
            "report" => Self::Report(seq?),
            "dismiss" => Self::Dismiss(seq?),
            "freeze" => Self::Freeze(true),
            "unfreeze" => Self::Freeze(false),
            "slow" => Self::Slow(Some(time(limits::SLOW_PAUSE, limits::SLOW_PAUSE_MAX))),
            "unslow" => Self::Slow(None),
            "close" => Self::Close(true),
            "unclose" => Self::Close(false),
            "lesson" => Self::Lesson(true),
            "unlesson" => Self::Lesson(false),
            "hand" => Self::Hand(true),
            "unhand" => Self::Hand(false),
            "lower" => Self::Lower(whom?),
            "poll" => Self::Poll(true),
            "unpoll" => Self::Poll(false),
            "vote" => Self::Vote(choice?),
            "welcome" => Self::Welcome(true),
            "unwelcome" => Self::Welcome(false),
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
            Self::DeleteAll(_) => "delete-all",
            Self::DeleteEverything => "delete-everything",
            Self::Block(..) => "block",
            Self::Unblock(_) => "unblock",
            Self::Host(_, true) => "host",
            Self::Host(_, false) => "unhost",
            Self::Report(_) => "report",
            Self::Dismiss(_) => "dismiss",
            Self::Freeze(true) => "freeze",
            Self::Freeze(false) => "unfreeze",
            Self::Slow(Some(_)) => "slow",
            Self::Slow(None) => "unslow",
            Self::Close(true) => "close",
            Self::Close(false) => "unclose",
            Self::Lesson(true) => "lesson",
            Self::Lesson(false) => "unlesson",
            Self::Hand(true) => "hand",
            Self::Hand(false) => "unhand",
            Self::Lower(_) => "lower",
            Self::Poll(true) => "poll",
            Self::Poll(false) => "unpoll",
            Self::Vote(_) => "vote",
            Self::Welcome(true) => "welcome",
            Self::Welcome(false) => "unwelcome",
        }
    }

    /// Returns the name of the person whom the action is about; `None`: it is about the room.
    pub fn whom(&self) -> Option<&Name> {
        match self {
            Self::Mute(name, _) | Self::Unmute(name) => Some(name),
            Self::Kick(name, _) | Self::Unkick(name) => Some(name),
            Self::Ban(name, _) | Self::Unban(name) => Some(name),
            Self::Keeper(name, _) | Self::Admit(name, _) | Self::DeleteAll(name) => Some(name),
            Self::Block(name, _) | Self::Unblock(name) | Self::Host(name, _) => Some(name),
            Self::Lower(name) => Some(name),
            Self::DeleteEverything | Self::Report(_) | Self::Dismiss(_) => None,
            Self::Freeze(_) | Self::Slow(_) | Self::Close(_) | Self::Welcome(_) => None,
            Self::Lesson(_) | Self::Hand(_) | Self::Poll(_) | Self::Vote(_) => None,
        }
    }

    /// Returns the number of the message that the action is about; `None`: it is about none.
    pub fn seq(&self) -> Option<Seq> {
        match self {
            Self::Report(seq) | Self::Dismiss(seq) => Some(*seq),
            _ => None,
        }
    }

    /// Returns the number of the answer to a poll, counted from 1; `None`: the action chooses none.
    pub fn choice(&self) -> Option<u8> {
        match self {
            Self::Vote(choice) => Some(*choice),
            _ => None,
        }
    }

    /// Returns whether the action is about the whole chat, and not about one room: only a host does
    /// it, and the lobby remembers it.
    pub fn is_about_chat(&self) -> bool {
        matches!(self, Self::Block(..) | Self::Unblock(_) | Self::Host(..))
    }

    /// Returns all that the word of the action does not say.
    pub fn details(&self) -> ActDetails {
        let (whom, seq) = (self.whom().cloned(), self.seq());
        ActDetails { whom, seq, choice: self.choice(), lasts: self.time() }
    }

    /// Returns how long the action lasts, or the time between two messages; `None`: the action has
    /// no such time.
    pub fn time(&self) -> Option<Duration> {
        match self {
            Self::Mute(_, time) | Self::Kick(_, time) => Some(*time),
            Self::Ban(_, time) | Self::Block(_, time) => Some(*time),
            Self::Slow(time) => *time,
            _ => None,
        }
    }
}

/// The words of all actions.
pub const WORDS: [&str; 34] = [
    "mute",
    "unmute",
    "kick",
    "unkick",
    "ban",
    "unban",
    "keeper",
    "unkeeper",
    "admit",
    "unadmit",
    "delete-all",
    "delete-everything",
    "report",
    "dismiss",
    "freeze",
    "unfreeze",
    "slow",
    "unslow",
    "close",
    "unclose",
    "lesson",
    "unlesson",
    "hand",
    "unhand",
    "lower",
    "poll",
    "unpoll",
    "vote",
    "welcome",
    "unwelcome",
    "block",
    "unblock",
    "host",
    "unhost",
];

/// Returns whether an action of this word is about a person.
pub fn is_about_person(word: &str) -> bool {
    WORDS.contains(&word) && needs(word, |details| details.whom = None)
}

/// Returns whether an action of this word is about a message.
pub fn is_about_message(word: &str) -> bool {
    WORDS.contains(&word) && needs(word, |details| details.seq = None)
}

/// Returns whether an action of this word chooses an answer to a poll.
pub fn is_choice(word: &str) -> bool {
    WORDS.contains(&word) && needs(word, |details| details.choice = None)
}

/// Returns whether there is no action of this word without the detail that `take` takes away.
fn needs(word: &str, take: impl FnOnce(&mut ActDetails)) -> bool {
    let whom = Some(Name::stored(REMOVED_NAME));
    let mut details = ActDetails { whom, seq: Some(Seq(1)), choice: Some(1), lasts: None };
    take(&mut details);
    RoomAction::of(word, details).is_none()
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ActDetails, RoomAction, WORDS, duration};
    use crate::base::limits;
    use crate::chat::entry::Seq;
    use crate::chat::name::Name;

    #[test]
    fn each_action_is_the_one_of_its_word() {
        let whom = Some(Name::parse("Bo").unwrap());
        let (seq, lasts) = (Some(Seq(42)), Some(Duration::from_secs(600)));
        let all = ActDetails { whom, seq, choice: Some(2), lasts };
        for word in WORDS {
            let action = RoomAction::of(word, all.clone()).unwrap();
            assert_eq!(action.word(), word);
            let needed = [
                super::is_about_person(word),
                super::is_about_message(word),
                super::is_choice(word),
            ];
            let given =
                [action.whom().is_some(), action.seq().is_some(), action.choice().is_some()];
            assert_eq!(needed, given, "{word}");
        }
        assert_eq!(RoomAction::of("dance", all), None);
    }

    #[test]
    fn a_time_that_is_missing_is_the_usual_one_and_one_that_is_too_long_the_longest() {
        let slow = |lasts| {
            let details = ActDetails { lasts, ..ActDetails::default() };
            RoomAction::of("slow", details).and_then(|action| action.time())
        };
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
