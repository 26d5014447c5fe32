//! Who is busy says why: over a WebSocket, on a page without scripts, and in a terminal.

use serde_json::json;

use crate::harness::Numbered;
use crate::harness::browser::{Browser, somebody};
use crate::harness::raw::Connection;
use crate::harness::server_process::with_lines;

#[test]
fn an_excuse_stands_in_the_list_of_people_and_is_told_to_whoever_writes_until_it_ends() {
    let (server, lines) = with_lines(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/r/lobby");
    ann.sends(&[("text", "/away lunch")]);
    let away = bo.hears("away");
    assert_eq!((&away["name"], &away["text"]), (&"Ann".into(), &"lunch".into()));
    assert!(Browser::opens(server.addr, "/r/lobby").page.contains("(away: <bdi>lunch</bdi>)"));
    bo.asks(json!({"type": "who", "room": "lobby"}));
    assert_eq!(bo.hears("who")["away"], json!({"Ann": "lunch"}));
    bo.asks(json!({"type": "private", "to": "Ann", "id": "p", "text": "soup?"}));
    let told = bo.hears("away");
    assert_eq!((&told["room"], &told["text"]), (&json!(null), &"lunch".into()));
    bo.asks(json!({"type": "whois", "name": "ann"}));
    let person = bo.hears("person");
    assert_eq!((&person["name"], &person["away"]), (&"Ann".into(), &"lunch".into()));
    ann.gets("/r/lobby");
    ann.sends(&[("text", "here I am")]);
    assert_eq!(bo.hears("back")["name"], "Ann");
    bo.asks(json!({"type": "away", "text": "tea"}));
    assert_eq!(bo.hears("away")["name"], "Bo");
    // In plain text an excuse forges nobody else's.
    bo.asks(json!({"type": "away", "text": "out), Victim (away: I resign"}));
    bo.hears("away");
    let mut nc = Connection::open(lines);
    nc.hears("* this is lobby");
    nc.sends(b"/who\n").hears(" in lobby: Bo, Ann, ");
    nc.hears("\n* Bo is away: out), Victim (away: I resign\n");
    bo.asks(json!({"type": "back"}));
    assert_eq!(bo.hears("back")["name"], "Bo");
    bo.sends_raw(&json!({"type": "away", "text": "x".repeat(129)}).to_string());
    assert_eq!(bo.hears("error")["reason"], "too-long");
}
