//! A small client of WebDriver: starts WebKit's browser on a screen of its own, and sends each
//! command as a request.
//!
//! Owns: the browser, and its one window.
//! Must not know: our page.
//! Blocks on: answers, as long as `cdp.rs` does.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::cdp::{ANSWER_WAIT, START_WAIT, wait_within};
use crate::screened::Screened;

/// The name of an element's id in an answer.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One WebKit with fresh settings and one window. Ends when dropped.
pub(crate) struct WebKit {
    screened: Screened,
    port: u16,
    session: String,
}

impl WebKit {
    /// Starts a browser of this size and connects to it. Port 0, so two browsers never use the
    /// same.
    pub(crate) fn start(width: u32, height: u32) -> Self {
        let size = format!("{width}x{height}");
        let screened = Screened::starts(&size, &["WebKitWebDriver", "--port=0"]);
        let port = wait_within(START_WAIT, "WebKit's driver", || port_of(screened.id));
        let mut webkit = Self { screened, port, session: String::new() };
        let made = webkit.ask("POST", "/session", &json!({ "capabilities": {} }));
        let id = made.unwrap_or_else(|error| panic!("no WebKit: {error}"));
        webkit.session = format!("/session/{}", id["sessionId"].as_str().unwrap());
        let whole = json!({ "x": 0, "y": 0, "width": width, "height": height });
        webkit.call("/window/rect", &whole);
        webkit
    }

    /// Sends one command and returns its result.
    pub(crate) fn call(&self, command: &str, params: &Value) -> Value {
        self.try_call(command, params).unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// The same, for commands that fail while the browser changes to the next page.
    pub(crate) fn try_call(&self, command: &str, params: &Value) -> Result<Value, Value> {
        self.ask("POST", &format!("{}{command}", self.session), params)
    }

    /// Does something with the element that `selector` finds: `click`, `value`.
    pub(crate) fn call_element(&self, selector: &str, what: &str, params: &Value) {
        let by = json!({ "using": "css selector", "value": selector });
        let found = self.call("/element", &by);
        let id = found[ELEMENT].as_str().unwrap();
        self.call(&format!("/element/{id}/{what}"), params);
    }

    /// A picture of what is in sight, as PNG.
    pub(crate) fn picture(&self) -> String {
        let shot = self.ask("GET", &format!("{}/screenshot", self.session), &Value::Null);
        shot.unwrap().as_str().unwrap().to_owned()
    }

    /// Presses keys like a keyboard, so that they pass the input method.
    pub(crate) fn presses(&self, keys: &[&str]) {
        // Without a window manager, keys go to the window under the mouse.
        let all = ["mousemove", "600", "300", "key", "--delay", "30"];
        self.screened.asks("xdotool", &[&all[..], keys].concat());
    }

    fn ask(&self, method: &str, path: &str, params: &Value) -> Result<Value, Value> {
        let body = if params.is_null() { String::new() } else { params.to_string() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        #[expect(clippy::disallowed_methods, reason = "one bound for all answers, not a deadline")]
        stream.set_read_timeout(Some(ANSWER_WAIT)).unwrap();
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        let more = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(format!("{head}{more}{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the browser answers in time");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let mut told: Value = serde_json::from_str(body).unwrap();
        let value = told["value"].take();
        if head.starts_with("HTTP/1.1 200") { Ok(value) } else { Err(value) }
    }
}

impl Drop for WebKit {
    fn drop(&mut self) {
        // If the driver were killed, its browser would go on until it noticed that the screen is
        // gone.
        if !self.session.is_empty() && !std::thread::panicking() {
            self.ask("DELETE", &self.session, &Value::Null).ok();
        }
    }
}

/// The port on which a process listens, once it does. The process chose the port itself and does
/// not print it, but the system knows which process has which sockets.
fn port_of(id: u32) -> Option<u16> {
    let open = fs::read_dir(format!("/proc/{id}/fd")).ok()?.flatten();
    let open: Vec<_> = open.filter_map(|file| fs::read_link(file.path()).ok()).collect();
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    table.lines().skip(1).find_map(|line| {
        let columns: Vec<_> = line.split_whitespace().collect();
        let socket = format!("socket:[{}]", columns.get(9)?);
        // 0A means that the socket listens.
        let is_its = columns[3] == "0A" && open.iter().any(|file| file.as_os_str() == &*socket);
        let (_, port) = columns[1].split_once(':').filter(|_| is_its)?;
        u16::from_str_radix(port, 16).ok()
    })
}
