//! Threadbare: a chat server made of nothing but threads.
//!
//! One small binary, two OS threads per client (a reader and a writer), one hub
//! thread, no async runtime. This page is the map; the modules stand in the
//! order in which the data passes them.
//!
//! ```text
//!  browser ──TCP──▶ 1 accept ──▶ 2 door ──private Unix socket──▶ 3 http (tiny_http) ──▶ site
//!                                 │  ▲                              │                      │
//!                                 │  └──── answer, verdict ─────────┘◀── Response ─────────┘
//!                                 │ verdict "adopt": the door's thread is now
//!                                 ▼ the client's READER and has a WRITER
//!   4 client/reader ──broadcast──▶ 5 hub ──where nothing waits──────────────▶ socket
//!                                     │                                      ▲
//!                                     └──▶ outbox ──▶ 6 client/writer ───────┘
//! ```
//!
//! Step 1 happens once per connection, 2 and 3 once per request, 4 to 6 once per message.
//!
//! The first half of the list is the spine. It runs alone: built without default features, the
//! program is the classic chat of the founding articles (`classic`, `hub/everybody.rs`). The
//! second half, the feature `chat`, plugs a larger chat into the same three seams: a site, a
//! format, a rule. The feature `console` adds the commands that take part in one.
//!
//! Next: `server.rs`, which starts it all (`classic/server.rs` the classic chat alone); or `accept.rs`,
//! to follow the data.

pub mod cli;
pub mod config;
pub mod serve;
pub mod server;

pub mod accept;
pub mod door;
pub mod http;

pub mod client;
pub mod hub;
pub mod outbox;

pub mod classic;

pub mod admission;
pub mod bucket;
pub mod disconnect;
pub mod faults;
pub mod limits;
pub mod log;
pub mod probe;
pub mod rate;
pub mod reexec;
pub mod socket;
pub mod threads;
pub mod words;

// --- The chat: what the features `chat` and `console` add --------------------------------------

#[cfg(feature = "chat")]
pub mod chat_config;
#[cfg(feature = "chat")]
pub mod chat_server;

#[cfg(feature = "chat")]
pub mod assets;
#[cfg(feature = "chat")]
pub mod pages;
#[cfg(feature = "chat")]
pub mod site;
#[cfg(feature = "chat")]
pub mod visit;

#[cfg(feature = "chat")]
pub mod chat;
#[cfg(feature = "chat")]
pub mod greeting;
#[cfg(feature = "chat")]
pub mod telling;
#[cfg(feature = "chat")]
pub mod wire;

#[cfg(feature = "chat")]
pub mod history;

#[cfg(feature = "console")]
pub mod console;
#[cfg(feature = "chat")]
pub mod export;

#[cfg(feature = "chat")]
pub mod fingerprint;
#[cfg(feature = "chat")]
pub mod zone;
