//! Hosts of the chat: the operator makes a link by `threadbare host`, and whoever follows it looks
//! after all rooms, by every way in.

use rustix::process::Signal;
use serde_json::json;

use crate::harness::browser::{Browser, somebody};
use crate::harness::data::Data;
use crate::harness::{Console, Numbered, ServerProcess};

/// The path of a link that the operator makes for this server.
pub(super) fn operator_makes_link(server: &ServerProcess) -> String {
    let port = server.addr.port().to_string();
    let outcome = Console::runs(&["host", "--port", &port], &[]).waits();
    assert_eq!((outcome.code, outcome.notes.as_str()), (0, ""), "{outcome:?}");
    let address = format!("  http://{}", server.addr);
    let line = outcome.output.lines().find_map(|line| line.strip_prefix(&address));
    line.unwrap_or_else(|| panic!("{}", outcome.output)).to_owned()
}

/// Presses the button on the page of the link. Returns the status of the answer, which is the
/// browser's page now.
pub(super) fn presses(browser: &mut Browser, link: &str, name: &str) -> u16 {
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
fn row_80_at_the_terminal_one_lists_the_hosts_and_what_they_did_and_ends_that_somebody_is_one() {
    let server = ServerProcess::start(&[]);
    let port = server.addr.port().to_string();
    let about_hosts = |words: &[&str]| {
        let words = [&["host", "--port", &port], words].concat();
        let outcome = Console::runs(&words, &[]).waits();
        (outcome.code, outcome.output + &outcome.notes)
    };
    assert!(about_hosts(&["list"]).1.contains("no host yet"));
    assert!(about_hosts(&["log"]).1.contains("Nobody has done anything"));
    let mut ann = Browser::at(server.addr);
    let link = operator_makes_link(&server);
    assert_eq!(presses(&mut ann, &link, "Ann"), 200, "{}", ann.page);
    let mut bo = Numbered::joins(server.addr, "Bo");
    ann.gets("/r/lobby");
    ann.sends_to("/r/lobby", &[("text", "/block Bo 1h too loud")]);
    bo.hears("left");
    let (code, list) = about_hosts(&["list"]);
    assert!(code == 0 && list.contains("Hosts:\n  Ann\n"), "{list}");
    assert!(list.contains("Blocked from the chat:\n  Bo for "), "{list}");
    let (_, log) = about_hosts(&["log"]);
    assert!(log.contains("@server has made Ann a host"), "{log}");
    assert!(log.contains("Ann has blocked Bo") && log.contains("(too loud)"), "{log}");
    let (code, why) = about_hosts(&["remove", "Bo"]);
    assert!(code == 1 && why.contains("no host with this name"), "{code}: {why}");
    assert_eq!(about_hosts(&["remove", "Ann"]), (0, "Ann is a host no more.\n".to_owned()));
    assert!(about_hosts(&["list"]).1.contains("no host yet"));
    ann.gets("/host");
    assert!(!ann.page.contains("name=\"keep\""), "{}", ann.page);
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
    // To others the page without a link says how to get one.
    let mut cy = Browser::at(server.addr);
    cy.gets("/host");
    assert!(cy.page.contains("threadbare host"), "{}", cy.page);
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

#[test]
fn row_77_a_host_s_page_without_scripts_lists_all_rooms_blocks_and_makes_hosts() {
    let server = ServerProcess::start(&["--rate", "100", "--burst", "100"]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/host");
    assert!(!ann.page.contains("name=\"keep\""), "she is no host yet: {}", ann.page);
    let link = operator_makes_link(&server);
    assert_eq!(presses(&mut ann, &link, ""), 200, "{}", ann.page);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.asks(json!({"type": "join", "room": "den", "hidden": true}));
    bo.hears_until(|line| line["type"] == "caught-up" && line["room"] == "den");
    let mut cy = Numbered::joins(server.addr, "Cy");
    cy.asks(json!({"type": "join", "room": "den"}));
    bo.asks(json!({"type": "say", "room": "den", "id": "1", "text": "fools"}));
    let said = cy.hears_until(|line| line["text"] == "fools");
    cy.asks(json!({"type": "act", "room": "den", "action": "report", "seq": said["seq"]}));
    cy.hears("acted");
    ann.gets("/host");
    // A hidden room is there, and has a reported message.
    assert!(ann.page.contains("/r/den/keep"), "{}", ann.page);
    assert!(ann.page.contains("1 reported"), "{}", ann.page);
    assert!(!ann.page.contains("/unhost"), "the last host stays: {}", ann.page);
    for (command, told) in [
        ("/block \"Bo\" 86400s", "/unblock &quot;Bo&quot;"),
        ("/unblock \"Bo\"", "ended the block of Bo"),
        ("/host \"Cy\"", "/unhost &quot;Cy&quot;"),
        ("/unhost \"Cy\"", "/host &quot;Cy&quot;"),
    ] {
        if !command.starts_with("/unblock") && command.contains("Bo") {
            let button = format!("value=\"{}\"", command.replace('"', "&quot;"));
            assert!(ann.page.contains(&button), "{command}: {}", ann.page);
        }
        let answer = ann.sends_to("/r/lobby", &[("text", command), ("keep", "chat")]);
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/host")),
            "{}",
            ann.page
        );
        ann.gets("/host");
        assert!(ann.page.contains(told), "{told}: {}", ann.page);
    }
    assert_eq!(bo.hears("left")["room"], "lobby", "with the block");
    let mut dan = somebody(server.addr, "Dan", "hello");
    dan.gets("/host");
    assert!(!dan.page.contains("/block"), "{}", dan.page);
}

#[test]
fn row_70_row_76_a_host_blocks_somebody_from_the_whole_chat_in_each_way_in() {
    let data = Data::new();
    let flags = ["--rate", "100", "--burst", "100"];
    let mut server = data.start(&flags);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let link = operator_makes_link(&server);
    assert_eq!(presses(&mut ann, &link, ""), 200, "{}", ann.page);
    let token = ann.cookie.as_deref().unwrap().strip_prefix("threadbare=").unwrap().to_owned();
    let mut live = Numbered::connects(server.addr);
    live.asks(json!({"type": "hello", "token": token, "rooms": [{"room": "lobby"}]}));
    let [mut bo, mut cy] = ["Bo", "Cy"].map(|name| Numbered::joins(server.addr, name));
    let act = |action: &str, whom: &str| json!({"type": "act", "room": "lobby", "action": action, "whom": whom});
    for action in ["block", "unblock", "host", "unhost"] {
        bo.asks(act(action, "Cy"));
        assert_eq!(bo.hears("refused")["reason"], "not-host");
    }
    live.asks(act("unhost", "Ann"));
    assert_eq!(live.hears("refused")["reason"], "last-host");
    live.asks(act("block", "Ann"));
    assert_eq!(live.hears("refused")["reason"], "is-keeper");
    live.asks(act("host", "Cy"));
    assert_eq!(cy.hears("role")["role"], "host");
    live.asks(act("unhost", "Cy"));
    assert_eq!(cy.hears_until(|line| line["type"] == "role")["role"], "person");
    live.asks(act("block", "Bo"));
    let told = live.hears_until(|line| line["action"] == "block");
    assert_eq!(told["for"], 86_400, "{told}");
    bo.hears("left");
    bo.asks(json!({"type": "join", "room": "attic"}));
    assert_eq!(bo.hears("refused")["reason"], "blocked");
    live.asks(json!({"type": "room-state", "room": "lobby"}));
    let state = live.hears("room-state");
    assert_eq!(state["chat"]["blocked"][0]["name"], "Bo", "{state}");
    let state = json!({"type": "room-state", "room": "lobby"});
    cy.asks(state);
    assert_eq!(cy.hears("room-state")["chat"], serde_json::Value::Null);
    // The page without scripts of whoever is blocked says so, and it outlives a restart.
    let token = bo.token.clone();
    drop(live);
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    let server = data.start(&flags);
    let mut page = Browser::at(server.addr);
    page.gets(&format!("/r/lobby?s={token}"));
    assert!(page.page.contains("has blocked you from this chat"), "{}", page.page);
}
