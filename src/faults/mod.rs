//! What tests lift or break on purpose; without the cargo feature, nothing.
//!
//! Owns: the promise that no release has it.
//! Must not know: who uses it.
//!
//! Next: `faults/echo.rs`.

mod echo;
#[cfg(feature = "faults")]
mod orders;

pub use echo::{ECHO_BYTES_MAX, carry, echo, tell};
#[cfg(feature = "faults")]
pub use orders::{meet, meet_frames};

#[cfg(all(feature = "faults", not(debug_assertions)))]
compile_error!("the feature `faults` breaks things on demand: for tests and never for a release");
