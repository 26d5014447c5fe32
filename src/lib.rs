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
//!   4 client/reader ──broadcast──▶ 5 hub ──▶ outbox ──▶ 6 client/writer ──▶ socket
//! ```
//!
//! Steps 1 to 3 happen once per client, steps 4 to 6 once per message.
//!
//! Next: `server.rs`, which starts it all; or `accept.rs`, to follow the data.

pub mod bucket;
pub mod cli;
pub mod config;
pub mod faults;
pub mod fingerprint;
pub mod limits;
pub mod log;
pub mod rate;
pub mod reexec;
pub mod serve;
pub mod words;
pub mod zone;

pub mod admission;
pub mod disconnect;
pub mod probe;
pub mod server;
pub mod socket;
pub mod threads;

pub mod accept;
pub mod door;
pub mod http;

pub mod classic;

pub mod assets;
pub mod pages;
pub mod site;
pub mod visit;

pub mod chat;
pub mod client;
pub mod greeting;
pub mod history;
pub mod hub;
pub mod outbox;
pub mod telling;
pub mod wire;

pub mod console;
pub mod export;
