//! The command `threadbare learn`, and its flags.
//!
//! Owns: the spelling of the command.
//! Must not know: what a lesson teaches.
//!
//! Part: `cli/mod.rs`.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::learn::Learner;

#[derive(Debug, Args)]
pub(super) struct Learn {
    /// Number of the lesson. Without it, the lessons are listed
    lesson: Option<usize>,
    /// Run the tests of your exercise
    #[arg(long, requires = "lesson", conflicts_with = "hint")]
    check: bool,
    /// Print the hints so far for the exercise, and the next one
    #[arg(long, requires = "lesson")]
    hint: bool,
    /// Print the ten questions at the end of the course
    #[arg(long, conflicts_with = "lesson")]
    questions: bool,
    /// Folder for the programs and for your guesses
    #[arg(long, value_name = "DIR", default_value = "threadbare-course")]
    folder: PathBuf,
}

impl Learn {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
        let mut learner = Learner::in_folder(&self.folder, &mut input, &mut output)?;
        let is_good = match self.lesson {
            None if self.questions => learner.questions().map(|()| true),
            None => learner.list().map(|()| true),
            Some(number) if self.check => learner.checks(number),
            Some(number) if self.hint => learner.hints(number).map(|()| true),
            Some(number) => learner.goes_through(number).map(|()| true),
        };
        Ok(if is_good? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
