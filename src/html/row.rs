//! One line of a log as an item of a list. The number of the item is the number of the line.
//!
//! Owns: how each kind of line is shown.
//! Must not know: the list around it.
//!
//! Part: `html/mod.rs`.

use maud::{Markup, PreEscaped, html};

use super::code::{self, Piece};
use super::link::{self, Links, linked};
use super::mention;
use super::quote::Quote;
use super::sentences::Sentences;
use super::text::{deed, sentence};
use super::when::{TimeShown, when};
use crate::chat::clean::without_overrides;
use crate::chat::entry::{Entry, EntryKind, REMOVED_NAME, SERVER_NAME, Seq};
use crate::chat::name::Name;
use crate::chat::removed_lines::{RemovedLines, RemovedOf};

/// The most links that a page makes from the text of one message. The HTML of a link can be a
/// hundred times as long as what was typed.
pub(super) const LINKS_PER_TEXT_MAX: usize = 32;

/// The name of the button *Reply* to a message, before the number of that message.
pub const REPLY_BUTTON: &str = "reply-";

/// The name of the frame beside the form of a live page that says to which message it replies.
pub const REPLY_FRAME: &str = "reply";

/// The beginning of the name of the button that opens the form to edit a message.
pub const EDIT_BUTTON: &str = "edit-";

/// The beginning of the name of the button that opens the question whether to delete a message.
pub const DELETE_BUTTON: &str = "delete-";

/// What an item shows besides its line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// True if the reader of the page is the author of the line.
    pub is_own: bool,
    /// True if the line replies to a message of the reader of the page.
    pub is_to_you: bool,
    /// The name that the reader had before, if it is kept for them.
    pub former: Option<Name>,
    /// True if no link leads to the item. Then it has no `id`, so that the page is smaller.
    pub is_unlinked: bool,
    /// True if a link has led to this line. Then an arrow stands before it, which a browser without
    /// a style shows, too.
    pub is_asked: bool,
    /// What the item shows of the line's time.
    pub when: TimeShown,
    /// True if the page shows the private messages with one person. Then the item does not name the
    /// receiver.
    pub is_talk: bool,
    /// The URL of the private talk with the author of the line, to which the author's name leads.
    /// `None`: the name is no link.
    pub talk: Option<String>,
    /// The URL of the page on which the reader can change this message; `None`: the reader cannot
    /// change it.
    pub change: Option<String>,
    /// The URL of the page that asks whether to delete this message; `None`: the reader cannot
    /// delete it, or not from this page.
    pub delete: Option<String>,
    /// The URL of the page with a form to reply to this message; `None`: the reader cannot reply to
    /// it.
    pub reply: Option<String>,
    /// The name of the frame in which that page opens; `None`: it opens where the other links do.
    pub reply_frame: Option<&'static str>,
    /// True if the reader comes to that page by a button of the form `say`, which takes along the
    /// text that is typed there.
    pub acts_by_form: bool,
    /// The message that this one replies to, and the URL of that message if the page may link to
    /// it. The whole field is `None` if this message replies to none.
    pub quote: Option<(Quote, Option<String>)>,
    /// If this line changes another message: the first words that the message had before. `None`:
    /// they are not known, and the line says the number of the message.
    pub was: Option<String>,
    /// The URL of a page that shows this line among the lines around it. The item then shows the
    /// line's number and a link to that URL; `None`: it adds neither.
    pub context: Option<String>,
}

/// Makes the item for a line. `me` is the name of the reader of the page; `None`: the reader has no
/// name. If another person mentions this name or `beside.former` in the line, or the line replies
/// to this person, the item says so.
pub fn item(
    words: &Sentences,
    entry: &Entry,
    me: Option<&Name>,
    links: Links<'_>,
    beside: &Beside,
) -> Markup {
    let own = beside.is_own;
    let named = named(entry, [me, beside.former.as_ref()]);
    let name = named.or(me.filter(|_| beside.is_to_you)).filter(|_| !own).map(Name::shown);
    let links = Links { name, ..links };
    let id = (!beside.is_unlinked).then(|| format!("m{}", entry.seq.0));
    html! {
        li value=(entry.seq.0) id=[id] class=[class(own, name.is_some())] {
            @if is_far(entry.seq) { span.n { "#" (entry.seq.0) } " " }
            @if beside.is_asked { b { "\u{2192}" } " " }
            (head(words, entry, links, beside, me.is_some() && beside.reply.is_some()))
            @if let Some((quote, address)) = &beside.quote {
                (quote.line(words, address.as_deref(), links.out_of_frame))
            }
            " " (entry_markup(words, entry, links, beside))
        }
    }
}

/// Returns whether the number of a line is too high for a list. Browsers for text terminals count a
/// list in 32 bits, and a history of an older schema may have higher numbers.
pub(crate) fn is_far(seq: Seq) -> bool {
    i32::try_from(seq.0).is_err()
}

fn class(own: bool, is_to_me: bool) -> Option<&'static str> {
    if own { Some("own") } else { is_to_me.then_some("hit") }
}

/// Returns the first of these names that the line mentions. For a deletion, for a topic and for a
/// private message, returns `None`. A private message is for one person in any case.
fn named<'a>(entry: &Entry, names: [Option<&'a Name>; 2]) -> Option<&'a Name> {
    match &entry.what {
        EntryKind::Said(text) | EntryKind::Acted(text) | EntryKind::Edited { text, .. } => {
            mention::named(text, names)
        }
        EntryKind::Private { .. } | EntryKind::Deleted { .. } => None,
        EntryKind::Topic(_)
        | EntryKind::Pinned(_)
        | EntryKind::Renamed(_)
        | EntryKind::Removed(_) => None,
    }
}

/// Makes what stands before the text of a line. If it `names_buttons`, each button says to a screen
/// reader which line it is for. The first page of a stranger, and the list in a frame, which has no
/// *Reply*, stay smaller without that.
fn head(
    words: &Sentences,
    entry: &Entry,
    links: Links<'_>,
    beside: &Beside,
    names_buttons: bool,
) -> Markup {
    let frame = links.out_of_frame.then_some("_parent");
    html! {
        @if entry.by.name.shown() != SERVER_NAME {
            b class={ "name p" (entry.by.name.colour()) } {
                @if let Some(talk) = &beside.talk {
                    a href=(talk) target=[frame] { bdi { (name_shown(words, &entry.by.name)) } }
                } @else { bdi { (name_shown(words, &entry.by.name)) } }
            }
        }
        @if beside.is_own { (words.gap()) span.mine { (words.bracketed(words.say("you"))) } }
        @if beside.when != TimeShown::Hidden { " " (when(entry, beside.when)) }
        @if entry.is_edited() { (words.gap()) small { (words.bracketed(words.say("editedMark"))) } }
        @if links.name.is_some() { (words.gap()) span.heard { (words.bracketed(words.say("toYou"))) } }
        @for (address, button, says) in [
            (&beside.change, EDIT_BUTTON, "edit"),
            (&beside.delete, DELETE_BUTTON, "delete"),
            (&beside.reply, REPLY_BUTTON, "answer"),
        ] {
            @if let Some(address) = address {
                " "
                @let act = names_buttons.then(|| act_words(words, says, entry));
                @if beside.acts_by_form {
                    input.change aria-label=[act] type="submit" form="say" name={ (button) (entry.seq.0) } value=(words.say(says));
                } @else {
                    @let target = beside.reply_frame.filter(|_| button == REPLY_BUTTON).or(frame);
                    a.change aria-label=[act] href=(address) target=[target] { (words.say(says)) }
                }
            }
        }
        @if let Some(context) = &beside.context {
            " " small { "#" (entry.seq.0) } " " a href=(context) { (words.say("inContext")) }
        }
    }
}

/// Returns what a screen reader says of a button beside a line, such as *Reply*: also which line it
/// is for, because each line has the same buttons.
fn act_words(words: &Sentences, says: &str, entry: &Entry) -> String {
    let name = without_overrides(name_shown(words, &entry.by.name));
    let number = entry.seq.0.to_string();
    let blanks = [("act", words.say(says)), ("name", &*name), ("n", &number)];
    words.fill("actOn", &blanks)
}

/// Returns the name for people. A person who has removed the name has none any more.
pub(crate) fn name_shown<'a>(words: &'a Sentences, name: &'a Name) -> &'a str {
    if name.shown() == REMOVED_NAME { words.say("removedName") } else { name.shown() }
}

fn entry_markup(words: &Sentences, entry: &Entry, links: Links<'_>, beside: &Beside) -> Markup {
    let is_talk = beside.is_talk;
    let name = name_shown(words, &entry.by.name);
    let text = |said: &str| lines(said, links, false);
    let sentence = |key, blanks: &[(&str, &str)]| html! { i { (sentence(words, key, blanks)) } };
    // The row begins with the name of its author, so its sentence goes on from there.
    let deed = |key, blanks: &[(&str, &str)]| html! { i { (deed(words, key, blanks)) } };
    match &entry.what {
        EntryKind::Said(said) => text(said),
        EntryKind::Private { text, .. } if text.is_empty() => sentence("deletedWords", &[]),
        EntryKind::Private { text: said, .. } if is_talk => text(said),
        EntryKind::Private { own: false, text: said, .. } => html! {
            i { (words.say("privateToYou")) } " " (text(said))
        },
        EntryKind::Private { to, text: said, .. } => html! {
            (sentence("privateTo", &[("name", name_shown(words, to))])) " " (text(said))
        },
        EntryKind::Acted(said) => lines(said, links, true),
        EntryKind::Edited { text: said, .. } if let Some(was) = &beside.was => html! {
            (deed("editedWords", &[("was", was)])) " " (text(said))
        },
        EntryKind::Edited { of, text: said } => {
            let of = of.0.to_string();
            let told = deed("edited", &[("of", &of)]).into_string();
            let number = linked(&format!("#{of}"), links, &mut 1).into_string();
            let told = PreEscaped(told.replacen(&format!("#<bdi>{of}</bdi>"), &number, 1));
            html! { (told) " " (text(said)) }
        }
        EntryKind::Deleted { .. } if let Some(was) = &beside.was => {
            sentence("deletedWas", &[("was", was)])
        }
        // The deletion of a message that stands elsewhere says which one.
        EntryKind::Deleted { of } if *of != entry.seq => html! {
            (sentence("deletedWords", &[])) " " (linked(&format!("#{}", of.0), links, &mut 1))
        },
        EntryKind::Deleted { .. } => sentence("deletedWords", &[]),
        EntryKind::Removed(RemovedLines { of: RemovedOf::Leaver, .. }) => {
            sentence("removedAll", &[])
        }
        EntryKind::Removed(RemovedLines { of: RemovedOf::Everybody, .. }) => {
            sentence("deletedAll", &[])
        }
        EntryKind::Removed(_) => sentence("deletedMany", &[]),
        EntryKind::Topic(topic) if topic.is_empty() => deed("topicGone", &[]),
        EntryKind::Topic(topic) => deed("topicSet", &[("topic", topic)]),
        EntryKind::Renamed(to) => deed("renamed", &[("to", to.shown())]),
        EntryKind::Pinned(Seq(0)) if name == SERVER_NAME => sentence("pinLost", &[]),
        EntryKind::Pinned(Seq(0)) => deed("pinGone", &[]),
        EntryKind::Pinned(of) => html! {
            (deed("pinSet", &[])) " " (linked(&format!("#{}", of.0), links, &mut 1))
        },
    }
}

/// Returns a message as HTML. If it `is_deed`, it is an action (`/me`), and goes on from the name
/// of its author, with which the row begins.
fn lines(said: &str, links: Links<'_>, is_deed: bool) -> Markup {
    let mut left = LINKS_PER_TEXT_MAX;
    let code = |code| link::plain(&visible(code), Links { name: None, ..links }, false);
    let said = html! {
        @for piece in code::pieces(said.trim_end_matches('\n')) {
            @match piece {
                Piece::Text(text) => {
                    @for (nth, line) in text.split('\n').enumerate() {
                        @if nth > 0 { br; }
                        (linked(&visible(line), links, &mut left))
                    }
                }
                Piece::Code(inside) => { code { (code(inside)) } }
                Piece::Block(lines) => { pre { (code(lines)) } }
            }
        }
    };
    html! {
        div.text dir="auto" {
            // A browser without style sheets would show a deed like a message.
            @if is_deed { span.heard { "* " } i { (said) } } @else { (said) }
        }
    }
}

fn visible(text: &str) -> String {
    text.chars().filter(|sign| "\t\n".contains(*sign) || !sign.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::{LINKS_PER_TEXT_MAX, Links, lines};

    #[test]
    fn a_message_has_as_many_links_on_many_lines_as_on_one() {
        let number = Some(&(|seq| format!("?at={seq}")) as &dyn Fn(_) -> _);
        let links =
            Links { by_way_of_out: false, number, out_of_frame: false, name: None, found: None };
        let html = lines(&"#1\n".repeat(1000), links, false).into_string();
        assert_eq!(html.matches("<a href").count(), LINKS_PER_TEXT_MAX);
        assert_eq!(html.matches("#1").count(), 1000);
    }

    #[test]
    fn code_is_shown_as_typed_and_without_links() {
        let number = Some(&(|seq| format!("?at={seq}")) as &dyn Fn(_) -> _);
        let links =
            Links { by_way_of_out: false, number, out_of_frame: false, name: None, found: None };
        assert_eq!(
            lines("a\n`<b> #1`\n```\n  c\u{1b}\n\td\n```\n#2", links, false).into_string(),
            "<div class=\"text\" dir=\"auto\">a<br><code>&lt;b&gt; #1</code>\
             <pre>  c\n\td</pre><a href=\"?at=2\">#2</a></div>"
        );
    }
}
