//! Arguments in, exit code out.
//!
//! Must not know: anything about chat. Everything else is in the library.
//!
//! `lib.rs` has the map.

use std::process::ExitCode;

fn main() -> ExitCode {
    threadbare::cli::run()
}
