//! Classic B30 and B31: the console client and the words of the log, as real programs.

use std::process::Command;

use crate::harness::raw::{handshake, narrow, request};
use crate::harness::{Console, Person, ServerProcess, Signal, TestServer, program};

#[test]
fn classic_b30_a_pipe_says_each_line_and_prints_each_message_without_a_prompt() {
    needs!(Console);
    let server = TestServer::start();
    let mut ann = server.joins("ann");
    let mut console = Console::joins(server.addr);
    console.types("from a pipe\n");
    ann.hears("from a pipe");
    assert_eq!(console.shows("from a pipe\n"), "from a pipe\n", "no prompt in a pipe");
    ann.says("to \u{1b}[31mthe\u{1b}]0;title\u{7} pipe");
    assert!(!console.shows("pipe\n").contains('\u{1b}'), "escapes are stripped");
    assert_eq!(console.ends().code, 0);
}

#[test]
fn classic_b30_a_terminal_shows_the_prompt_and_each_message_with_its_words() {
    needs!(Console);
    let server = TestServer::start();
    let mut ann = server.joins("ann");
    let join = format!("join --classic ws://{}/chat", server.addr);
    let mut console = Console::in_a_terminal(&join, &[("LC_ALL", "zh_CN.UTF-8")]);
    console.shows("请输入:");
    console.types("你好\n");
    ann.hears("你好");
    console.shows("获取到的信息: 你好");
    ann.says("欢迎");
    console.shows("获取到的信息: 欢迎");
    // Ctrl-D at the start of a line ends the input.
    console.types("\u{4}");
    assert_eq!(console.waits().code, 0);
    server.waits_for_clients(1);
}

#[test]
fn classic_b30_everything_piped_in_is_said_before_it_leaves() {
    needs!(Console);
    // Ann reads everything later, at once.
    let server = TestServer::with(|config| config.client.outbox_messages_max = 65_536);
    let mut ann = server.joins("ann");
    let mut console = Console::joins(server.addr);
    let lines: String = (0..500).map(|number| format!("line {number}\n")).collect();
    console.types(&lines);
    assert_eq!(console.ends().code, 0);
    for number in 0..500 {
        ann.hears(&format!("line {number}"));
    }
}

#[test]
fn classic_b30_ctrl_c_leaves_cleanly() {
    needs!(Console);
    let server = TestServer::start();
    let mut console = Console::joins(server.addr);
    console.types("here\n");
    console.shows("here\n");
    console.gets_signal(Signal::INT);
    assert_eq!(console.waits().code, 0);
    server.waits_for_clients(0);
}

#[test]
fn classic_b31_the_log_says_it_in_chinese_where_the_locale_is() {
    let server = ServerProcess::start_with(&[], &[("LC_ALL", "zh_CN.UTF-8")]);
    let ann = Person::joins(server.addr, "ann", "/chat");
    ann.leaves();
    let line = server.logs(&["用户退出: 127.0.0.1:"]);
    assert!(line.contains(" INFO "), "{line}");
    let post = "POST /chat HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n";
    request(server.addr, post);
    server.logs(&["请求方式错误"]);
    request(server.addr, &handshake("/elsewhere", ""));
    server.logs(&["请求路径错误"]);
    request(server.addr, &handshake("/chat", "").replace("Version: 13", "Version: 8"));
    server.logs(&["获取连接失败"]);
}

#[test]
fn classic_b31_the_log_says_it_in_english_elsewhere() {
    let server = ServerProcess::start(&[]);
    Person::joins(server.addr, "ann", "/chat").leaves();
    server.logs(&["client left: 127.0.0.1:"]);
    request(server.addr, &handshake("/elsewhere", ""));
    server.logs(&["wrong path"]);
}

#[test]
fn classic_b31_a_write_error_has_its_own_words() {
    let server = ServerProcess::start_with(
        &["--write-timeout", "50ms", "--outbox", "65536"],
        &[("LC_ALL", "zh_CN.UTF-8")],
    );
    let mut ann = Person::joins(server.addr, "ann", "/chat");
    let _deaf = Person::over(narrow(server.addr), server.addr, "deaf", "/chat");
    ann.talks_until(400, || server.log().iter().any(|line| line.contains("写入错误")));
}

#[test]
fn a_crowd_tries_the_room_and_reports_what_it_found() {
    needs!(Console);
    let server = TestServer::start();
    let url = format!("ws://{}/chat", server.addr);
    let output = Command::new(program())
        .args(["crowd", &url, "--people", "30", "--rate", "100", "--for", "1s"])
        .output()
        .unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{table}{}", String::from_utf8_lossy(&output.stderr));
    for word in ["delivered", "lost", "evicted", "p99"] {
        assert!(table.contains(word), "{table}");
    }
    server.waits_for_clients(0);
}
