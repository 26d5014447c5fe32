//! Threadbare: a chat server made of nothing but threads.
//!
//! One small binary, two OS threads per client (a reader and a writer), one hub thread, no async
//! runtime. `docs/ARCHITECTURE.md` has the picture of the threads and explains it; `docs/WORDS.md`
//! has the words.
//!
//! `server`, with what it imports (`base`, `admission`), is the spine. A chat plugs into it in
//! three ways: a site (what a URL means), a format (what a client speaks) and a rule (what comes of
//! an event). `classic` plugs in the smallest chat: built without default features, the program is
//! the classic chat of the tutorials. The modules from `chat` to `export`, the feature `chat`, plug
//! in a larger one. The feature `console` adds the commands that take part in a chat,
//! and `learn` a course, a lab and recordings.
//!
//! To follow the data, open `server/accept.rs`. `classic/server.rs` starts the classic chat, and
//! `site/server.rs` the whole one.

// The layers. The lowest layer is first in this list: a module imports only from modules that come
// before it in the list.

pub mod base;

pub mod admission;

pub mod server;

pub mod assets;

#[cfg(feature = "chat")]
pub mod glass;

pub mod classic;

// --- The chat: what the features `chat`, `console` and `learn` add -----------------------------

#[cfg(feature = "chat")]
pub mod chat;

#[cfg(feature = "learn")]
pub mod recording;

#[cfg(feature = "chat")]
pub mod history;

#[cfg(feature = "chat")]
pub mod html;

#[cfg(feature = "chat")]
pub mod formats;

#[cfg(feature = "chat")]
pub mod chat_rule;

#[cfg(feature = "chat")]
pub mod status;

#[cfg(feature = "chat")]
pub mod mdns;

#[cfg(feature = "chat")]
pub mod site;

#[cfg(feature = "chat")]
pub mod export;

#[cfg(feature = "console")]
pub mod console;

#[cfg(feature = "learn")]
pub mod learn;

#[cfg(feature = "learn")]
pub mod lab;

// --- The command line, which puts all modules together -----------------------------------------

pub mod cli;
