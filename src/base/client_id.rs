//! The number by which all parts of the server name a client.
//!
//! Must not know: how new numbers are made (`server/client/mod.rs`), what a client
//! is.
//!
//! Part: `base/mod.rs`.

use std::fmt;

/// A client's number. It is never used twice in one run of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u64);

impl fmt::Display for ClientId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
