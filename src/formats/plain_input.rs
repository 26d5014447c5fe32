//! Lines of text as a person types them in a plain client, such as `nc`.
//!
//! Owns: how a typed line becomes a request.
//! Must not know: sockets; which requests are valid (`v1/decode.rs` decides that).
//!
//! Part: `formats/mod.rs`.

use super::v1;
use super::v1::fields::RequestFields;
use crate::base::limits;
use crate::chat::answer::{Fault, Wrong};
use crate::chat::bad_command::BadCommand;
use crate::chat::command::{self, Command, TypedAct};
use crate::chat::request::Request;
use crate::chat::secret::SecretSource;

/// What a line means that a person typed in a plain client.
#[derive(Debug, PartialEq)]
pub enum PlainInput {
    /// Nothing was typed, or only white space.
    Nothing,
    /// A request for the hub. A faulty line is one, too ([`Request::Faulty`]), so that its answer
    /// comes in order with the other answers.
    Ask(Request),
    /// The person wants to leave the chat.
    Quit,
}

/// Reads a typed line. `here` is the room to which typed lines go; a command to join changes it.
/// `source` is the network that the line comes from. Blocks on the digests of secrets and passwords
/// in the line, as `v1::decode::read` does.
///
/// The line becomes the fields of a request of `threadbare.v1`, so that the same code
/// (`v1::decode`) checks it.
pub fn read(
    typed: &str,
    here: &mut String,
    text_bytes_max: usize,
    source: SecretSource,
) -> PlainInput {
    let fields = match command::read(typed) {
        Ok(Command::Nothing) => return PlainInput::Nothing,
        Ok(Command::Quit) => return PlainInput::Quit,
        Ok(command) => request_fields(command, here),
        Err(why) => Err(why),
    };
    PlainInput::Ask(match fields {
        Ok(fields) => v1::decode::filled_request(&fields, text_bytes_max, source),
        Err(why) => {
            let fault = Fault::new("bad-command", why.to_string());
            Request::Faulty(Box::new(Fault { wrong: Some(Box::new(Wrong::Command(why))), ..fault }))
        }
    })
}

/// Returns the fields of an `act` in the room `here`.
fn act_fields(typed: TypedAct, here: &str) -> Box<RequestFields> {
    RequestFields::in_room("act", here).with(|fields| {
        fields.position.seq = typed.seq;
        let act = fields.act();
        (act.action, act.whom) = (Some(typed.word.to_owned()), typed.whom);
        act.seconds = typed.lasts.map(|lasts| lasts.as_secs());
        act.choice = typed.choice;
        act.reason = Some(typed.reason);
    })
}

fn request_fields(command: Command, here: &mut String) -> Result<Box<RequestFields>, BadCommand> {
    let in_room = RequestFields::in_room;
    let text_in = RequestFields::text_in;
    Ok(match command {
        Command::Say(text) => text_in("say", here, text),
        Command::Me(text) => text_in("me", here, text),
        Command::Private(rest) => {
            let whom = command::addressed(&rest);
            let whom = whom.ok_or(BadCommand::Written(command::PRIVATE_USAGE))?;
            RequestFields::of("private").with(|fields| {
                fields.to = Some(whom.to.to_owned());
                fields.text = Some(whom.text.to_owned());
                fields.typed = Some(!whom.is_whole);
                // The message is for the person who has the name now, even if another person had it
                // in an earlier private talk.
                fields.anew = Some(true);
            })
        }
        Command::Name(name) => RequestFields::of("name").with(|fields| fields.name = Some(name)),
        Command::Join { room, password } => {
            here.clone_from(&room);
            in_room("join", here).with(|fields| fields.position.password = password)
        }
        Command::Leave(room) => in_room("leave", room.as_ref().unwrap_or(here)),
        Command::Rooms => RequestFields::of("rooms"),
        Command::Who(room) => in_room("who", room.as_ref().unwrap_or(here)),
        Command::Whois(name) => RequestFields::of("whois").with(|fields| fields.name = Some(name)),
        Command::Excuse(Some(text)) => {
            RequestFields::of("away").with(|fields| fields.text = Some(text))
        }
        Command::Excuse(None) => RequestFields::of("back"),
        Command::Topic(Some(text)) if text == "-" => text_in("topic", here, String::new()),
        Command::Topic(Some(text)) => text_in("topic", here, text),
        Command::Topic(None) => return Err(BadCommand::TopicAbove(here.clone())),
        Command::Pin(seq) => in_room("pin", here).with(|fields| fields.position.seq = seq),
        Command::Password(word) => {
            in_room("set", here).with(|fields| fields.position.password = Some(word))
        }
        Command::Hide(hidden) => {
            in_room("set", here).with(|fields| fields.position.hidden = Some(hidden))
        }
        Command::Act(typed) => act_fields(typed, here),
        Command::RoomState => in_room("room-state", here),
        Command::Invite => in_room("invite", here),
        Command::Edit { seq, text } => {
            text_in("edit", here, text).with(|fields| fields.position.seq = seq)
        }
        Command::Reply { seq, text } => text_in("say", here, text).with(|fields| {
            fields.reply = seq;
            fields.replies_to_newest = seq.is_none();
        }),
        Command::Delete(seq) => in_room("delete", here).with(|fields| fields.position.seq = seq),
        Command::History { private: true, count, before } => history_fields(None, count, before),
        Command::History { count, before, .. } => history_fields(Some(here), count, before),
        Command::Search { text, before } => {
            text_in("search", here, text).with(|fields| fields.before = before)
        }
        Command::At { room, seq } => {
            let before = seq.saturating_add(u64::from(limits::CONSOLE_HISTORY_LINES / 2) + 1);
            let room = room.as_ref().unwrap_or(here);
            history_fields(Some(room), limits::CONSOLE_HISTORY_LINES, Some(before))
        }
        Command::Ignore(_) => return Err(BadCommand::CannotIgnore),
        Command::ForgetMe(name) => {
            RequestFields::of("forget-me").with(|fields| fields.name = Some(name))
        }
        Command::Help(_) => return Err(BadCommand::Help),
        Command::Nothing | Command::Quit => return Err(BadCommand::NothingToDo),
    })
}

/// Makes a request for older lines of a room; `None`: of the private messages.
fn history_fields(room: Option<&str>, count: u32, before: Option<u64>) -> Box<RequestFields> {
    RequestFields::of("history").with(|fields| {
        fields.position.room = room.map(str::to_owned);
        fields.count = Some(count.into());
        fields.before = before;
    })
}
