//! Rows 108 and 109 of the features: settings from a file, and read again, on the real program.

use std::process::{Command, Output};

use rustix::process::Signal;
use serde_json::json;

use crate::harness::raw::{get, handshake, request};
use crate::harness::{Data, Numbered, ServerProcess, eventually, program};

/// A file with this text, and its path.
fn file(data: &Data, text: &str) -> String {
    let path = data.folder().join("chat.toml");
    std::fs::create_dir_all(data.folder()).unwrap();
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn runs(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(program());
    command.args(arguments).env("THREADBARE_DATA", "none").envs(variables.iter().copied());
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn row_108_what_was_typed_goes_before_the_environment_and_that_before_the_file() {
    let data = Data::new();
    // An error that says which values count.
    let file = file(&data, "ping-interval = \"50m\"\npong-timeout = \"40m\"\n");
    let counts = |typed: &[&str], variables: &[(&str, &str)]| {
        let arguments = [&["--config", &file], typed].concat();
        let output = runs(&arguments, variables);
        assert_eq!(output.status.code(), Some(2));
        let said = said(&output);
        let value = said.split("--ping-interval ").nth(1).unwrap().split(' ').next().unwrap();
        value.to_owned()
    };
    assert_eq!(counts(&[], &[]), "50m");
    let variable = [("THREADBARE_PING_INTERVAL", "51m")];
    assert_eq!(counts(&[], &variable), "51m");
    assert_eq!(counts(&["--ping-interval", "52m"], &variable), "52m");
    // The file may be named by the environment, too.
    let output = runs(&[], &[("THREADBARE_CONFIG", &file)]);
    assert!(said(&output).contains("--ping-interval 50m"), "{}", said(&output));
}

#[test]
fn row_108_where_to_listen_is_what_is_nearest_also_by_another_name() {
    let data = Data::new();
    let file = file(&data, "addr = [\"127.0.0.1:0\", \"127.0.0.1:0\"]\n");
    let by = |variables: &[(&str, &str)]| {
        let server = ServerProcess::start_with(&["--config", &file], variables);
        server.addresses().len()
    };
    assert_eq!(by(&[]), 2);
    assert_eq!(by(&[("THREADBARE_PORT", "0")]), 1);
}

#[test]
fn row_108_a_file_that_is_wrong_ends_the_start_and_names_the_line() {
    let data = Data::new();
    let file = file(&data, "rate = 2\nmessage-limits = 3\n");
    for arguments in [&["--config", &file][..], &["config", &file]] {
        let output = runs(arguments, &[]);
        let said = said(&output);
        let place = format!("{file}, line 2: ");
        assert!(said.contains(&place) && said.contains("did you mean `message-limit`?"), "{said}");
        assert_ne!(output.status.code(), Some(0));
        assert!(output.stdout.is_empty());
    }
    let output = runs(&["--config", "/no/such.toml"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("cannot read the configuration file /no/such.toml: No such"));
}

#[test]
fn row_108_the_sample_is_a_file_that_changes_nothing() {
    let sample = runs(&["config"], &[]);
    let sample = String::from_utf8(sample.stdout).unwrap();
    assert!(
        sample.contains("\n#rate = 2\n") && sample.contains("\n# --- Limits ---\n"),
        "{sample}"
    );
    let data = Data::new();
    let file = file(&data, &sample);
    let checked = runs(&["config", &file], &[]);
    assert_eq!(String::from_utf8(checked.stdout).unwrap(), format!("{file} is right.\n"));
}

// --- SIGHUP (row 109) --------------------------------------------------------------------

/// A server of its own session, which no terminal can hang up.
fn starts_without_a_terminal(flags: &[&str]) -> ServerProcess {
    ServerProcess::start_by(&["setsid", "env", "--default-signal=HUP"], flags, &[])
}

/// A client that gives this password.
fn comes(server: &ServerProcess, password: &str) -> Numbered {
    let mut ann = Numbered::connects(server.addr);
    ann.asks(json!({"type": "hello", "password": password, "rooms": [{"room": "lobby"}]}));
    ann
}

fn is_admitted(server: &ServerProcess, password: &str) -> bool {
    comes(server, password).hears_next().is_ok_and(|told| told["type"] == "welcome")
}

#[test]
fn row_109_a_signal_changes_the_password_and_nobody_who_is_in_is_thrown_out() {
    let data = Data::new();
    let file = file(&data, "password = \"swordfish\"\nlog-level = \"info\"\n");
    let server = starts_without_a_terminal(&["--config", &file, "--addr", "127.0.0.1:0"]);
    let mut ann = comes(&server, "swordfish");
    ann.hears("joined");
    assert!(!is_admitted(&server, "catfish"));

    std::fs::write(&file, "password = \"catfish\"\nclients-per-address = 3\nrate = 1\n").unwrap();
    server.gets_signal(Signal::HUP);
    server.logs(&["the settings were reloaded"]);
    server.logs(&["these settings have changed, too, and need a restart", "settings=\"rate\""]);
    assert!(is_admitted(&server, "catfish"));
    assert!(!is_admitted(&server, "swordfish"));
    ann.says("still here");
    ann.hears("sent");
    // Three at most, and Ann is one of them.
    eventually("Ann alone is in", || server.clients() == 1);
    let others = [(); 2].map(|()| {
        let mut other = comes(&server, "catfish");
        other.hears("joined");
        other
    });
    assert_eq!(request(server.addr, &handshake("/chat?password=catfish", "")).status, 503);
    drop(others);
}

#[test]
fn row_109_a_file_that_is_wrong_changes_nothing_and_the_log_says_why() {
    let data = Data::new();
    let file = file(&data, "password = \"swordfish\"\n");
    let server = starts_without_a_terminal(&["--config", &file, "--addr", "127.0.0.1:0"]);
    std::fs::write(&file, "password = \"catfish\"\nrat = 3\n").unwrap();
    server.gets_signal(Signal::HUP);
    let line = server.logs(&["nothing was reloaded"]);
    assert!(line.contains("line 2: there is no setting `rat`"), "{line}");
    assert!(is_admitted(&server, "swordfish") && !is_admitted(&server, "catfish"));
}

#[test]
fn row_109_a_service_that_has_nothing_to_read_goes_on() {
    let server = ServerProcess::start_by(
        &["setsid", "env", "--default-signal=HUP"],
        &[],
        &[("INVOCATION_ID", "0123456789abcdef")],
    );
    server.gets_signal(Signal::HUP);
    server.logs(&["the settings were read again, and nothing has changed"]);
    assert_eq!(get(server.addr, "/healthz").status, 200);
}

#[test]
fn row_109_a_password_of_its_own_file_and_the_level_of_the_log_change_without_a_configuration() {
    let data = Data::new();
    let words = file(&data, "swordfish\n");
    let server = starts_without_a_terminal(&["--password-file", &words, "--addr", "127.0.0.1:0"]);
    std::fs::write(&words, "catfish\n").unwrap();
    server.gets_signal(Signal::HUP);
    let line = server.logs(&["the settings were reloaded"]);
    assert!(line.contains("password"), "{line}");
    assert!(is_admitted(&server, "catfish"));
}

#[test]
fn row_116_the_log_s_file_is_opened_again_by_a_signal_so_that_the_old_one_can_be_moved_away() {
    let data = Data::new();
    let log = file(&data, "what was there\n");
    let server = starts_without_a_terminal(&["--log-file", &log, "--addr", "127.0.0.1:0"]);
    let said = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let ann = Numbered::joins(server.addr, "Ann");
    eventually("a line in the file", || said(&log).contains("client joined"));
    assert!(said(&log).starts_with("what was there\n"));
    let old = format!("{log}.1");
    std::fs::rename(&log, &old).unwrap();
    server.gets_signal(Signal::HUP);
    eventually("the new file", || said(&log).contains("nothing has changed"));
    drop(ann);
    eventually("a line in the new file", || said(&log).contains("reason="));
    assert!(!said(&old).contains("reason="));

    let output = Command::new(program())
        .args(["--log-file", "/nowhere/at/all", "--addr", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("--log-file /nowhere/at/all: "), "{words}");
}
