//! The log message about an address that makes too many people, rooms or private logs.
//!
//! Owns: the words. They contain no name, and nothing that a person has typed.
//! Must not know: how much is too much; `chat/core/makers.rs` does.
//!
//! Room: `telling/mod.rs`.

use tracing::Level;

use crate::admission::Home;
use crate::base::rate;
use crate::chat::core::Made;

/// Logs a warning, limited to so many a second over all addresses.
pub(super) fn report(address: Home, what: Made) {
    let words = match what {
        Made::Person => "many new people from one address; the next names are kept for minutes",
        Made::Room => "many new rooms from one address; the next are refused for now",
        Made::PrivateLog => {
            "many people write or are written to first from one address; it must wait"
        }
    };
    if rate::admits(Level::WARN, words) {
        tracing::warn!(%address, "{words}");
    }
}
