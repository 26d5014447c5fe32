//! How a door refuses: with the site's answer or with the plain words of the refusal, and with a
//! line in the server's log.
//!
//! Runs on the door's thread.
//! Blocks on: writing the answer, until its deadline; then a lingering close.
//!
//! Owns: what is logged, how often, and that the connection ends after a refusal.
//! Must not know: the reason; how a site words it.
//!
//! Part: `server/door/mod.rs`.

use std::sync::LazyLock;

use tracing::Level;

use super::answer::{body, head};
use super::{Door, Next, door_socket::DoorSocket, host::Authority, request::ParsedRequest};
use crate::admission::{NoClientPlace, NoSeat};
use crate::base::{language::Language, limits, rate};
use crate::server::http::{refusal::Refusal, response::Response};

/// Returns the answer that the thread `accept` writes when the server has no thread, no door or
/// no file descriptor for a connection.
pub(super) fn busy_answer() -> &'static [u8] {
    static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
        // The peer has not said which language it wants, so the answer is in English and in
        // Chinese.
        let words = [Language::English, Language::Chinese].map(|lang| lang.words().no_place);
        let mut response = Response::refusal(Refusal::NoDoor);
        response.body = format!("{}\n{}\n", words[0], words[1]).into();
        [&head(&response, false, false), body(&response)].concat()
    });
    &BYTES
}

/// Refuses a request and ends the connection. `sent` is the body that the peer sent with the
/// request, if the door has read it.
pub(super) fn refuse_request(
    door: &Door,
    connection: &DoorSocket,
    refusal: Refusal,
    sent: &[u8],
) -> Next {
    if refusal == Refusal::WrongMethod && rate::admits(Level::INFO, "wrong method") {
        tracing::info!(peer = %connection.peer, "{}", door.words.wrong_method);
    }
    if rate::admits(Level::INFO, refusal.log_word()) {
        door.log_request(connection, refusal.status(), refusal.log_word());
    }
    let response = door.site.refusal_answer(refusal, &connection.head, sent);
    let response = response.unwrap_or_else(|| Response::refusal(refusal));
    let head = head(&response, false, connection.is_secure);
    door.write(connection, head, body(&response), false)
}

/// Refuses a request that would make the connection a client's, or whose job needs a place for a
/// client, because the server has no seat or no place for it.
pub(super) fn refuse_client(door: &Door, connection: &DoorSocket, reason: &NoSeat) -> Next {
    if rate::admits(Level::WARN, "upgrade failed") {
        tracing::warn!(peer = %connection.peer, %reason, "{}", door.words.upgrade_failed);
    }
    let refusal = match reason {
        NoSeat::NoPlace(NoClientPlace::NetworkFull(people)) => Refusal::NetworkFull(*people),
        NoSeat::NoPlace(NoClientPlace::Full(people)) => Refusal::NoSeat(*people),
        NoSeat::NoThread(_) => Refusal::NoSeat(door.admission.clients()),
        NoSeat::NoPlace(NoClientPlace::Stopping) => Refusal::NoAnswer,
    };
    refuse_request(door, connection, refusal, &[])
}

/// Logs that a page of another origin may send nothing here, with what the operator can do if it is
/// no other origin.
pub(super) fn log_foreign_origin(door: &Door, connection: &DoorSocket, request: &ParsedRequest) {
    let (peer, origin) = (connection.peer, request.origin.as_deref().unwrap_or_default());
    let origin: String = origin.chars().take(limits::LOG_TEXT_BYTES_MAX).collect();
    if request.upgrade && rate::admits(Level::WARN, "upgrade failed") {
        tracing::warn!(%peer, ?origin, "{}", door.words.upgrade_failed);
    }
    if rate::admits(Level::WARN, "foreign origin") {
        let host = request.hosts.first().map(Authority::text).unwrap_or_default();
        tracing::warn!(%peer, ?origin, %host, "{OTHER_HOST}");
    }
}

/// The advice for an operator whose proxy sends another host than the browser has.
const OTHER_HOST: &str = "refused a page of another site; if it is the chat's own page, the proxy \
                          in front must send Host as the browser does (docs/boxes)";
