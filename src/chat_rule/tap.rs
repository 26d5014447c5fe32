//! Where the chat shows its core's events to a recorder. Without the feature `learn` there is no
//! recorder, and showing an event does nothing.
//!
//! Owns: which of the two a build has.
//! Must not know: what a recorder does with the events.
//!
//! Part: `chat_rule/mod.rs`.

#[cfg(feature = "learn")]
pub use crate::recording::recorder::EventTap;

#[cfg(not(feature = "learn"))]
pub use self::NoTap as EventTap;

/// No recorder.
#[cfg(not(feature = "learn"))]
#[derive(Debug, Default)]
pub struct NoTap(());

#[cfg(not(feature = "learn"))]
impl NoTap {
    /// Does nothing.
    #[expect(clippy::unused_self, reason = "a build with recorders has a queue there")]
    pub(crate) fn note(&mut self, _: crate::chat::core::Moment, _: &crate::chat::core::CoreEvent) {}
}
