//! Which program the tests start.
//!
//! `THREADBARE_PROGRAM=PATH` names another build than the one made with the tests: the static one,
//! a release build, one of an older commit. Every test that starts the program as a process starts
//! that one: to serve, to join or to export. So does `TestServer`, which otherwise runs inside the
//! test's own process. It does not affect unit tests. The rows of `tests/faults` need a build with
//! the feature `faults`, and those of the tour one whose file is called `threadbare`.

use std::path::{Path, absolute};
use std::sync::LazyLock;

const VARIABLE: &str = "THREADBARE_PROGRAM";

/// Resolved once, because a test may start its programs in another folder than its own.
static PROGRAM: LazyLock<String> = LazyLock::new(|| {
    let Some(named) = std::env::var_os(VARIABLE) else {
        return env!("CARGO_BIN_EXE_threadbare").to_owned();
    };
    assert!(Path::new(&named).is_file(), "{VARIABLE}={}: no such file", named.display());
    let program = absolute(named).unwrap();
    program.into_os_string().into_string().unwrap()
});

/// The tested program, as an absolute path.
pub fn program() -> &'static str {
    &PROGRAM
}
