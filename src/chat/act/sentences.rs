//! What is told of an action in a room, as one sentence of plain text. Pages have their own words.
//!
//! Owns: these sentences. `chat/name/notes.rs` knows how they begin, so that no name reads like
//! one.
//! Must not know: who is told.
//!
//! Part: `chat/act.rs`.

use std::fmt;

use super::{RoomAct, RoomActDone, RoomAction};
use crate::chat::refused::for_how_long;

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
                let name = name.plain();
                write!(formatter, "{by} has let {name} into {room}: {name} can /join it now")?;
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
            _ => self.write_rest(formatter)?,
        }
        // A poll comes with its question and answers.
        let has_reason = !reason.is_empty() && *action != RoomAction::Poll(true);
        if !has_reason { Ok(()) } else { write!(formatter, " ({reason})") }
    }
}

impl RoomActDone {
    /// Writes the sentence about the whole chat, about many messages or about a report.
    fn write_rest(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { act: RoomAct { room, action, .. }, by } = self;
        let by = by.plain();
        match action {
            RoomAction::Block(name, lasts) => {
                let (name, time) = (name.plain(), for_how_long(*lasts));
                write!(formatter, "{by} has blocked {name} from this chat for {time}")
            }
            RoomAction::Unblock(name) => {
                write!(formatter, "{by} has ended the block of {}", name.plain())
            }
            RoomAction::Host(name, true) => {
                write!(formatter, "{by} has made {} a host", name.plain())
            }
            RoomAction::Host(name, false) => {
                write!(formatter, "{by} has ended that {} is a host", name.plain())
            }
            RoomAction::DeleteAll(name) => {
                write!(formatter, "{by} has deleted all messages of {} in {room}", name.plain())
            }
            RoomAction::DeleteEverything => {
                write!(formatter, "{by} has deleted all messages in {room}")
            }
            RoomAction::Lesson(true) => {
                write!(formatter, "{by} has begun a lesson in {room}: names stay, and private ")?;
                formatter.write_str("messages go only to whoever looks after the room")
            }
            RoomAction::Lesson(false) => {
                write!(formatter, "{by} has ended the lesson in {room}")
            }
            RoomAction::Poll(true) => write!(formatter, "{by} has begun a poll in {room}"),
            RoomAction::Poll(false) => write!(formatter, "{by} has ended the poll in {room}"),
            RoomAction::Vote(_) => write!(formatter, "{by} has voted in {room}"),
            RoomAction::Hand(true) => write!(formatter, "{by} has raised a hand in {room}"),
            RoomAction::Hand(false) => write!(formatter, "{by} has taken a hand down in {room}"),
            RoomAction::Lower(name) => {
                write!(formatter, "{by} has seen the hand of {} in {room}", name.plain())
            }
            RoomAction::Welcome(true) => {
                write!(formatter, "{by} has written a welcome for {room}")
            }
            RoomAction::Welcome(false) => {
                write!(formatter, "{by} has removed the welcome of {room}")
            }
            RoomAction::Report(seq) => {
                write!(formatter, "{by} has reported #{} in {room}", seq.0)
            }
            RoomAction::Dismiss(seq) => {
                write!(formatter, "{by} has seen the report of #{} in {room}", seq.0)
            }
            _ => Ok(()),
        }
    }
}
