//! Row 111: the live page below a path of its host, behind a front that knows no other path.

use std::io::{Read, Write, copy};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::found::Keeping;
use crate::host::in_thread;
use crate::page::{Browser, DESKTOP, Person};
use crate::people::{is_called, opens_panel};

/// A front that passes requests below `/chat/` on as they are, and answers 404 to all others.
struct Front {
    address: SocketAddr,
    /// The heads of the requests that it has not passed on.
    strays: Arc<Mutex<Vec<String>>>,
}

impl Front {
    /// A front before `server`. Its threads end with the test's process.
    fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let strays = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&strays);
        in_thread(move || {
            for near in listener.incoming().flatten() {
                let strays = Arc::clone(&shared);
                in_thread(move || {
                    if let Some(stray) = passes_on(near, server) {
                        strays.lock().push(stray);
                    }
                });
            }
        });
        Self { address, strays }
    }

    /// The address of the chat's front page.
    fn url(&self) -> String {
        format!("http://{}/chat/", self.address)
    }
}

/// Passes the connection's one request on, and the answer back. Returns the head of a request that
/// is not for the chat.
fn passes_on(near: TcpStream, server: SocketAddr) -> Option<String> {
    let mut asked = Vec::new();
    let mut bytes = [0; 4096];
    let end = loop {
        let end = asked.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            break end;
        }
        // A browser may open a connection and not use it.
        let count = (&near).read(&mut bytes).ok().filter(|count| *count > 0)?;
        asked.extend_from_slice(&bytes[..count]);
    };
    let head = String::from_utf8_lossy(&asked[..end]).into_owned();
    if !head.split(' ').nth(1).is_some_and(|path| path.starts_with("/chat/")) {
        let none = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        (&near).write_all(none).ok();
        return Some(head);
    }
    // The next request comes on a connection of its own, so that its path is seen.
    let one = head.replace("Connection: keep-alive", "Connection: close");
    let far = TcpStream::connect(server).ok()?;
    (&far).write_all(one.as_bytes()).and_then(|()| (&far).write_all(&asked[end..])).ok()?;
    let (near, far) = (Arc::new(near), Arc::new(far));
    let (from, to) = (Arc::clone(&near), Arc::clone(&far));
    in_thread(move || {
        copy(&mut &*from, &mut &*to).ok();
        to.shutdown(Shutdown::Both).ok();
    });
    copy(&mut &*far, &mut &*near).ok();
    near.shutdown(Shutdown::Both).ok();
    None
}

fn is_at(person: &Person<'_>, path: &str) {
    person.waits_until(&format!("location.pathname === '{path}'"));
    person.is_connected();
}

#[test]
fn row_111_the_live_page_works_below_a_path_of_its_host() {
    let keeping = Keeping::start("below", &["--base", "/chat", "--rate", "0"]);
    let front = Front::to(keeping.server.address());
    let browser = Browser::start();
    let ann = browser.comes(&front.url(), DESKTOP);
    let bo = browser.opens(&format!("{}r/lobby", front.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    ann.says("the soup is hot");
    ann.mark_will_be("the soup is hot", "sent");
    bo.hears("the soup is hot");
    bo.says("Ann, which soup? see #1");
    ann.hears("Ann, which soup? see #1");
    // A line's number is a link, and the line is found again.
    let number = "document.querySelector('#rows .text a')?.pathname";
    ann.waits_until(&format!("{number} === '/chat/r/lobby'"));
    ann.says("/search hot");
    ann.waits_until("document.querySelector('#results .text')?.innerText === 'the soup is hot'");
    ann.presses("Escape");
    // A setting that the server keeps, too.
    opens_panel(&ann, "me");
    ann.sees(
        "(list => { list.value = 'dark'; \
         list.dispatchEvent(new Event('change', { bubbles: true })); })\
         (document.querySelector('#me [name=theme]'))",
    );
    ann.waits_until(
        "performance.getEntriesByType('resource')\
         .filter(({ name }) => name.endsWith('/chat/settings')).length >= 3",
    );
    let device = "document.querySelector('#me a[href*=\"/device\"]').pathname";
    assert_eq!(ann.reads(device), "/chat/device");
    ann.presses("Escape");
    // Another room, by a command and by its link; and back.
    ann.says("/join kitchen");
    is_at(&ann, "/chat/r/kitchen");
    ann.says("here is the pot");
    ann.mark_will_be("here is the pot", "sent");
    opens_panel(&ann, "places");
    ann.clicks("#rooms a[href='/chat/r/lobby']");
    is_at(&ann, "/chat/r/lobby");
    // After a reload she is Ann, in the colours that she has chosen.
    ann.reloads();
    ann.is_connected();
    ann.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    ann.hears("the soup is hot");
    assert_eq!(ann.reads("document.documentElement.dataset.theme"), "dark");
    // The session is below the path, in the browser's storage and in its cookies.
    let kept =
        "Object.keys(localStorage).filter(key => !key.startsWith('threadbare/chat.')).join()";
    assert_eq!(ann.reads(kept), "");
    ann.waits_until("!!localStorage['threadbare/chat.session']");
    assert!(ann.cookie("threadbare").is_some());
    // The browser keeps the page for a server that is away below the path, too.
    ann.sees("navigator.serviceWorker.ready.then(() => 1)");
    let worker = "navigator.serviceWorker.ready.then(({ scope }) => new URL(scope).pathname)";
    assert_eq!(ann.reads(worker), "/chat/");
    assert_eq!(ann.manifest_errors(), serde_json::json!([]));
    for person in [&ann, &bo] {
        assert!(person.console().is_empty(), "{:#?}", person.console());
        let below = |url: &String| url.split('/').nth(3) == Some("chat");
        assert!(person.requests().iter().all(below), "{:#?}", person.requests());
    }
    assert_eq!(*front.strays.lock(), Vec::<String>::new());
}
