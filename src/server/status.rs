//! Answers for monitoring programs: whether the chat works, and which version of the program runs.
//!
//! Owns: `/healthz` and `/version`.
//! Must not know: the hub's work, except for the health that the hub records.
//!
//! Part: `server/mod.rs`.

use crate::base::limits;
use crate::server::http::{refusal::Refusal, response::Response};
use crate::server::hub::health::{HealthState, HubHealth};

/// Makes the answer of `/healthz`. If the hub works, it is a 200 with the text "ok". The error,
/// which becomes a 503, says that the hub hangs or has ended. `is_unstored`: some new messages are
/// not stored, so a restart would lose them. People can still talk then, so the answer of a hub
/// that works is still a 200, but with another text than "ok".
pub(crate) fn health(health: HealthState, is_unstored: bool) -> Result<Response, Refusal> {
    match health {
        HealthState::Busy(since) if since > limits::HUB_STUCK_AFTER => Err(Refusal::Unhealthy),
        HealthState::Stopped => Err(Refusal::Unhealthy),
        HealthState::Idle | HealthState::Busy(_) if is_unstored => {
            Ok(text("what is said is not kept; see the log\n"))
        }
        HealthState::Idle | HealthState::Busy(_) => Ok(text("ok\n")),
    }
}

/// Returns whether the hub works, as `/healthz` says. Never blocks.
pub(crate) fn is_well(hub: &HubHealth) -> bool {
    health(hub.state(), hub.is_unstored()).is_ok()
}

pub(crate) fn version() -> Response {
    text(concat!("threadbare ", env!("CARGO_PKG_VERSION"), "\n"))
}

fn text(words: &'static str) -> Response {
    Response::ok("text/plain; charset=utf-8", words).with_header("Cache-Control", "no-store")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Refusal, health, version};
    use crate::base::limits;
    use crate::server::hub::health::HealthState;

    #[test]
    fn a_hub_that_hangs_is_not_healthy() {
        assert_eq!(health(HealthState::Idle, false).unwrap().body.sent(), b"ok\n");
        let unstored_lines = health(HealthState::Idle, true).unwrap();
        assert_eq!(unstored_lines.status(), 200);
        assert!(!unstored_lines.body.sent().starts_with(b"ok"));
        assert_eq!(
            health(HealthState::Busy(limits::HUB_STUCK_AFTER), false).unwrap().status(),
            200
        );
        let longer = limits::HUB_STUCK_AFTER + Duration::from_millis(1);
        let sick = |state, is_unstored| health(state, is_unstored).unwrap_err();
        assert_eq!(sick(HealthState::Busy(longer), true), Refusal::Unhealthy);
        assert_eq!(sick(HealthState::Stopped, false), Refusal::Unhealthy);
    }

    #[test]
    fn the_version_is_the_packages() {
        assert!(version().body.sent().starts_with(b"threadbare 0."));
    }
}
