//! A room in browsers that draw their pages and run no script.
//!
//! Goal: a person with NetSurf or Dillo speaks, sees what the others see in the same order, and
//! goes on after a restart of the server. Method: the test copies what the browser shows, as a
//! person would.

use crate::host::{Server, Voice};
use crate::xserver::{DILLO, NETSURF, Screen};

fn says(screen: &Screen, voice: &mut Voice, name: &str, text: &str) {
    screen.fills("Message", text);
    screen.presses_button("Send");
    voice.hears(&format!("{name}: {text}"));
    screen.sees(text);
}

/// Which of `texts` the page shows, in the page's order (newest first).
fn order(screen: &Screen, texts: &[String]) -> Vec<usize> {
    screen.loads_again();
    screen.sees(texts.last().unwrap());
    let words = screen.words();
    words.lines().filter_map(|line| texts.iter().position(|text| line.trim() == text)).collect()
}

/// The page has these parts in this order.
fn sees_in_order(screen: &Screen, parts: &[&str]) {
    let words = screen.words();
    let mut rest = words.as_str();
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else {
            panic!("{part} in {}, in its place:\n{words}", screen.name());
        };
        rest = behind;
    }
}

#[test]
#[ignore = "by tests/run --long: wants Xvfb, NetSurf and Dillo"]
fn netsurf_and_dillo_are_in_one_room_see_one_order_and_go_on_after_a_restart() {
    // The server must store what the browsers want to find after the restart.
    let data = std::env::temp_dir().join(format!("threadbare-drawn-{}", std::process::id()));
    let start = |address: &str| Server::start_with(address, &["--data", data.to_str().unwrap()]);
    let mut server = start("127.0.0.1:0");
    let room = format!("{}r/lobby", server.url());
    let everyone = [(NETSURF, "Ann"), (DILLO, "Dan")].map(|(kind, name)| {
        let screen = Screen::opens(kind, &room);
        screen.fills("Your name", name);
        (screen, name)
    });
    let mut texts = Vec::new();
    for round in ["one", "two"] {
        let mut voice = server.voice();
        for (screen, name) in &everyone {
            let text = format!("{} says {round}", screen.name());
            says(screen, &mut voice, name, &text);
            texts.push(text);
        }
        // A message that neither browser has yet: if it is visible, the browser has looked again.
        let last = format!("that was round {round}");
        voice.says(&last);
        voice.hears(&last);
        texts.push(last);
        let newest_first: Vec<_> = (0..texts.len()).rev().collect();
        for (screen, name) in &everyone {
            assert_eq!(order(screen, &texts), newest_first, "what {} sees", screen.name());
            let own = format!("{name} (you)");
            let last = texts.last().unwrap();
            sees_in_order(screen, &["lobby", "3 here", "Message", "newest first", last, &own]);
        }
        if round == "one" {
            let address = server.address().to_string();
            server.stop();
            server = start(&address);
        }
    }
    for (screen, _) in &everyone {
        screen.keep_picture(&format!("drawn-{}.png", screen.name()));
    }
    // NetSurf would count the list from one: so a page with a style has no numbers.
    for (screen, _) in &everyone {
        assert!(!screen.words().contains("1. "), "{}", screen.words());
    }
    drop((everyone, server));
    std::fs::remove_dir_all(data).ok();
}

#[test]
#[ignore = "by tests/run --long: wants Xvfb, NetSurf and Dillo"]
fn netsurf_loads_the_list_again_by_itself() {
    let server = Server::start();
    let mut bo = server.voice();
    let list = Screen::opens(NETSURF, &format!("{}r/lobby/list?every=5", server.url()));
    list.sees("No messages yet");
    bo.says("Anybody here?");
    list.sees("Anybody here?");
}

#[test]
#[ignore = "by tests/run --long: wants Xvfb, NetSurf and Dillo"]
fn dillo_shows_what_comes_on_a_page_without_an_end() {
    // A stream needs a session, and a person who opens this address has no name yet: hence
    // `--guests`.
    let server = Server::start_with("127.0.0.1:0", &["--guests"]);
    let mut bo = server.voice();
    bo.says("Anybody here?");
    let stream = Screen::opens(DILLO, &format!("{}r/lobby/stream", server.url()));
    stream.sees("Anybody here?");
    bo.says("Now there is.");
    stream.sees("Now there is.");
    sees_in_order(&stream, &["Anybody here?", "Now there is."]);
}
