//! What monitoring programs ask: whether the chat works, and which version it is.
//!
//! Owns: `/healthz` and `/version`.
//! Must not know: the hub's work, except for the pulse that the hub leaves.
//!
//! Room: `classic/mod.rs`.

use crate::base::limits;
use crate::server::http::refusal::Refusal;
use crate::server::http::response::Response;
use crate::server::hub::health::PulseState;

/// Answers "ok" while the hub works, and 503 when it hangs or has ended. While the history stores
/// nothing, people can still talk, and a restart would lose what is in memory: so the answer is 200
/// with other words.
pub(crate) fn health(pulse: PulseState, is_unkept: bool) -> Result<Response, Refusal> {
    match pulse {
        PulseState::Busy(since) if since > limits::HUB_STUCK_AFTER => Err(Refusal::Unhealthy),
        PulseState::Stopped => Err(Refusal::Unhealthy),
        PulseState::Idle | PulseState::Busy(_) if is_unkept => {
            Ok(text("what is said is not kept; see the log\n"))
        }
        PulseState::Idle | PulseState::Busy(_) => Ok(text("ok\n")),
    }
}

/// Answers with the name and version of the program.
pub(crate) fn version() -> Response {
    text(concat!("threadbare ", env!("CARGO_PKG_VERSION"), "\n"))
}

fn text(words: &'static str) -> Response {
    Response::ok("text/plain; charset=utf-8", words).with("Cache-Control", "no-store")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Refusal, health, version};
    use crate::base::limits;
    use crate::server::hub::health::PulseState;

    #[test]
    fn a_hub_that_hangs_is_not_healthy() {
        assert_eq!(&*health(PulseState::Idle, false).unwrap().body, b"ok\n");
        let unkept = health(PulseState::Idle, true).unwrap();
        assert_eq!((unkept.status, unkept.body.starts_with(b"ok")), (200, false));
        assert_eq!(health(PulseState::Busy(limits::HUB_STUCK_AFTER), false).unwrap().status, 200);
        let longer = limits::HUB_STUCK_AFTER + Duration::from_millis(1);
        let sick = |pulse, is_unkept| health(pulse, is_unkept).unwrap_err();
        assert_eq!(sick(PulseState::Busy(longer), true), Refusal::Unhealthy);
        assert_eq!(sick(PulseState::Stopped, false), Refusal::Unhealthy);
    }

    #[test]
    fn the_version_is_the_packages() {
        assert!(version().body.starts_with(b"threadbare 0."));
    }
}
