//! How a door says no: as the site has it, or with a line of plain text.
//!
//! Runs on the door's thread. Blocks on: writing the answer, until its deadline.
//!
//! Owns: which refusal is logged, and that the line ends after it.
//! Must not know: the reason; how a site says it.
//!
//! Next: `socket/linger.rs`.

use std::sync::LazyLock;

use tracing::Level;

use super::answer::{body, head};
use super::line::Line;
use super::{Door, Next};
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::http::verdict::Connection;
use crate::rate;
use crate::words::Language;

impl Door {
    /// What `accept` writes when there is no thread or place for a door.
    pub fn busy_answer() -> &'static [u8] {
        static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
            // Nobody has said in which language.
            let words = [Language::English, Language::Chinese].map(|it| it.words().no_place);
            let mut response = Response::refuse(Refusal::NoPlace);
            response.body = format!("{}\n{}\n", words[0], words[1]).into();
            [&head(&response, Connection::Close), body(&response)].concat()
        });
        &BYTES
    }

    pub(super) fn refuse(&self, line: &Line, refusal: Refusal) -> Next {
        self.refuse_with(line, refusal, 0, &[])
    }

    /// Says no to who sent this; `people` is how many are here, if that is why.
    pub(super) fn refuse_with(
        &self,
        line: &Line,
        refusal: Refusal,
        people: usize,
        sent: &[u8],
    ) -> Next {
        if refusal == Refusal::WrongMethod && rate::admits(Level::INFO, "wrong method") {
            tracing::info!(peer = %line.peer, "{}", self.words.wrong_method);
        }
        if rate::admits(Level::INFO, refusal.log_word()) {
            self.log(line, refusal.status(), refusal.log_word());
        }
        let response = self.site.refuse(refusal, &line.head, sent, people);
        let response = response.unwrap_or_else(|| Response::refuse(refusal));
        self.write(line, &response, Connection::Close)
    }
}
