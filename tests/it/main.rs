//! Behaviour of a real server on port 0.
fn main() {}
