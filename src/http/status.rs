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

/// "ok" while the hub goes round; 503 when it hangs or has ended. While the history takes
/// nothing people talk all the same, and a restart would lose what memory has: so it is 200 with
/// other words.
pub(super) fn health(pulse: PulseState, is_unkept: bool) -> Reply {
    match pulse {
        PulseState::Busy(since) if since > limits::HUB_STUCK_AFTER => {
            Reply::refuse(Refusal::Unhealthy)
        }
        PulseState::Stopped => Reply::refuse(Refusal::Unhealthy),
        PulseState::Idle | PulseState::Busy(_) if is_unkept => {
            text(b"what is said is not kept; see the log\n")
        }
        PulseState::Idle | PulseState::Busy(_) => text(b"ok\n"),
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
        assert_eq!(&*health(PulseState::Idle, false).body, b"ok\n");
        let unkept = health(PulseState::Idle, true);
        assert_eq!((unkept.status, unkept.body.starts_with(b"ok")), (200, false));
        assert_eq!(health(PulseState::Busy(limits::HUB_STUCK_AFTER), false).status, 200);
        let longer = limits::HUB_STUCK_AFTER + Duration::from_millis(1);
        assert_eq!(health(PulseState::Busy(longer), true).status, 503);
        assert_eq!(health(PulseState::Stopped, false).status, 503);
    }

    #[test]
    fn the_version_is_the_packages() {
        assert!(version().body.starts_with(b"threadbare 0."));
    }
}
