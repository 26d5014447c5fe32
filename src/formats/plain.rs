//! Lines of text as a terminal shows them: for `curl`, `nc`, and other programs that read and write
//! lines.
//!
//! Owns: how a line of a log and an answer look in a terminal.
//! Must not know: sockets, which client receives the text; what a typed line means
//! (`plain_input.rs`).
//!
//! Part: `formats/mod.rs`.

use std::num::NonZeroU64;
use std::sync::Arc;

use super::{Frame, FrameKind, LogPosition};
use crate::base::disconnect::Disconnect;
use crate::chat::answer::{Answer, Joined, PersonState};
use crate::chat::clean::{is_bidi_control, is_separator, push_by_number};
use crate::chat::entry::{Entry, EntryKind, REMOVED_NAME, RepliedTo, SERVER_NAME, Seq};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::poll::PollNews;
use crate::chat::removed_lines::RemovedOf;
use crate::chat::rules_of_room::{LESSON, who_waits};
use crate::chat::time_text;
use crate::html::address;

/// Makes the frame for a line of a log. `log` is the number that the hub has given the log. Returns
/// `None` if the line was deleted before it was sent to this client.
pub(super) fn encode_line(log: NonZeroU64, entry: &Entry) -> Option<Frame> {
    let position = LogPosition { log, seq: entry.seq.0 };
    let text = match &entry.what {
        // A deletion whose `of` is its own number stands in place of a line that was deleted before
        // it was sent. A plain client receives nothing for it.
        EntryKind::Deleted { of } if *of != entry.seq => {
            let name = entry.by.name.plain();
            let which = if entry.log == LogName::Private { "private message " } else { "" };
            format!("* {name} deleted {which}#{}", of.0)
        }
        _ => text(entry)?,
    };
    Some(frame_of(&text).with_position(position))
}

/// What a line says after which the messages of a person are gone.
pub const REMOVED: &str = "somebody removed all their messages and their name";

/// Returns the note about many lines that are gone: `by` has deleted those of one person, or `all`.
/// [`REMOVED_NAME`] stands for a person who has left for good, and took their own lines along.
pub fn removed(by: &Name, all: bool) -> String {
    match by.shown() {
        REMOVED_NAME => REMOVED.to_owned(),
        _ if all => format!("{} deleted all messages here", by.plain()),
        _ => format!("{} deleted all messages of one person", by.plain()),
    }
}

/// Returns a line of a log as text that contains the author's name. Returns `None` for a deletion.
pub(super) fn text(entry: &Entry) -> Option<String> {
    let (name, whom) = (entry.by.name.plain(), addressee(entry));
    let is_private = entry.log == LogName::Private;
    Some(match &entry.what {
        EntryKind::Said(text) => format!("{name}{whom}: {text}"),
        EntryKind::Acted(text) => format!("* {name}{whom} {text}"),
        EntryKind::Edited { text, .. } if is_private => format!("{name} meant, in private: {text}"),
        EntryKind::Edited { text, .. } => format!("{name} meant: {text}"),
        EntryKind::Topic(text) if text.is_empty() => format!("* {name} removed the topic"),
        EntryKind::Topic(text) => format!("* {name} set the topic: {text}"),
        EntryKind::Renamed(to) => format!("* {name} is now {}", to.plain()),
        EntryKind::Pinned(Seq(0)) if entry.by.name.shown() == SERVER_NAME => {
            "* The pinned message is no longer stored.".to_owned()
        }
        EntryKind::Pinned(Seq(0)) => format!("* {name} removed the pin"),
        EntryKind::Pinned(of) => format!("* {name} pinned #{}", of.0),
        EntryKind::Private { text, .. } if text.is_empty() => return None,
        EntryKind::Private { to, text, .. } => {
            format!("{name}{whom}, to {} only: {text}", to.plain())
        }
        EntryKind::Removed(lines) => {
            format!("* {}", removed(&entry.by.name, lines.of == RemovedOf::Everybody))
        }
        // A terminal cannot remove a text that it has shown. In the plain format, `encode_line`
        // says that the text was deleted.
        EntryKind::Deleted { .. } => return None,
    })
}

/// Returns the words that say which message a line replies to, such as ` (to Ann #12)`: first a
/// space, then the author and the number of that message. The author is left out if it is not
/// known. Empty if the line replies to none. No name has a `#` in it, so no name can look like
/// these words.
pub(super) fn addressee(entry: &Entry) -> String {
    match entry.replied_to() {
        None => String::new(),
        Some(RepliedTo { seq, name: Some(name), .. }) => {
            format!(" (to {} #{})", name.plain(), seq.0)
        }
        Some(RepliedTo { seq, name: None, .. }) => format!(" (to #{})", seq.0),
    }
}

pub(super) fn encode_answer(answer: &Answer) -> Option<Frame> {
    let gone = |from: u64, to: u64| to.saturating_sub(from) + 1;
    let text = match answer {
        Answer::Welcome { name, .. } => format!("* you are {name}"),
        Answer::Refused { reason, said: Some(said), .. } => {
            format!("* not sent ({reason}): {said}")
        }
        Answer::Refused { reason, .. } => format!("* {reason}"),
        Answer::Fault(fault) => return Some(note(&fault.text)),
        Answer::Joined(joined) => return joined_frame(joined),
        Answer::Forgotten => "* your messages and your name are removed".to_owned(),
        Answer::Left(room) => format!("* you left {room}"),
        Answer::Rooms { rooms, .. } => {
            let rooms = rooms.iter().map(|line| format!("{} ({})", line.room, line.people));
            format!("* rooms: {}", list(rooms))
        }
        Answer::Who { room, names, people, busy, .. } => {
            let names = list(names.iter().map(|name| name.shown().to_owned()));
            let excuses = busy.iter().map(|(name, text)| line(&excuse_words(name, text)));
            let excuses: String = excuses.collect();
            return Some(message(&(line(&format!("* {people} in {room}: {names}")) + &excuses)));
        }
        Answer::History { entries, .. } | Answer::Found { entries, .. } => return past(entries),
        Answer::TooOld { from, to, .. } => {
            let lines = gone(from.0, to.0);
            format!("* {lines} older messages are no longer stored")
        }
        Answer::NotKept { lines: 0, .. } => return None,
        Answer::NotKept { lines, damaged: true, .. } => {
            format!("* {lines} messages were lost: the disk was damaged")
        }
        Answer::NotKept { lines, .. } => {
            format!("* {lines} messages were lost: the server stopped before saving them")
        }
        Answer::Keeping { kept: false, reason } => {
            format!("* new messages are not being saved: {reason}")
        }
        Answer::Keeping { kept: true, .. } => "* messages are being saved again".to_owned(),
        Answer::Excuse { name, excuse: Some(text), .. } => excuse_words(name, text),
        Answer::Excuse { name, excuse: None, .. } => {
            let name = name.plain();
            format!("* {name} is back")
        }
        Answer::Person(person) => format!("* {}", person_words(person)),
        Answer::Presence { name, here: true, .. } => format!("* {} joined", name.plain()),
        Answer::Presence { name, .. } => format!("* {} left", name.plain()),
        Answer::Set { room, privacy } => format!("* {room} {privacy}"),
        Answer::Acted(acted) => format!("* {acted}"),
        Answer::RoomState(rules) => return Some(notes(&rules.sentences())),
        Answer::Poll(news) => return poll_frame(news),
        Answer::Waits { room, name } => format!("* {}", who_waits(room, name)),
        Answer::Host => "* you are a host now: you look after all rooms".to_owned(),
        Answer::NotHost => "* you are a host no more".to_owned(),
        Answer::Invite { room, token: Some(token) } => {
            let link = address::of_invite(room, token);
            format!("* whoever opens this may enter {room}: {link} on this server")
        }
        // This answer goes only to the clients of the person whose name or secret is new. `notice`
        // makes the notice of a new name, which goes to the whole room.
        Answer::Renamed { from, to, secret: true, .. } if from.shown() == to.shown() => {
            format!(
                "* {to} has a new password; enter it on your other devices: \
                 /name {to}#PASSWORD"
            )
        }
        Answer::Renamed { to, secret: true, .. } => {
            format!("* you are now {to}, with a new password")
        }
        Answer::Renamed { to, .. } => format!("* you are now {to}"),
        _ => return None,
    };
    Some(frame_of(&text))
}

/// Returns how a poll stands; `None`: people are choosing, and are not told of each vote.
fn poll_frame(news: &PollNews) -> Option<Frame> {
    let told = news.sentences();
    (!told.is_empty()).then(|| notes(&told))
}

/// Returns a message with one note for each of these sentences.
fn notes(sentences: &[String]) -> Frame {
    message(&sentences.iter().map(|told| line(&format!("* {told}"))).collect::<String>())
}

fn joined_frame(joined: &Joined) -> Option<Frame> {
    let room = joined.log.room()?;
    let state = match joined.topic.as_str() {
        "" => line(&format!("* this is {room}, {} here", joined.people)),
        topic => line(&format!("* this is {room}, {} here: {topic}", joined.people)),
    };
    let pin = joined.pinned.as_ref().and_then(|pin| {
        Some(line(&format!("* pinned #{} {}", pin.entry.seq.0, text(&pin.entry)?)))
    });
    let welcome = match joined.welcome.as_str() {
        "" => String::new(),
        text => line(&format!("* this room says: {text}")),
    };
    let lesson = if joined.state.lesson { line(&format!("* {LESSON}")) } else { String::new() };
    Some(message(&(state + &welcome + &lesson + &pin.unwrap_or_default())))
}

/// Returns the note that this person is busy. It is a line of its own, also below a list of people,
/// because an excuse is any text, and could read like the rest of the list.
fn excuse_words(name: &Name, excuse: &str) -> String {
    let name = name.plain();
    format!("* {name} is {}", busy_words(excuse))
}

fn busy_words(excuse: &str) -> String {
    if excuse.is_empty() { "away".to_owned() } else { format!("away: {excuse}") }
}

fn person_words(PersonState { name, excuse, seen, .. }: &PersonState) -> String {
    let name = name.plain();
    match (excuse, seen) {
        (_, Some(seen)) => format!("{name} was last seen {} UTC", time_text::plain(*seen)),
        (Some(excuse), None) => format!("{name} is {}", busy_words(excuse)),
        (None, None) => format!("{name} is here"),
    }
}

pub(super) fn notice(answer: &Answer) -> Option<Frame> {
    match answer {
        Answer::Renamed { in_log: true, .. } => None,
        Answer::Renamed { from, to, .. } => {
            let (from, to) = (from.plain(), to.plain());
            Some(frame_of(&format!("* {from} is now {to}")))
        }
        _ => self::encode_answer(answer),
    }
}

fn list(words: impl Iterator<Item = String>) -> String {
    let words: Vec<_> = words.collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

pub(super) fn is_repeated<'a>(
    entry: &Entry,
    mut lines: impl Iterator<Item = &'a Arc<Entry>>,
) -> bool {
    let (of, text) = match &entry.what {
        EntryKind::Edited { of, text } => (*of, Some(text)),
        EntryKind::Deleted { of } => (*of, None),
        _ => return false,
    };
    lines.any(|line| {
        let reads_so = match &line.what {
            EntryKind::Said(said) | EntryKind::Acted(said) => Some(said) == text,
            EntryKind::Deleted { .. } => text.is_none(),
            _ => false,
        };
        reads_so && (line.epoch, line.seq) == (entry.epoch, of)
    })
}

/// Makes one frame for older lines, each with its number. An edit or a deletion is left out if the
/// changed line is among them in its new form.
fn past(entries: &[Arc<Entry>]) -> Option<Frame> {
    let shown = entries.iter().filter(|entry| !is_repeated(entry, entries.iter()));
    let lines = shown.filter_map(|entry| Some(format!("#{} {}", entry.seq.0, text(entry)?)));
    let lines: String = lines.map(|text| line(&text)).collect();
    Some(if lines.is_empty() { frame_of("* none") } else { message(&lines) })
}

/// Makes one frame for a text of the server itself. Each row of the text begins with `* `.
pub fn note(text: &str) -> Frame {
    message(&text.lines().map(|text| line(&format!("* {text}"))).collect::<String>())
}

pub(super) fn close(reason: Disconnect) -> Frame {
    let text = match reason {
        Disconnect::PeerClosed => "* you have left\n".to_owned(),
        _ => format!("* the stream has ended: {reason}\n"),
    };
    Frame::encoded(FrameKind::Close, text.as_bytes())
}

fn frame_of(text: &str) -> Frame {
    message(&line(text))
}

fn message(lines: &str) -> Frame {
    Frame::encoded(FrameKind::Message, lines.as_bytes())
}

/// Makes one row of a terminal from a text. Replaces the characters that could move the terminal's
/// cursor or reverse the direction of text.
fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len() + 1);
    for sign in text.chars() {
        match sign {
            sign if is_bidi_control(sign) => push_by_number(sign, &mut line),
            sign if sign.is_control() || is_separator(sign) => line.push(' '),
            sign => line.push(sign),
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::{Name, REMOVED, line, text};
    use crate::chat::entry::{AuthorTag, Entry, EntryKind, Epoch, Seq, Speaker, UnixMillis};
    use crate::chat::room_name::RoomName;

    #[test]
    fn nothing_said_moves_the_cursor() {
        assert_eq!(line("a\u{1b}[31mb\r\nc\u{9b}d"), "a [31mb  c d\n");
    }

    #[test]
    fn a_name_from_before_forges_no_note() {
        let says = |name: &str, what| {
            let name = Name::stored(name);
            let by = Speaker {
                name,
                classic: false,
                has_edited: false,
                whose: AuthorTag::default(),
                mark: None,
                addr: None,
            };
            text(&Entry {
                reply_to: None,
                log: RoomName::lobby().into(),
                epoch: Epoch(1),
                seq: Seq(1),
                at: UnixMillis(0),
                by,
                id: None,
                what,
            })
            .unwrap()
        };
        let tea = || "tea".to_owned();
        assert_eq!(says("Bo", EntryKind::Topic(tea())), "* Bo set the topic: tea");
        assert_eq!(
            says("* Bo set the topic", EntryKind::Said(tea())),
            "\"* Bo set the topic\": tea"
        );
        assert_eq!(says("Bo meant", EntryKind::Said(tea())), "\"Bo meant\": tea");
        assert_eq!(says("you", EntryKind::Acted("are Bo".into())), "* \"you\" are Bo");
    }
    /// Returns a word of a note with samples in place of the values in braces.
    fn filled(word: &str) -> String {
        let braces = word.split_once('{').and_then(|(before, rest)| {
            let (value, after) = rest.split_once('}')?;
            Some((before, value, after))
        });
        let Some((before, value, after)) = braces else { return word.to_owned() };
        let sample = match value {
            "name" | "from" | "to" | "room" | "by" => "Bo",
            "people" | "lines" | "0" => "3",
            "whom" => "",
            _ => "x",
        };
        filled(&format!("{before}{sample}{after}"))
    }

    /// If a name were the first words of a note, its person could write the rest of the note with
    /// `/me`. So this test finds the notes in the source: none that is written here can be missing.
    /// It leaves out answers to what the reader has typed wrongly.
    #[test]
    fn no_name_is_the_beginning_of_a_note() {
        let source = include_str!("plain.rs").split("#[cfg(test)]").next().unwrap();
        let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code: Vec<_> = code.collect();
        let code = code.join("\n");
        let notes = code.split('"').skip(1).step_by(2).filter_map(|quoted| {
            quoted.strip_prefix("* ").or(Some(quoted).filter(|note| note.starts_with("{name} ")))
        });
        let deeds = include_str!("../chat/act/sentences.rs");
        let deeds = deeds.split('"').skip(1).step_by(2).filter(|note| note.starts_with("{by} "));
        let refusals = include_str!("../chat/refused.rs").split("#[error(").skip(1);
        let refusals = refusals.map(|rest| rest.split('"').nth(1).unwrap());
        let all: Vec<_> = notes.chain(deeds).chain(refusals).chain([REMOVED]).collect();
        assert!(all.len() > 100, "{all:?}");
        let mut could_be = Vec::new();
        for note in all {
            let words = note.split_whitespace().filter(|word| *word != "\\");
            let words: Vec<_> = words.map(filled).collect();
            for first in 1..words.len() {
                let first = words[..first].join(" ");
                let name = first.trim_end_matches([',', ':', ';', '.']);
                if !["Bo", "x"].contains(&name) && Name::parse(name).is_ok() {
                    could_be.push(name.to_owned());
                }
            }
        }
        assert!(could_be.is_empty(), "{could_be:?}");
    }
}
