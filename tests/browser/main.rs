//! A real browser.
fn main() {}
