//! The pictures of README and docs, from real browsers: `target/screenshots/docs-*`.

use crate::host::Server;
use crate::look::{keep_picture, keep_text};
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::is_called;
use crate::scriptless;
use crate::terminal::W3M;
use crate::textual;

/// People with names in several scripts, and their messages.
fn talk<'b>(browser: &'b Browser, room: &str) -> Vec<Person<'b>> {
    let people: Vec<_> = ["Bo", "小明", "ليلى"].map(|name| (browser.opens(room), name)).into();
    for (person, name) in &people {
        is_called(person, name);
    }
    let said = [
        (0, "Shall we start? The kettle is on, and the second box answers again."),
        (0, "It dips every night at four, see https://example.org/graph?from=4"),
        (1, "可能是备份，备份四点开始。"),
        (2, "نعم، الثلاثة معا (all three of them)."),
        (0, "Cleo, can you look?"),
    ];
    for (who, text) in said {
        people[who].0.says(text);
        people[who].0.mark_will_be(text, "sent");
    }
    people.into_iter().map(|(person, _)| person).collect()
}

#[test]
fn the_pictures_of_the_docs_are_written() {
    for (name, visit) in [
        ("desktop-light-en", Visit { height: 640, ..DESKTOP }),
        ("desktop-dark-zh", Visit { height: 640, dark: true, languages: "zh-CN", ..DESKTOP }),
        ("phone-light-en", PHONE),
        ("phone-dark-en", Visit { dark: true, ..PHONE }),
    ] {
        let server = Server::start();
        let browser = Browser::start();
        let cleo = browser.comes(&format!("{}r/workshop", server.url()), visit);
        is_called(&cleo, "Cleo");
        let people = talk(&browser, &format!("{}r/workshop", server.url()));
        cleo.hears("Cleo, can you look?");
        cleo.says("Looking now.");
        let sent = if visit.languages.starts_with("zh") { "已发送" } else { "sent" };
        cleo.mark_will_be("Looking now.", sent);
        people[0].types("Thank you");
        cleo.waits_until("document.querySelector('#typing').innerText.includes('Bo')");
        keep_picture(&cleo, &format!("docs-{name}.png"));
    }
}

#[test]
fn so_are_those_without_scripts() {
    let server = Server::start();
    let browser = Browser::start();
    let room = format!("{}r/lobby", server.url());
    let people = talk(&browser, &room);
    let cleo = scriptless::opens(&browser, &server, PHONE);
    scriptless::fills(&cleo, "name", "Cleo");
    scriptless::says(&cleo, "Looking now.");
    keep_picture(&cleo, "docs-phone-scriptless.png");
    let ann = textual::comes_in(W3M, &room, "Ann", "I bring the cups.");
    people[0].says("Good.");
    people[0].mark_will_be("Good.", "sent");
    ann.follows("Refresh");
    ann.sees("Good.");
    keep_text(&ann.screen(), "docs-w3m.txt");
}
