//! Forms sent again, pages from the browser's history, connections that are cut in the middle of a
//! request.
//!
//! Goal: whatever a person does in a browser without scripts, each message is there once.
//! Method: random steps, from a seed that is printed. A client that hears the room checks the
//! result, and so do this browser's own pages in the end.

use crate::harness::browser::{Browser, leads_to};
use crate::harness::raw::Connection;
use crate::harness::{Data, Numbered, Rng, ServerProcess, kept_in};

const LIVES: u64 = 8;
const STEPS: u64 = 60;

/// A browser with its history.
struct Walk {
    browser: Browser,
    /// Each page that was shown, and the last message sent from it.
    pages: Vec<(String, Option<String>)>,
    /// Which of the pages is shown.
    at: usize,
}

impl Walk {
    fn says(&mut self, text: &str) {
        assert_eq!(self.browser.sends(&[("text", text)]).status, 303, "{text}");
        self.pages[self.at].1 = Some(text.to_owned());
    }

    /// A random part of the request is sent, and no answer comes back.
    fn says_over_a_connection_that_is_cut(&mut self, text: &str, rng: &mut Rng) {
        let request = self.browser.post(&[("text", text)]);
        let mut bytes = usize::try_from(rng.below(1000)).unwrap();
        bytes = bytes.min(request.len());
        Connection::open(self.browser.addr).sends(&request.as_bytes()[..bytes]);
    }

    fn goes_on(&mut self) {
        assert_eq!(self.browser.gets("/r/lobby").status, 200);
        self.pages.push((self.browser.page.clone(), None));
        self.at = self.pages.len() - 1;
    }

    fn goes_to(&mut self, at: usize) {
        self.at = at;
        self.browser.page.clone_from(&self.pages[at].0);
    }

    /// All messages on the room's page and on the older pages that it links to; oldest first.
    fn reads_it_all(mut self) -> Vec<String> {
        let mut shown = Vec::new();
        let mut next = Some("/r/lobby".to_owned());
        while let Some(path) = next {
            assert_eq!(self.browser.gets(&path).status, 200, "{path}");
            let page = &self.browser.page;
            let texts = page.split("<div class=\"text\" dir=\"auto\">").skip(1);
            shown.extend(texts.map(|rest| rest.split_once("</div>").unwrap().0.to_owned()));
            let links = page.split("href=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0);
            next = links.filter(|link| link.contains("before=")).map(str::to_owned).next();
        }
        shown.reverse();
        shown
    }
}

#[test]
fn cuts_repeats_and_steps_back_lose_no_message_and_double_none() {
    let mut rng = Rng::new();
    for _ in 0..LIVES {
        let server = ServerProcess::start(&["--rate", "0"]);
        let mut bo = Numbered::joins(server.addr, "Bo");
        let mut browser = Browser::opens(server.addr, "/r/lobby");
        browser.sends(&[("name", "Ann"), ("text", "text 0")]);
        let mut walk = Walk { browser, pages: Vec::new(), at: 0 };
        walk.goes_on();
        let mut said = vec!["text 0".to_owned()];
        for step in 1..STEPS {
            let text = format!("text {step}");
            match rng.below(6) {
                0 | 1 => {
                    walk.says(&text);
                    said.push(text);
                }
                2 => {
                    walk.says_over_a_connection_that_is_cut(&text, &mut rng);
                    walk.says(&text);
                    said.push(text);
                }
                // The person reloads the answer to a form.
                3 => {
                    if let Some(text) = walk.pages[walk.at].1.clone() {
                        walk.says(&text);
                    }
                }
                4 => walk.goes_to(usize::try_from(rng.below(walk.pages.len() as u64)).unwrap()),
                _ => walk.goes_on(),
            }
        }
        walk.says("the end");
        said.push("the end".to_owned());
        let mut heard = Vec::new();
        while heard.last().is_none_or(|text| text != "the end") {
            heard.push(bo.hears("message")["text"].as_str().unwrap().to_owned());
        }
        assert_eq!(heard, said);
        assert_eq!(walk.reads_it_all(), said, "on one's own page");
    }
}

/// Two browsers with the same page for a stranger. The second one sends again what the first one
/// sent, as if no answer had come.
fn twice(addr: std::net::SocketAddr, path: &str) -> [Browser; 2] {
    let ann = Browser::opens(addr, path);
    let mut again = Browser::at(addr);
    again.page.clone_from(&ann.page);
    [ann, again]
}

#[test]
fn a_strangers_first_form_sent_again_says_nothing_twice_and_makes_nobody_twice() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for (name, text, said) in
        [("Ann", "hello", "hello"), ("", "hello", "hello"), ("Cy", "/me waves", "waves")]
    {
        let mut sessions = Vec::new();
        for mut browser in twice(server.addr, "/r/lobby") {
            let answer = browser.sends(&[("name", name), ("text", text)]);
            assert_eq!(answer.status, 303, "{name} says {text}: {}", browser.page);
            sessions.push(browser.cookie.unwrap());
        }
        assert_eq!(sessions[0], sessions[1], "{name} is one person");
        let line = bo.hears_until(|line| line["text"] == said);
        assert!(line["from"] == name || line["from"].as_str().unwrap().starts_with("guest-"));
    }
    let mut last = Browser::opens(server.addr, "/r/lobby");
    last.sends(&[("text", "the end")]);
    assert_eq!(bo.hears_until(|line| line["text"].is_string())["text"], "the end");
}

/// The server is killed, so the answer to a stranger's first form is lost. The browser sends the
/// form again to the next server.
#[test]
fn a_strangers_first_form_sent_again_after_a_crash_says_nothing_twice() {
    let data = Data::new();
    let mut server = data.start(&[]);
    for (name, text) in [("Ann", "hello"), ("", "and hello")] {
        let [mut first, mut again] = twice(server.addr, "/r/lobby");
        assert_eq!(first.sends(&[("name", name), ("text", text)]).status, 303);
        server = data.after_a_crash(server);
        let answer = again.sends(&[("name", name), ("text", text)]);
        assert_eq!(answer.status, 303, "{name} says {text}: {}", again.page);
        assert_eq!(first.cookie, again.cookie, "{name} is one person");
    }
    let said: Vec<_> = kept_in(&data.file()).into_iter().map(|line| line.text).collect();
    assert_eq!(said, ["hello", "and hello"]);
}

#[test]
fn whoever_comes_in_twice_by_one_form_is_one_person_with_the_name_they_wanted() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.asks(serde_json::json!({"type": "join", "room": "vault", "password": "open"}));
    bo.hears("joined");
    for (path, to, fields) in [
        ("/rooms", "/rooms", &[("name", "Ann"), ("room", "lobby")][..]),
        ("/r/vault", "/r/vault", &[("enter", "1"), ("name", "Cy"), ("room-password", "open")][..]),
    ] {
        let [mut first, mut again] = twice(server.addr, path);
        for browser in [&mut first, &mut again] {
            let answer = browser.sends_to(to, fields);
            assert_eq!(answer.status, 303, "{path}: {}", browser.page);
        }
        assert_eq!(first.cookie, again.cookie);
        // The browser has the first answer's cookie, but the form is the old one.
        assert_eq!(again.sends_to(to, fields).status, 303, "{path}: {}", again.page);
    }
}

#[test]
fn a_strangers_form_makes_one_person_for_each_name_and_none_of_them_from_elsewhere() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let [mut first, mut again] = twice(server.addr, "/r/lobby");
    first.sends(&[("name", "Ann"), ("text", "hello")]);
    // In a browser without cookies, a person who goes back may become another person.
    again.sends(&[("name", "Bo"), ("text", "hello")]);
    assert_ne!(first.cookie, again.cookie);
    // Another browser's page does not make its reader Ann.
    let seed = first.value("new");
    let mut foreign = Browser::opens(server.addr, "/r/lobby");
    assert_ne!(foreign.value("new"), seed);
    let answer = foreign.sends(&[("name", "Ann"), ("text", "hello")]);
    assert_eq!(answer.status, 409, "{}", foreign.page);
}

#[test]
fn whoever_goes_back_to_the_page_of_a_stranger_says_something_else_with_it() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    for text in ["one", "two", "one"] {
        let answer = ann.sends(&[("name", "Ann"), ("text", text)]);
        assert_eq!(leads_to(&answer).split('?').next(), Some("/r/lobby"), "{}", ann.page);
    }
    assert_eq!(bo.hears("message")["text"], "one");
    assert_eq!(bo.hears("message")["text"], "two");
}

#[test]
fn the_first_form_of_somebody_who_has_left_says_it_once_and_makes_nobody() {
    let folder = Data::new();
    let mut server = folder.start(&[]);
    for (text, told) in [("I come", "I come"), ("/me comes", "comes")] {
        let mut bo = Numbered::joins(server.addr, "Bo");
        let mut ann = Browser::opens(server.addr, "/r/lobby");
        let (first, once) = (ann.page.clone(), ann.value("once"));
        let fields = [("name", "Ann"), ("text", text)];
        let answer = ann.sends(&fields);
        bo.hears_until(|line| line["text"] == told);
        ann.gets(&leads_to(&answer));
        assert_eq!(ann.sends(&[("text", "/quit")]).status, 303);
        bo.hears_who_is_gone();
        for life in 0..2 {
            ann.page.clone_from(&first);
            assert_eq!(ann.sends(&fields).status, 409, "{life}: {}", ann.page);
            assert!(ann.page.contains("You sent this already, and then signed out"));
            assert_eq!(ann.value("text").unwrap_or_default(), "", "{}", ann.page);
            assert_ne!(ann.value("once"), once, "{}", ann.page);
            if life == 0 {
                // When this is called sent, Ann's leaving is on the disk, too. Without it, Ann
                // would be back after the crash, and would have said this.
                bo.says("before the crash");
                bo.hears_until(|line| line["type"] == "sent");
                drop(bo);
                server = folder.after_a_crash(server);
                (ann.addr, bo) = (server.addr, Numbered::joins(server.addr, "Bo"));
            }
        }
        // If she says something else, she is a new person, and the room hears of no other one.
        assert_eq!(ann.sends(&[("name", "Ann"), ("text", "and now")]).status, 303);
        assert_eq!(bo.hears("presence")["name"], "Ann");
        assert_eq!(bo.hears("message")["text"], "and now");
        ann.gets("/r/lobby");
        assert_eq!(ann.sends(&[("text", "/quit")]).status, 303);
        assert_eq!(bo.hears("presence")["here"], false);
    }
}

#[test]
fn the_first_private_form_of_somebody_who_has_left_writes_it_once_and_makes_nobody() {
    let private: &[_] = &[("name", "Ann"), ("text", "psst"), ("to", "Bo")];
    for fields in [private, &[("name", "Ann"), ("text", "/msg Bo psst")]] {
        let folder = Data::new();
        let server = folder.start(&[]);
        let mut bo = Numbered::joins(server.addr, "Bo");
        let mut ann = Browser::opens(server.addr, "/r/lobby");
        let first = ann.page.clone();
        assert_eq!(ann.sends(fields).status, 303, "{}", ann.page);
        assert_eq!(bo.hears("private")["text"], "psst");
        ann.gets("/r/lobby");
        assert_eq!(ann.sends(&[("text", "/quit")]).status, 303);
        bo.hears_who_is_gone();
        let is_said_before = |ann: &mut Browser| {
            ann.page.clone_from(&first);
            assert_eq!(ann.sends(fields).status, 409, "{}", ann.page);
            assert!(ann.page.contains("You sent this already, and then signed out"));
            assert_eq!(ann.value("text").unwrap_or_default(), "", "{}", ann.page);
        };
        is_said_before(&mut ann);
        // When this is called sent, Ann's leaving is on the disk, too. Without it, Ann would be
        // back after the crash, and would have written this.
        bo.says("before the crash");
        bo.hears_until(|line| line["type"] == "sent");
        let server = folder.after_a_crash(server);
        ann.addr = server.addr;
        is_said_before(&mut ann);
        bo.addr = server.addr;
        bo.comes_back();
        bo.asks(serde_json::json!({"type": "history", "room": null}));
        assert_eq!(bo.hears("history")["lines"].as_array().unwrap().len(), 1);
    }
}
