//! `threadbare learn`: the course in a terminal, with the `rustc` of this machine.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Runs the command in this folder; `typed` is what the learner types.
fn learns(folder: &Path, args: &[&str], typed: &str) -> Output {
    let mut learner = Command::new(env!("CARGO_BIN_EXE_threadbare"))
        .arg("learn")
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    learner.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    learner.wait_with_output().unwrap()
}

/// An empty folder, which the test removes.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("threadbare-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_learner_guesses_sees_what_was_measured_and_cures_the_exercise() {
    let folder = folder("learner");
    let listed = text(&learns(&folder, &[], ""));
    assert!(listed.contains("  4  Timeout or deadline?"), "{listed}");
    assert!(listed.ends_with("Next: threadbare learn 1\n"), "{listed}");
    // The second guess is typed with words first, and the third is left out.
    let told = learns(&folder, &["4"], "500 ms\nlong\n1,000\n\n");
    let (page, wrong) = (text(&told), String::from_utf8_lossy(&told.stderr).into_owned());
    assert!(told.status.success(), "{page}{wrong}");
    for words in [
        "# Lesson 4: Timeout or deadline?",
        "That is no number. Write one like 250, 0.5 (not 0,5) or 2,000.",
        "your guess           1,000 ms",
        // The figure of the page stands beside the learner's own.
        "elsewhere            2,911 ms",
        "rustc builds it; that takes some seconds",
        "## Why",
        "## In Threadbare",
        "threadbare learn 4 --check",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let course = folder.join("threadbare-course");
    let kept = fs::read_to_string(course.join("guesses.txt")).unwrap();
    for line in ["4 silent_ms guess 500\n", "4 timeout_ms guess 1000\n", "4 deadline_ms measured "]
    {
        assert!(kept.contains(line), "{kept}");
    }
    assert!(!kept.contains("deadline_ms guess"), "{kept}");
    // The exercise is not solved by itself, nor by taking its tests away.
    let exercise = course.join("04-deadline/exercise.rs");
    let given = fs::read_to_string(&exercise).unwrap();
    let untested = given.split("#[cfg(test)]").next().unwrap();
    for attempt in [&*given, untested] {
        fs::write(&exercise, attempt).unwrap();
        let checked = learns(&folder, &["4", "--check"], "");
        assert_eq!(checked.status.code(), Some(1), "{}", text(&checked));
        assert!(text(&checked).contains("Not yet."), "{}", text(&checked));
    }
    // What rustc says is about the learner's file, and what is below the tests counts, too.
    let below = "\nfn below() -> u8 { \"no number\" }\n";
    fs::write(&exercise, format!("{given}{below}")).unwrap();
    let checked = learns(&folder, &["4", "--check"], "");
    let said = text(&checked) + &String::from_utf8_lossy(&checked.stderr);
    let line = given.lines().count() + 2;
    assert!(said.contains(&format!("--> exercise.rs:{line}:")), "{said}");
    assert!(said.contains("04-deadline/exercise.rs") && !said.contains("checked.rs"), "{said}");
    let hint = text(&learns(&folder, &["4", "--hint"], ""));
    assert!(hint.contains("## Hint 1") && !hint.contains("## Hint 2"), "{hint}");
    assert!(text(&learns(&folder, &["4", "--hint"], "")).contains("## Hint 2"));
    fs::copy(course.join("04-deadline/answer.rs"), &exercise).unwrap();
    let checked = learns(&folder, &["4", "--check"], "");
    assert!(checked.status.success(), "{}", text(&checked));
    assert!(text(&checked).contains("Lesson 4 is solved."), "{}", text(&checked));
    assert!(text(&learns(&folder, &["--questions"], "")).contains("10. A test of a queue"));
    // What the learner has written stays when they go through the lesson again.
    learns(&folder, &["4"], "");
    let (kept, answer) = (fs::read(&exercise), fs::read(course.join("04-deadline/answer.rs")));
    assert_eq!(kept.unwrap(), answer.unwrap());
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_lesson_that_is_not_there_is_told_as_one() {
    let folder = folder("no-lesson");
    let told = learns(&folder, &["13"], "");
    assert_eq!(told.status.code(), Some(1));
    let words = String::from_utf8_lossy(&told.stderr).into_owned();
    assert_eq!(words, "threadbare: there is no lesson 13; the lessons are 1 to 12\n");
    fs::remove_dir_all(folder).unwrap();
}
