//! The names of the two scripts that each page with scripts names.
//!
//! Owns: these names, for the pages and for the build script that makes the scripts.
//! Must not know: what is in the scripts.
//!
//! Part: `assets/built_in/mod.rs`.

/// The name of the first joined script, which starts the page.
pub const SCRIPT: &str = "js/page.js";

/// The name of the script that gives a page with scripts its first rules (`start.css`).
pub const START: &str = "js/start.js";
