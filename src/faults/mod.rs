//! What tests break on purpose; without the cargo feature, nothing.
//!
//! The spine has no hook for it: a hub meets its orders in a rule around the real one, a reader in
//! what its format reads, a writer where it is about to write (`probe.rs`).
//!
//! Owns: the promise that no release has it.
//! Must not know: what the orders do.
//!
//! Next: `faults/orders.rs`.

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
