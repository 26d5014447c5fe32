//! Handles typed lines: commands and messages.
//!
//! Owns: what each command means.
//! Must not know: from where a line was read.
//!
//! Part: `console/v1/core/mod.rs`.

use std::time::Instant;

use super::invitation::{self, Invitation};
use super::late::{Change, LateChange};
use super::room::FollowedRoom;
use super::{Act, ConsoleCore, Manner, help, private_talk, refusal};
use crate::base::limits::CONSOLE_HISTORY_LINES;
use crate::chat::command::{self, Addressed, Command, TypedAct};
use crate::console::limits;
use crate::console::v1::from_server::LogKey;
use crate::console::v1::requests::{RoomToEnter, ToServer};

/// Handles a typed line: a message for `room`, or a person's command. `room` is the room for which
/// the line was typed (`None`: for no room); since then, a command may have changed the room to
/// which typed lines go.
pub(in crate::console::v1) fn handle_typed_line(
    core: &mut ConsoleCore,
    line: &str,
    room: Option<&str>,
    now: Instant,
) {
    core.is_prompted = false;
    match core.manner {
        Manner::Person => match invitation::read(line, &core.home) {
            Some(Ok(Invitation { room, invite })) => join_room(core, room, None, invite),
            Some(Err(why)) => core.note(why),
            None => match command::read(line) {
                Ok(command) => run_command(core, command, room, now),
                Err(why) => core.note(why.to_string()),
            },
        },
        // Only a person can type commands. If a script's line begins with a slash, it is a message.
        Manner::Script => send_text(core, line.trim(), room),
        Manner::Courier => {
            for piece in pieces(line.trim(), core.text_bytes_max.unwrap_or(usize::MAX)) {
                send_text(core, piece, room);
            }
        }
    }
    core.send_ready(now);
}

pub(super) fn run_command(
    core: &mut ConsoleCore,
    command: Command,
    here: Option<&str>,
    now: Instant,
) {
    let room = here.map(str::to_owned);
    match command {
        Command::Nothing => {}
        Command::Say(text) => send_text(core, &text, here),
        Command::Me(text) => send_to_room(core, here, |room, id| ToServer::Me { room, id, text }),
        Command::Private(rest) => handle_private(core, &rest, now),
        Command::Name(name) => change_name(core, name),
        Command::Join { room, password } => join_room(core, room, password, None),
        Command::Leave(named) => leave_room(core, named.or(room)),
        Command::Rooms => send_request(core, Some(ToServer::Rooms)),
        Command::Who(named) => {
            send_request(core, named.or(room).map(|room| ToServer::Who { room }));
        }
        Command::Whois(name) => send_request(core, Some(ToServer::Whois { name })),
        Command::Excuse(Some(text)) => send_request(core, Some(ToServer::Away { text })),
        Command::Excuse(None) => send_request(core, Some(ToServer::Back)),
        Command::Topic(None) => note_topic(core, here),
        Command::Topic(Some(text)) => {
            let text = if text == "-" { String::new() } else { text };
            send_to_room(core, here, |room, id| ToServer::Topic { room, id, text });
        }
        Command::Pin(seq) => send_to_room(core, here, |room, id| ToServer::Pin { room, id, seq }),
        Command::Password(word) => set_room(core, room, None, Some(word)),
        Command::Invite => send_request(core, room.map(|room| ToServer::Invite { room })),
        Command::Act(TypedAct { word, whom, seq, choice, lasts, reason }) => {
            let seconds = lasts.map(|lasts| lasts.as_secs());
            let action = word.to_owned();
            let act =
                room.map(|room| ToServer::Act { room, action, whom, seq, choice, seconds, reason });
            send_request(core, act);
        }
        Command::RoomState => send_request(core, room.map(|room| ToServer::RoomState { room })),
        Command::Hide(hidden) => set_room(core, room, Some(hidden), None),
        Command::Reply { seq, text } => send_reply(core, seq, text, here),
        Command::Edit { seq, text } => change_message(core, seq, Change::Edit(text), here),
        Command::Delete(seq) => change_message(core, seq, Change::Delete, here),
        Command::History { private, count, before } => {
            let log = if private { Some(LogKey::Private) } else { room.map(LogKey::Room) };
            send_request(core, log.map(|room| ToServer::History { room, before, count }));
        }
        Command::Search { text, before } => {
            send_request(core, room.map(|room| ToServer::Search { room, text, before }));
        }
        Command::At { room: named, seq } => request_lines_around(core, named.or(room), seq),
        Command::Ignore(name) => toggle_ignored(core, name),
        Command::ForgetMe(name) => send_request(core, Some(ToServer::ForgetMe { name })),
        Command::Help(about) => core.note(help::help(about.as_deref())),
        Command::Quit => core.on_input_end(now, Some(now + limits::CONSOLE_CLOSE_WAIT)),
    }
}

/// Asks the server for `CONSOLE_HISTORY_LINES` lines of a room: the line `seq` and the lines around
/// it. At most half of them come after it. If we are not in the room, shows a note instead.
fn request_lines_around(core: &mut ConsoleCore, room: Option<String>, seq: u64) {
    if let Some(room) = room.as_ref().filter(|room| !core.logs.rooms.contains_key(*room)) {
        return core.note(format!("you are not in {room}; join it with /join {room}"));
    }
    let count = CONSOLE_HISTORY_LINES;
    let before = Some(seq.saturating_add(u64::from(count / 2) + 1));
    core.sought = Some(seq);
    let log = room.map(LogKey::Room);
    send_request(core, log.map(|room| ToServer::History { room, before, count }));
}

/// The command `/ignore`. With a name, it ignores that person, or stops ignoring that person: new
/// messages of an ignored person are not shown. Without a name, it shows the names of the ignored
/// people.
fn toggle_ignored(core: &mut ConsoleCore, name: Option<String>) {
    let Some(name) = name else {
        let names: Vec<_> = core.ignored.iter().map(String::as_str).collect();
        return match &names[..] {
            [] => core.note("you are ignoring nobody; ignore somebody with /ignore NAME"),
            names => core.note(format!("you ignore {}", names.join(", "))),
        };
    };
    let known = core.ignored.iter().find(|ignored| is_same_name(ignored, &name)).cloned();
    if let Some(known) = known {
        core.ignored.remove(&known);
        core.note(format!("you are no longer ignoring {known}"));
    } else if core.ignored.len() >= limits::CONSOLE_NAMES_MAX {
        core.note("you are ignoring too many people; stop ignoring one with /ignore NAME");
    } else {
        core.note(format!("you are ignoring {name} in all rooms; /ignore {name} ends that"));
        core.ignored.insert(name);
    }
}

fn send_text(core: &mut ConsoleCore, text: &str, room: Option<&str>) {
    if !text.is_empty() {
        let text = text.to_owned();
        let reply = core.reply;
        send_to_room(core, room, |room, id| ToServer::Say { room, id, text, reply });
    }
}

/// Sends a text that replies to the message `seq`. `None`: the text replies to the newest message
/// of another person in the room; if we know of none, shows a note instead.
fn send_reply(core: &mut ConsoleCore, seq: Option<u64>, text: String, room: Option<&str>) {
    let here = followed_room(core, room);
    // If the person types an author's name first, they mean that author's newest message.
    let named = here.filter(|_| seq.is_none()).and_then(|here| here.authors.addressed(&text));
    let newest = here.and_then(|room| room.last_of_others);
    let (reply, text) = match named {
        Some((seq, text)) => (Some(seq), text.to_owned()),
        None => (seq.or(newest), text),
    };
    if reply.is_none() {
        return core.note(format!("nobody else has said anything here; not sent: {text}"));
    }
    send_to_room(core, room, |room, id| ToServer::Say { room, id, text, reply });
}

/// Sends a message to a room. `make` makes it from the room and an id. If we are not in the room,
/// reports that the message was not sent.
fn send_to_room(
    core: &mut ConsoleCore,
    room: Option<&str>,
    make: impl FnOnce(String, String) -> ToServer,
) {
    let name = room.unwrap_or_default().to_owned();
    if followed_room(core, room).is_some() {
        core.said_privately = false;
        return core.add_unsent(|id| make(name, id));
    }
    let request = make(name, String::new());
    refusal::note_not_sent(core, &request, not_in_room(room));
}

/// Asks the server to hide or show a room, or to change its password. While we are not connected,
/// drops the request and shows a note: the person must see the result at once, so the request must
/// not be sent later.
fn set_room(
    core: &mut ConsoleCore,
    room: Option<String>,
    hidden: Option<bool>,
    password: Option<String>,
) {
    match room.as_ref().and_then(|name| core.logs.rooms.get_mut(name)) {
        Some(room) if core.welcomed => room.pending_changes.push_back(password.clone()),
        Some(_) => {}
        None => return core.note(not_in_room(room.as_deref())),
    }
    send_request(core, room.map(|room| ToServer::Set { room, hidden, password }));
}

/// The command `/msg`. Without a text, a talk with the person begins.
fn handle_private(core: &mut ConsoleCore, rest: &str, now: Instant) {
    let names = core.names();
    if let Some(person) = private_talk::person_alone(rest, names.iter().map(String::as_str)) {
        return private_talk::begin(core, person);
    }
    match addressee(rest, names.iter().map(String::as_str)) {
        Some(whom) => {
            let (to, text) = (whom.to.to_owned(), whom.text.to_owned());
            send_privately(core, to, text, whom.is_whole, now);
        }
        None => core.note(format!("type it like this: {}", command::PRIVATE_USAGE)),
    }
}

/// Sends a private message. `is_whole`: the person has marked where the receiver's name ends.
pub(super) fn send_privately(
    core: &mut ConsoleCore,
    to: String,
    text: String,
    is_whole: bool,
    now: Instant,
) {
    core.said_privately = true;
    let as_of = core.server_time(now);
    core.add_unsent(|id| ToServer::Private { to, id, text, typed: !is_whole, as_of });
}

fn change_name(core: &mut ConsoleCore, name: String) {
    // After a lost connection, the next hello asks for this name, with its secret if it has one.
    core.claim = Some(name.clone());
    send_request(core, Some(ToServer::Name { name }));
}

fn join_room(
    core: &mut ConsoleCore,
    name: String,
    password: Option<String>,
    invite: Option<String>,
) {
    core.talk = None;
    if core.logs.rooms.get(&name).is_some_and(|room| room.joined) {
        core.note(format!("what you type goes to {name} now"));
    }
    // Before the `welcome`, nothing is sent: the next hello will contain the room, or
    // `catch_up_rooms` joins it.
    if let Some(join) = core.logs.go_to(name, password) {
        core.logs.accept(invite.clone());
        if core.welcomed {
            core.act(Act::Send(ToServer::Join(RoomToEnter { invite, ..join })));
        }
    }
    core.store_rooms();
}

/// Handles the answer to the question for a room's password. `None`: the person stays out.
pub(in crate::console::v1) fn handle_password(
    core: &mut ConsoleCore,
    room: String,
    password: Option<String>,
) {
    core.is_prompted = false;
    if password.is_some() {
        join_room(core, room, password, None);
    }
}

fn leave_room(core: &mut ConsoleCore, room: Option<String>) {
    match room {
        Some(room) if !core.logs.rooms.contains_key(&room) => {
            core.note(format!("you are not in {room}"));
        }
        Some(room) if !core.welcomed => {
            core.logs.leave(&room);
            core.store_rooms();
        }
        room => {
            if let Some(room) = room.as_ref().and_then(|room| core.logs.rooms.get_mut(room)) {
                room.leaving = true;
            }
            send_request(core, room.map(|room| ToServer::Leave { room }));
        }
    }
}

fn note_topic(core: &mut ConsoleCore, name: Option<&str>) {
    let Some(name) = name else { return core.note(not_in_room(None)) };
    match core.logs.rooms.get(name).map(|room| &room.topic) {
        Some(topic) if !topic.is_empty() => core.note(format!("topic of {name}: {topic}")),
        _ => core.note(format!("{name} has no topic; set one with /topic TEXT")),
    }
}

/// Sends a request. `None`: it is a request about a room, and we are in no room. In that case, or
/// if the server has not sent its `welcome` on the present connection, shows a note instead.
fn send_request(core: &mut ConsoleCore, request: Option<ToServer>) {
    match request {
        Some(request) if core.welcomed => core.act(Act::Send(request)),
        Some(_) => core.note("you are not connected; ask again later"),
        None => core.note(not_in_room(None)),
    }
}

/// Changes the message with the number `seq`; without a number, our newest message in the room. If
/// that one has no number yet, because the server has not answered it, the change waits for it.
/// If neither is known, the person sees a note about that.
fn change_message(core: &mut ConsoleCore, seq: Option<u64>, change: Change, room: Option<&str>) {
    // Who corrects a private message must not publish it.
    if seq.is_none() && core.said_privately {
        return core.note(
            "your last message was private, and a private message cannot be changed here; \
             name a message of this room by its number, like #42",
        );
    }
    let unsent = room.and_then(|room| core.unsent.newest_message_in(room)).map(str::to_owned);
    if let (None, Some(id), Some(room)) = (seq, unsent, room) {
        core.late.push(LateChange { id, room: room.to_owned(), change });
        return core.note_if_waits();
    }
    let seq = seq.or_else(|| followed_room(core, room).and_then(|room| room.last_own));
    match seq {
        Some(seq) => send_to_room(core, room, |room, id| change.request(room, id, seq)),
        None => core.note("you have sent nothing here; name a message by its number, like #42"),
    }
}

/// Returns the words of a note that we are not in the room for which a line was typed; `None`: the
/// line was typed while we were in no room.
fn not_in_room(room: Option<&str>) -> String {
    match room {
        Some(room) => format!("you are not in {room} any more"),
        None => "you are in no room; join one with /join ROOM".to_owned(),
    }
}

fn followed_room<'a>(core: &'a ConsoleCore, room: Option<&str>) -> Option<&'a FollowedRoom> {
    core.logs.rooms.get(room?)
}

/// Returns whether two names are equal, or differ only by upper and lower case. This is simpler
/// than the server's comparison of names.
pub(in crate::console::v1) fn is_same_name(name: &str, other: &str) -> bool {
    name.to_lowercase() == other.to_lowercase()
}

/// Splits the text after `/msg` into the receiver's name and the message; `None`: the name or the
/// message is missing. If the person has marked the end of the name, with quotes or a colon, it is
/// this name. If not, it is the longest name that this client knows, or else the first word. A name
/// without a marked end is a guess: the server may find a longer one.
fn addressee<'a>(rest: &'a str, names: impl Iterator<Item = &'a str>) -> Option<Addressed<'a>> {
    let text_behind = |name: &str| {
        let behind = rest.get(name.len()..)?;
        let is_it = rest.get(..name.len())?.to_lowercase() == name.to_lowercase();
        let behind = behind.strip_prefix(':').unwrap_or(behind);
        (is_it && behind.starts_with(char::is_whitespace)).then(|| behind.trim())
    };
    let known = names.filter_map(|name| Some((name, text_behind(name)?)));
    let known = known.filter(|(_, text)| !text.is_empty()).max_by_key(|(name, _)| name.len());
    let known = known.map(|(to, text)| Addressed { to, text, is_whole: false });
    let typed = command::addressed(rest);
    // A name whose end the person has marked is surer than a name that this client knows.
    typed.filter(|typed| typed.is_whole).or(known).or(typed)
}

/// Cuts a line into pieces of at most `bytes_max` bytes, and only between characters. `bytes_max`
/// must have space for each character.
fn pieces(line: &str, bytes_max: usize) -> Vec<&str> {
    let (mut rest, mut pieces) = (line, Vec::new());
    while rest.len() > bytes_max {
        let at = rest.floor_char_boundary(bytes_max);
        if at == 0 {
            break;
        }
        let (piece, more) = rest.split_at(at);
        pieces.push(piece);
        rest = more;
    }
    pieces.push(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::{addressee, pieces};

    #[test]
    fn a_private_message_goes_to_the_longest_name_that_is_known() {
        let names = ["Bo", "Bo Peep", "Ann"];
        for (rest, found) in [
            ("Bo hello there", Some(("Bo", "hello there"))),
            ("bo peep: hello", Some(("Bo Peep", "hello"))),
            ("Bo: Peep was here", Some(("Bo", "Peep was here"))),
            ("\"Bo\" Peep was here", Some(("Bo", "Peep was here"))),
            ("Bo Peep", Some(("Bo", "Peep"))),
            ("Carl hello", Some(("Carl", "hello"))),
            ("Bob hello", Some(("Bob", "hello"))),
            ("Bo", None),
            ("Ann  ", None),
        ] {
            let read = addressee(rest, names.into_iter()).map(|whom| (whom.to, whom.text));
            assert_eq!(read, found, "{rest}");
        }
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        assert_eq!(pieces("short", 5), ["short"]);
        assert_eq!(pieces("shorter", 5), ["short", "er"]);
        assert_eq!(pieces("面包面包", 7), ["面包", "面包"]);
    }
}
