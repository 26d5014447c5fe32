//! How a door says no: a line of plain text to programs, a page to browsers, in the
//! reader's words.
//!
//! Runs on the door's thread. Blocks on: writing the answer, until its deadline.
//!
//! Owns: which of them it is, and the log's words.
//! Must not know: why.
//!
//! Next: `door/browser.rs`.

use std::sync::LazyLock;

use tracing::Level;

use super::answer::{Answer, Connection};
use super::line::Line;
use super::refusal::Refusal;
use super::{Door, Next, browser};
use crate::pages::refused;
use crate::pages::words::Sentences;
use crate::rate;
use crate::words::Language;

impl Door {
    /// What `accept` writes when there is no thread or place for a door.
    pub fn busy_answer() -> &'static [u8] {
        static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
            // Nobody has said in which language.
            let chinese = Sentences::of(Language::Chinese).say("noPlace");
            let answer = Answer::refuse(Refusal::NoPlace).with_line(chinese);
            [&answer.head(Connection::Close), answer.body()].concat()
        });
        &BYTES
    }

    pub(super) fn refuse(&self, line: &Line, refusal: Refusal) -> Next {
        self.refuse_with(line, refusal, 0, &[])
    }

    /// Says no to who sent this body; `people` is how many are here, if that is why.
    #[inline(never)]
    pub(super) fn refuse_with(
        &self,
        line: &Line,
        refusal: Refusal,
        people: usize,
        body: &[u8],
    ) -> Next {
        if refusal == Refusal::WrongMethod && rate::admits(Level::INFO, "wrong method") {
            tracing::info!(peer = %line.peer, "{}", self.http.words().wrong_method);
        }
        if rate::admits(Level::INFO, refusal.log_word()) {
            line.log(refusal.status(), refusal.log_word());
        }
        let page = Self::page_for(line, refusal, people, body);
        let answer = page.unwrap_or_else(|| Answer::refuse(refusal));
        self.write(line, &answer, Connection::Close)
    }

    #[cold]
    #[inline(never)]
    fn page_for(line: &Line, refusal: Refusal, people: usize, body: &[u8]) -> Option<Answer> {
        let asker = browser::asker(&line.head, body)?;
        Some(Answer::of(refused::answer(refusal, &asker, people)))
    }
}
