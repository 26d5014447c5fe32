//! A page that never ends: the server adds each new line to the page as an item of a list.
//!
//! Owns: how a line, a day and a notice look in that list, and how the list ends.
//! Must not know: the page around the list, whose beginning was sent before.
//!
//! Part: `formats/mod.rs`.

use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;
use std::time::Duration;

use maud::{Markup, html};
use parking_lot::Mutex;

use super::{Frame, FrameKind, LogPosition};
use crate::base::fingerprint::fnv_1a;
use crate::base::language::Language;
use crate::chat::answer::{Answer, RoomPrivacy};
use crate::chat::entry::{Entry, EntryKind, Epoch, RepliedTo, Seq, ToReader};
use crate::chat::name::Name;
use crate::chat::room_name::RoomName;
use crate::html::link::Links;
use crate::html::quote::Quote;
use crate::html::row::{Beside, REPLY_FRAME};
use crate::html::sentences::Sentences;
use crate::html::text::{self, sentence};
use crate::html::{address, mention, reasons, row, when};

/// A short mark of an epoch of the room's log: of the one whose lines the reader had seen before
/// this page began. If the log has another epoch now, the page says so. The mark is short because
/// `Format` contains it and is copied often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EpochMark(Option<NonZeroU32>);

impl EpochMark {
    /// Makes the mark of an epoch. `epoch` is `None` if the reader had seen nothing of the log.
    pub fn of(epoch: Option<Epoch>) -> Self {
        let mark = epoch.and_then(|epoch| u32::try_from(epoch.0 % u64::from(u32::MAX)).ok());
        Self(mark.and_then(|mark| NonZeroU32::new(mark + 1)))
    }

    fn is_over(self, now: Epoch) -> bool {
        self.0.is_some() && self != Self::of(Some(now))
    }
}

/// A short mark of the room that the page shows. The client also follows rooms that the page does
/// not show, to tell the reader who calls there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownRoomMark(u32);

impl ShownRoomMark {
    /// Makes the mark of this room.
    pub fn of(room: &RoomName) -> Self {
        let hash = fnv_1a([room.as_str().as_bytes()]);
        Self(u32::try_from(hash % u64::from(u32::MAX)).unwrap_or_default())
    }
}

/// The numbers of the lines that were new for the reader when the page began: those after the first
/// number, up to the second one. They are short, as [`EpochMark`] is; of larger numbers the page
/// says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NewLines(u32, u32);

impl NewLines {
    /// Makes the value for the lines after `read`, up to `last`.
    pub fn of(read: Seq, last: Seq) -> Self {
        let both = u32::try_from(read.0).ok().zip(u32::try_from(last.0).ok());
        both.map(|(read, last)| Self(read, last)).unwrap_or_default()
    }

    fn has(self, seq: Seq) -> bool {
        seq.0 > u64::from(self.0) && seq.0 <= u64::from(self.1)
    }
}

/// How the reader of a page that never ends wants to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LivePage {
    /// The language of the page.
    pub language: Language,
    /// True if the session is in the page's URL, and not in a cookie.
    pub in_links: bool,
    /// True if the page says who enters and who leaves the room.
    pub shows_presence: bool,
    /// The mark of the epoch whose lines the reader had seen before this page began.
    pub before: EpochMark,
    /// The lines that were new when the page began.
    pub new: NewLines,
    /// The mark of the room whose lines the page shows.
    pub room: ShownRoomMark,
    /// The mark of the form on the page around the stream: *Reply* opens in a frame beside it, so
    /// that the typed text stays. 0: *Reply* opens a page of its own.
    pub form: u32,
    /// True if the server pings so often that the page can tell when its connection has broken: at
    /// least once in [`PINGS_APART_MAX`].
    pub tells_silence: bool,
}

/// If no ping has come for a little longer than this, the page says so (`web/pages.css`).
pub const PINGS_APART_MAX: Duration = Duration::from_secs(60);

/// How many messages a page remembers to quote them in replies: about twice as many as it begins
/// with. An older one is quoted from the server's memory. If that does not have it any more, a
/// reply to it shows only who wrote it.
const QUOTES_REMEMBERED_MAX: usize = 50;

#[derive(Debug)]
pub(super) struct HtmlClient {
    /// The person's name; after a new name, the hub makes a new value of this type.
    name: Name,
    /// The name before it, if it is kept for the person.
    former: Option<Name>,
    page: LivePage,
    shown: Mutex<Shown>,
}

/// What the page has shown since it began, or since the person's newest name.
#[derive(Debug, Default)]
struct Shown {
    /// The newest day with a heading, and the line below that heading. If the outbox had no space
    /// for this line, the hub sends it again, with the heading.
    day: Option<(Seq, String)>,
    /// The first new message, above which the page says so.
    first_new: Option<Seq>,
    /// The newest messages, each with its present text.
    messages: Vec<ShownMessage>,
    /// How the room is kept from strangers; `None`: the page has not heard it.
    privacy: Option<RoomPrivacy>,
}

/// A message on the page.
#[derive(Debug)]
struct ShownMessage {
    /// The message, as a reply quotes it.
    quote: Quote,
    /// A hash of the message's present text.
    text: u64,
    /// The line that has brought this text: the message itself, or a change of it.
    by: Seq,
}

impl Shown {
    /// Returns whether a line that was said on this day begins the day on the page.
    fn begins_day(&mut self, seq: Seq, day: String) -> bool {
        let begins = self.day.as_ref().is_none_or(|(first, last)| *first == seq || *last != day);
        if begins {
            self.day = Some((seq, day));
        }
        begins
    }

    /// Returns whether this new message is the first one on the page.
    fn begins_new(&mut self, seq: Seq) -> bool {
        *self.first_new.get_or_insert(seq) == seq
    }

    /// Remembers what a reply to this line, or to the message that it changes, will quote. Returns
    /// whether the line adds nothing: it is a change, and the page has shown the message as it is
    /// after that change. The hub may send a line again, and then the line is not left out.
    fn remember(&mut self, words: &Sentences, entry: &Entry) -> bool {
        let seq = match &entry.what {
            EntryKind::Said(_) | EntryKind::Acted(_) => entry.seq,
            EntryKind::Edited { of, .. } | EntryKind::Deleted { of } => *of,
            // Many messages are gone.
            EntryKind::Removed(_) => {
                self.messages.clear();
                return false;
            }
            _ => return false,
        };
        let quote = Quote::of(words, &RepliedTo::unknown(seq), Some(entry));
        let (text, by) = (fnv_1a([entry.what.text().as_bytes()]), entry.seq);
        let is_it = |message: &&ShownMessage| message.quote.is_of(seq);
        let known = self.messages.iter().find(is_it);
        if known.is_some_and(|known| by != seq && known.by != by && known.text == text) {
            return true;
        }
        self.messages.retain(|message| !message.quote.is_of(seq));
        self.messages.push(ShownMessage { quote, text, by });
        if self.messages.len() > QUOTES_REMEMBERED_MAX {
            self.messages.remove(0);
        }
        false
    }

    /// Returns the first words that a message has on the page before this line changes it. `None`:
    /// the line changes none, or the page does not remember the message as it was.
    fn words_before(&self, entry: &Entry) -> Option<String> {
        let (EntryKind::Edited { of, .. } | EntryKind::Deleted { of }) = &entry.what else {
            return None;
        };
        let known = self.messages.iter().find(|message| message.quote.is_of(*of))?;
        // The hub may send a line again. Then the message has the new words already.
        known.quote.words().filter(|_| known.by != entry.seq).map(str::to_owned)
    }

    /// Makes the quote of the message that a line replies to. `in_memory` has that message, if the
    /// server's memory has it.
    fn quote(&self, words: &Sentences, replied_to: &RepliedTo, in_memory: &[Arc<Entry>]) -> Quote {
        let known = self.messages.iter().find(|message| message.quote.is_of(replied_to.seq));
        let found = || in_memory.iter().find(|message| message.seq == replied_to.seq);
        known
            .map(|known| known.quote.clone())
            .unwrap_or_else(|| Quote::of(words, replied_to, found().map(AsRef::as_ref)))
    }
}

impl super::PersonalFormat for HtmlClient {
    /// Makes the list item for a new line. A name belongs to one person at a time, so a new line
    /// under the reader's name is the reader's own.
    fn encode_line(
        &self,
        log: NonZeroU64,
        entry: &Entry,
        replied_to: &[Arc<Entry>],
    ) -> Option<Frame> {
        let own = entry.by.name == self.name;
        let answered = entry.replied_to().and_then(|to| to.name_then.as_ref());
        let to_you = answered == Some(&self.name);
        self.encode_past_line(log, entry, replied_to, ToReader { own, to_you })
    }

    fn encode_past_line(
        &self,
        log: NonZeroU64,
        entry: &Entry,
        in_memory: &[Arc<Entry>],
        past: ToReader,
    ) -> Option<Frame> {
        let words = Sentences::of(self.page.language);
        let room_name = match (&entry.what, entry.log.room()) {
            // A private message that the reader of the page wrote is shown only on the page of the
            // private talk, because other people may look at the page of a room.
            (EntryKind::Private { own: true, .. }, _) => return None,
            (EntryKind::Edited { .. } | EntryKind::Deleted { .. }, None) => return None,
            (EntryKind::Private { text, .. }, _) if text.is_empty() => return None,
            (_, Some(room)) if !self.shows(room) => return self.call(room, entry, past),
            (_, Some(room)) => room,
            (_, None) => return Some(self.letter(&entry.by.name)),
        };
        let number = |seq| address::message(room_name, seq, None);
        let links = Links {
            by_way_of_out: self.page.in_links,
            // If the page's URL contains the session, a link to a line would need it, too. The
            // session is not known here, so there is no link then.
            number: (!self.page.in_links).then_some(&number as &dyn Fn(u64) -> String),
            out_of_frame: true,
            ..Links::default()
        };
        let mut shown = self.shown.lock();
        let quote = entry.replied_to().map(|replied_to| {
            let address = links.number.map(|number| number(replied_to.seq.0));
            (shown.quote(words, replied_to, in_memory), address)
        });
        let was = shown.words_before(entry);
        if shown.remember(words, entry) {
            return None;
        }
        let day = when::day(entry.at).filter(|day| shown.begins_day(entry.seq, day.clone()));
        let is_message = matches!(entry.what, EntryKind::Said(_) | EntryKind::Acted(_));
        let is_new = is_message && !past.own && self.page.new.has(entry.seq);
        let begins_new = is_new && shown.begins_new(entry.seq);
        drop(shown);
        let page = |query: &str| {
            let path = address::address(room_name);
            (is_message && !self.page.in_links).then(|| format!("{path}?{query}={}", entry.seq.0))
        };
        let change = page("change").filter(|_| past.own);
        let delete = page("delete=1&change").filter(|_| past.own);
        let reply = match self.page.form {
            0 => page("reply"),
            form => page("reply").map(|_| address::reply_frame(room_name, entry.seq.0, form)),
        };
        let beside = Beside {
            is_own: past.own,
            is_to_you: past.to_you,
            former: self.former.clone(),
            quote,
            change,
            delete,
            reply,
            reply_frame: (self.page.form != 0).then_some(REPLY_FRAME),
            was,
            ..Beside::default()
        };
        let item = row::item(words, entry, Some(&self.name), links, &beside).into_string();
        let heading = html! {
            @if day.is_some() { p.day { (when::day_in_words(words, entry.at)) } }
            @if begins_new { p.since { (words.say("newBeginHere")) } }
        };
        let has_heading = day.is_some() || begins_new;
        let before = if has_heading { between_lists(&heading) } else { String::new() };
        let item = before + &item;
        let position = LogPosition { log, seq: entry.seq.0 };
        Some(message(&item).with_position(position))
    }

    fn encode_answer(&self, answer: &Answer) -> Option<Frame> {
        if room_of(answer).is_some_and(|room| !self.shows(room)) {
            return None;
        }
        let privacy_was = self.privacy_before(answer);
        let words = Sentences::of(self.page.language);
        let count = |from: u64, to: u64| to.saturating_sub(from) + 1;
        let text = match answer {
            Answer::Refused { reason, .. } => reasons::refused(words, reason),
            Answer::TooOld { from, to, .. } => {
                words.count(count(from.0, to.0), "tooOldOne", "tooOld")
            }
            Answer::NotKept { lines: 0, .. } => return None,
            Answer::NotKept { lines, damaged, .. } => reasons::not_kept(words, *lines, *damaged),
            Answer::Skipped { damaged: true, .. } => words.say("mayBeLost").to_owned(),
            Answer::Skipped { to, .. } => {
                words.fill("skipped", &[("n", &to.0.saturating_add(1).to_string())])
            }
            // A change that is none of these two is a new password.
            Answer::Set { room, privacy } if privacy.locked && privacy_was == Some(*privacy) => {
                words.fill("newRoomPassword", &[("room", room.as_str())])
            }
            Answer::Set { room, privacy } => text::privacy(words, room, *privacy),
            Answer::Acted(done) => text::done_in_room(words, done),
            Answer::Joined(joined)
                if joined.log.room().is_some() && self.page.before.is_over(joined.epoch) =>
            {
                words.say("newEpoch").to_owned()
            }
            Answer::Joined(joined) if joined.log.room().is_some() && joined.seq == Seq(0) => {
                words.say("nothingYet").to_owned()
            }
            Answer::Presence { .. } if !self.page.shows_presence => return None,
            Answer::Keeping { kept, .. } => {
                words.say(if *kept { "keptAgain" } else { "notKeeping" }).to_owned()
            }
            Answer::Presence { name, here: true, .. } => {
                words.fill("joined", &[("name", name.shown())])
            }
            Answer::Presence { name, here: false, .. } => {
                words.fill("left", &[("name", name.shown())])
            }
            Answer::Renamed { in_log: true, .. } => return None,
            Answer::Renamed { from, to, secret: true, .. } if from.shown() == to.shown() => {
                words.fill("newSecret", &[("name", to.shown())])
            }
            Answer::Renamed { from, to, .. } => {
                words.fill("renamed", &[("name", from.shown()), ("to", to.shown())])
            }
            _ => return None,
        };
        Some(notice(&html! { (text) }))
    }

    fn greeting(&self) -> Option<Frame> {
        None
    }
}

impl HtmlClient {
    pub(super) fn new(name: Name, former: Option<Name>, page: LivePage) -> Self {
        Self { name, former, page, shown: Mutex::default() }
    }

    /// Remembers how the room is kept from strangers now, if the answer says it, and returns how it
    /// was before.
    fn privacy_before(&self, answer: &Answer) -> Option<RoomPrivacy> {
        let now = match answer {
            Answer::Joined(joined) => joined.privacy,
            Answer::Set { privacy, .. } => *privacy,
            _ => return None,
        };
        self.shown.lock().privacy.replace(now)
    }

    fn shows(&self, room: &RoomName) -> bool {
        self.page.room == ShownRoomMark::of(room)
    }

    /// Makes the notice that this line of a room that the page does not show is for the reader;
    /// `None`: it is not. The notice never has the text, because other people may see the page.
    fn call(&self, room: &RoomName, entry: &Entry, past: ToReader) -> Option<Frame> {
        let (EntryKind::Said(text) | EntryKind::Acted(text)) = &entry.what else { return None };
        let names = [Some(&self.name), self.former.as_ref()];
        let is_called = past.to_you || mention::named(text, names).is_some();
        if past.own || !is_called {
            return None;
        }
        let words = Sentences::of(self.page.language);
        let blanks = [("name", entry.by.name.shown()), ("room", room.as_str())];
        Some(notice(&html! {
            (sentence(words, if past.to_you { "repliedToYou" } else { "spokeToYou" }, &blanks))
            @if !self.page.in_links {
                " " a href=(address::message(room, entry.seq.0, None)) target="_parent" {
                    (words.say("openIt"))
                }
            }
        }))
    }

    /// Makes the notice that `from` has sent the reader a private message. If the page's URL
    /// contains the session, the notice has no link: the link would need the session, which is not
    /// known here.
    fn letter(&self, from: &Name) -> Frame {
        let words = Sentences::of(self.page.language);
        notice(&html! {
            (sentence(words, "wroteToYou", &[("name", from.shown())]))
            @if !self.page.in_links {
                // The link's URL is relative to the URL of the stream. The stream is in a frame of
                // the room's page. The link opens in place of that page.
                " " a href={ "private?to=" (address::escaped(from.shown())) } target="_parent" {
                    (words.say("openIt"))
                }
            }
        })
    }
}

/// Returns the room that this answer is about; `None`: it is about none, or about the page's own.
fn room_of(answer: &Answer) -> Option<&RoomName> {
    match answer {
        Answer::Refused { room, .. } => room.as_ref(),
        Answer::TooOld { log, .. } | Answer::NotKept { log, .. } | Answer::Skipped { log, .. } => {
            log.room()
        }
        Answer::Joined(joined) => joined.log.room(),
        Answer::Set { room, .. } | Answer::Presence { room, .. } => Some(room),
        Answer::Acted(done) => Some(&done.act.room),
        _ => None,
    }
}

pub(super) fn ping(page: LivePage) -> Frame {
    let item = page.tells_silence.then(|| beat(page.language).into_string());
    let item = item.unwrap_or_else(|| "<!-- -->".to_owned());
    Frame::encoded(FrameKind::Ping, format!("{item}\n").as_bytes())
}

// A page without scripts cannot notice that its connection has broken: what has arrived simply
// stays. So each ping is an item that nobody sees. The style shows it when it has been the newest
// one for too long, and hides it when a newer one arrives. Without that style it stays hidden.

/// Makes the item that a ping adds to the list.
pub(crate) fn beat(language: Language) -> Markup {
    let words = Sentences::of(language);
    html! { li.beat hidden { (stopped(words)) } }
}

fn stopped(words: &Sentences) -> Markup {
    html! { (words.say("streamEnded")) " " a href="" { (words.say("refreshPage")) } }
}

pub(super) fn close(language: Language) -> Frame {
    let words = Sentences::of(language);
    let end = html! { p.notice { (stopped(words)) } };
    let text = format!("</ol>{}</div></div></body></html>\n", end.into_string());
    Frame::encoded(FrameKind::Close, text.as_bytes())
}

fn notice(text: &Markup) -> Frame {
    message(&between_lists(&html! { p.notice dir="auto" { (text) } }))
}

/// Each item of a list has the number of its line. What has no number cannot be an item: one list
/// ends before it, and another begins after it.
fn between_lists(piece: &Markup) -> String {
    format!("</ol>{}<ol>", piece.clone().into_string())
}

fn message(item: &str) -> Frame {
    Frame::encoded(FrameKind::Message, format!("{item}\n").as_bytes())
}

#[cfg(test)]
mod tests;
