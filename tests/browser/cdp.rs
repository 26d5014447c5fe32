//! A small client of Chromium's DevTools: starts a browser, sends commands, keeps the events that
//! came meanwhile.
//!
//! Owns: the browser and the one WebSocket to it; the browsers that are free.
//! Must not know: our page.
//! Blocks on: answers, for [`ANSWER_WAIT`] at most.

use std::cell::{Cell, RefCell};
use std::net::TcpStream;
use std::ops::Deref;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::process::{Process, Profile};
use crate::steady::next_message;

/// A command that takes longer has hung. A loaded machine starts browsers slowly.
pub(crate) const ANSWER_WAIT: Duration = Duration::from_secs(60);
/// How long a browser may take until it listens.
pub(crate) const START_WAIT: Duration = Duration::from_secs(60);
/// A browser that a test has finished with may take so long for what normally takes milliseconds.
const LEAVE_WAIT: Duration = Duration::from_secs(10);
/// Things that a test waits for come sooner than this, or not at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// The pause between two looks at something that has no event to wait for, and may be there only
/// for a moment.
const LOOK_AGAIN: Duration = Duration::from_millis(15);
/// The pause after [`WHILE`]: a look takes time of the browser that three tests share.
const LOOK_LATER: Duration = Duration::from_millis(50);
/// Things that are there only for a moment come sooner than this.
const WHILE: Duration = Duration::from_millis(400);
/// Chromium's engine without the windows around it: a test takes 0.4 of the CPU time that it takes
/// in the whole browser.
const ENGINE: &str = "chromium-headless-shell";
/// The whole browser. Only it shows notifications.
const WHOLE: &str = "chromium";
/// Without a window, and without requests to the network.
const ARGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-component-update",
    "--remote-debugging-port=0",
    // A name that the server is known by on its network.
    "--host-resolver-rules=MAP box.local 127.0.0.1",
];

/// Looks until `probe` answers, and fails with `what` after [`PATIENCE`].
pub(crate) fn wait_for<T>(what: &str, probe: impl FnMut() -> Option<T>) -> T {
    wait_within(PATIENCE, what, probe)
}

/// The same with another limit.
pub(crate) fn wait_within<T>(
    patience: Duration,
    what: &str,
    mut probe: impl FnMut() -> Option<T>,
) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        let waited = started.elapsed();
        assert!(waited < patience, "waited in vain for: {what}");
        thread::park_timeout(if waited < WHILE { LOOK_AGAIN } else { LOOK_LATER });
    }
}

/// One Chromium with a profile of its own. Ends when dropped.
pub(crate) struct Chromium {
    _process: Process,
    wire: RefCell<WebSocket<TcpStream>>,
    events: RefCell<Vec<Value>>,
    last_id: Cell<u64>,
}

impl Chromium {
    /// Starts `program`, or the one that `CHROMIUM` names, and connects to it. Port 0, so two
    /// browsers never use the same.
    fn start(program: &str) -> Self {
        let profile = Profile::new();
        let folder = format!("--user-data-dir={}", profile.folder().display());
        let process =
            profile.starts("CHROMIUM", program, &[ARGS, &[&folder, "about:blank"]].concat());
        let wire = RefCell::new(connect(&profile.folder().join("DevToolsActivePort")));
        let events = RefCell::new(Vec::new());
        Self { _process: process, wire, events, last_id: Cell::new(0) }
    }

    /// Removes all people of the last test, with all that they stored. False: the browser cannot do
    /// that. (A tab that is between two pages at that moment makes Chromium hang.)
    fn is_left(&self) -> bool {
        bound_answers(self.wire.borrow().get_ref(), LEAVE_WAIT);
        let asks = |method, params| self.ask("", method, params).ok()?.ok();
        let is_empty = asks("Target.getBrowserContexts", json!({})).is_some_and(|contexts| {
            contexts["browserContextIds"].as_array().into_iter().flatten().all(|id| {
                let context = json!({ "browserContextId": id });
                asks("Target.disposeBrowserContext", context).is_some()
            })
        });
        bound_answers(self.wire.borrow().get_ref(), ANSWER_WAIT);
        self.events.borrow_mut().clear();
        is_empty
    }

    /// Sends one command, to `session` if it names one, and returns its result.
    pub(crate) fn call(&self, session: &str, method: &str, params: Value) -> Value {
        self.try_call(session, method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// The same, for commands that may fail because the page is being left.
    pub(crate) fn try_call(
        &self,
        session: &str,
        method: &str,
        params: Value,
    ) -> Result<Value, Value> {
        self.ask(session, method, params).expect("the browser answers in time")
    }

    /// The same, for a browser that may not answer.
    fn ask(
        &self,
        session: &str,
        method: &str,
        params: Value,
    ) -> Result<Result<Value, Value>, tungstenite::Error> {
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        let mut command = json!({ "id": id, "method": method, "params": params });
        if !session.is_empty() {
            command["sessionId"] = json!(session);
        }
        let mut wire = self.wire.borrow_mut();
        wire.send(Message::text(command.to_string()))?;
        loop {
            let Message::Text(text) = next_message(&mut wire)? else { continue };
            let mut answer: Value = serde_json::from_str(&text).unwrap();
            if answer["id"] != json!(id) {
                self.events.borrow_mut().push(answer);
                continue;
            }
            let error = answer["error"].take();
            return Ok(if error.is_null() { Ok(answer["result"].take()) } else { Err(error) });
        }
    }

    /// The parameters of all events called `method` that came for `session`.
    pub(crate) fn events(&self, session: &str, method: &str) -> Vec<Value> {
        let events = self.events.borrow();
        events
            .iter()
            .filter(|event| event["sessionId"] == session && event["method"] == method)
            .map(|event| event["params"].clone())
            .collect()
    }
}

/// Chromium writes its port and its path into a file once it listens.
fn connect(port_file: &Path) -> WebSocket<TcpStream> {
    // With four at once, the first from a cold disk, during a build, it took 18 s.
    let (port, path) = wait_within(START_WAIT, "Chromium's port file", || {
        let text = std::fs::read_to_string(port_file).ok()?;
        let (port, path) = text.trim().split_once('\n')?;
        Some((port.parse::<u16>().ok()?, path.to_owned()))
    });
    wire_to(port, &path)
}

/// The one WebSocket to a browser that listens on `port` of this machine.
pub(crate) fn wire_to(port: u16, path: &str) -> WebSocket<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    bound_answers(&stream, ANSWER_WAIT);
    tungstenite::client(format!("ws://127.0.0.1:{port}{path}"), stream).unwrap().0
}

#[expect(clippy::disallowed_methods, reason = "one bound for all answers, not a deadline")]
fn bound_answers(stream: &TcpStream, wait: Duration) {
    stream.set_read_timeout(Some(wait)).unwrap();
}

/// Browsers that no test uses now. A start takes a second of the machine, and people in one browser
/// share nothing.
static FREE: Mutex<Vec<Chromium>> = Mutex::new(Vec::new());

/// A Chromium lent to one test.
pub(crate) struct Lent {
    chromium: Option<Chromium>,
    is_for_one: bool,
}

impl Lent {
    /// A free one, or a new one.
    pub(crate) fn any() -> Self {
        let free = FREE.lock().pop();
        let chromium = free.unwrap_or_else(|| Chromium::start(ENGINE));
        Self { chromium: Some(chromium), is_for_one: false }
    }

    /// The whole browser, for one test only.
    pub(crate) fn whole() -> Self {
        Self { chromium: Some(Chromium::start(WHOLE)), is_for_one: true }
    }
}

impl Deref for Lent {
    type Target = Chromium;

    fn deref(&self) -> &Chromium {
        self.chromium.as_ref().unwrap()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let chromium = self.chromium.take();
        // A browser of a failed test may be the reason of the failure, so it is not used again.
        let is_spent = self.is_for_one || thread::panicking();
        if let Some(chromium) = chromium.filter(|_| !is_spent)
            && chromium.is_left()
        {
            FREE.lock().push(chromium);
        }
    }
}
