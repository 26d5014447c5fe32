//! Hosts of the chat: the operator makes a link by `threadbare host`, and whoever follows it looks
//! after all rooms, by every way in.

use rustix::process::Signal;
use serde_json::json;

use crate::harness::browser::{Browser, somebody};
use crate::harness::data::Data;
use crate::harness::{Console, Numbered, ServerProcess};

/// The path of a link that the operator makes for this server.
fn operator_makes_link(server: &ServerProcess) -> String {
    let port = server.addr.port().to_string();
    let outcome = Console::runs(&["host", "--port", &port], &[]).waits();
    assert_eq!((outcome.code, outcome.notes.as_str()), (0, ""), "{outcome:?}");
    let address = format!("  http://{}", server.addr);
    let line = outcome.output.lines().find_map(|line| line.strip_prefix(&address));
    line.unwrap_or_else(|| panic!("{}", outcome.output)).to_owned()
}

/// Presses the button on the page of the link. Returns the status of the answer, which is the
/// browser's page now.
fn presses(browser: &mut Browser, link: &str, name: &str) -> u16 {
    assert_eq!(browser.gets(link).status, 200, "{}", browser.page);
    let code = link.split_once("code=").unwrap().1;
    let fields = [("code", code), ("name", name)];
    browser.sends_to("/host", &fields).status
}

/// Whether the person may delete what Bo says in the lobby.
fn looks_after_the_lobby(browser: &mut Browser, bo: &mut Numbered) -> bool {
    let id = format!("b{}", bo.last("lobby"));
    bo.asks(json!({"type": "say", "room": "lobby", "id": id, "text": "by Bo"}));
    let line = bo.hears_until(|line| line["type"] == "said" || line["text"] == "by Bo");
    browser.gets("/r/lobby");
    browser.page.contains(&format!("delete-{}\"", line["seq"]))
}

#[test]
fn row_68_the_operator_s_link_makes_a_host_who_is_one_after_a_restart() {
    let data = Data::new();
    let mut server = data.start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let mut bo = Numbered::joins(server.addr, "Bo");
    assert!(!looks_after_the_lobby(&mut ann, &mut bo));
    let token = ann.cookie.as_deref().unwrap().strip_prefix("threadbare=").unwrap();
    let mut live = Numbered::connects(server.addr);
    live.asks(json!({"type": "hello", "token": token, "rooms": [{"room": "lobby"}]}));
    let link = operator_makes_link(&server);
    // To look at the link, as a messenger does, uses nothing up.
    assert_eq!(Browser::at(server.addr).gets(&link).status, 200);
    assert_eq!(presses(&mut ann, &link, ""), 200, "{}", ann.page);
    assert!(ann.page.contains("You are a host now"), "{}", ann.page);
    assert_eq!(live.hears("role")["role"], "host", "and so hears another device of hers");
    assert!(looks_after_the_lobby(&mut ann, &mut bo));
    // The link was for one person.
    let mut cy = somebody(server.addr, "Cy", "hello");
    assert_eq!(presses(&mut cy, &link, ""), 404);
    assert!(cy.page.contains("has been used or has expired"), "{}", cy.page);
    assert!(!looks_after_the_lobby(&mut cy, &mut bo));
    drop(bo);
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    let server = data.start(&[]);
    ann.addr = server.addr;
    let mut bo = Numbered::joins(server.addr, "Bo2");
    assert!(looks_after_the_lobby(&mut ann, &mut bo));
}

#[test]
fn row_68_whoever_has_no_name_yet_becomes_a_host_with_one_form() {
    let server = ServerProcess::start(&[]);
    let link = operator_makes_link(&server);
    let mut ann = Browser::at(server.addr);
    assert_eq!(presses(&mut ann, &link, ""), 422, "a host needs a name");
    assert_eq!(presses(&mut ann, &link, "Ann"), 200, "{}", ann.page);
    assert!(ann.page.contains("You are a host now"), "{}", ann.page);
    let mut bo = Numbered::joins(server.addr, "Bo");
    assert!(looks_after_the_lobby(&mut ann, &mut bo));
    // The page without a link says how to get one.
    ann.gets("/host");
    assert!(ann.page.contains("threadbare host"), "{}", ann.page);
}

#[test]
fn row_68_no_page_of_another_site_and_no_form_of_another_session_makes_a_host() {
    let server = ServerProcess::start(&[]);
    let link = operator_makes_link(&server);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let code = link.split_once("code=").unwrap().1;
    ann.comes_from = Some("http://evil.test".to_owned());
    assert_eq!(ann.posts_to("/host", &format!("code={code}")).status, 403);
    ann.comes_from = None;
    // Without the key of her session, the form was not made for her.
    assert_eq!(ann.posts_to("/host", &format!("code={code}")).status, 403, "{}", ann.page);
    assert_eq!(ann.posts_to("/host", "code=soup").status, 404);
    assert_eq!(presses(&mut ann, &link, ""), 200, "the link is as good as before");
}
