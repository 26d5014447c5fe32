//! Connection path, step 1.
//!
//! Next: `door/mod.rs`.
