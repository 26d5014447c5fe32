//! Where an errand becomes a page: it is carried out, and what came of it is shown.
//!
//! Runs on thread `door`. Blocks as `visit/mod.rs` says.
//!
//! Owns: which page answers what, and that a text which was not sent is back in its
//! field.
//! Must not know: sockets, how a URL is read.
//!
//! Next: `pages/wrong.rs`.

use std::time::Duration;

use super::address::{address, with_query};
use super::packer::Packer;
use super::reasons;
use super::room::{PageKind, RoomPage};
use super::words::Sentences;
use super::wrong::{self, bad_text, cannot_find, no_entry, not_yet, refusal, status, status_of};
use super::{asked_again_after, asked_again_later, moment, packed, parts, program};
use crate::chat::entry::Seq;
use crate::chat::name::Name;
use crate::chat::request::Claim;
use crate::chat::token::Token;
use crate::chat::told::Fault;
use crate::disconnect::Disconnect;
use crate::http::response::Response;
use crate::visit::Visits;
use crate::visit::errand::{Errand, Look, Note, SESSION_COOKIE, Say, Task};
use crate::visit::once::Once;
use crate::visit::seen::Sight;
use crate::visit::stranger::Stranger;
use crate::wire::v1;

/// Carries out errands.
#[derive(Debug)]
pub struct Desk {
    pub(super) visits: Visits,
    packer: Packer,
    /// Longest text of a message.
    pub(super) message_bytes_max: usize,
    /// How long a session lasts that is not used.
    name_kept: Duration,
}

impl Desk {
    /// A desk that sends visitors so, and packs its pages.
    pub fn new(
        visits: Visits,
        packer: Packer,
        message_bytes_max: usize,
        name_kept: Duration,
    ) -> Self {
        Self { visits, packer, message_bytes_max, name_kept }
    }

    /// The page that answers an errand. Blocks until the hub has said what is on it,
    /// for [`VISIT_WAIT`](crate::limits::VISIT_WAIT) at most for each visit.
    pub fn serve(&self, errand: &Errand) -> Response {
        let page = self.answer(errand);
        // In a page with a session, the length of what is packed would tell something of
        // it to who can put words beside it.
        let packs = errand.takes_gzip && errand.token.is_none() && !errand.waits();
        if packs { packed(page, &self.packer) } else { page }
    }

    fn answer(&self, errand: &Errand) -> Response {
        let (visits, most) = (&self.visits, self.message_bytes_max);
        match &errand.task {
            Task::Tell(text) => return program::tell(visits, text, most, errand),
            Task::Poll(look) => return program::poll(visits, look, most, errand),
            Task::Hello(hello) => return program::greet(visits, hello, most, errand),
            Task::Ask(request) => return program::ask(visits, request, most, errand),
            Task::Save(form) => self.save(*form, errand),
            Task::Keep => self.keep(errand),
            Task::Look(look) => self.look(look, errand, 200, None),
            Task::Say(say) => self.say(say, errand),
            Task::Enter(enter) => self.enter(enter, errand),
            Task::Gate(gate) => self.gate(gate, errand),
            Task::Do(what) => self.act(what, errand),
            Task::Settings(wish) => return self.settings(wish.as_deref(), errand),
        }
        .unwrap_or_else(|_| {
            // Nothing of the hub's can be shown, but what was typed is not lost.
            let (sight, look) = (Sight::default(), form_of(&errand.task));
            let trouble = Sentences::of(errand.language).say("restarting").to_owned();
            asked_again_later(self.room(&sight, &look, errand, 503, Some(trouble)))
        })
    }

    pub(super) fn look(
        &self,
        look: &Look,
        errand: &Errand,
        status: u16,
        trouble: Option<String>,
    ) -> Result<Response, Disconnect> {
        let mut sight = self.visits.look(look, errand)?;
        let errand = &errand.after(&sight);
        let bad_find = look.find.as_ref().and_then(|find| find.sought().err());
        let words = Sentences::of(errand.language);
        let trouble = trouble.or_else(|| match look.note {
            Some(Note::NoEntry(why)) if sight.is_shut => no_entry(words, why),
            _ => None,
        });
        let trouble = trouble.or_else(|| bad_find.map(|why| cannot_find(words, why)));
        if bad_find.is_some() {
            sight.lines.clear();
        }
        // An address that looks too much up: what is on the page says so.
        let refused = sight.refused.as_ref().filter(|it| status == 200 && it.wait().is_some());
        let status = refused.map_or(status, wrong::status);
        let page = self.room(&sight, look, errand, status, trouble);
        let page = asked_again_after(page, refused);
        // With each page, for it is to last as long as the name is kept.
        let token = errand.session().filter(|_| sight.me.is_some());
        Ok(self.with_cookie(page, token, errand))
    }

    /// The page again, with the form as it was sent and what is wrong with it.
    pub(super) fn again(
        &self,
        errand: &Errand,
        status: u16,
        trouble: String,
    ) -> Result<Response, Disconnect> {
        self.look(&form_of(&errand.task), errand, status, Some(trouble))
    }

    /// The box's own entrance, with what was wrong with a password that was given for it.
    pub(super) fn entrance(&self, errand: &Errand) -> Result<Response, Disconnect> {
        let words = Sentences::of(errand.language);
        let trouble = errand.entry.err().and_then(|why| no_entry(words, why));
        self.look(&form_of(&errand.task), errand, 403, trouble)
    }

    /// The page with an empty form, for what was sent is in the room, and whoever said it with
    /// that form has left.
    pub(super) fn said_before(&self, errand: &Errand) -> Result<Response, Disconnect> {
        let trouble = Sentences::of(errand.language).say("saidBefore").to_owned();
        let look = Look { once: None, unsent: None, ..form_of(&errand.task) };
        self.look(&look, errand, 409, Some(trouble))
    }

    /// The page with a new form, for the one that was sent is too old to be sure what
    /// became of it.
    pub(super) fn anew(&self, errand: &Errand) -> Result<Response, Disconnect> {
        let trouble = Sentences::of(errand.language).say("oldPage").to_owned();
        let look = Look { once: None, ..form_of(&errand.task) };
        self.look(&look, errand, 409, Some(trouble))
    }

    pub(super) fn room(
        &self,
        sight: &Sight,
        look: &Look,
        errand: &Errand,
        status: u16,
        trouble: Option<String>,
    ) -> Response {
        let words = Sentences::of(errand.language);
        let at = sight.joined.as_ref().map_or(Seq(0), |joined| joined.seq);
        let room = RoomPage {
            words,
            told: look.note.and_then(|note| match note {
                Note::Saved => Some(words.say("saved").to_owned()),
                Note::Help => Some(reasons::help(words)),
                Note::NoEntry(_) => None,
                Note::Secret => {
                    let name = sight.me.as_ref()?.shown();
                    Some(words.fill("newSecret", &[("name", name)]))
                }
                Note::Left => (!sight.is_somebody()).then(|| words.say("youQuit").to_owned()),
                Note::Set => {
                    let joined = sight.joined.as_ref()?;
                    Some(parts::nature(words, &errand.room, joined.nature))
                }
            }),
            has_left: look.note == Some(Note::Left),
            settings: errand.settings,
            room: &errand.room,
            sight,
            // Of a session that is over nothing is left.
            token: errand.session().filter(|_| sight.is_somebody() || status == 503),
            in_links: errand.in_links,
            once: look.once.clone().or_else(|| Once::new(at)),
            after: look.after,
            log: look.log.or(look.after.map(|after| after.epoch)),
            before: look.before,
            unsent: look.unsent.clone(),
            name: look.name.as_deref(),
            seed: Token::new().ok(),
            trouble,
            kind: PageKind::of(look),
            updates: errand.updates,
            message_bytes_max: self.message_bytes_max,
            browser: errand.session().filter(|_| sight.is_somebody()),
        };
        room.page(if sight.is_shut { 403 } else { status })
    }

    fn say(&self, say: &Say, errand: &Errand) -> Result<Response, Disconnect> {
        let words = Sentences::of(errand.language);
        let sentence = |name| words.say(name).to_owned();
        if let Some((status, trouble)) = bad_text(words, &say.text, self.message_bytes_max) {
            return self.again(errand, status, trouble);
        }
        let claim = match self.claim(&say.stranger, errand) {
            Ok(claim) => claim,
            Err(fault) => return self.cannot_be(&fault, errand),
        };
        let outcome = self.visits.say(say, claim, errand)?;
        // Whoever came as a stranger is somebody from here on, whatever came of it.
        let errand = errand.of(&outcome);
        match &outcome.refused {
            _ if outcome.is_shut_out() => self.entrance(&errand),
            Some(refused) => {
                self.again(&errand, status(refused), refusal(words, refused, &errand.room))
            }
            None if outcome.is_stale => {
                self.again(&errand, 403, old_form(words, outcome.me.as_ref().map(|me| &me.0)))
            }
            None if outcome.is_over => self.again(&errand, 403, sentence("sessionOver")),
            None if outcome.is_too_old => self.anew(&errand),
            None if outcome.is_said => self.said_before(&errand),
            None if outcome.sent.is_none() => self.again(&errand, 503, not_yet(words, say)),
            None => Ok(self.back_to_the_room(&errand)),
        }
    }

    /// It happened: back to the room, where it is to be seen.
    pub(super) fn back_to_the_room(&self, errand: &Errand) -> Response {
        self.go(&moment::now(&address(&errand.room)), &errand.updates.query(), errand)
    }

    /// To this address of ours, which may have a query.
    pub(super) fn go_on(&self, to: &str, errand: &Errand) -> Response {
        let (path, query) = to.split_once('?').unwrap_or((to, ""));
        self.go(path, query, errand)
    }

    /// The cookie of a session, for a script that has its token.
    fn keep(&self, errand: &Errand) -> Result<Response, Disconnect> {
        let sight = self.visits.look_round(errand)?;
        let token = errand.token.as_ref().filter(|_| sight.me.is_some());
        Ok(match token {
            None => Response::new(403, "over\n"),
            Some(token) => Response::new(200, "kept\n")
                .with("Set-Cookie", session_cookie(&token.reveal(), self.name_kept)),
        })
    }

    /// To another page of whoever this is.
    pub(super) fn go(&self, path: &str, query: &str, errand: &Errand) -> Response {
        let token = errand.session();
        let session =
            token.filter(|_| errand.in_links).map(|token| format!("s={}", token.reveal()));
        let site = errand.site.as_deref().unwrap_or_default();
        let to = format!("{site}{}", with_query(path, &[Some(query.to_owned()), session]));
        self.with_cookie(Response::new(303, "").with("Location", to), token, errand)
    }

    /// Whom a stranger claims to be. Takes as long as a digest does if there is a secret; not
    /// for whoever may not come in, who is told so whatever it claims.
    pub(super) fn claim(
        &self,
        of: &Stranger,
        errand: &Errand,
    ) -> Result<Option<Claim>, Box<Fault>> {
        if !errand.may_come_in() {
            return Ok(None);
        }
        v1::ask::claim(of.claim(), self.visits.asker(errand))
    }

    /// The form again, with what is wrong with it.
    pub(super) fn cannot_be(&self, fault: &Fault, errand: &Errand) -> Result<Response, Disconnect> {
        let words = reasons::fault(Sentences::of(errand.language), fault);
        self.again(errand, status_of(fault, 422), words)
    }

    /// The same with the cookie of this session, if it is the browser's own.
    pub(super) fn with_cookie(
        &self,
        page: Response,
        token: Option<&Token>,
        errand: &Errand,
    ) -> Response {
        match token.filter(|_| errand.keeps_session()) {
            None => page,
            Some(token) => page.with("Set-Cookie", session_cookie(&token.reveal(), self.name_kept)),
        }
    }
}

/// That a form is of another session; and who would say its text, sent again.
pub(super) fn old_form(words: &Sentences, me: Option<&Name>) -> String {
    match me {
        Some(name) => words.fill("oldFormOf", &[("name", name.shown())]),
        None => words.say("oldForm").to_owned(),
    }
}

/// The cookie with this session, for so long.
pub(super) fn session_cookie(session: &str, kept: Duration) -> String {
    let kept = format!("Path=/; Max-Age={}; HttpOnly; SameSite=Lax", kept.as_secs());
    format!("{SESSION_COOKIE}={session}; {kept}")
}

/// The form as it was sent.
pub(super) fn form_of(task: &Task) -> Look {
    match task {
        Task::Look(look) | Task::Poll(look) => look.clone(),
        Task::Tell(_) | Task::Hello(_) | Task::Ask(_) => Look::default(),
        Task::Gate(_) | Task::Settings(_) | Task::Save(_) | Task::Keep => Look::default(),
        Task::Enter(enter) => {
            let (name, text) = (enter.stranger.name().to_owned(), enter.text.clone());
            let unsent = Some(text).filter(|text| !text.is_empty());
            Look { name: Some(name), unsent, ..Look::default() }
        }
        Task::Do(what) => {
            let (unsent, name) =
                (Some(what.form.text.clone()), Some(what.form.stranger.name().to_owned()));
            // What is for one alone must not stand in the field for all.
            let (private_to, change) = (what.to.clone(), what.change);
            let before = change.map(|seq| Seq(seq.0.saturating_add(1)));
            let once = what.form.once.clone();
            Look { unsent, once, name, private_to, change, before, ..Look::default() }
        }
        Task::Say(say) => {
            // As it was typed: one slash more than it is said with.
            let slash = if say.text.starts_with('/') { "/" } else { "" };
            let unsent = Some(format!("{slash}{}", say.text));
            let (once, name) = (say.once.clone(), Some(say.stranger.name().to_owned()));
            Look { unsent, once, name, ..Look::default() }
        }
    }
}
