//! `threadbare doctor`: what it says of this machine, and of one where something is wrong.

use std::net::TcpListener;
use std::process::{Command, Output};

use crate::harness::{Data, program};

fn looks(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(program());
    command.arg("doctor").args(arguments).env_remove("THREADBARE_DATA");
    command.envs(variables.iter().copied()).output().unwrap()
}

/// The line about this, with its mark.
fn line(output: &Output, what: &str) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let about = |line: &&str| line.split_whitespace().nth(1) == Some(what);
    text.lines().find(about).unwrap_or_else(|| panic!("nothing about {what}: {text}")).to_owned()
}

#[test]
fn where_all_is_well_each_thing_has_its_line_and_nothing_is_left_behind() {
    let data = Data::new();
    std::fs::create_dir_all(data.folder()).unwrap();
    let folder = data.folder().to_str().unwrap();
    let output = looks(&["--addr", "127.0.0.1:0", "--data", folder, "--keep-size", "1"], &[]);
    for what in ["people", "port", "disk", "space", "clock"] {
        assert!(line(&output, what).starts_with("ok "), "{}", line(&output, what));
    }
    assert!(line(&output, "people").contains(" fit at once, by "));
    assert!(line(&output, "network").contains("only this machine reaches the server"));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(std::fs::read_dir(data.folder()).unwrap().count(), 0);
    assert!(output.stderr.is_empty());
}

#[test]
fn what_should_change_is_said_with_how() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let output = looks(&["--addr", &addr, "--data", "none"], &[]);
    assert_eq!(output.status.code(), Some(1));
    let port = line(&output, "port");
    assert!(port.starts_with("CHANGE ") && port.contains("choose another port"), "{port}");
    assert!(line(&output, "history").contains("outlives no restart"));

    let data = Data::new();
    std::fs::create_dir_all(data.folder()).unwrap();
    let folder = data.folder().to_str().unwrap();
    let many = ["--addr", "127.0.0.1:0", "--data", folder, "--keep-size", "999999999"];
    let output = looks(&many, &[]);
    assert!(line(&output, "space").contains("use --keep-size "), "{}", line(&output, "space"));

    let output = looks(&["--addr", "127.0.0.1:0"], &[("HOME", "/"), ("XDG_STATE_HOME", "")]);
    assert!(line(&output, "history").contains("--data DIR names another folder"));

    // The superuser may write everywhere, but not into the kernel's files.
    let output = looks(&["--addr", "127.0.0.1:0", "--data", "/proc/self/chat"], &[]);
    assert!(line(&output, "disk").contains("give another folder"), "{}", line(&output, "disk"));
}
