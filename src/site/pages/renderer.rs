//! Makes a page for a page request: carries the page request out and shows the result.
//!
//! Runs on thread `door`. Blocks as `site/visit/mod.rs` says.
//! Owns: which page answers which page request, and that a text which was not sent is in its field
//! again.
//! Must not know: sockets, how a URL is read.
//!
//! Part: `site/pages/mod.rs`.

use std::net::SocketAddr;
use std::time::Duration;

use super::cookies::{hidden_cookie, session_cookie};
use super::devices_page::answer_device;
use super::enter_room::{enter_room, list_rooms};
use super::error_text::{
    self, bad_password, bad_search, bad_text, fault_status, maybe_stored, old_form, refused_status,
    refused_text, wanted_name,
};
use super::forget_page::sign_out_page;
use super::form_again::{
    empty_form, has_secret, is_said_already, new_form, page_with_form, said_already, session_over,
    without_gone_reply, without_reply, without_text,
};
use super::host_page::answer_host;
use super::invite_page::{answer_invite, answer_invited};
use super::layout::for_terminal;
use super::packer::Packer;
use super::private_talk::{newly_shown, nobody};
use super::program::{answer_hello, answer_poll, answer_request, answer_text};
use super::room_file::save_room;
use super::room_page::RoomPage;
use super::run_command::{fault_or_help, run_command};
use super::settings_form::{answer_settings, bad_seconds};
use super::shown_room::ShownRoom;
use super::{asked_again_after, asked_again_later, packed};
use crate::admission::hotspot::Hotspot;
use crate::base::limits;
use crate::chat::answer::Fault;
use crate::chat::entry::Seq;
use crate::chat::refused::Refused;
use crate::chat::request::Claim;
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::formats::v1;
use crate::html::address::{AT_NEWEST, address, after_first_form, after_form, with_query};
use crate::html::{reasons, sentences::Sentences};
use crate::server::http::response::Response;
use crate::server::serve;
use crate::site::visit::form_id::FormId;
use crate::site::visit::page_request::{
    MessageForm, PageKind, PageNote, PageRequest, PageTask, ROOMS_COOKIE, SHOWN_COOKIE, WantedPage,
};
use crate::site::visit::page_settings::Updates;
use crate::site::visit::read_room::{read_people_elsewhere, read_room, read_rooms};
use crate::site::visit::room_news::{cookie_after, read_news, read_news_here};
use crate::site::visit::room_view::{ActionResult, NotDone, RoomView};
use crate::site::visit::stranger::Stranger;
use crate::site::visit::{HubResult, VisitDesk};

/// Carries out page requests and returns their pages.
#[derive(Debug)]
pub struct PageRenderer {
    pub(super) visits: VisitDesk,
    packer: Packer,
    pub(super) message_bytes_max: usize,
    /// How long the server keeps a session that is not used. A browser keeps the session's cookie
    /// for the same time.
    name_kept: Duration,
    /// Where the server listens for pages. How their addresses begin: `http` or `https`.
    open: (Vec<SocketAddr>, &'static str),
    /// The phones of the server's hotspot that stay; `None`: the server has none.
    hotspot: Option<Hotspot>,
}

impl PageRenderer {
    /// Makes a renderer that sends its visitors through `visits` and compresses pages with
    /// `packer`.
    pub fn new(
        visits: VisitDesk,
        packer: Packer,
        message_bytes_max: usize,
        name_kept: Duration,
    ) -> Self {
        let open = (Vec::new(), "http");
        Self { visits, packer, message_bytes_max, name_kept, open, hotspot: None }
    }

    /// Tells the renderer where the server listens for pages, and how their addresses begin.
    #[must_use]
    pub fn listening_on(self, open: Vec<SocketAddr>, scheme: &'static str) -> Self {
        Self { open: (open, scheme), ..self }
    }

    /// Tells the renderer which phones stay on the server's hotspot; `None`: it has none.
    #[must_use]
    pub fn at_hotspot(self, hotspot: Option<Hotspot>) -> Self {
        Self { hotspot, ..self }
    }

    /// Returns an origin at which other machines reach the server (`http://ip:port`), if the reader
    /// has opened the page by an address such as `localhost` (`is_of_this_machine`). `None`: the
    /// reader has opened it by another address, or no other machine reaches the server.
    pub fn origin_for_others(&self, is_of_this_machine: bool) -> Option<String> {
        let addr = is_of_this_machine.then(|| serve::shared(&self.open.0))??;
        Some(format!("{}://{addr}", self.open.1))
    }

    /// Returns the page that answers a page request. Blocks until the hub has answered, for at most
    /// [`VISIT_WAIT`](crate::base::limits::VISIT_WAIT) in each visit; a poll blocks for at most
    /// [`POLL_WAIT`](crate::base::limits::POLL_WAIT). The digest of a password or a secret takes a
    /// while, too.
    pub fn serve(&self, request: &PageRequest) -> Response {
        let mut page = self.answer(request);
        let is_page = page.body.sent().starts_with(b"<!DOCTYPE");
        if is_page && request.browser.is_textual {
            let body = String::from_utf8_lossy(page.body.sent());
            page.body = for_terminal(&body, request.language, request.browser.marks_buttons).into();
        }
        // A page with a session is not compressed: if other people can put a text into the page,
        // its compressed length would reveal to them whether that text is like the session's token.
        // The list in a frame has neither the token nor a form, unless its links have the token.
        let is_list =
            matches!(&request.task, PageTask::ViewRoom(wanted) if wanted.kind == PageKind::List);
        let has_token =
            request.session.token().is_some() && (request.session.in_links() || !is_list);
        let packs = request.browser.may_be_gzipped && !has_token && !request.is_poll();
        let packs = packs && !has_secret(&request.task);
        if packs { packed(page, &self.packer) } else { page }
    }

    /// Returns the whole address of this path of the server, as the reader can give it to others.
    pub(super) fn address_for_others(&self, path: &str, request: &PageRequest) -> String {
        let origin = self.origin_for_others(request.browser.is_of_this_machine);
        origin.or_else(|| request.browser.site.clone()).unwrap_or_default() + path
    }

    fn answer(&self, request: &PageRequest) -> Response {
        match &request.task {
            PageTask::PostForProgram(text) => return answer_text(self, text, request),
            PageTask::Poll(wanted) => return answer_poll(self, wanted, request),
            PageTask::EnterForProgram(json) => return answer_hello(self, json, request),
            PageTask::AskForProgram(json) => return answer_request(self, json, request),
            PageTask::Save(file) => save_room(self, *file, request),
            PageTask::SetCookie => self.set_cookie(request),
            PageTask::LookAtInvite(invite) => answer_invited(self, invite, request),
            PageTask::Invite(form) => answer_invite(self, form, request),
            PageTask::Device(form) => answer_device(self, form, request),
            PageTask::Host(form) => answer_host(self, form, request),
            PageTask::ViewRoom(wanted) => self.room_page(wanted, request, 200, None),
            PageTask::PostText(form) => self.post_text(form, request),
            PageTask::EnterRoom(form) => enter_room(self, form, request),
            PageTask::ListRooms(form) => list_rooms(self, form, request),
            PageTask::RunCommand(command) => run_command(self, command, request),
            PageTask::AskSignOut => {
                // If the server is stopping, the page is made without the hub's answer.
                let view = read_rooms(&self.visits, request).unwrap_or_default();
                return Response::new(200, sign_out_page(request, view.has_secret));
            }
            PageTask::BadSeconds(form) => return bad_seconds(self, form, request),
            PageTask::Settings(command) => {
                return answer_settings(self, command.as_deref(), request);
            }
        }
        .unwrap_or_else(|_| {
            // The hub has stopped, so the page shows nothing from it, but still contains what the
            // person typed.
            let view = RoomView::default();
            let wanted = page_with_form(&request.task);
            let trouble = Sentences::of(request.language).say("restarting").to_owned();
            asked_again_later(self.page_of_view(&view, &wanted, request, 503, Some(trouble)))
        })
    }

    pub(super) fn room_page(
        &self,
        wanted: &WantedPage,
        request: &PageRequest,
        status: u16,
        trouble: Option<String>,
    ) -> HubResult<Response> {
        let mut view = read_room(&self.visits, wanted, request)?;
        let request = &request.after_view(&view);
        if matches!(&wanted.kind, PageKind::Private(to) if to.is_empty()) && view.me.is_some() {
            view.elsewhere = read_people_elsewhere(&self.visits, &view, request)?;
        }
        let is_private = matches!(wanted.kind, PageKind::Private(_));
        if wanted.is_front() || is_private {
            let shown = (!is_private).then_some(&request.room);
            read_news(&self.visits, &mut view, shown, wanted, request)?;
        }
        if wanted.is_front() || wanted.linked.is_some() {
            read_news_here(&self.visits, &mut view, wanted, request)?;
        }
        let bad_find = match &wanted.kind {
            PageKind::Found(find) => find.sought().err(),
            _ => None,
        };
        let words = Sentences::of(request.language);
        let trouble = trouble.or_else(|| match wanted.note {
            Some(PageNote::NoEntry(why)) if view.is_shut => bad_password(words, why),
            _ => None,
        });
        let bad_room = wanted.bad_room.as_deref().and_then(|name| RoomName::parse(name).err());
        let status = if bad_room.is_some() { 422 } else { status };
        let trouble = trouble.or_else(|| bad_room.map(|why| reasons::bad_room(words, why)));
        let gone = without_gone_reply(&view, wanted);
        let wanted = gone.as_ref().unwrap_or(wanted);
        let trouble = trouble.or_else(|| nobody(words, &view, wanted));
        let trouble = trouble.or_else(|| bad_find.map(|why| bad_search(words, why)));
        if bad_find.is_some() {
            view.log.lines.clear();
        }
        // If the hub refused something and said how long to wait, the answer has the status of that
        // refusal.
        let refused =
            view.refused.as_ref().filter(|refused| status == 200 && refused.wait().is_some());
        let status = refused.map_or(status, error_text::refused_status);
        let page = self.page_of_view(&view, wanted, request, status, trouble);
        let mut page = asked_again_after(page, refused);
        if let Some(cookie) = self.shown_cookie(&view, wanted, request) {
            page.add_header("Set-Cookie", cookie);
        }
        // Each page of a room sets the session's cookie again, if it may, so that the browser
        // stores it as long as the server stores the person's name.
        let token = request.session.answer_token().filter(|_| view.me.is_some());
        let mut page = self.with_cookie(page, token, request);
        if let Some(cookie) = self.rooms_cookie(&view, wanted, request) {
            page.add_header("Set-Cookie", cookie);
        }
        Ok(page)
    }

    /// Returns the cookie that says up to which message the browser has shown each room. `None`: it
    /// does not change, or may not be stored.
    pub(super) fn rooms_cookie(
        &self,
        view: &RoomView,
        wanted: &WantedPage,
        request: &PageRequest,
    ) -> Option<String> {
        let rooms = cookie_after(view, wanted, request).filter(|_| request.session.may_store())?;
        Some(hidden_cookie(ROOMS_COOKIE, &rooms, self.name_kept))
    }

    /// Returns the cookie that says which private messages the reader of this page has seen.
    /// `None`: the page shows none that is new to the browser.
    fn shown_cookie(
        &self,
        view: &RoomView,
        wanted: &WantedPage,
        request: &PageRequest,
    ) -> Option<String> {
        let PageKind::Private(to) = &wanted.kind else { return None };
        let read = newly_shown(&view.log.lines, to, &request.browser.private_shown)?;
        let read: Vec<_> = read.iter().map(|(seq, at)| format!("{}.{}", seq.0, at.0)).collect();
        Some(hidden_cookie(SHOWN_COOKIE, &read.join("-"), self.name_kept))
    }

    pub(super) fn form_again(
        &self,
        request: &PageRequest,
        status: u16,
        trouble: impl Into<String>,
    ) -> HubResult<Response> {
        self.room_page(&page_with_form(&request.task), request, status, Some(trouble.into()))
    }

    /// Makes the page with the form that the hub refused, mostly because of the name in it, with
    /// this sentence.
    pub(super) fn form_of_name(
        &self,
        request: &PageRequest,
        refused: &Refused,
        why: String,
    ) -> HubResult<Response> {
        // Beside a wrong password of the room, a field for the name's would only confuse.
        let hides_secret = matches!(refused, Refused::NameTaken | Refused::WrongPassword);
        let wanted = WantedPage { hides_secret, secret: None, ..page_with_form(&request.task) };
        self.room_page(&wanted, request, refused_status(refused), Some(why))
    }

    /// Makes the page that asks for the server's password. If the request contained a password, the
    /// page says what was wrong with it.
    pub(super) fn password_form(&self, request: &PageRequest) -> HubResult<Response> {
        let words = Sentences::of(request.language);
        let trouble = request.admitted.err().and_then(|why| bad_password(words, why));
        self.room_page(&page_with_form(&request.task), request, 403, trouble)
    }

    pub(super) fn page_of_view(
        &self,
        view: &RoomView,
        wanted: &WantedPage,
        request: &PageRequest,
        status: u16,
        trouble: Option<String>,
    ) -> Response {
        let at = view.joined.as_ref().map_or(Seq(0), |joined| joined.seq);
        // A session that has ended must not be in the page's forms and links. With the status 503,
        // it is not known whether the session has ended.
        let token = request.session.answer_token().filter(|_| view.is_somebody() || status == 503);
        let room = ShownRoom {
            words: Sentences::of(request.language),
            name: &request.room,
            wanted,
            view,
            log: &view.log,
            token,
            private_shown: &request.browser.private_shown,
            in_links: request.session.in_links(),
            is_newest_last: request.settings.is_newest_last,
        };
        let page = RoomPage {
            room,
            request,
            form_id: wanted.form_id.clone().or_else(|| FormId::new(at)),
            seed: Token::new().ok(),
            trouble,
            message_bytes_max: self.message_bytes_max,
            share: self.origin_for_others(request.browser.is_of_this_machine),
            may_stay: self.hotspot.as_ref().is_some_and(|spot| !spot.keeps(request.peer.ip())),
        };
        page.page(if view.is_shut { 403 } else { status })
    }

    fn post_text(&self, form: &MessageForm, request: &PageRequest) -> HubResult<Response> {
        let words = Sentences::of(request.language);
        if form.text.is_empty()
            && let Some(page) = without_text(self, form, request)
        {
            return page;
        }
        if let Some((status, trouble)) = bad_text(words, &form.text, self.message_bytes_max) {
            return self.form_again(request, status, trouble);
        }
        if form.is_loaded_anew && request.session.token().is_some() {
            let view = read_room(&self.visits, &WantedPage::default(), request)?;
            if is_said_already(form, &view) {
                return said_already(self, &request.after_view(&view));
            }
        }
        let claim = match self.claim(&form.stranger, request) {
            Ok(claim) => claim,
            Err(fault) => return self.fault_page(&fault, request),
        };
        let has_bare_name = claim.as_ref().is_some_and(|claim| claim.secret.is_none());
        let is_new = request.session.token().is_none() && has_bare_name;
        let outcome = self.visits.post_text(form, claim, request)?;
        // If the sender was a stranger, the hub may have made a new person of it. The answer has
        // that person's session, even if the hub refused the text.
        let request = request.after_form(&outcome);
        match self.failure_page(&outcome, &request) {
            Some(page) => page,
            None if outcome.sent.is_none() => {
                self.form_again(&request, 503, maybe_stored(words, form))
            }
            None if is_new => {
                let path = after_first_form(&address(&request.room));
                Ok(self.redirect(&path, &request.updates.query(), &request))
            }
            None => Ok(self.to_room(&request)),
        }
    }

    /// Makes the page that says why a form was not carried out, with the form in it. `None`: the
    /// form was carried out, or the hub did not answer in time.
    pub(super) fn failure_page(
        &self,
        outcome: &ActionResult,
        request: &PageRequest,
    ) -> Option<HubResult<Response>> {
        let words = Sentences::of(request.language);
        let (status, why) = match (&outcome.refused, outcome.not_done, &outcome.fault) {
            _ if outcome.is_shut_out() => return Some(self.password_form(request)),
            (Some(refused), ..) => {
                if let Some(page) = without_reply(self, refused, request) {
                    return Some(page);
                }
                let name = wanted_name(&request.task);
                let why = refused_text(words, refused, &request.room, name);
                return Some(self.form_of_name(request, refused, why));
            }
            (_, Some(NotDone::TooOld), _) => return Some(new_form(self, request)),
            (_, Some(NotDone::SaidBefore), _) => return Some(empty_form(self, request)),
            (_, Some(NotDone::SessionOver), _) => return Some(session_over(self, request)),
            (_, Some(NotDone::Stale), _) => {
                (403, old_form(words, outcome.me.as_ref().map(|me| &me.0)))
            }
            (.., Some(fault)) => return Some(fault_or_help(self, fault, request)),
            (None, None, None) => return None,
        };
        Some(self.form_again(request, status, why))
    }

    pub(super) fn to_room(&self, request: &PageRequest) -> Response {
        let (path, query) = (after_form(&address(&request.room)), request.updates.query());
        self.redirect_to_newest(&path, &query, request)
    }

    /// Like [`redirect`](Self::redirect), to the newest message of the page. In a frame the page
    /// opens there by itself.
    pub(super) fn redirect_to_newest(
        &self,
        path: &str,
        query: &str,
        request: &PageRequest,
    ) -> Response {
        let is_last = request.settings.is_newest_last && request.updates == Updates::ByHand;
        let place = if is_last { AT_NEWEST } else { "" };
        self.redirect_to_place(path, query, place, request)
    }

    /// Redirects to this message of the request's room, by the URL that links to it.
    pub(super) fn to_message(&self, seq: Seq, request: &PageRequest) -> Response {
        let query = [Some(format!("at={}", seq.0)), Some(request.updates.query())];
        let query = with_query("", &query);
        let (query, place) = (query.trim_start_matches('?'), format!("#m{}", seq.0));
        self.redirect_to_place(&address(&request.room), query, &place, request)
    }

    pub(super) fn to_url(&self, to: &str, request: &PageRequest) -> Response {
        let (path, query) = to.split_once('?').unwrap_or((to, ""));
        self.redirect(path, query, request)
    }

    /// Answers a page's script that sent the token of its session. The answer sets the session's
    /// cookie. If the hub does not welcome the session's person, mostly because the session has
    /// ended, the answer has the status 403 and sets no cookie.
    fn set_cookie(&self, request: &PageRequest) -> HubResult<Response> {
        let view = read_rooms(&self.visits, request)?;
        let token = request.session.token().filter(|_| view.me.is_some());
        Ok(match token {
            None => Response::new(403, "over\n"),
            Some(token) => Response::new(200, "kept\n").with_header(
                "Set-Cookie",
                session_cookie(&token.reveal(), limits::SECRET_NAME_KEPT),
            ),
        })
    }

    /// Redirects to another page of this server. The URL contains the session if all links must
    /// contain it.
    pub(super) fn redirect(&self, path: &str, query: &str, request: &PageRequest) -> Response {
        self.redirect_to_place(path, query, "", request)
    }

    /// Like [`redirect`](Self::redirect), to this place of the page. Empty: to its top.
    fn redirect_to_place(
        &self,
        path: &str,
        query: &str,
        place: &str,
        request: &PageRequest,
    ) -> Response {
        let token = request.session.answer_token();
        let session = request.session.for_links(token).map(|token| format!("s={token}"));
        let site = request.browser.site.as_deref().unwrap_or_default();
        let to = format!("{site}{}{place}", with_query(path, &[Some(query.to_owned()), session]));
        self.with_cookie(Response::new(303, "").with_header("Location", to), token, request)
    }

    /// Returns the name and secret that a stranger has typed; `None`: the stranger has typed no
    /// name, or the request has neither a session nor the server's password. In the latter case the
    /// hub refuses the sender anyway. Computing the digest of a secret takes a while.
    pub(super) fn claim(
        &self,
        stranger: &Stranger,
        request: &PageRequest,
    ) -> Result<Option<Claim>, Box<Fault>> {
        if !request.may_come_in() {
            return Ok(None);
        }
        v1::decode::claim(stranger.claim(), self.visits.secret_source(request))
    }

    pub(super) fn fault_page(&self, fault: &Fault, request: &PageRequest) -> HubResult<Response> {
        let words = reasons::fault(Sentences::of(request.language), fault);
        self.form_again(request, fault_status(fault, 422), words)
    }

    /// Adds the session's cookie to the page, if the browser is allowed to store this session
    /// (`RequestSession::may_store`).
    pub(super) fn with_cookie(
        &self,
        page: Response,
        token: Option<&Token>,
        request: &PageRequest,
    ) -> Response {
        let Some(token) = token.filter(|_| request.session.may_store()) else { return page };
        page.with_header("Set-Cookie", session_cookie(&token.reveal(), limits::SECRET_NAME_KEPT))
    }
}
