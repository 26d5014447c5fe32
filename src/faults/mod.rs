//! What tests break on purpose; without the cargo feature, nothing.
//!
//! Owns: the promise that no release has it.
//! Must not know: who uses it.
//!
//! Next: `faults/orders.rs`.

#[cfg(feature = "faults")]
mod orders;

#[cfg(feature = "faults")]
pub use orders::{meet, meet_frames};

#[cfg(all(feature = "faults", not(debug_assertions)))]
compile_error!("the feature `faults` breaks things on demand: for tests and never for a release");
