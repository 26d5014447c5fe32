//! Classic B1 to B4: the flags of the classic servers, on the real program.

use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::harness::raw::get;
use crate::harness::{Person, ServerProcess, eventually, program};

fn help() -> String {
    let output = Command::new(program()).arg("--help").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn classic_b1_addr_may_be_a_port_a_host_and_port_or_ipv6_and_come_more_than_once() {
    let both = ServerProcess::start(&["--addr", "127.0.0.1:0", "--addr", "127.0.0.1:0"]);
    let addresses = both.addresses();
    assert_eq!(addresses.len(), 2, "{:?}", both.greeting);
    let mut ann = Person::joins(addresses[0], "ann", "/ws");
    let mut bo = Person::joins(addresses[1], "bo", "/ws");
    ann.hears("(bo is here)");
    ann.says("one room behind two doors");
    bo.hears("one room behind two doors");

    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        let ipv6 = ServerProcess::start(&["--addr=[::1]:0"]);
        assert_eq!(get(ipv6.addr, "/healthz").status, 200);
    }
}

#[test]
fn a_port_alone_is_open_on_every_address_and_the_start_names_them() {
    let server = ServerProcess::start(&["-addr", ":0"]);
    assert!(server.addr.ip().is_loopback(), "this machine's own address comes first");
    let networks = if_addrs::get_if_addrs().unwrap().into_iter().map(|interface| interface.ip());
    for ip in networks.filter(std::net::IpAddr::is_ipv4) {
        let addr = (ip, server.addr.port()).into();
        assert!(server.addresses().contains(&addr), "{addr} in {:?}", server.greeting);
        assert_eq!(get(addr, "/healthz").status, 200);
    }
}

#[test]
fn classic_b1_addr_comes_from_the_environment_too_and_its_default_is_8080() {
    let server = ServerProcess::start_with(&[], &[("THREADBARE_ADDR", "127.0.0.1:0,127.0.0.1:0")]);
    assert_eq!(server.addresses().len(), 2);
    assert_eq!(threadbare::base::limits::ADDR_DEFAULT, ":8080");
}

#[test]
fn every_flag_of_the_server_can_come_from_the_environment() {
    let help = help();
    let flags: Vec<_> = help
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--"))
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .filter(|flag| flag != "help" && flag != "version")
        .collect();
    assert!(flags.len() > 15, "{flags:?}");
    for flag in flags {
        let variable = format!("THREADBARE_{}", flag.replace('-', "_").to_uppercase());
        // The help does not show the value of the password's variable.
        let has = |end| help.replace('\n', " ").contains(&format!("{variable}{end}"));
        assert!(has("=") || has("]"), "{flag} has no {variable}");
    }
    // These have no line in the help.
    for hidden in ["DOORS", "EXCHANGES", "IDLE_TIMEOUT", "HEAD_TIMEOUT", "BODY_TIMEOUT"] {
        let server = Command::new(program()).env(format!("THREADBARE_{hidden}"), "odd").output();
        assert_eq!(server.unwrap().status.code(), Some(2), "{hidden}");
    }
}

#[test]
fn what_is_typed_wins_over_the_environment_and_the_console_does_not_care() {
    needs!(Manual);
    let from_outside = [("THREADBARE_ADDR", "256.0.0.1:1")];
    let server = ServerProcess::start_with(&["--port", "0"], &from_outside);
    assert!(server.addr.ip().is_loopback());
    let server = ServerProcess::start_with(&["--addr", "127.0.0.1:0"], &[("THREADBARE_PORT", "1")]);
    assert_eq!(get(server.addr, "/healthz").status, 200);
    let man = Command::new(program()).arg("man").env("THREADBARE_OUTBOX", "0").output().unwrap();
    assert!(man.status.success(), "{}", String::from_utf8_lossy(&man.stderr));
}

#[test]
fn classic_b2_assets_names_a_folder_with_ones_own_page() {
    let page = "<!doctype html><title>Mine</title><p>at {{$}}";
    let folder = crate::rows::http::page_folder("home.html", page);
    let server = ServerProcess::start(&["-assets", folder.to_str().unwrap()]);
    let answer = get(server.addr, "/");
    assert_eq!(answer.text(), format!("<!doctype html><title>Mine</title><p>at {}", server.addr));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn classic_b2_a_folder_without_a_page_is_an_error_that_names_it() {
    let output = Command::new(program())
        .args(["--addr", "127.0.0.1:0", "--assets", "/nowhere/at/all"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("/nowhere/at/all") && words.trim().lines().count() == 1, "{words}");
    assert_eq!(words.matches("No such file").count(), 1, "{words}");
}

#[test]
fn classic_b3_port_timeout_and_cpu_are_taken_as_the_classic_server_takes_them() {
    let server = ServerProcess::start(&["-port", "0", "-timeout", "0", "-cpu", "1000"]);
    assert!(server.addr.ip().is_loopback(), "--port listens on localhost only");
    assert_eq!(get(server.addr, "/").status, 200);
    let quick = ServerProcess::start(&["-timeout=1500", "--addr=127.0.0.1:0"]);
    assert_eq!(get(quick.addr, "/").status, 200);
}

#[test]
fn classic_b3_above_the_cpu_bound_new_requests_are_refused_with_503() {
    let server = ServerProcess::start(&["--cpu", "1"]);
    let busy = Arc::new(AtomicBool::new(true));
    let spinning = threadbare::base::threads::spawn("busy", {
        let busy = Arc::clone(&busy);
        move || while busy.load(Ordering::Relaxed) {}
    })
    .unwrap();
    let mut refused = None;
    eventually("a refusal under load", || {
        let answer = get(server.addr, "/");
        refused = (answer.status == 503).then_some(answer);
        refused.is_some()
    });
    busy.store(false, Ordering::Relaxed);
    spinning.join().unwrap();
    let refused = refused.unwrap();
    assert!(refused.header("retry-after").is_some(), "{}", refused.head);
}

#[test]
fn classic_b4_a_fixed_address_is_listened_on_alone() {
    let server = ServerProcess::start(&["--addr", "127.0.0.1:0"]);
    assert_eq!(server.addr.ip(), Ipv4Addr::LOCALHOST);
    assert_eq!(server.addresses().len(), 1, "{:?}", server.greeting);
    let other = std::net::TcpStream::connect((Ipv4Addr::new(127, 0, 0, 2), server.addr.port()));
    assert!(other.is_err(), "127.0.0.2 is another address");
}

fn ends_with_code_2(flags: &[&str], word: &str) {
    let output = Command::new(program()).args(flags).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{flags:?}: {words}");
    assert!(words.contains(word), "{flags:?}: {words}");
}

#[test]
fn a_bad_flag_ends_with_code_2_and_says_what_is_right() {
    for (flags, word) in [
        (&["--outbox", "0"][..], "between 1 and"),
        (&["--ping-interval", "2m"][..], "shorter than --pong-timeout"),
        (&["--head-timeout", "soon"][..], "3s"),
        (&["--nonsense"][..], "--help"),
        (&["--addr", ":1", "--port", "2"][..], "use one of them"),
        (&["--addr", "nonsense"][..], "no address to listen on"),
        (&["--addr", ":99999"][..], "no address to listen on"),
        (&["--clients", "-1"][..], "'--clients <N>': at least 1, please"),
        (&["--outbox", "-1"][..], "'--outbox <N>': between 1 and"),
    ] {
        ends_with_code_2(flags, word);
    }
}

#[test]
fn a_bad_flag_of_the_whole_chat_ends_with_code_2_too() {
    needs!(Pace);
    for (flags, word) in [
        (&["--rate", "-1"][..], "'--rate <N>': between 0 and 10000, please"),
        (&["--rate", "x"][..], "'--rate <N>': a whole number, please"),
        (&["--burst", "-1"][..], "'--burst <N>': between 1 and 10000, please"),
        (&["--room-people", "-1"][..], "'--room-people <N>': at least 1, please"),
        (&["--addr", "127.0.0.1:0", "--lines", ":x"][..], "no address to listen on"),
    ] {
        ends_with_code_2(flags, word);
    }
}

#[test]
fn completions_and_the_manual_page_come_from_the_program_itself() {
    needs!(Manual);
    for (args, word) in [
        (&["completions", "bash"][..], "complete -F"),
        (&["completions", "zsh"][..], "#compdef threadbare"),
        (&["man"][..], ".TH threadbare"),
    ] {
        let output = Command::new(program()).args(args).output().unwrap();
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).contains(word), "{args:?}");
    }
}

#[test]
fn the_start_says_where_people_can_come_in_and_what_the_server_allows() {
    needs!(Console);
    let server = ServerProcess::start(&["--clients", "7"]);
    let greeting = server.greeting.join("\n");
    assert!(greeting.contains("(on this machine)"), "{greeting}");
    assert!(greeting.contains("threadbare join http://127.0.0.1:"), "{greeting}");
    assert!(greeting.contains("7 people at once"), "{greeting}");
}
