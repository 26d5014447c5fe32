//! What was typed behind a slash, done by a form: the commands of `threadbare join`, for
//! whoever has no script.
//!
//! Owns: which page comes behind which command.
//! Must not know: how a command is spelled, how it is done.
//!
//! Next: `assets/mod.rs`.

use std::time::Duration;

use super::address::{address, escaped};
use super::desk::{Desk, form_of, old_form, session_cookie};
use super::moment;
use super::words::Sentences;
use super::wrong::{not_yet, refusal, status};
use crate::chat::bad_command::BadCommand;
use crate::chat::command;
use crate::chat::entry::Seq;
use crate::chat::refused::Refused;
use crate::chat::request::Request;
use crate::chat::told::{Fault, Wrong};
use crate::chat::words::Words;
use crate::disconnect::Disconnect;
use crate::http::response::Response;
use crate::visit::errand::{Do, Errand, Json, LEFT_COOKIE, Look, Note, Wish};
use crate::visit::find::Find;
use crate::wire::{plain, v1};

/// The page before all rooms.
const ROOMS: &str = "/rooms";

impl Desk {
    /// Does it, and shows where that is to be seen; or the form again, with what is wrong.
    pub(super) fn act(&self, what: &Do, errand: &Errand) -> Result<Response, Disconnect> {
        let words = Sentences::of(errand.language);
        // A secret's digest takes a while: not for whoever may not come in, whatever it asks.
        if !errand.may_come_in() {
            return self.entrance(errand);
        }
        let Some(mut request) = self.request(what, errand) else {
            let old_form = || self.again(errand, 403, words.say("oldForm").to_owned());
            if what.form.is_stale && errand.token.is_some() {
                return old_form();
            }
            self.visits.quit(errand)?;
            return Ok(Self::goodbye(errand));
        };
        if let Request::Faulty(fault) = &request {
            return self.cannot(fault, errand);
        }
        if let Some((path, query)) = only_shows(&request, errand) {
            return Ok(self.go(&path, &query, errand));
        }
        let claim = match self.claim(&what.form.stranger, errand) {
            Ok(claim) => claim,
            Err(fault) => return self.cannot_be(&fault, errand),
        };
        // The form sent again does it no second time.
        match &mut request {
            Request::Post(post) => post.id.clone_from(&what.form.id),
            Request::Private(message) => {
                message.id.clone_from(&what.form.id);
                message.typed_at = what.drawn;
            }
            _ => {}
        }
        let is_kept = matches!(request, Request::Post(_) | Request::Private(_));
        let mut outcome = self.visits.act(request.clone(), claim, &what.form, errand)?;
        if let Request::Join(place, _) = &request
            && place.password.is_none()
            && outcome.me.is_some()
        {
            // The room's own page asks for its password.
            outcome.refused.take_if(|it| matches!(it, Refused::PasswordNeeded | Refused::InRoom));
        }
        // Whoever came as a stranger is somebody from here on, whatever came of it.
        let (errand, is_shut_out) = (&errand.of(&outcome), outcome.is_shut_out());
        match (&outcome.refused, outcome.fault) {
            _ if is_shut_out => self.entrance(errand),
            (Some(refused), _) => {
                self.again(errand, status(refused), refusal(words, refused, &errand.room))
            }
            (None, _) if outcome.is_stale => {
                self.again(errand, 403, old_form(words, outcome.me.as_ref().map(|me| &me.0)))
            }
            (None, _) if outcome.is_over => {
                self.again(errand, 403, words.say("sessionOver").to_owned())
            }
            (None, _) if outcome.is_too_old => self.anew(errand),
            (None, _) if outcome.is_said => self.said_before(errand),
            (None, Some(fault)) => self.cannot(&fault, errand),
            (None, None) if is_kept && outcome.sent.is_none() => {
                self.again(errand, 503, not_yet(words, &what.form))
            }
            (None, None) => match (&request, &what.to) {
                // Who has taken a name in a talk with one alone goes on there.
                (Request::Rename(claim, _), Some(to)) => {
                    let note = if claim.secret.is_some() { "&new-secret=1" } else { "" };
                    Ok(self.go(&talk(errand), &format!("to={}{note}", escaped(to.trim())), errand))
                }
                _ => Ok(self.go(&behind(&request, errand), &kept(&request, errand), errand)),
            },
        }
    }

    /// What is asked for. Takes as long as a digest does if there is a secret. `None`: to be
    /// nobody any more.
    #[inline(never)]
    pub(super) fn request(&self, what: &Do, errand: &Errand) -> Option<Request> {
        let (most, asker) = (self.message_bytes_max, self.visits.asker(errand));
        let cannot = |word, wrong| {
            let fault = Fault { wrong: Some(Box::new(wrong)), ..Fault::new(word, String::new()) };
            Some(Request::Faulty(Box::new(fault)))
        };
        match (&what.wish, &what.to) {
            (Wish::Json(_), Some(to)) if to.trim().is_empty() => {
                cannot("bad-name", Wrong::NoAddressee)
            }
            (Wish::Typed, Some(_)) if command::is_of_room(&what.form.text) => {
                cannot("bad-command", Wrong::Command(BadCommand::OnlyInRoom))
            }
            (Wish::Json(Json(json)), _) => Some(v1::ask::request(json, most, asker)),
            (Wish::Typed, _) => {
                let mut here = errand.room.as_str().to_owned();
                match plain::read(&what.form.text, &mut here, most, asker) {
                    plain::Typed::Ask(request) => Some(request),
                    plain::Typed::Nothing | plain::Typed::Quit => None,
                }
            }
        }
    }

    /// The form again with what is wrong; or, for who asked for that, an empty one with the
    /// list of commands.
    fn cannot(&self, fault: &Fault, errand: &Errand) -> Result<Response, Disconnect> {
        if fault.wrong.as_deref() != Some(&Wrong::Command(BadCommand::Help)) {
            return self.cannot_be(fault, errand);
        }
        let look = Look { unsent: None, note: Some(Note::Help), ..form_of(&errand.task) };
        self.look(&look, errand, 200, None)
    }

    /// Nobody any more: this browser forgets the session.
    fn goodbye(errand: &Errand) -> Response {
        let site = errand.site.as_deref().unwrap_or_default();
        Response::new(303, "")
            .with("Location", format!("{site}/?left=1"))
            .with("Set-Cookie", session_cookie("", Duration::ZERO))
            // The page says so, and its script has to forget it, too; but not because somebody's
            // link has the same address.
            .with("Set-Cookie", format!("{LEFT_COOKIE}=1; Path=/; Max-Age=60; SameSite=Lax"))
    }
}

/// A room's page goes on as the one before it did, a talk with the same one.
fn kept(request: &Request, errand: &Errand) -> String {
    match request {
        Request::Leave(room) => format!("left={}", escaped(room.as_str())),
        // Only the hub knows whose name was meant.
        Request::Private(message) if !message.longer.is_empty() => String::new(),
        Request::Private(message) => format!("to={}", escaped(message.to.shown())),
        // What it changed is no line of the log, so the page says it.
        Request::Set(..) => match errand.updates.query() {
            way if way.is_empty() => "set=1".to_owned(),
            way => format!("{way}&set=1"),
        },
        // Nor is a secret, which may be there in place of another one.
        Request::Rename(claim, _) if claim.secret.is_some() => match errand.updates.query() {
            way if way.is_empty() => "new-secret=1".to_owned(),
            way => format!("{way}&new-secret=1"),
        },
        _ => errand.updates.query(),
    }
}

/// The page on which one sees what a request did.
fn behind(request: &Request, errand: &Errand) -> String {
    moment::now(&match request {
        Request::Leave(_) => ROOMS.to_owned(),
        Request::Private(_) => return talk(errand),
        Request::Join(place, _) => address(&place.room),
        _ => address(&errand.room),
    })
}

/// The page of private messages.
fn talk(errand: &Errand) -> String {
    moment::now(&format!("{}/private", address(&errand.room)))
}

/// The page of a request that changes nothing.
fn only_shows(request: &Request, errand: &Errand) -> Option<(String, String)> {
    let page = |room| moment::now(&address(room));
    let here = || page(&errand.room);
    match request {
        Request::Rooms => Some((moment::now(ROOMS), String::new())),
        Request::Who(_) => Some((here(), String::new())),
        // A stranger comes in by that room's own form.
        Request::Join(place, _) if place.password.is_none() && errand.token.is_none() => {
            Some((page(&place.room), String::new()))
        }
        Request::History { log, before, .. } => {
            let path = log.room().map_or_else(here, page);
            let is_newest = *before == Seq(u64::MAX);
            Some((path, if is_newest { String::new() } else { format!("before={}", before.0) }))
        }
        Request::Search(search) => {
            let words = search.sought.words.as_ref().map(Words::text).unwrap_or_default();
            Some((here(), Find { words, ..Find::default() }.query()))
        }
        _ => None,
    }
}
