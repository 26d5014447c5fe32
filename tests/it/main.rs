//! Behaviour of Threadbare against a real server on port 0, one module a theme.
//!
//! Needs no network, no browser, no fixed port and no environment. Tests of the
//! seeds' behaviour are named after its row: `b14_...`.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

mod outbox_model;
