//! The page in a real Chromium and in a real Firefox, against the real program.
//!
//! `cargo test --test browser` runs it; plain `cargo test` does not, because it
//! needs both. Goal: what `web/` promises to people holds with the server
//! that ships, the line that breaks, and the browser that they have.
//! Method: each test starts its own server on port 0 and has a browser for itself, in
//! which nobody has been before; it speaks in the verbs of `page.rs`, and waits for
//! what it expects with a deadline. Nothing sleeps.
//!
//! | module | what it asks |
//! | --- | --- |
//! | `classic` | B32 to B37: what every page of this kind did |
//! | `spine` | the same on the page of the spine alone |
//! | `line` | the line breaks and comes back: is anything lost, doubled, untold? |
//! | `typing` | Enter, compositions, limits, touch, the note under the field |
//! | `drafts` | a draft for each tab, and what becomes of a closed one's |
//! | `reading` | the bottom, the pill, the unread line, links, what is heard |
//! | `people` | names, history, edits, private messages, rooms |
//! | `rooms` | several rooms on one line |
//! | `offers` | names and emoji while one types, and marks in a text |
//! | `found` | search, and the page of one message |
//! | `ignored` | whom one does not want to hear |
//! | `notices` | what calls somebody who is elsewhere |
//! | `choices` | what the reader may choose: Enter, what is read aloud, who is told of |
//! | `numbers` | a line's number, as a link and on paper |
//! | `away` | the page for a box that is away |
//! | `ways` | what stands between breaks sockets or streams, and the talk goes on |
//! | `crowded` | more tabs than a browser has connections |
//! | `tabs` | several tabs of one person: who holds the line |
//! | `cuts` | fifty cuts over all ways: is anything lost, or there twice? |
//! | `cut_pages` | who has no scripts, and goes back, loads again, sends again |
//! | `ends` | the end for good, what is to come, what does not get out |
//! | `doors` | passwords of rooms, topic, leaving, the past |
//! | `entrance` | into a box that asks for a password |
//! | `sessions` | whose a session is: links, copied addresses, secrets, several tabs |
//! | `touch` | the size of all that a finger presses |
//! | `paper` | grounds beside the thread, and what is printed |
//! | `odd` | H1: texts that look like markup, on every page |
//! | `scriptless` | a room with scripts off: a form, a page without an end |
//! | `textual` | w3m, lynx, links2 and elinks, in a terminal |
//! | `drawn` | NetSurf and Dillo, which draw and run no script; by `tests/run --long` |
//! | `webkit` | the live page in Safari's engine; by `tests/run --long` |
//! | `everyone` | one of each browser in one room, and the box restarts |
//! | `access` | what axe says |
//! | `look` | colours, words, sizes, widths; writes the screenshots |
//! | `colours` | every ratio of the colours |
//! | `sight` | what is in sight at once, on small, narrow and zoomed pages |
//! | `directions` | pages from right to left, messages of all directions |
//! | `chinese` | whether the Chinese pages are Chinese |
//! | `keys` | all by keys alone |
//! | `heard` | what is heard aloud, and what is not |
//! | `media` | greys, no motion, forced colours, paper |
//! | `weight` | what a first look costs on the wire |
//! | `states` | whether words and shapes agree with what is true |
//! | `refusals` | what is refused, without scripts |
//! | `checked` | of the questions in `docs/PAGE.md` those that nobody else asks |
//! | `long` | the same for an hour, and for ten thousand messages; by `tests/run --long` |
//! | `pictures` | writes the pictures of README and docs |
//! | `together` | all kinds of clients in one room, in one order |
//! | `lookalike` | a classic page, served by `--assets`, talks with the others |
//! | `firefox` | the page in the other browser, with scripts and without |
//!
//! Next: `page.rs` for the verbs, `cdp.rs` and `bidi.rs` for how a browser is driven,
//! `process.rs` for how it begins and ends.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod bidi;
mod cdp;
mod host;
mod page;
mod picture;
mod process;
#[path = "../it/harness/program.rs"]
#[expect(unreachable_pub, reason = "other tests have it as a part of their harness")]
mod program;
mod screened;
mod terminal;
mod webdriver;
mod xserver;

mod access;
mod away;
mod checked;
mod chinese;
mod choices;
mod classic;
mod colours;
mod crowded;
mod cut_pages;
mod cuts;
mod directions;
mod doors;
mod drafts;
mod drawn;
mod ends;
mod entrance;
mod everyone;
mod firefox;
mod found;
mod heard;
mod ignored;
mod keys;
mod line;
mod long;
mod look;
mod lookalike;
mod media;
mod notices;
mod numbers;
mod odd;
mod offers;
mod paper;
mod people;
mod pictures;
mod reading;
mod refusals;
mod rooms;
mod scriptless;
mod sessions;
mod sight;
mod spine;
mod states;
mod tabs;
mod textual;
mod together;
mod touch;
mod typing;
mod ways;
mod webkit;
mod weight;
