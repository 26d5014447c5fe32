//! How a door refuses: with the site's answer, or with a line of plain text.
//!
//! Runs on the door's thread. Blocks on: writing the answer, until its deadline.
//!
//! Owns: which refusal is logged, and that the connection ends after it.
//! Must not know: the reason; how a site words it.
//!
//! Room: `server/door/mod.rs`.

use std::sync::LazyLock;

use tracing::Level;

use super::answer::{body, head};
use super::door_socket::DoorSocket;
use super::{Door, Next};
use crate::base::rate;
use crate::base::words::Language;
use crate::server::http::refusal::Refusal;
use crate::server::http::response::Response;
use crate::server::http::verdict::Connection;

impl Door {
    /// Returns what `accept` writes when there is no thread or no place for a door.
    pub fn busy_answer() -> &'static [u8] {
        static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
            // The peer has not said which language it wants.
            let words = [Language::English, Language::Chinese].map(|it| it.words().no_place);
            let mut response = Response::refuse(Refusal::NoPlace);
            response.body = format!("{}\n{}\n", words[0], words[1]).into();
            [&head(&response, Connection::Close), body(&response)].concat()
        });
        &BYTES
    }

    pub(super) fn refuse(&self, connection: &DoorSocket, refusal: Refusal) -> Next {
        self.refuse_with(connection, refusal, 0, &[])
    }

    /// Refuses a request, of which `sent` is the body. `people` is the number of people here, if
    /// that is the reason.
    pub(super) fn refuse_with(
        &self,
        connection: &DoorSocket,
        refusal: Refusal,
        people: usize,
        sent: &[u8],
    ) -> Next {
        if refusal == Refusal::WrongMethod && rate::admits(Level::INFO, "wrong method") {
            tracing::info!(peer = %connection.peer, "{}", self.words.wrong_method);
        }
        if rate::admits(Level::INFO, refusal.log_word()) {
            self.log(connection, refusal.status(), refusal.log_word());
        }
        let response = self.site.refuse(refusal, &connection.head, sent, people);
        let response = response.unwrap_or_else(|| Response::refuse(refusal));
        self.write(connection, &response, Connection::Close)
    }
}
