//! Threadbare: a chat server made of nothing but threads.
//!
//! One small binary, two OS threads per client (a reader and a writer), one hub thread, no async
//! runtime. This page is the map.
//!
//! ```text
//!  browser ──TCP──▶ 1 accept ──▶ 2 door ──private Unix socket──▶ 3 tiny_http ──▶ site
//!                                 │  ▲                              │              (what does
//!                                 │  └───── answer, verdict ────────┘               this URL mean?)
//!                                 │ verdict "upgrade" or "stream": the door's thread is now
//!                                 ▼ the client's READER, and a second thread is its WRITER
//!  4 reader ──register, broadcast, unregister──▶ 5 hub ──if the writer rests───────▶ socket
//!                                                   │                                  ▲
//!                                                   └──▶ outbox ──▶ 6 writer ──────────┘
//! ```
//!
//! Steps 1 and 2 begin once per connection, and step 3 runs once per request. Steps 4 to 6 carry
//! the messages. If a client's writer rests, the hub sends to the socket by itself, unless
//! `--fan-out writers` is given.
//!
//! `server`, with what it imports (`base`, `admission`), is the spine, and `classic` plugs the
//! smallest chat into it: built without default features, the program is the classic chat of the
//! tutorials (`classic`, `classic/everybody.rs`). A chat plugs into the spine in three ways: a site
//! (what a URL means), a format (what a client speaks) and a rule (what comes of an event). The
//! modules from `chat` to `export`, the feature `chat`, plug in a larger chat. The feature
//! `console` adds the commands that take part in a chat.
//!
//! To follow the data, open `server/accept.rs`. `classic/server.rs` starts the classic chat, and
//! `site/server.rs` the whole one.

// The layers. The lowest layer is first in this list: a module imports only from modules that come
// before it in the list.

pub mod base;

pub mod admission;

pub mod server;

pub mod assets;

pub mod classic;

// --- The chat: what the features `chat` and `console` add --------------------------------------

#[cfg(feature = "chat")]
pub mod chat;

#[cfg(feature = "chat")]
pub mod history;

#[cfg(feature = "chat")]
pub mod html;

#[cfg(feature = "chat")]
pub mod formats;

#[cfg(feature = "chat")]
pub mod chat_rule;

#[cfg(feature = "chat")]
pub mod site;

#[cfg(feature = "chat")]
pub mod export;

#[cfg(feature = "console")]
pub mod console;

// --- The command line, which puts all modules together -----------------------------------------

pub mod cli;
