//! Each action of whoever looks after a room, by each way in: requests of `threadbare.v1`, plain
//! lines, a form of a page without scripts, JSON by `curl`, and the console in a terminal. The live
//! page has its test in `tests/browser/keeping.rs`.

use std::net::SocketAddr;

use serde_json::{Value, json};
use threadbare::chat::act::{WORDS, is_about_message, is_about_person, is_choice};
use threadbare::chat::refused::Refused;

use super::hosts::{operator_makes_link, presses};
use super::keeping::enters;
use crate::harness::browser::{Browser, somebody};
use crate::harness::raw::{Connection, asks};
use crate::harness::server_process::with_lines;
use crate::harness::{Console, Folder, Numbered};

/// Somebody in the den, who asks for actions in one way.
enum Way {
    Requests(Box<Numbered>),
    Lines(Connection),
    Form(Box<Browser>),
    Curl { addr: SocketAddr, token: String, answer: Vec<Value> },
    Terminal { console: Console, _state: Folder },
}

const POLL: &str = "Tea? | yes | no";

/// A request with this action, which may be about a person, or about the message `seq`.
fn act(word: &str, whom: &str, seq: u64) -> Value {
    let mut act = json!({"type": "act", "room": "den", "action": word});
    if is_about_person(word) {
        act["whom"] = json!(whom);
    }
    if is_about_message(word) {
        act["seq"] = json!(seq);
    }
    if is_choice(word) {
        act["choice"] = json!(2);
    }
    match word {
        "welcome" => act["reason"] = json!("Be kind."),
        "poll" => act["reason"] = json!(POLL),
        _ => {}
    }
    act
}

/// The same as a command.
fn command(word: &str, whom: &str, seq: u64) -> String {
    match (is_about_person(word), is_about_message(word)) {
        (true, _) => format!("/{word} {whom}"),
        (_, true) => format!("/{word} #{seq}"),
        _ if is_choice(word) => format!("/{word} 2"),
        _ if word == "welcome" => "/welcome Be kind.".to_owned(),
        _ if word == "poll" => format!("/poll {POLL}"),
        _ => format!("/{word}"),
    }
}

impl Way {
    fn asks(&mut self, word: &str, whom: &str, seq: u64) {
        let typed = command(word, whom, seq);
        match self {
            Self::Requests(person) => person.asks(act(word, whom, seq)),
            Self::Lines(nc) => {
                nc.sends(format!("{typed}\n").as_bytes());
            }
            Self::Form(browser) => {
                browser.gets("/r/den");
                let answer = browser.sends_to("/r/den", &[("text", &typed)]);
                if answer.status == 303 {
                    browser.gets("/r/den");
                }
            }
            Self::Curl { addr, token, answer } => {
                *answer = asks(*addr, &format!("/r/den?s={token}"), &act(word, whom, seq)).1;
            }
            Self::Terminal { console, .. } => console.types(&format!("{typed}\r")),
        }
    }

    /// Waits until this way says that the action was refused for this reason; a page says it with
    /// these words.
    fn is_refused(&mut self, refused: &Refused, words: &str) {
        let (reason, sentence) = (refused.word(), refused.to_string());
        match self {
            Self::Requests(person) => assert_eq!(person.hears("refused")["reason"], reason),
            Self::Lines(nc) => {
                nc.hears(&sentence);
            }
            Self::Form(browser) => assert!(browser.page.contains(words), "{}", browser.page),
            Self::Curl { answer, .. } => {
                assert!(answer.iter().any(|told| told["reason"] == reason), "{answer:?}");
            }
            Self::Terminal { console, .. } => {
                console.shows(&sentence);
            }
        }
    }
}

/// One person for each way in, each with their name. All are in the den.
fn each_way(
    addr: SocketAddr,
    lines: SocketAddr,
    names: [&'static str; 5],
) -> Vec<(&'static str, Way)> {
    let [val, nan, fay, cur, con] = names;
    let mut requests = Numbered::joins(addr, val);
    enters(&mut requests);
    let mut nc = Connection::open(lines);
    nc.hears("* this is lobby");
    nc.sends(format!("/name {nan}\n/join den\n").as_bytes()).hears("* this is den");
    let mut browser = somebody(addr, fay, "hello");
    browser.gets("/r/den");
    browser.sends_to("/r/den", &[("text", &format!("{fay} is here"))]);
    let (_, welcome) = asks(addr, "/r/den", &json!({"type": "hello", "name": cur}));
    let told = welcome.iter().find(|told| told["type"] == "welcome").unwrap();
    let token = told["token"].as_str().unwrap().to_owned();
    let state = Folder::new();
    let join = format!("join ws://{addr}/ws --name {con} --room den");
    let mut console = Console::in_a_terminal(&join, &[("XDG_STATE_HOME", state.path())]);
    console.shows("in den");
    vec![
        (val, Way::Requests(Box::new(requests))),
        (nan, Way::Lines(nc)),
        (fay, Way::Form(Box::new(browser))),
        (cur, Way::Curl { addr, token, answer: Vec::new() }),
        (con, Way::Terminal { console, _state: state }),
    ]
}

/// All actions, in an order in which each changes something.
const IN_ORDER: [&str; 34] = [
    "mute",
    "unmute",
    "freeze",
    "unfreeze",
    "slow",
    "unslow",
    "close",
    "unadmit",
    "admit",
    "unclose",
    "lesson",
    "hand",
    "unhand",
    "lower",
    "unlesson",
    "poll",
    "vote",
    "unpoll",
    "welcome",
    "unwelcome",
    "keeper",
    "unkeeper",
    "report",
    "dismiss",
    "kick",
    "unkick",
    "ban",
    "unban",
    "block",
    "unblock",
    "host",
    "unhost",
    "delete-all",
    "delete-everything",
];

/// Somebody says a new message in the den. Returns its number.
fn says_something(person: &mut Numbered, id: String) -> u64 {
    person.asks(json!({"type": "say", "room": "den", "id": id, "text": "fools"}));
    person.hears_until(|line| line["type"] == "sent" && line["id"] == id)["seq"].as_u64().unwrap()
}

#[test]
fn row_76_each_action_is_done_by_each_way_in() {
    let mut left = WORDS.to_vec();
    left.retain(|word| !IN_ORDER.contains(word));
    assert!(left.is_empty(), "these are not tried: {left:?}");
    let (server, lines) = with_lines(&["--rate", "200", "--burst", "400"]);
    let mut wes = Numbered::joins(server.addr, "Wes");
    enters(&mut wes);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let link = operator_makes_link(&server);
    assert_eq!(presses(&mut ann, &link, ""), 200, "{}", ann.page);
    let mut bo = Numbered::joins(server.addr, "Bo");
    enters(&mut bo);
    for (name, mut way) in each_way(server.addr, lines, ["Val", "Nan", "Fay", "Cur", "Con"]) {
        ann.gets("/r/lobby");
        ann.sends_to("/r/lobby", &[("text", &format!("/host {name}"))]);
        wes.hears_until(|line| line["action"] == "host" && line["whom"] == name);
        for word in IN_ORDER {
            let seq =
                if word == "report" { says_something(&mut bo, format!("{name}-1")) } else { 0 };
            let seq = if seq == 0 { bo.last("den") } else { seq };
            if word == "lower" {
                bo.asks(act("hand", "", 0));
                wes.hears_until(|line| line["action"] == "hand" && line["by"] == "Bo");
            }
            way.asks(word, "Bo", seq);
            let told = wes.hears_until(|line| match word {
                "delete-all" | "delete-everything" => line["type"] == "removed",
                // Nobody else hears who votes.
                "vote" => line["change"] == "counted" && line["answers"][1]["votes"] == 1,
                _ => line["type"] == "acted" && line["action"] == word,
            });
            let by = if told["type"] == "removed" { &told["from"] } else { &told["by"] };
            assert!(by == name || word == "vote", "{word} by {name}: {told}");
            if word == "unkick" || word == "unban" {
                enters(&mut bo);
            } else if word == "unblock" {
                bo.asks(json!({"type": "join", "room": "lobby"}));
                enters(&mut bo);
            }
        }
    }
}

#[test]
fn row_76_each_action_is_refused_by_each_way_in_to_whoever_may_not_do_it() {
    let (server, lines) = with_lines(&["--rate", "200", "--burst", "400"]);
    let mut wes = Numbered::joins(server.addr, "Wes");
    enters(&mut wes);
    let mut bo = Numbered::joins(server.addr, "Bo");
    enters(&mut bo);
    let seq = says_something(&mut bo, "1".to_owned());
    for (name, mut way) in each_way(server.addr, lines, ["Val", "Nan", "Fay", "Cur", "Con"]) {
        // Anybody in the room reports a message, raises a hand and votes.
        let of_anybody = ["report", "hand", "unhand", "vote"];
        for word in IN_ORDER.into_iter().filter(|it| !of_anybody.contains(it)) {
            way.asks(word, "Bo", seq);
            match word {
                "block" | "unblock" | "host" | "unhost" => {
                    way.is_refused(&Refused::NotHost, "Only a host of this chat can do that");
                }
                _ => way.is_refused(&Refused::NotYourRoom, "Only the person who created this room"),
            }
        }
        // Now they look after the room, but not the chat; and nobody acts against Wes, who does.
        wes.asks(json!({"type": "act", "room": "den", "action": "keeper", "whom": name}));
        wes.hears_until(|line| line["action"] == "keeper" && line["whom"] == name);
        for word in ["mute", "kick", "ban", "delete-all"] {
            way.asks(word, "Wes", seq);
            way.is_refused(&Refused::IsKeeper, "Nobody can do that to them.");
            way.asks(word, "Nobody", seq);
            way.is_refused(&Refused::NoSuchPerson, "There is nobody with that name");
        }
        way.asks("lower", "Nobody", seq);
        way.is_refused(&Refused::NoSuchPerson, "There is nobody with that name");
        way.asks("vote", "", 0);
        way.is_refused(&Refused::NoSuchChoice, "There is no poll here with this answer");
        way.asks("report", "", 9999);
        way.is_refused(&Refused::NoSuchMessage, "There is no such message");
    }
}
