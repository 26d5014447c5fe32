//! What the log is told of an address that makes too much of something.
//!
//! Owns: those words. No name is in them, and nothing that anybody has typed.
//! Must not know: how much is too much; `chat/core/makers.rs` does.
//!
//! Next: `telling/mod.rs`.

use tracing::Level;

use crate::admission::Home;
use crate::chat::core::Made;
use crate::rate;

/// Says it, at most so many times a second over all addresses.
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
