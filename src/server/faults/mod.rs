//! What tests break on purpose. Without the cargo feature `faults` this module is empty.
//!
//! The spine has one hook for it and for observers, a call where a thread is about to wait
//! (`server/probe.rs`): there a writer meets its orders. A hub meets them in a rule around the real
//! one, and a reader in what its format reads.
//!
//! Owns: the promise that no release has it.
//! Must not know: what the orders do.
//!
//! Part: `server/mod.rs`.

#[cfg(feature = "faults")]
mod orders;
#[cfg(feature = "faults")]
mod rule;

#[cfg(feature = "faults")]
pub use orders::{meet, meet_writes};
#[cfg(feature = "faults")]
pub use rule::Faulty;

#[cfg(all(feature = "faults", not(debug_assertions)))]
compile_error!("the feature `faults` breaks things on demand: for tests and never for a release");
