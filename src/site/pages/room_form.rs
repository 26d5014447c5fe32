//! The form on a room's page for a message, for a private message, or to change a message.
//!
//! Owns: what the fields of the form contain.
//! Must not know: what was said.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::keeping_page::reporting;
use super::private_talk::addressee;
use super::shared_forms::{self, SecretField};
use super::shown_room::ShownRoom;
use crate::chat::token::Token;
use crate::html::address::FIRST_FORM;
use crate::html::{self, quote, text::sentence};
use crate::site::visit::form_id::FormId;
use crate::site::visit::page_request::{BrowserTraits, PageKind};
use crate::site::visit::page_settings::Updates;

/// The id of the field.
const FIELD: &str = "message";

/// Returns where the link leads with which a reader skips the rest of the page. `is_textual`: the
/// browser shows pages in a terminal.
pub(super) fn place_of_field(is_textual: bool) -> String {
    format!("#{}", if is_textual { "text" } else { FIELD })
}

pub(super) struct RoomForm<'a> {
    pub(super) room: &'a ShownRoom<'a>,
    pub(super) updates: Updates,
    pub(super) form_id: Option<&'a FormId>,
    pub(super) seed: Option<&'a Token>,
    /// True if the session of the reader has ended: the form can sign in, too.
    pub(super) signs_in: bool,
    /// True if the page says at its top what went wrong.
    pub(super) has_trouble: bool,
    pub(super) browser: &'a BrowserTraits,
    /// The ways to get new messages, with a button that loads the page again and keeps the text.
    /// Empty: the page has none.
    pub(super) ways: Markup,
}

impl RoomForm<'_> {
    /// Makes the form. If the messages of the page are `inside` it, their buttons belong to it.
    pub(super) fn markup(&self, inside: Option<&Markup>) -> Markup {
        let text = self.field_text().unwrap_or_default();
        let id = (!self.browser.is_textual).then_some(FIELD);
        let gets_focus = self.is_writing() && text.is_empty();
        html! {
            form #say method="post" action=(self.target()) accept-charset="utf-8" {
                (shared_forms::charset())
                (self.hidden_fields())
                @if self.room.token.is_none() { (shared_forms::stranger_signing_in(self.room.words, self.room.wanted.name.as_deref(), SecretField::of(self.room.wanted, self.signs_in), self.seed, "password")) }
                @if let PageKind::Private(to) = &self.room.wanted.kind { (addressee(self.room, to, self.knows_addressee(to), self.has_trouble)) }
                (self.message_replied_to())
                // In a terminal the link to the field leads here: w3m would put its cursor behind
                // the field. Elsewhere it leads to the field, so that no Tab is needed after it.
                // Below two fields to sign in, the field for the message is named on a phone, too.
                p #text class=[self.has_secret_field().then_some("named")] {
                    label { (self.field_label()) " "
                        // With `autocomplete="off"` the field would be empty after Back.
                        @if self.has_lines() { (shared_forms::lines(id, self.field_width(), &text, gets_focus)) }
                        @else { input type="text" name="text" id=[id] size=(self.field_width()) value=[Some(&text).filter(|text| !text.is_empty())] autofocus[gets_focus]; }
                    }
                    " "
                    @if let PageKind::Change(_) = self.room.wanted.kind {
                        (self.button("save")) " " (self.cancel())
                    } @else {
                        (self.button("send"))
                        // It stands behind the other button: Enter presses the first one.
                        @if self.room.wanted.reply_to.is_some() { " " input type="submit" name="cancel" value=(self.room.words.say("cancel")); }
                        // The messages stand between, on a page for a text browser.
                        @if self.may_report() { " " a href="#report" { (self.room.words.say("reportLink")) } }
                        @if self.has_lines() { input type="hidden" name="lines" value="1"; }
                    }
                }
                @if self.leaves_text() { p { small { (self.room.words.say("textIsBack")) } } }
                (self.ways)
                @if self.browser.is_textual && self.room.leads_on() { (shared_forms::another_room_with_text(self.room.words, self.room.wanted.bad_room.as_deref())) }
                @if let Some(messages) = inside { (messages) }
            }
            @if let Some(seq) = self.room.wanted.reply_to.filter(|_| self.may_report()) {
                (reporting(self.room, seq))
            }
            // A link would leave out the text that is kept.
            @if self.room.wanted.kept.is_none() {
                @if let PageKind::Change(seq) = self.room.wanted.kind {
                    p { a href=(self.room.change_link(self.room.wanted.talk.as_deref(), seq, "&delete=1")) { (self.room.words.say("delete")) } }
                }
            }
        }
    }

    /// Makes the button that sends the form. On a narrow terminal it stands in a line below the
    /// field, and there the Tab key of w3m leaves out a `button` that begins a line.
    fn button(&self, name: &str) -> Markup {
        let says = self.room.words.say(name);
        html! {
            @if self.browser.is_textual { input type="submit" value=(says); } @else { button { (says) } }
        }
    }

    /// Returns whether a link has led here from a page with a field: then the text in that field
    /// did not come along. Live has its links in a frame; `RoomPage::acts_by_form` says where else
    /// there are links.
    fn leaves_text(&self) -> bool {
        let wanted = self.room.wanted;
        let has_buttons = self.browser.knows_buttons_of_forms() && !self.room.is_newest_last;
        let is_by_link = self.browser.left_live.is_some() || !has_buttons;
        let is_begun = wanted.reply_to.is_some() || matches!(wanted.kind, PageKind::Change(_));
        let has_text = wanted.unsent.is_some() || wanted.kept.is_some();
        is_by_link && is_begun && !has_text && !wanted.is_after_form
    }

    fn has_secret_field(&self) -> bool {
        let secret = SecretField::of(self.room.wanted, self.signs_in);
        self.room.token.is_none() && secret != SecretField::Absent
    }

    /// Returns the URL to which the form is sent. It is not the page's own URL: if it were, and the
    /// server did not answer, the browser's page about that would take the place of this page, and
    /// Back would not lead to the typed text. Each time that the browser loads the page, the URL is
    /// the same: the browser does not put a text back into a form with another URL.
    fn target(&self) -> String {
        let path = self.room.path();
        let place = self.room.newest_place();
        let moment = if self.room.wanted.is_fresh { "" } else { FIRST_FORM };
        format!("{path}{moment}{place}")
    }

    /// Makes the form that deletes a message. The page's heading asks whether to delete it.
    pub(super) fn deletion(&self) -> Markup {
        html! {
            // The buttons stand before the text, which may be longer than the screen.
            form #say method="post" action=(self.room.path()) accept-charset="utf-8" {
                (shared_forms::charset())
                (self.hidden_fields())
                // If the message cannot be deleted, the page with the form to edit it comes next.
                input type="hidden" name="text" value=[self.field_text()];
                p {
                    button name="delete" value="1" { (self.room.words.say("delete")) }
                    " " (self.cancel())
                }
            }
            p { bdi { (html::text::lines(&self.field_text().unwrap_or_default())) } }
        }
    }

    /// Makes the way back to the page before. If that had a text in its field, the text goes along.
    fn cancel(&self) -> Markup {
        let words = self.room.words.say("cancel");
        if self.room.wanted.kept.is_some() {
            return html! { input type="submit" name="cancel" value=(words); };
        }
        let back = match &self.room.wanted.talk {
            Some(to) => self.room.fresh_talk_link(to),
            None => self.room.newest_link(),
        };
        html! { a href=(back) { (words) } }
    }

    /// Makes the text that says which message the form replies to. If it replies to no message,
    /// makes nothing.
    fn message_replied_to(&self) -> Markup {
        let Some(seq) = self.room.wanted.reply_to else { return html! {} };
        let words = self.room.words;
        html! {
            input type="hidden" name="reply" value=(seq.0);
            p {
                span {
                    @match self.room.log.message(seq) {
                        Some(message) => {
                            @let name = message.by.name.shown();
                            (sentence(words, "replyingTo", &[("name", name)]))
                            bdi { (quote::words_of(words, message)) }
                        }
                        None => { (words.fill("replyingToNumber", &[("n", &seq.0.to_string())])) }
                    }
                }
            }
        }
    }

    /// Returns whether the reader can show the message that the form replies to, to those who look
    /// after the room: it is a message of somebody else, and the reader does not look after the
    /// room.
    fn may_report(&self) -> bool {
        let room = self.room;
        let line = room.wanted.reply_to.and_then(|seq| room.log.message(seq));
        let is_of_other = line.is_some_and(|line| !room.log.is_own(line));
        let is_of_room = !matches!(room.wanted.kind, PageKind::Private(_));
        is_of_other && is_of_room && !room.is_maker() && room.wanted.kept.is_none()
    }

    /// Returns whether the form is for the person `to`. If an error says that there is no such
    /// person, the reader may type another name.
    fn knows_addressee(&self, to: &str) -> bool {
        !to.is_empty() && (!self.has_trouble || self.room.view.partner.is_some())
    }

    fn field_label(&self) -> Markup {
        match &self.room.wanted.kind {
            PageKind::Private(to) if self.knows_addressee(to) => {
                html! { span { (sentence(self.room.words, "messageOnly", &[("name", to)])) } }
            }
            _ => html! { (self.room.words.say("message")) },
        }
    }

    /// Returns whether the reader is about to write: comes from this form, has opened a private
    /// talk, or wants to reply to a message or to change one. Then an empty field gets the focus.
    /// In a field with a text, browsers would put the cursor before the text. A link to the room
    /// does not open the keyboard of a phone.
    fn is_writing(&self) -> bool {
        let wanted = self.room.wanted;
        let is_asked = wanted.is_after_form || wanted.reply_to.is_some() || wanted.unsent.is_some();
        let is_of_form = match &wanted.kind {
            PageKind::Change(_) => true,
            PageKind::Private(to) => !to.is_empty(),
            _ => false,
        };
        self.room.token.is_some() && (is_asked || is_of_form)
    }

    /// Returns the width of the field in characters. A browser in a terminal does not make it
    /// smaller, so there the field, its label and its button fit into a line of 80 columns. The
    /// label of a private message has a name, and may be long.
    fn field_width(&self) -> usize {
        match &self.room.wanted.kind {
            PageKind::Private(to) if !to.is_empty() => 40,
            PageKind::Change(_) => 56,
            _ if self.browser.is_textual => 56,
            _ => 64,
        }
    }

    fn hidden_fields(&self) -> Markup {
        html! {
            @if let Some((name, value)) = self.updates.field() {
                input type="hidden" name=(name) value=(value);
            }
            @if let Some(form_id) = &self.form_id { input type="hidden" name="once" value=(form_id.as_str()); }
            (self.room.session_fields())
            @if let PageKind::Change(seq) | PageKind::Delete(seq) = self.room.wanted.kind {
                input type="hidden" name="change" value=(seq.0);
                @if let Some(to) = &self.room.wanted.talk { input type="hidden" name="to" value=(to); }
                @if let Some(kept) = &self.room.wanted.kept { input type="hidden" name="kept" value=(kept); }
            }
        }
    }

    /// Returns whether the field has several lines: the reader wants it so, or the text has a line
    /// end, which a field of one line would leave out.
    fn has_lines(&self) -> bool {
        let text = self.field_text();
        self.room.has_lines() || text.is_some_and(|text| text.contains('\n'))
    }

    /// Returns the text that the field contains: a text that could not be sent, or the message to
    /// change. `None`: the field is empty.
    fn field_text(&self) -> Option<String> {
        self.room.wanted.unsent.clone().or_else(|| {
            let (PageKind::Change(seq) | PageKind::Delete(seq)) = self.room.wanted.kind else {
                return None;
            };
            let line = self.room.log.lines.iter().find(|line| line.seq == seq)?;
            line.what.is_message().then(|| line.what.text().to_owned())
        })
    }
}
