//! The pages of a room: the people in it, the messages, and a field to say something.
//!
//! Without a style the order is: where the reader is, the field, the newest message first. So
//! the first 24 lines of a terminal show what matters, and a reload of the page needs no
//! scrolling.
//!
//! Owns: that order.
//! Must not know: how a message is sent.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::access_form::access_form;
use super::keeping_page::{deleting, keeping, way_to_keeping};
use super::messages::MessageList;
use super::people_list::people_list;
use super::poll::poll;
use super::private_talk::{is_gone, more_lines, reload_button, talk_entries, talk_partner};
use super::room_form::RoomForm;
use super::room_news::{new_there, notices};
use super::room_updates::RoomUpdates;
use super::shared_forms::SecretField;
use super::shown_room::ShownRoom;
use super::{error_text, layout, room_file, search_fields, shared_forms};
use crate::base::wall_clock;
use crate::chat::answer::{PinnedMessage, RoomPrivacy};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::html::address::{address, escaped, of_settings};
use crate::html::{quote::words_of, reasons, row::name_shown, when};
use crate::server::http::response::Response;
use crate::site::visit::form_id::FormId;
use crate::site::visit::page_request::{PageKind, PageNote, PageRequest};
use crate::site::visit::page_settings::Updates;
use crate::site::visit::rooms_form::RoomsForm;
use crate::site::visit::search_form::SearchForm;

/// Everything that a page of a room is made of.
#[derive(Debug)]
pub(super) struct RoomPage<'a> {
    /// The room, as this page shows it.
    pub(super) room: ShownRoom<'a>,
    /// The request for the page.
    pub(super) request: &'a PageRequest,
    /// The number that the page's form has, so that sending the form twice does no harm; `None`:
    /// the kernel had no randomness.
    pub(super) form_id: Option<FormId>,
    /// The seed that a stranger's form has: with it a stranger becomes only one person, however
    /// often the form is sent. `None`: the kernel had no randomness.
    pub(super) seed: Option<Token>,
    /// A sentence for the top of the page, which says what went wrong; `None`: there is no such
    /// sentence.
    pub(super) trouble: Option<String>,
    /// The limit on the text of a message, in bytes.
    pub(super) message_bytes_max: usize,
    /// The origin at which other machines reach the server. `None`: the reader has not opened the
    /// page by an address such as `localhost`, or no other machine reaches the server.
    pub(super) share: Option<String>,
    /// True if the reader's phone is on the server's hotspot, and nobody has pressed *Stay
    /// connected* there.
    pub(super) may_stay: bool,
}

impl RoomPage<'_> {
    /// Makes the page, as an answer with the HTTP status `status`.
    pub(super) fn page(&self, status: u16) -> Response {
        let is_open = !self.room.view.is_shut;
        if let (true, Updates::Every(pause), true) =
            (self.room.wanted.is_framed, self.request.updates, is_open)
        {
            return self.list_page(status, pause);
        }
        let title = format!("{} - {}", self.title(), self.room.words.say("brand"));
        let script = self.script(status);
        let body = html! {
            (self.header())
            main class=[self.main_class()] {
                @if self.may_stay && script.is_none() { (self.stay_form()) }
                @if !self.is_told_at_field() { (self.told()) }
                @if self.is_signed_out() {
                    p.bad role="alert" { (self.room.words.say("signedOutHere")) }
                    // Where the page has no other field for a name.
                    @if !self.has_field() && !self.room.is_locked() { (self.sign_in(false)) }
                }
                @if let Some(crowded) = self.crowded() { p.bad { (crowded) } }
                @if let Some(refused) = self.refused_text().filter(|text| !self.room.is_locked() && self.trouble.as_ref() != Some(text)) { p.bad { (refused) } }
                @if self.has_left() {
                    @let signs_in = self.room.wanted.note == Some(PageNote::Left);
                    @if signs_in { (self.sign_in(true)) }
                    @let again = if signs_in { "joinNew" } else { "joinAgain" };
                    form action=(self.room.path()) { button { (self.room.words.say(again)) } }
                } @else if self.room.view.is_shut {
                    @let name = (self.room.wanted.name.as_deref(), SecretField::of(self.room.wanted, false));
                    (shared_forms::entrance(self.room.words, &self.room.path(), name, self.seed.as_ref(), self.room.wanted.unsent.as_deref()))
                } @else if self.room.is_kept_out() {
                    (self.outside())
                } @else {
                    (self.content())
                }
            }
            @if self.names_zone_at_foot() {
                footer { p { small { (when::zone_sentence(self.room.words, wall_clock::now())) } } }
            }
        };
        let page =
            layout::page(self.room.words, &title, self.request.settings, script.as_ref(), &body);
        let mut response = Response::new(status, page.into_string());
        if script.is_some() {
            response.add_header("Link", layout::preload());
        }
        if let Some(seconds) = self.looks_again_after() {
            response.add_header("Refresh", seconds);
        }
        response
    }

    fn list_page(&self, status: u16, pause: u16) -> Response {
        let title = self.room.words.fill("messagesIn", &[("room", self.room.name.as_str())]);
        let body = html! {
            main class=[self.main_class()] {
                @if self.room.wanted.was_stream {
                    @let words = self.room.words;
                    p.bad { (words.say("signedOutHere")) " " a href=(self.room.page_link("sign-in")) target="_parent" { (words.say("signIn")) } }
                }
                @if let Some(trouble) = &self.trouble { p.bad { (trouble) } }
                @if let Some(crowded) = self.crowded() { p.bad { (crowded) } }
                @if let Some(refused) = self.refused_text() { p.bad { (refused) } }
                @let is_newest_last = self.request.settings.is_newest_last;
                @if !is_newest_last { (self.updates().list_words(pause)) }
                (self.messages())
                @if is_newest_last { (self.updates().list_words(pause)) }
            }
        };
        let (words, settings) = (self.room.words, self.request.settings);
        let page = layout::document(words, &title, settings, None, Some(pause), &body);
        Response::new(status, page.into_string())
    }

    /// Makes the words for a person who has just come with a name that has no password.
    fn new_name(&self) -> Markup {
        let (words, room) = (self.room.words, self.room.name.as_str());
        let settings = self.room.link(&of_settings(), &format!("room={}", escaped(room)));
        html! {
            @if self.room.wanted.note == Some(PageNote::NewName) && self.room.view.me.is_some() {
                div.ways role="status" { (words.say("newNameKept")) (words.gap()) a href=(settings) { (words.say("settings")) } }
            }
        }
    }

    /// Returns whether the reader has just signed out, and this browser has no other person. Then
    /// the page says so, and has only the way back in.
    pub(super) fn has_left(&self) -> bool {
        matches!(self.room.wanted.note, Some(PageNote::Left | PageNote::Forgotten))
            && !self.room.view.is_somebody()
    }

    /// Returns whether the browser has shown a session that has ended, so the reader is a stranger.
    /// After a form, the page says so already.
    pub(super) fn is_signed_out(&self) -> bool {
        let view = self.room.view;
        let is_stranger = view.has_rooms && !view.is_somebody() && !view.is_shut;
        let was_somebody =
            self.request.session.token().is_some() && self.room.wanted.note.is_none();
        is_stranger && was_somebody && self.trouble.is_none()
    }

    fn messages(&self) -> Markup {
        let list = MessageList {
            room: &self.room,
            settings: self.request.settings,
            is_textual: self.request.browser.is_textual,
            marks_rooms: self.request.marks_rooms(self.room.wanted),
            acts_by_form: self.acts_by_form(),
            has_notices: !self.has_stream()
                && (!self.is_private() || self.room.wanted.is_framed || self.has_frame()),
            is_refused: self.room.view.is_shut || self.refused_text().is_some(),
            sought: match &self.room.wanted.kind {
                PageKind::Found(find) => find.sought().ok().and_then(|sought| sought.words),
                _ => None,
            },
        };
        list.markup()
    }

    /// Makes the list of messages, in a frame if the page has one.
    fn framed_messages(&self) -> Markup {
        let messages = self.messages();
        if self.has_frame() { self.updates().frame(&messages) } else { messages }
    }

    /// Makes the list of messages and the form, which stands beside the newest message, behind the
    /// words `before`. If the reader cannot write, there are only buttons instead of the form.
    ///
    /// The list of a browser in a terminal is inside the form, because the buttons *Reply* belong
    /// to it (`acts_by_form`).
    fn with_messages(&self, before: &Markup, form: Result<RoomForm<'_>, Markup>) -> Markup {
        let messages = self.framed_messages();
        let is_inside = self.request.browser.is_textual && self.acts_by_form();
        let form = match form {
            Ok(form) if is_inside => return html! { (before) (form.markup(Some(&messages))) },
            Ok(form) => form.markup(None),
            Err(buttons) => buttons,
        };
        let form = html! { (before) (form) };
        let [first, second] =
            if self.room.is_newest_last { [&messages, &form] } else { [&form, &messages] };
        html! { (first) (second) }
    }

    /// Returns whether *Reply* is a button of the form for a message, which takes the typed text
    /// along, and not a link. If the newest message is the last one, such a button would stand
    /// before the one that sends, and the Enter key presses the first one.
    fn acts_by_form(&self) -> bool {
        let is_form = match &self.room.wanted.kind {
            PageKind::Newest => self.has_field(),
            PageKind::Private(to) => !to.is_empty() && !is_gone(to) && !self.is_to_nobody(),
            _ => false,
        };
        let is_framed = self.has_frame() || self.room.wanted.is_framed;
        let knows_it = self.request.browser.knows_buttons_of_forms();
        let is_somebody = self.room.token.is_some();
        is_form && is_somebody && knows_it && !is_framed && !self.room.is_newest_last
    }

    fn form(&self, ways: Markup) -> RoomForm<'_> {
        let (form_id, seed) = (self.form_id.as_ref(), self.seed.as_ref());
        let (updates, has_trouble) = (self.request.updates, self.trouble.is_some());
        let signs_in = self.room.signs_in(self.is_signed_out());
        let (room, browser) = (&self.room, &self.request.browser);
        RoomForm { room, updates, form_id, seed, signs_in, has_trouble, browser, ways }
    }

    fn updates(&self) -> RoomUpdates<'_> {
        RoomUpdates { room: &self.room, request: self.request, form_id: self.form_id.as_ref() }
    }

    /// Returns whether nobody has made this room yet.
    fn is_new_room(&self) -> bool {
        matches!(self.room.view.refused, Some(Refused::NotInRoom))
    }

    /// Makes the form that makes this room, with a password or hidden.
    fn new_room(&self) -> Markup {
        let words = self.room.words;
        let fields = html! {
            (self.room.session_fields()) input type="hidden" name="room" value=(self.room.name);
            @if self.room.token.is_none() { (shared_forms::stranger(words, None, SecretField::Absent, self.seed.as_ref())) }
        };
        shared_forms::new_room(words, &fields, &RoomsForm::default())
    }

    /// Returns whether the messages are in a stream. The stream has the notices of the private
    /// messages that come from now on, and the page has those of the earlier ones.
    fn has_stream(&self) -> bool {
        self.request.updates == Updates::Stream && self.room.wanted.is_front() && self.has_frame()
    }

    /// Returns whether the messages are in a frame of their own. A stream in a frame does not
    /// create its room, so the page has a frame with a stream only if the room exists. A private
    /// talk has no stream.
    pub(super) fn has_frame(&self) -> bool {
        match (self.request.updates, &self.room.wanted.kind) {
            (Updates::ByHand, _) => false,
            (Updates::Stream, PageKind::Private(_)) => false,
            (Updates::Stream, _) => self.room.view.joined.is_some(),
            (Updates::Every(_), PageKind::Private(to)) => !to.is_empty(),
            (Updates::Every(_), _) => true,
        }
    }

    fn content(&self) -> Markup {
        html! {
            @match &self.room.wanted.kind {
                _ if self.room.is_locked() => { (self.password_form()) }
                PageKind::History => {
                    // Who comes to one message may want to say something to it.
                    @if self.has_field() { (self.form(more_lines(&self.room)).markup(None)) }
                    (search_fields::full(&self.room, &SearchForm::default()))
                    (self.found_messages()) (room_file::links(&self.room))
                }
                PageKind::Found(find) => {
                    (search_fields::full(&self.room, find))
                    (self.found_messages())
                    // These links save all messages of the room. A reader who has found nothing
                    // does not want that.
                    @if !self.has_looked() || !self.room.log.lines.is_empty() { (room_file::links(&self.room)) }
                }
                PageKind::Private(to) => {
                    div.privately {
                        // Else they are in the frame, which updates.
                        @if !self.has_frame() { (notices(&self.room)) }
                        // Whether the person is here stands at the field, which may be at the end.
                        @let partner = if self.is_to_nobody() { Markup::default() } else { talk_partner(&self.room, to) };
                        @if to.is_empty() { (partner) }
                        @let ways = if to.is_empty() { reload_button(&self.room, self.request.browser.is_textual) } else { self.updates().choices() };
                        @let partner = if to.is_empty() { Markup::default() } else { partner };
                        @if is_gone(to) { (self.with_messages(&partner, Err(ways))) }
                        @else if self.is_to_nobody() { (self.form(ways).markup(None)) }
                        @else { (self.with_messages(&partner, Ok(self.form(ways)))) }
                    }
                }
                PageKind::Newest | PageKind::List => {
                    (self.pinned())
                    @if self.room.session().is_some() && self.request.session.has_come_in_link() { p { small { (self.room.words.say("noCookies")) } } }
                    // Who comes for the first time does not know yet where they are.
                    @if self.room.token.is_none() { p.hello { (self.room.words.say("firstVisit")) } }
                    @if self.has_stream() { (notices(&self.room)) }
                    (self.welcome())
                    (self.muted())
                    (self.lesson())
                    (poll(&self.room))
                    @let ways = html! { (self.updates().choices()) (self.new_name()) };
                    @let told = if self.is_told_at_field() { self.told() } else { Markup::default() };
                    (self.with_messages(&told, Ok(self.form(ways))))
                    (search_fields::folded(&self.room))
                    @if self.is_new_room() { (self.new_room()) }
                }
                PageKind::Keeping => { (keeping(&self.room)) }
                PageKind::Deleting => { (deleting(&self.room)) }
                PageKind::Change(_) => { (self.form(Markup::default()).markup(None)) }
                PageKind::Delete(_) => { (self.form(Markup::default()).deletion()) }
            }
            @if !self.room.is_locked() && !self.is_about_one_message() && !self.is_private() && !self.room.wanted.kind.is_about_keeping() {
                (people_list(&self.room, &self.people_heading()))
            }
            @if self.room.is_maker() && self.room.wanted.kind == PageKind::Newest {
                (way_to_keeping(&self.room))
                @if *self.room.name != RoomName::lobby() { (access_form(&self.room, self.privacy())) }
            }
            @if !self.is_about_one_message() { (self.rooms()) }
            // A page that asks for a password has one button.
            @if !self.room.is_locked() && !self.is_about_one_message() && !self.has_room_in_form() {
                (shared_forms::another_room(self.room.words, self.room.session().as_deref(), self.room.wanted.bad_room.as_deref(), self.room.leads_on().then_some("say")))
            }
        }
    }

    /// Returns whether the form for a message itself leads to other rooms.
    fn has_room_in_form(&self) -> bool {
        self.request.browser.is_textual && self.room.leads_on()
    }

    /// Returns whether the foot of the page names the zone of the times. It does if the messages
    /// are in a stream, which does not name the zone.
    fn names_zone_at_foot(&self) -> bool {
        self.has_stream()
    }

    /// Makes the list of messages on a page of the history or of a search. If the hub could not
    /// look for messages, or was not asked, makes nothing, because "nothing found" would be wrong.
    fn found_messages(&self) -> Markup {
        html! { @if self.has_looked() { (self.messages()) } }
    }

    /// Returns whether the hub has looked for the messages that the page shows.
    fn has_looked(&self) -> bool {
        let is_refused = matches!(
            self.room.view.refused,
            Some(Refused::TooFast(_) | Refused::Unreadable | Refused::NothingKept)
        );
        let is_bad =
            matches!(&self.room.wanted.kind, PageKind::Found(find) if find.sought().is_err());
        !is_refused && !is_bad
    }

    /// Returns whether the room is hidden and needs a password, as far as the hub has said it.
    pub(super) fn privacy(&self) -> RoomPrivacy {
        let joined = self.room.view.joined.as_ref().map(|joined| joined.privacy);
        joined.unwrap_or(RoomPrivacy { hidden: false, locked: self.room.is_locked() })
    }

    /// Returns whether the room asks for a password, and the request had none or a wrong one.
    pub(super) fn is_private(&self) -> bool {
        matches!(self.room.wanted.kind, PageKind::Private(_))
    }

    /// Returns whether the page only edits or deletes one message.
    fn is_about_one_message(&self) -> bool {
        matches!(self.room.wanted.kind, PageKind::Change(_) | PageKind::Delete(_))
    }

    fn main_class(&self) -> Option<&'static str> {
        let is_private = self.room.wanted.is_framed && self.is_private();
        if self.has_left() {
            return Some("entry");
        }
        (is_private || self.room.wanted.talk.is_some()).then_some("privately")
    }

    /// Makes the line about the room's pinned message, which leads to the message.
    fn pinned(&self) -> Markup {
        let pin = self.room.view.joined.as_ref().and_then(|joined| joined.pinned.as_deref());
        let words = self.room.words;
        html! {
            @if let Some(PinnedMessage { entry, by }) = pin {
                p.pinned {
                    @let by = by.as_ref().map(|by| words.fill("pinnedBy", &[("name", by.shown())]));
                    a href=(self.room.message_link(entry.seq.0)) title=[by] {
                        (words.say("pinned")) " "
                        b { bdi { (name_shown(words, &entry.by.name)) } } (words.say("colon")) bdi { (words_of(words, entry)) }
                    }
                }
            }
        }
    }

    /// Returns whether the page says that nobody has the name to which the reader has written.
    pub(super) fn is_to_nobody(&self) -> bool {
        let PageKind::Private(to) = &self.room.wanted.kind else { return false };
        if to.is_empty() {
            return false;
        }
        let is_known = self.room.view.partner.is_some() || !talk_entries(&self.room, to).is_empty();
        self.trouble.is_some() && !is_known
    }

    pub(super) fn has_field(&self) -> bool {
        let is_read = match self.room.wanted.kind {
            PageKind::History => self.room.wanted.linked.is_none(),
            PageKind::Found(_) | PageKind::Delete(_) => true,
            _ => false,
        };
        !is_read && !self.room.is_locked() && !self.room.view.is_shut
    }

    pub(super) fn refused_text(&self) -> Option<String> {
        let words = self.room.words;
        let refused = self.room.view.refused.as_ref()?;
        Some(match refused {
            // The room does not exist yet. The first message makes it, so nothing is wrong.
            Refused::NotInRoom => return None,
            Refused::PasswordNeeded | Refused::WrongPassword => {
                words.fill("refusedPassword", &[("room", self.room.name.as_str())])
            }
            // The reader is nobody yet, so nobody sees that they wait.
            Refused::Closed if self.room.token.is_none() => words.say("waitFirst").to_owned(),
            Refused::TooFast(_) => {
                words.fill("lookedTooMuch", &[("n", &reasons::seconds(refused))])
            }
            other => reasons::refused(words, other),
        })
    }

    /// Returns the sentence which says that the person has the maximum number of clients, so
    /// nothing can be done in the person's name now. `None`: the person has fewer clients, or
    /// the page has this sentence already.
    fn crowded(&self) -> Option<&str> {
        let words = self.room.words;
        let said = self.room.view.is_crowded.then(|| error_text::too_many_clients(words))?;
        let of_form = error_text::too_many_at_once(words);
        (self.trouble.as_deref() != Some(of_form)).then_some(said)
    }

    /// Returns how many people are here. While messages come into a frame, the page around it stays
    /// as it is, and a number on it would soon be wrong.
    pub(super) fn people_heading(&self) -> String {
        let words = self.room.words;
        if self.has_frame() && self.room.wanted.kind == PageKind::Newest {
            return words.say("people").to_owned();
        }
        words.count(self.room.view.people, "hereOne", "hereMany")
    }

    /// Returns the query for links to other rooms. If links must contain the session, the browser
    /// may have no cookie with the settings, so the query says how the page gets new messages.
    /// Otherwise the query is empty.
    fn updates_query(&self) -> String {
        if self.room.in_links { self.request.updates.query() } else { String::new() }
    }

    pub(super) fn rooms(&self) -> Markup {
        let words = self.room.words;
        html! {
            h2 #rooms { (words.say("rooms")) }
            (shared_forms::rooms(words, &self.room.view.rooms, |room| html! {
                a href=(self.room.link(&address(&room.room), &self.updates_query()) + self.room.newest_place()) { bdi { (room.room) } }
                (new_there(words, &self.room.view.news, &room.room))
            }))
            @if self.request.browser.is_textual && self.can_leave() {
                form method="post" action=(self.room.path()) accept-charset="utf-8" {
                    (shared_forms::charset()) (self.room.session_fields())
                    p { bdi { (self.room.name) } (words.say("colon")) (self.leave()) }
                }
            }
        }
    }
}
