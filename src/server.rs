//! Starts every thread in order, stops them in reverse.
//!
//! Next: `accept.rs`.
