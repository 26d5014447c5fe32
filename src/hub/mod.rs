//! Message path, step 5.
//!
//! Next: `client/outbox.rs`.
pub mod pulse;
