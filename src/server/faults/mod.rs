//! What tests break on purpose. Without the cargo feature `faults` this module is empty.
//!
//! A message of a client can be an order to a thread: to panic, for example. A thread carries out
//! its orders itself. A writer looks for them in the frames that it is about to write, in the call
//! before it waits (`server/probe.rs`). For the hub, a rule that wraps the server's rule looks for
//! orders in the requests. A reader looks for its orders in the texts of a client that speaks the
//! classic format.
//!
//! Owns: the promise that no release has this feature.
//! Must not know: what the orders do.
//!
//! Part: `server/mod.rs`.

#[cfg(feature = "faults")]
mod orders;
#[cfg(feature = "faults")]
mod rule;

#[cfg(feature = "faults")]
pub use orders::{carry_out_before_write, meet};
#[cfg(feature = "faults")]
pub use rule::Faulty;

#[cfg(all(feature = "faults", not(debug_assertions)))]
compile_error!("the feature `faults` breaks things on demand: for tests and never for a release");
