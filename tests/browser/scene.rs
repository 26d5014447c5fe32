//! A scene for a picture: a server with a clock that the scene sets, people who speak without a
//! browser, and a reader in front of a page. Each run makes the same scene.
//!
//! Owns: the server's clock and folder, the clients without a browser.
//! Must not know: what is said.

use std::cell::{Cell, RefCell};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

use crate::cdp::PATIENCE;
use crate::host::{Proxy, Server};
use crate::page::{Browser, Person, Visit};
use crate::steady::next_message;

/// The reader's clock stands here when the page opens: after everything that is said.
const READ_AT: &str = "2026-11-19T09:20:00Z";

/// The page's clock goes on from `READ_AT`.
const SETS_CLOCK: &str = "(() => { const Real = Date; const ahead = Real.parse('READ_AT') - Real.now(); \
    window.Date = class extends Real { \
        constructor(...given) { if (given.length) super(...given); else super(Real.now() + ahead); } \
        static now() { return Real.now() + ahead; } }; })()";

/// The name of the server's machine. Browsers of these tests know it.
pub(crate) const HOST: &str = "box.local";

pub(crate) struct Scene {
    pub(crate) server: Server,
    pub(crate) proxy: Proxy,
    clock: PathBuf,
    folder: PathBuf,
}

impl Scene {
    pub(crate) fn start() -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("threadbare-scene-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let clock = folder.join("clock");
        set(&clock, "2026-11-16 09:00");
        let variables = [
            ("LD_PRELOAD", faketime()),
            ("FAKETIME_TIMESTAMP_FILE", clock.display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("TZ", "UTC".to_owned()),
        ];
        let data = folder.join("data").display().to_string();
        let server = Server::start_as("127.0.0.1:0", &["--rate", "0", "--data", &data], &variables);
        let proxy = Proxy::to(server.address());
        Self { server, proxy, clock, folder }
    }

    /// Sets the server's clock to a date and a time (UTC). It stands still there.
    pub(crate) fn it_is(&self, time: &str) {
        set(&self.clock, time);
    }

    /// The reader opens a room, and the page is connected.
    pub(crate) fn opens<'b>(&self, browser: &'b Browser, room: &str, visit: Visit) -> Person<'b> {
        let reader = browser.looks_at("about:blank", visit);
        reader.lives_in("UTC");
        reader.begins_with(&SETS_CLOCK.replace("READ_AT", READ_AT));
        reader.goes_to(&self.url(room));
        reader.is_connected();
        reader
    }

    /// The address of a room, as others on the network see it.
    pub(crate) fn url(&self, room: &str) -> String {
        format!("{}r/{room}", self.proxy.url().replace("127.0.0.1", HOST))
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

fn set(clock: &Path, time: &str) {
    // The server never reads half of it.
    let new = clock.with_extension("new");
    std::fs::write(&new, format!("{time}:00\n")).unwrap();
    std::fs::rename(new, clock).unwrap();
}

/// The path at which distributions install the library that fakes the wall clock.
fn faketime() -> String {
    ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib/arm-linux-gnueabihf"]
        .map(|folder| format!("{folder}/faketime/libfaketimeMT.so.1"))
        .into_iter()
        .find(|library| Path::new(library).exists())
        .expect("the package faketime, for the server's clock")
}

/// A person without a browser: a `threadbare.v1` client.
pub(crate) struct Caller {
    wire: RefCell<WebSocket<TcpStream>>,
    last_id: Cell<u32>,
}

impl Caller {
    /// Comes in under `name`, into these rooms.
    pub(crate) fn comes(server: &Server, name: &str, rooms: &[&str]) -> Self {
        Self::comes_over(TcpStream::connect(server.address()).unwrap(), server, name, rooms)
    }

    /// The same over this connection.
    pub(crate) fn comes_over(
        stream: TcpStream,
        server: &Server,
        name: &str,
        rooms: &[&str],
    ) -> Self {
        #[expect(clippy::disallowed_methods, reason = "one bound for a test's wait")]
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut request = format!("ws://{}/ws", server.address()).into_client_request().unwrap();
        let format = "threadbare.v1".parse().unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", format);
        let (wire, _) = tungstenite::client(request, stream).unwrap();
        let caller = Self { wire: RefCell::new(wire), last_id: Cell::new(0) };
        let wanted: Vec<_> = rooms.iter().map(|room| json!({ "room": room })).collect();
        caller.asks(json!({ "type": "hello", "versions": [1], "name": name, "rooms": wanted }));
        rooms.iter().for_each(|_| drop(caller.hears("caught-up")));
        caller
    }

    /// Sends a request that gets a number in the room's log, and returns that number.
    pub(crate) fn sends(&self, mut request: Value) -> u64 {
        self.last_id.set(self.last_id.get() + 1);
        request["id"] = json!(format!("m{}", self.last_id.get()));
        self.asks(request);
        self.hears("sent")["seq"].as_u64().unwrap()
    }

    /// Says `text` in `room`.
    pub(crate) fn says(&self, room: &str, text: &str) -> u64 {
        self.sends(json!({ "type": "say", "room": room, "text": text }))
    }

    /// Sends a request, and waits for nothing.
    pub(crate) fn asks(&self, request: Value) {
        self.wire.borrow_mut().send(Message::text(request.to_string())).unwrap();
    }

    /// Reads until the server sends something of this type.
    fn hears(&self, kind: &str) -> Value {
        loop {
            let Message::Text(text) =
                next_message(&mut self.wire.borrow_mut()).expect("words in time")
            else {
                continue;
            };
            let said: Value = serde_json::from_str(&text).unwrap();
            assert!(said["type"] != "refused" && said["type"] != "error", "{said}");
            if said["type"] == kind {
                return said;
            }
        }
    }
}
