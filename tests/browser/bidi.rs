//! A small client of WebDriver BiDi: starts a Firefox, sends commands, keeps the warnings and
//! errors of its tab.
//!
//! Owns: the browser and the one WebSocket to it.
//! Must not know: our page.
//! Blocks on: answers, as long as `cdp.rs` does.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::net::TcpStream;
use std::path::Path;

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::cdp::{START_WAIT, wait_within, wire_to};
use crate::process::{Process, Profile};
use crate::steady::next_message;

/// Settings for a Firefox that makes no requests of its own, shows no welcome, and takes no more of
/// the machine than one tab needs. Its remote protocol sets more like these, but only after the
/// start.
const QUIET: &[(&str, &str)] = &[
    ("app.normandy.enabled", "false"),
    ("app.update.disabledForTesting", "true"),
    ("browser.aboutwelcome.enabled", "false"),
    ("browser.preonboarding.enabled", "false"),
    ("browser.region.network.url", "\"\""),
    ("browser.safebrowsing.blockedURIs.enabled", "false"),
    ("browser.safebrowsing.downloads.enabled", "false"),
    ("browser.safebrowsing.malware.enabled", "false"),
    ("browser.safebrowsing.phishing.enabled", "false"),
    ("browser.shell.checkDefaultBrowser", "false"),
    ("browser.startup.homepage_override.mstone", "\"ignore\""),
    ("browser.startup.page", "0"),
    ("datareporting.healthreport.uploadEnabled", "false"),
    ("datareporting.policy.dataSubmissionEnabled", "false"),
    ("dom.ipc.processPrelaunch.enabled", "false"),
    ("dom.push.connection.enabled", "false"),
    ("extensions.getAddons.cache.enabled", "false"),
    ("extensions.update.enabled", "false"),
    ("intl.accept_languages", "\"en-US, en\""),
    ("layout.css.prefers-color-scheme.content-override", "1"),
    ("media.gmp-manager.updateEnabled", "false"),
    ("network.captive-portal-service.enabled", "false"),
    ("network.connectivity-service.enabled", "false"),
    ("network.proxy.type", "0"),
    ("services.settings.server", "\"data:,nobody\""),
    ("toolkit.telemetry.enabled", "false"),
    ("toolkit.telemetry.server", "\"\""),
];

/// One Firefox with a profile of its own and one tab. Ends when dropped.
pub(crate) struct Firefox {
    _process: Process,
    wire: RefCell<WebSocket<TcpStream>>,
    last_id: Cell<u64>,
    tab: String,
    complaints: RefCell<Vec<String>>,
}

impl Firefox {
    /// Starts a browser of this size and connects to it. Port 0, so two browsers never use the
    /// same.
    pub(crate) fn start(width: u32, height: u32, with_scripts: bool) -> Self {
        let profile = Profile::new();
        let folder = profile.folder();
        std::fs::write(folder.join("user.js"), preferences(with_scripts)).unwrap();
        let args = ["--headless", "--no-remote", "--profile", folder.to_str().unwrap()];
        let listens = ["--remote-debugging-port", "0", "about:blank"];
        let process = profile.starts("FIREFOX", "firefox-esr", &[&args[..], &listens].concat());
        let wire = RefCell::new(connect(&folder.join("WebDriverBiDiServer.json")));
        let (tab, complaints) = (String::new(), RefCell::default());
        let mut firefox = Self { _process: process, wire, last_id: Cell::new(0), tab, complaints };
        firefox.call("session.new", json!({ "capabilities": {} }));
        firefox.call("session.subscribe", json!({ "events": ["log.entryAdded"] }));
        let tab = firefox.call("browsingContext.create", json!({ "type": "tab" }));
        firefox.tab = tab["context"].as_str().unwrap().to_owned();
        let size = json!({ "width": width, "height": height });
        firefox.call_tab("browsingContext.setViewport", json!({ "viewport": size }));
        firefox
    }

    /// Sends one command and returns its result.
    pub(crate) fn call(&self, method: &str, params: Value) -> Value {
        self.try_call(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// The same, to the tab.
    pub(crate) fn call_tab(&self, method: &str, mut params: Value) -> Value {
        params["context"] = json!(self.tab);
        self.call(method, params)
    }

    /// Evaluates an expression in a sandbox next to the page: it sees the document, and works also
    /// if the page's own scripts are off. An error means that the page cannot answer now.
    pub(crate) fn try_evaluate(&self, expression: &str) -> Result<Value, Value> {
        let target = json!({ "context": self.tab, "sandbox": "tests" });
        let expression = format!("JSON.stringify(({expression}))");
        let params = json!({ "expression": expression, "target": target, "awaitPromise": false });
        let answer = self.try_call("script.evaluate", params)?;
        assert_eq!(answer["type"], "success", "{expression}: {}", answer["exceptionDetails"]);
        // `undefined` has no value, because JSON has no word for it.
        let value = answer["result"]["value"].as_str().unwrap_or("null");
        Ok(serde_json::from_str(value).unwrap())
    }

    /// Every warning and error of the tab so far.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.complaints.borrow().clone()
    }

    fn try_call(&self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        let command = json!({ "id": id, "method": method, "params": params });
        let mut wire = self.wire.borrow_mut();
        wire.send(Message::text(command.to_string())).unwrap();
        loop {
            let Message::Text(text) = next_message(&mut wire).expect("the browser answers in time")
            else {
                continue;
            };
            let mut answer: Value = serde_json::from_str(&text).unwrap();
            if answer["id"] != json!(id) {
                self.keep_complaint(&answer);
                continue;
            }
            let is_good = answer["type"] == "success";
            return if is_good { Ok(answer["result"].take()) } else { Err(answer) };
        }
    }

    fn keep_complaint(&self, event: &Value) {
        let entry = &event["params"];
        if entry["level"] == "warn" || entry["level"] == "error" {
            let words = entry["text"].as_str().unwrap_or_default();
            self.complaints.borrow_mut().push(words.to_owned());
        }
    }
}

/// The preferences, as text for a profile's file.
fn preferences(with_scripts: bool) -> String {
    let mut text = String::new();
    for (name, value) in QUIET {
        writeln!(text, "user_pref(\"{name}\", {value});").unwrap();
    }
    writeln!(text, "user_pref(\"javascript.enabled\", {with_scripts});").unwrap();
    text
}

/// Firefox writes its port into a file once it listens.
fn connect(port_file: &Path) -> WebSocket<TcpStream> {
    let port = wait_within(START_WAIT, "Firefox's port file", || {
        let text = std::fs::read_to_string(port_file).ok()?;
        let file: Value = serde_json::from_str(&text).ok()?;
        u16::try_from(file["ws_port"].as_u64()?).ok()
    });
    wire_to(port, "/session")
}
