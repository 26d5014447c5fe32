//! What the tested program can do in addition to the classic chat.
//!
//! A program may be built without the parts of [`Part`] (`cargo build --no-default-features`), and
//! the same test binary tests it. It calls the program once with `--help`. A test that needs a part
//! says so in its first line, `needs!(Names)`: on a program without the part, the test ends there
//! and says why, and `tests/run` counts it as not run.

use std::process::Command;
use std::sync::LazyLock;

use super::{not_run, program};

/// The parts beyond the classic chat, which has `/`, `/ws`, `/chat`, and one room in which all hear
/// all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Names, rooms, private messages: `threadbare.v1`, and `webchat`.
    Names,
    /// Rooms as pages, forms and streams.
    Pages,
    /// What outlives the server.
    History,
    /// `join`, `send`, `pipe` and `crowd`.
    Console,
    /// A pace for what people say.
    Pace,
    /// What the program writes about itself: completions, and its manual page.
    Manual,
    /// TLS in the server itself.
    Tls,
}

impl Part {
    /// The flag or the command in the program's help that shows the part.
    fn mark(self) -> &'static str {
        match self {
            Self::Names => "--keep-names",
            Self::Pages => "--guests",
            Self::History => "--data",
            Self::Console => "join",
            Self::Pace => "--rate",
            Self::Manual => "man",
            Self::Tls => "--tls-cert",
        }
    }
}

/// The first word of each line of the program's help.
static HELP: LazyLock<Vec<String>> = LazyLock::new(|| {
    let output = Command::new(program()).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(help.contains("--addr"), "{} --help: {help}", program());
    help.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
});

/// Whether the program has this part.
pub fn has(part: Part) -> bool {
    HELP.iter().any(|word| word == part.mark())
}

/// Whether the program lacks this part; if so, reports that the test is not run. For `needs!`.
pub fn lacks(part: Part) -> bool {
    if !has(part) {
        not_run(&format!("part {part:?}"), "the program has none");
    }
    !has(part)
}

/// Whether the tested program is another one than the one built with the tests.
pub fn is_another() -> bool {
    program() != env!("CARGO_BIN_EXE_threadbare")
}

/// A program that talks to the tested one: the tested one itself, or the one built with the tests
/// if the tested one has no console.
pub fn console_program() -> &'static str {
    if has(Part::Console) { program() } else { env!("CARGO_BIN_EXE_threadbare") }
}
