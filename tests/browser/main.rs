//! The page in a real Chromium and in a real Firefox, against the real program.
//!
//! `cargo test --test browser` runs it; plain `cargo test` does not, because it needs both
//! browsers. Goal: what `web/` promises to people is true with the server that ships, with
//! connections that break, and in the browsers that people have. Method: each test starts its own
//! server on port 0 and has a new browser profile for itself. It uses the verbs of `page.rs`, and
//! waits for what it expects with a deadline. Nothing sleeps.
//!
//! | module | what it asks |
//! | --- | --- |
//! | `classic` | classic B32 to B37: what every page of this kind did |
//! | `spine` | the same on the page of the spine alone |
//! | `connection` | the connection breaks and comes back: is all there once, and reported? |
//! | `typing` | Enter, compositions, limits, touch, the note under the field |
//! | `drafts` | a draft for each tab, and what happens to the draft of a closed tab |
//! | `reading` | the bottom, the pill, the mark of unread messages, links, what is heard |
//! | `people` | names, history, edits, private messages, rooms |
//! | `rooms` | several rooms on one connection |
//! | `frame` | the header, the column of places, the menus of room and person, the reader's panel |
//! | `covered` | what is new in a room behind a private talk or behind results |
//! | `phone` | what header, panel and strip have room for on a phone |
//! | `plain_fields` | the fields of pages without scripts: how wide they are, and several lines |
//! | `presses` | what a press leads to, and what it leaves behind |
//! | `newcomers` | who is new: a name, and a room without messages |
//! | `replies` | replies to messages |
//! | `rows` | rows of the log: measures, who is called, who comes and goes, what is copied |
//! | `offers` | names and emoji that the page offers during typing, and marks in a text |
//! | `found` | search, and the page of one message |
//! | `landing` | what one sees after a jump to a message |
//! | `jumps` | links to messages, results, days: the way there and back |
//! | `ignored` | people that the reader does not want to hear |
//! | `talk_places` | private talks as places: their addresses, their order |
//! | `copies` | what is copied, and what if the browser does not allow it |
//! | `moments` | what the page says for a moment, and when it goes |
//! | `still` | what keeps its place while a person looks at it, and what goes when it was seen |
//! | `stray_keys` | letters that are typed while nothing has the focus |
//! | `notices` | how the page calls a reader who is elsewhere |
//! | `choices` | the reader's choices: Enter, what is read aloud, which people are announced |
//! | `numbers` | a message's number, as a link and on paper |
//! | `away` | the page for a server that is away |
//! | `below` | the live page below a path of its host |
//! | `ways` | something in between breaks sockets or streams, and the chat goes on |
//! | `crowded` | more tabs than a browser has connections |
//! | `tabs` | several tabs of one person: which of them has the connection |
//! | `cuts` | fifty cuts over all ways: is anything lost, or there twice? |
//! | `cut_pages` | a person without scripts who goes back, reloads, sends again |
//! | `ends` | the end for good, what is still to come, what does not reach the server |
//! | `doors` | passwords of rooms, topic, leaving, the history |
//! | `locked` | rooms with a password: their mark, invites, a password that has changed |
//! | `whom` | whom to write to, the name of a new room, the day above the log |
//! | `entrance` | into a server that asks for a password |
//! | `sessions` | whose a session is: links, copied addresses, secrets, several tabs |
//! | `touch` | the size of everything that a finger presses |
//! | `taps` | what a finger's tap does, and what it does not |
//! | `paper` | backgrounds next to the thread, and what is printed |
//! | `odd` | H1: texts that look like markup, on every page |
//! | `scriptless` | a room with scripts off: a form, a page without an end |
//! | `scriptless_look` | how the pages without scripts look |
//! | `textual` | w3m, lynx, links2 and elinks, in a terminal |
//! | `drawn` | NetSurf and Dillo, which draw and run no script; by `tests/run --long` |
//! | `webkit` | the live page in Safari's engine; by `tests/run --long` |
//! | `everyone` | one of each browser in one room, and the server restarts |
//! | `access` | what axe reports |
//! | `look` | colours, words, sizes, widths; writes the screenshots |
//! | `colours` | every ratio of the colours |
//! | `sight` | what is in sight at once, on small, narrow and zoomed pages |
//! | `directions` | pages from right to left, messages of all directions |
//! | `chinese` | whether the Chinese pages are Chinese |
//! | `keys` | everything by keys alone |
//! | `heard` | what a screen reader reads aloud, and what it does not |
//! | `media` | greys, no motion, forced colours, paper |
//! | `stages` | the second stage of the live page: what waits for it; what if it is late |
//! | `starts` | from the server's page to the live page: nothing turns over, nothing jumps |
//! | `weight` | what a first look costs on the network |
//! | `states` | whether words and shapes agree with the true state |
//! | `removed` | somebody leaves for good: what open pages lose |
//! | `refusals` | what is refused, without scripts |
//! | `checked` | the questions in `docs/PAGE.md` that no other module asks |
//! | `speed` | how fast the page is; by `tests/browser/bench` |
//! | `glass` | the glass box: full queues, *Freeze*, a hidden page, the game about schedules |
//! | `glass_tries` | in the glass box: a message that is followed, guesses, a slow replay |
//! | `long` | the same for an hour, and for ten thousand messages; by `tests/run --long` |
//! | `pictures` | writes pictures to look at; by `tests/browser/pictures` |
//! | `together` | all kinds of clients in one room, in one order |
//! | `lookalike` | a classic page, served by `--assets`, talks with the others |
//! | `firefox` | the page in the other browser, with scripts and without |
//!
//! What `access` and `touch` look at, and people open seldom, is in `seldom.rs`.
//!
//! How a browser is driven is in `cdp.rs` and `bidi.rs`; how it begins and ends is in `process.rs`.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod bidi;
mod called;
mod calls;
mod cast;
mod cdp;
mod host;
mod page;
mod picture;
mod process;
#[path = "../it/harness/program.rs"]
#[expect(unreachable_pub, reason = "other tests have it as a part of their harness")]
mod program;
mod scene;
mod screened;
mod seldom;
mod small_png;
#[path = "../it/harness/steady.rs"]
mod steady;
mod terminal;
mod webdriver;
mod xserver;

mod access;
mod away;
mod below;
mod checked;
mod chinese;
mod choices;
mod classic;
mod colours;
mod connection;
mod copies;
mod counted;
mod covered;
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
mod excuses;
mod firefox;
mod firsts;
mod found;
mod frame;
mod glass;
mod glass_tries;
mod heard;
mod ignored;
mod jumps;
mod keeping;
mod keys;
mod landing;
mod locked;
mod long;
mod look;
mod lookalike;
mod manners;
mod media;
mod moments;
mod newcomers;
mod notices;
mod numbers;
mod odd;
mod offers;
mod oneself;
mod paper;
mod people;
mod phone;
mod pictures;
mod pins;
mod plain_fields;
mod presses;
mod reading;
mod refusals;
mod removed;
mod replies;
mod rooms;
mod rows;
mod scriptless;
mod scriptless_look;
mod sessions;
mod sight;
mod sought;
mod speed;
mod spine;
mod stages;
mod starts;
mod states;
mod still;
mod stray_keys;
mod tabs;
mod talk;
mod talk_places;
mod taps;
mod textual;
mod together;
mod touch;
mod typing;
mod ways;
mod webkit;
mod weight;
mod whom;
