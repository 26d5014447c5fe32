//! All kinds of clients in one room: two tabs of our page, a classic page from a folder,
//! `threadbare join`, and a classic client on Go's gorilla/websocket.
//!
//! Goal: clients that know nothing of each other hear the same, in the same order. Method: the
//! server gets the classic page by `--assets`; its rooms still have our own page.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::host::Server;
use crate::page::{Browser, DESKTOP, PHONE};
use crate::program::program;

/// A program that sends what it reads and prints what it hears.
struct Talker {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Talker {
    fn start(program: &Path, args: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdin, stdout }
    }

    fn says(&mut self, text: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{text}").unwrap();
    }

    /// The next message that it prints must be this one.
    fn hears(&mut self, text: &str) {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        // A guest's message begins with the guest's name.
        let said = line.trim_end();
        let words = said.strip_prefix("guest-").and_then(|rest| rest.split_once(": "));
        assert_eq!(words.map_or(said, |(_, words)| words), text);
    }

    /// Ends its input; it must leave with a close handshake and code 0.
    fn leaves(mut self) {
        drop(self.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        // An error means that it has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Builds the Go client from Debian's package of gorilla/websocket.
fn go_client() -> PathBuf {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/classic/client.go");
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("classic-go-client");
    let built = Command::new("go")
        .env("GO111MODULE", "off")
        .env("GOPATH", "/usr/share/gocode")
        .env("GOCACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("go-cache"))
        .args(["build", "-o"])
        .arg(&program)
        .arg(source)
        .output()
        .expect("go is not installed; tests/run installs it");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    program
}

#[test]
fn two_tabs_a_classic_page_a_console_and_a_go_client_chat_in_one_room() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/lookalike");
    let server = Server::start_with("127.0.0.1:0", &["--assets", folder]);
    let chat = format!("ws://{}/chat", server.address());
    let ours = format!("{}r/lobby", server.url());
    let browser = Browser::start();
    let ann = browser.comes(&ours, DESKTOP);
    let bo = browser.comes(&ours, PHONE);
    ann.is_connected();
    bo.is_connected();
    let classic = browser.looks_at(&server.url(), DESKTOP);
    classic.waits_until("document.body?.dataset.open === 'yes'");
    let mut console = Talker::start(Path::new(program()), &["join", &chat]);
    // Each client hears its own first words, so it is in the room from there on. The next client
    // comes only then, because it would hear these words, too.
    console.says("the console is here");
    console.hears("the console is here");
    let mut go = Talker::start(&go_client(), &[&chat]);
    go.says("go is here");
    go.hears("go is here");
    console.hears("go is here");

    ann.says("from the first tab");
    console.hears("from the first tab");
    bo.says("from the second tab");
    console.hears("from the second tab");
    classic.types("from the classic page");
    classic.presses("Enter");
    console.hears("from the classic page");
    console.says("from the console");
    console.hears("from the console");
    go.says("from go");
    console.hears("from go");

    let said = [
        "from the first tab",
        "from the second tab",
        "from the classic page",
        "from the console",
        "from go",
    ];
    for text in said {
        go.hears(text);
    }
    for tab in [&ann, &bo] {
        tab.hears("from go");
        let log = tab.log();
        let heard: Vec<_> =
            log.iter().filter_map(|row| said.iter().position(|text| row.contains(text))).collect();
        assert_eq!(heard, [0, 1, 2, 3, 4], "another order: {log:?}");
    }
    classic.waits_until("document.querySelector('#log').innerText.includes('from go')");
    let text = classic.reads("document.querySelector('#log').innerText");
    let places: Vec<_> = said.iter().map(|one| text.find(one).unwrap()).collect();
    assert!(places.is_sorted(), "another order: {text}");
    console.leaves();
    go.leaves();
}
