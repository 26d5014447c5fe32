//! A classic page, served from a folder by `--assets`, works unchanged.
//!
//! The page is made for this test, in the style of such pages: a template with the host in it, a
//! log, a form with a 64-wide field, a script inside the page.

use crate::host::Server;
use crate::page::{Browser, DESKTOP};

#[test]
fn a_classic_page_from_a_folder_talks_with_other_clients() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/lookalike");
    let server = Server::start_with("127.0.0.1:0", &["--assets", folder]);
    let browser = Browser::start();
    let ann = browser.looks_at(&server.url(), DESKTOP);
    ann.waits_until("document.body?.dataset.open === 'yes'");
    // In a busy browser, the field's autofocus may come after the page's connection.
    ann.waits_until("document.activeElement.id === 'msg'");
    let mut raw = server.voice();
    ann.types("hello, wire");
    ann.presses("Enter");
    raw.hears("hello, wire");
    ann.waits_until("document.querySelector('#log').lastChild.innerText === 'hello, wire'");
    raw.says("  hello, page\n");
    raw.hears("hello, page");
    ann.waits_until("document.querySelector('#log').lastChild.innerText === 'hello, page'");
    assert_eq!(ann.reads("document.querySelector('#msg').value"), "");
    drop(raw);
    server.stop();
    ann.waits_until("document.querySelector('#log b')?.innerText === 'Connection closed.'");
}
