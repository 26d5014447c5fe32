//! The page in a real Chromium, against the real program.
//!
//! `cargo test --test browser` runs it; plain `cargo test` does not, because it
//! needs a browser. Goal: what `web/` promises to people holds with the server
//! that ships, the line that breaks, and the browser that they have.
//! Method: each test starts its own server on port 0 and its own browser with a
//! fresh profile, speaks in the verbs of `page.rs`, and waits for what it
//! expects with a deadline. Nothing sleeps.
//!
//! | module | what it asks |
//! | --- | --- |
//! | `classic` | B32 to B37: what every page of this kind did |
//! | `line` | the line breaks and comes back: is anything lost, doubled, untold? |
//! | `typing` | Enter, compositions, limits, touch, the note under the field |
//! | `drafts` | a draft for each tab, and what becomes of a closed one's |
//! | `reading` | the bottom, the pill, the unread line, links, what is heard |
//! | `scriptless` | a room with scripts off: a form, a page without an end |
//! | `look` | colours, words, sizes, widths; writes the screenshots |
//! | `together` | all kinds of clients in one room, in one order |
//! | `lookalike` | a classic page, served by `--assets`, talks with the others |
//!
//! Next: `page.rs` for the verbs, `cdp.rs` for how a browser is driven.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod cdp;
mod host;
mod page;

mod classic;
mod drafts;
mod line;
mod look;
mod lookalike;
mod reading;
mod scriptless;
mod together;
mod typing;
