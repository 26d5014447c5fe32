//! What machines ask: whether the chat works, and which one it is.
//!
//! Owns: `/healthz` and `/version`.
//! Must not know: the hub's work; it has left its pulse.
//!
//! Next: `client/mod.rs`, where an adopted socket goes.

use crate::door::refusal::Refusal;
use crate::door::ticket::SharedBytes;
use crate::http::reply::Reply;
use crate::hub::pulse::PulseState;
use crate::limits;

/// "ok" while the hub goes round; 503 when it hangs or has ended.
pub(super) fn health(pulse: PulseState) -> Reply {
    match pulse {
        PulseState::Idle => text(b"ok\n"),
        PulseState::Busy(since) if since <= limits::HUB_STUCK_AFTER => text(b"ok\n"),
        PulseState::Busy(_) | PulseState::Stopped => Reply::refuse(Refusal::Unhealthy),
    }
}

/// The name and version of the program.
pub(super) fn version() -> Reply {
    text(concat!("threadbare ", env!("CARGO_PKG_VERSION"), "\n").as_bytes())
}

fn text(words: &'static [u8]) -> Reply {
    let mut reply = Reply::new("text/plain; charset=utf-8", SharedBytes::Static(words));
    reply.header("Cache-Control", "no-store");
    reply
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{health, version};
    use crate::hub::pulse::PulseState;
    use crate::limits;

    #[test]
    fn a_hub_that_hangs_is_not_healthy() {
        assert_eq!(&*health(PulseState::Idle).body, b"ok\n");
        assert_eq!(health(PulseState::Busy(limits::HUB_STUCK_AFTER)).status, 200);
        let longer = limits::HUB_STUCK_AFTER + Duration::from_millis(1);
        assert_eq!(health(PulseState::Busy(longer)).status, 503);
        assert_eq!(health(PulseState::Stopped).status, 503);
    }

    #[test]
    fn the_version_is_the_packages() {
        assert!(version().body.starts_with(b"threadbare 0."));
    }
}
