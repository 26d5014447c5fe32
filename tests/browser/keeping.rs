//! Whoever looks after a room mutes somebody, puts somebody out and freezes it, on the live page.

use crate::found::Keeping;
use crate::host::Server;
use crate::look::{keep_picture, words};
use crate::page::{Browser, DESKTOP, PHONE, Person};
use crate::people::is_called;
use crate::rooms::stands_in;

/// Ann, who has made the den and stands in it.
fn ann_makes_the_den<'b>(browser: &'b Browser, server: &Server) -> Person<'b> {
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    ann.says("/join den");
    stands_in(&ann, "den");
    ann
}

/// Opens the part of the room's menu for whoever looks after the room.
fn opens_keeping(person: &Person<'_>) {
    person.waits_until("!!document.querySelector('#room-menu summary')");
    person.sees("document.querySelector('#room-menu').open = true");
    let opener = "document.querySelector('#room-menu .titled [aria-expanded]')";
    person.waits_until(&format!("{opener} && !{opener}.hidden"));
    person.sees(&format!("{opener}.getAttribute('aria-expanded') === 'true' || {opener}.click()"));
}

/// Waits until the page says this, in a note or below the field.
fn is_told(person: &Person<'_>, words: &str) {
    person.waits_until(&format!("document.body.innerText.includes('{words}')"));
}

/// Opens the menu of somebody in the list of people, and presses this.
fn presses_in_menu(person: &Person<'_>, name: &str, words: &str) {
    let row = format!("#people li[data-name={name}] button");
    person.waits_until(&format!("!!document.querySelector('{row}')"));
    person.clicks(&row);
    let item = format!(
        "[...document.querySelectorAll('#person-menu button')].find(b => b.innerText === '{words}')"
    );
    person.waits_until(&format!("!!{item}"));
    person.sees(&format!("{item}.click()"));
}

#[test]
fn row_69_row_71_the_menu_of_a_person_mutes_and_puts_out_and_the_note_undoes_it() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = ann_makes_the_den(&browser, &server);
    let bo = browser.opens(&format!("{}r/den", server.url()));
    is_called(&bo, "Bo");
    bo.says("hello");
    ann.hears("hello");
    presses_in_menu(&ann, "Bo", "Mute for 10 min");
    for person in [&ann, &bo] {
        is_told(person, "Ann muted Bo for 10 min.");
    }
    // It stands above the field, also after the page is loaded again.
    let ruled = "(document.querySelector('#ruled') || { innerText: '' }).innerText";
    bo.waits_until(&format!("{ruled}.startsWith('You cannot write in this room for 10 min.')"));
    bo.reloads();
    bo.waits_until(&format!("{ruled}.startsWith('You cannot write in this room for 10 min.')"));
    bo.says("loud");
    is_told(&bo, "You cannot write in this room at the moment");
    // The text is not lost.
    assert_eq!(bo.reads("document.querySelector('#field').value"), "loud");
    assert!(!ann.reads("document.querySelector('#rows').innerText").contains("loud"));
    ann.sees(
        "[...document.querySelectorAll('#rows button')].find(b => b.innerText.trim() === 'Undo').click()",
    );
    is_told(&bo, "Ann let Bo write here again.");
    bo.waits_until("!document.querySelector('#note').innerText.includes('You cannot write')");
    bo.sees("document.querySelector('#field').value = ''");
    bo.says("thanks");
    ann.hears("thanks");
    presses_in_menu(&ann, "Bo", "Put out of the room for 10 min");
    // The page that is out says who has done it, and for how long, and has the other rooms.
    is_told(&bo, "You were put out of the room, for 10 min.");
    is_told(&bo, "Ann put Bo out of the room for 10 min.");
    bo.waits_until("!!document.querySelector('.rooms a[href*=lobby]')");
}

#[test]
fn row_69_the_menu_of_a_person_undoes_what_holds_also_after_the_page_is_loaded_again() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = ann_makes_the_den(&browser, &server);
    let bo = browser.opens(&format!("{}r/den", server.url()));
    is_called(&bo, "Bo");
    presses_in_menu(&ann, "Bo", "Mute for 10 min");
    is_told(&bo, "Ann muted Bo for 10 min.");
    ann.reloads();
    presses_in_menu(&ann, "Bo", "Let them write again");
    is_told(&bo, "Ann let Bo write here again.");
    presses_in_menu(&ann, "Bo", "Mute for 10 min");
    is_told(&ann, "Ann muted Bo for 10 min.");
    // Once it is undone, the button of the note is gone.
    presses(&ann, "#rows", "Undo");
    ann.waits_until(
        "![...document.querySelectorAll('#rows button')].some(b => b.innerText.trim() === 'Undo')",
    );
}

#[test]
fn row_70_a_block_is_told_on_each_page_of_hosts_and_of_the_person_in_whatever_room() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.looks_at(&server.host_link(), DESKTOP);
    ann.waits_until("!!document.querySelector('[name=name]')");
    ann.sees("document.querySelector('[name=name]').value = 'Ann'");
    presses(&ann, "form", "Become a host");
    ann.waits_until("document.body.innerText.includes('You are a host now')");
    ann.goes_to(&format!("{}r/den", server.url()));
    ann.is_connected();
    ann.says("hello");
    ann.mark_will_be("hello", "sent");
    let bo = browser.opens(&format!("{}r/den", server.url()));
    is_called(&bo, "Bo");
    ann.says("/block Bo 3h too loud");
    let told = "Ann blocked Bo from this chat for 3 h. Reason: too loud";
    is_told(&ann, told);
    is_told(&bo, told);
    presses(&ann, "#rows", "Undo");
    is_told(&ann, "Ann ended the block of Bo.");
    bo.goes_to(&format!("{}r/den", server.url()));
    is_told(&bo, "connected");
    // The list marks a host as one, and nobody acts against a host.
    bo.waits_until(
        "document.querySelector('#people li[data-name=Ann]').textContent.includes('host')",
    );
    ann.says("/host Bo");
    is_told(&bo, "Ann made Bo a host.");
    // What was reported, or who waits, is told to whoever looks after the room when they come.
    let cy = browser.opens(&format!("{}r/den", server.url()));
    is_called(&cy, "Cy");
    cy.says("fools");
    bo.hears("fools");
    bo.says("/report #2");
    ann.reloads();
    is_told(&ann, "Reported messages: 1");
    presses(&ann, "#rows", "Look after this room");
    ann.waits_until("document.querySelector('#keep-room').offsetParent !== null");
}

#[test]
fn row_78_a_frozen_room_says_so_and_keeps_what_was_typed() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = ann_makes_the_den(&browser, &server);
    let bo = browser.opens(&format!("{}r/den", server.url()));
    is_called(&bo, "Bo");
    ann.says("/freeze");
    is_told(&bo, "Ann froze this room: only those who look after it can write.");
    bo.says("but");
    is_told(&bo, "This room is frozen: only those who look after it can write. Your text is kept.");
    assert_eq!(bo.reads("document.querySelector('#field').value"), "but");
    ann.says("listen");
    bo.hears("listen");
    ann.says("/unfreeze");
    is_told(&bo, "Everybody can write here again, says Ann.");
}

/// Ticks a box of the room's menu, or takes the tick away.
fn ticks(person: &Person<'_>, name: &str) {
    opens_keeping(person);
    let wanted = format!("document.querySelector('#room-menu input[name={name}]')");
    person.waits_until(&format!("{wanted}.offsetParent && !{wanted}.disabled"));
    person.sees(&format!("{wanted}.click()"));
}

#[test]
fn row_13_the_menu_of_the_room_closes_it_and_a_note_lets_in_who_waits() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = ann_makes_the_den(&browser, &server);
    ticks(&ann, "closed");
    is_told(&ann, "Ann closed this room");
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.goes_to(&format!("{}r/den", server.url()));
    is_told(&bo, "Somebody who looks after this room must let you in");
    is_told(&ann, "Bo waits to come in.");
    // The list in the menu has the same button.
    ann.sees("document.querySelector('#room-menu').open = false");
    ann.sees("document.querySelector('#room-menu').open = true");
    let let_in = "document.querySelector('#room-menu .kept button')";
    ann.waits_until(&format!("{let_in} && {let_in}.innerText === 'Let them in'"));
    ann.sees(&format!("{let_in}.click()"));
    is_told(&ann, "Ann let Bo into the room.");
    // The page of whoever waits looks again by itself each ten seconds; nobody waits here for that.
    bo.goes_to(&format!("{}r/den", server.url()));
    bo.waits_until("!!document.querySelector('#field')");
    bo.says("thanks");
    ann.hears("thanks");
}

#[test]
fn row_78_slow_mode_and_a_freeze_stand_above_the_field_and_a_keeper_ends_them() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = ann_makes_the_den(&browser, &server);
    let bo = browser.opens(&format!("{}r/den", server.url()));
    is_called(&bo, "Bo");
    ticks(&ann, "slow");
    let ruled = "(document.querySelector('#ruled') || { innerText: '' }).innerText";
    bo.waits_until(&format!("{ruled} === 'Slow mode: each person can write one message in 30 s.'"));
    bo.says("one");
    ann.hears("one");
    bo.says("two");
    is_told(&bo, "Slow mode: you can write again in");
    assert_eq!(bo.reads("document.querySelector('#field').value"), "two");
    ann.says("/unslow");
    bo.waits_until(&format!("{ruled} === ''"));
    ann.says("/freeze");
    bo.waits_until(&format!("{ruled}.startsWith('This room is frozen')"));
    bo.sees("document.querySelector('#field').value = ''");
    bo.says("/state");
    is_told(&bo, "Keepers: ");
    // Whoever comes later sees it, too.
    let cy = browser.opens(&format!("{}r/den", server.url()));
    cy.waits_until(&format!("{ruled}.startsWith('This room is frozen')"));
    presses_in_menu(&ann, "Bo", "Make a keeper of this room");
    is_told(&bo, "Ann made Bo a keeper of this room.");
    cy.waits_until(
        "document.querySelector('#people li[data-name=Bo]').textContent.includes('keeper')",
    );
    bo.sees("document.querySelector('#field').value = ''");
    ticks(&bo, "frozen");
    cy.waits_until(&format!("{ruled} === ''"));
    is_told(&ann, "Everybody can write here again, says Bo.");
}

#[test]
fn idea_d8_in_a_lesson_a_pupil_raises_a_hand_and_names_and_private_talks_wait() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = ann_makes_the_den(&browser, &server);
    let bo = browser.comes(&format!("{}r/den", server.url()), PHONE);
    is_called(&bo, "Bo");
    let cy = browser.opens(&format!("{}r/den", server.url()));
    is_called(&cy, "Cy");
    ticks(&ann, "lesson");
    let ruled = "(document.querySelector('#ruled') || { innerText: '' }).innerText";
    for person in [&ann, &bo, &cy] {
        person.waits_until(&format!("{ruled}.startsWith('A lesson is on.')"));
    }
    presses(&bo, "#ruled", "Raise your hand");
    is_told(&bo, "Your hand is up. Those who look after the room see it.");
    is_told(&ann, "Bo raised a hand.");
    assert!(!cy.reads("document.body.innerText").contains("Bo raised a hand"));
    keep_picture(&bo, "360-lesson.png");
    // The page knows of the hand after it is loaded again, too.
    bo.reloads();
    bo.is_whole();
    bo.waits_until(&format!("{ruled}.includes('Take your hand down')"));
    presses(&ann, "#rows", "I have seen it");
    is_told(&bo, "has seen your hand.");
    bo.waits_until(&format!("{ruled}.includes('Raise your hand')"));
    // What may not be done now is said, and no text is lost.
    bo.says("/name Bob");
    is_told(
        &bo,
        "A lesson is on: names stay, and private messages go only to those who look after the room.",
    );
    bo.says("/msg Cy psst");
    bo.waits_until("document.querySelector('#field').value.includes('psst')");
    bo.sees("document.querySelector('#field').value = ''");
    presses(&ann, "#ruled", "End the lesson");
    bo.waits_until(&format!("{ruled} === ''"));
    bo.says("/name Bob");
    ann.waits_until("!!document.querySelector('#people li[data-name=Bob]')");
}

/// How many have chosen each answer, as the page shows it.
const VOTES: &str = "[...document.querySelectorAll('#poll .count')].map(it => it.innerText).join()";

#[test]
fn row_60_a_poll_stands_above_the_field_with_bars_and_its_result_in_the_log() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = ann_makes_the_den(&browser, &server);
    let bo = browser.comes(&format!("{}r/den", server.url()), PHONE);
    is_called(&bo, "Bo");
    opens_keeping(&ann);
    ann.waits_until("!!document.querySelector('#keep-room [name=poll]')");
    ann.sees("document.querySelector('#keep-room [name=poll]').value = 'Tea?'");
    presses(&ann, "#keep-room", "Ask");
    is_told(&ann, "A poll is a question and two to eight answers");
    ann.sees("document.querySelector('#keep-room [name=poll]').value = 'Tea or coffee? | tea | coffee | neither'");
    presses(&ann, "#keep-room", "Ask");
    is_told(&bo, "Ann asks: ");
    let counts = VOTES;
    bo.waits_until(&format!("{counts} === '0,0,0'"));
    presses(&bo, "#poll", "coffee");
    is_told(&bo, "Your answer counts.");
    for person in [&ann, &bo] {
        person.waits_until(&format!("{counts} === '0,1,0'"));
    }
    presses(&bo, "#poll", "tea");
    ann.waits_until(&format!("{counts} === '1,0,0'"));
    keep_picture(&bo, "360-poll.png");
    // A page that is loaded again knows the reader's answer.
    bo.reloads();
    bo.is_whole();
    bo.waits_until("document.querySelector('#poll [aria-pressed=true]')?.innerText === 'tea'");
    let cy = browser.opens(&format!("{}r/den", server.url()));
    cy.waits_until(&format!("{counts} === '1,0,0'"));
    assert!(!cy.reads("document.querySelector('#poll').innerText").contains("End"));
    presses(&ann, "#poll", "End the poll");
    for person in [&ann, &bo, &cy] {
        is_told(person, "Result of the poll: ");
        person.waits_until("!document.querySelector('#poll')");
    }
    let log = cy.reads("document.querySelector('#rows').innerText");
    let plain: String = log.chars().filter(|it| !matches!(it, '\u{2068}' | '\u{2069}')).collect();
    assert!(plain.contains("Tea or coffee? tea 1, coffee 0, neither 0"), "{plain}");
}

/// Whether the document, or what the browser stores for it, has this text.
fn has_anywhere(text: &str) -> String {
    format!(
        "[document.documentElement.outerHTML, JSON.stringify({{ ...localStorage }}), \
         JSON.stringify({{ ...sessionStorage }})].some(part => part.includes('{text}'))"
    )
}

/// Presses the button with these words, in this place.
fn presses(person: &Person<'_>, place: &str, words: &str) {
    let button = format!(
        "[...document.querySelectorAll('{place} button')].find(b => b.innerText.trim() === '{words}')"
    );
    person.waits_until(&format!("!!{button}"));
    person.sees(&format!("{button}.focus(), {button}.click()"));
}

#[test]
fn row_72_whoever_looks_after_a_room_deletes_all_of_a_person_and_all_and_no_open_page_keeps_it() {
    let keeping = Keeping::start("deleted", &[]);
    let server = &keeping.server;
    let browser = Browser::start();
    let ann = ann_makes_the_den(&browser, server);
    let den = format!("{}r/den", server.url());
    let (bo, cy) = (browser.opens(&den), browser.opens(&den));
    is_called(&bo, "Bo");
    is_called(&cy, "Cy");
    for text in ["sesame one", "sesame two"] {
        bo.says(text);
        cy.hears(text);
    }
    cy.says("poppy seeds");
    bo.hears("poppy seeds");
    ann.hears("poppy seeds");
    // Cy has searched for it, and is about to reply to it: these have the text, too.
    cy.says("/search sesame");
    cy.waits_until("document.querySelector('#results').innerText.includes('sesame one')");
    presses_in_menu(&ann, "Bo", "Delete all their messages here…");
    is_told(&ann, "Delete all messages of Bo in this room, for everybody and for good?");
    presses(&ann, "#rows", "Delete");
    // The question is over, and its button is gone.
    ann.waits_until(
        "![...document.querySelectorAll('#rows .note button')].some(b => b.innerText === 'Delete')",
    );
    for person in [&ann, &bo] {
        is_told(person, "Ann deleted all messages of one person");
        person.waits_until(&format!("!{}", has_anywhere("sesame one")));
        person.waits_until(&format!("!{}", has_anywhere("sesame two")));
    }
    cy.waits_until(&format!("!{}", has_anywhere("sesame two")));
    assert!(ann.reads("document.querySelector('#rows').innerText").contains("poppy seeds"));
    let heading = "document.querySelector('#rows').innerText.includes('Message deleted.')";
    assert_eq!(ann.sees(heading), true, "the place of a message says that it is deleted");
    // All of the room, by two presses in its menu.
    opens_keeping(&ann);
    presses(&ann, "#keep-room", "Delete all messages of this room");
    presses(&ann, "#keep-room", "Really delete all? It cannot be undone.");
    for person in [&ann, &bo] {
        is_told(person, "Ann deleted all messages here");
        person.waits_until(&format!("!{}", has_anywhere("poppy seeds")));
    }
    bo.reloads();
    is_told(&bo, "Ann deleted all messages here");
    assert!(!bo.reads("document.querySelector('#rows').innerText").contains("Message deleted"));
    bo.says("hello");
    ann.hears("hello");
}

#[test]
fn row_82_a_message_is_reported_and_whoever_looks_after_the_room_sees_it() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = ann_makes_the_den(&browser, &server);
    let den = format!("{}r/den", server.url());
    let (bo, cy) = (browser.opens(&den), browser.opens(&den));
    is_called(&bo, "Bo");
    is_called(&cy, "Cy");
    bo.says("fools");
    cy.hears("fools");
    cy.points_at("#rows li:last-child .text");
    presses(&cy, ".actions", "More");
    presses(&cy, ".actions", "Report");
    cy.waits_until("!!document.querySelector('.actions input')");
    cy.sees("document.querySelector('.actions input').value = 'so rude'");
    presses(&cy, ".actions", "Report");
    is_told(&cy, "Those who look after this room can see your report now.");
    is_told(&ann, "Cy reported #1 (Bo: fools).");
    is_told(&ann, "Reason: so rude");
    assert!(!bo.reads("document.body.innerText").contains("reported"));
    opens_keeping(&ann);
    let listed = "document.querySelector('#keep-room').innerText";
    ann.waits_until(&format!("{listed}.includes('Reported messages')"));
    ann.waits_until(&format!("{listed}.includes('fools') && {listed}.includes('so rude')"));
    presses(&ann, "#keep-room", "I have seen it");
    ann.waits_until(&format!("!{listed}.includes('Reported messages')"));
    // A text that is deleted does not stay in the notes about its report.
    ann.says("/delete #1");
    is_told(&ann, "Message deleted.");
    ann.waits_until(&format!("!{}", has_anywhere("fools")));
    is_told(&ann, "Cy reported #1.");
}

#[test]
fn row_16_whoever_comes_reads_the_welcome_of_the_room_once() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = ann_makes_the_den(&browser, &server);
    opens_keeping(&ann);
    let field = "document.querySelector('#keep-room [name=welcome]')";
    ann.waits_until(&format!("!!{field}"));
    ann.sees(&format!("{field}.value = 'Be kind. Dinner is at 7.'"));
    presses(&ann, "#keep-room form", "Save");
    is_told(&ann, "Ann wrote a welcome for people who come to this room. Be kind. Dinner is at 7.");
    let bo = browser.opens(&format!("{}r/den", server.url()));
    is_told(&bo, "This room says: Be kind. Dinner is at 7.");
    is_called(&bo, "Bo");
    bo.says("thanks");
    ann.hears("thanks");
    bo.reloads();
    bo.waits_until("document.querySelector('#rows').innerText.includes('thanks')");
    bo.is_whole();
    assert!(!bo.reads("document.body.innerText").contains("This room says"));
    bo.says("/rules");
    is_told(&bo, "This room says: Be kind. Dinner is at 7.");
}

/// What the page says of an action: its sentence up to the time that it lasts.
fn sentence(word: &str) -> String {
    let table = match word {
        "delete-all" => return "Ann deleted all messages of one person".to_owned(),
        "delete-everything" => return "Ann deleted all messages here".to_owned(),
        _ => words("en", "-panels"),
    };
    let whole = table[&format!("act-{word}")].trim_matches('"').to_owned();
    let whole = whole.replace("{by}", "Ann").replace("{name}", "Bo");
    let whole = whole.replace("{n}", "1 (Bo: fools)");
    whole.split("{time}").next().unwrap().to_owned()
}

/// All actions, in an order in which each changes something. The commands `/report` and `/dismiss`
/// have the number of a message, and the others may have a name.
const IN_ORDER: [(&str, &str); 34] = [
    ("mute", " Bo"),
    ("unmute", " Bo"),
    ("freeze", ""),
    ("unfreeze", ""),
    ("slow", ""),
    ("unslow", ""),
    ("close", ""),
    ("unadmit", " Bo"),
    ("admit", " Bo"),
    ("unclose", ""),
    ("lesson", ""),
    ("hand", ""),
    ("unhand", ""),
    ("lower", " Bo"),
    ("unlesson", ""),
    ("poll", " Tea? | yes | no"),
    ("vote", " 2"),
    ("unpoll", ""),
    ("welcome", " Be kind."),
    ("unwelcome", ""),
    ("keeper", " Bo"),
    ("unkeeper", " Bo"),
    ("report", " #1"),
    ("dismiss", " #1"),
    ("host", " Bo"),
    ("unhost", " Bo"),
    ("block", " Bo"),
    ("unblock", " Bo"),
    ("kick", " Bo"),
    ("unkick", " Bo"),
    ("ban", " Bo"),
    ("unban", " Bo"),
    ("delete-all", " Bo"),
    ("delete-everything", ""),
];

#[test]
fn row_76_each_action_has_a_command_on_the_live_page_and_is_told_to_who_looks_after_the_room() {
    let server = Server::start_with("127.0.0.1:0", &["--rate", "200", "--burst", "400"]);
    let browser = Browser::start();
    let [ann, wes] = ["Ann", "Wes"].map(|name| {
        let host = browser.looks_at(&server.host_link(), DESKTOP);
        host.waits_until("!!document.querySelector('[name=name]')");
        host.sees(&format!("document.querySelector('[name=name]').value = '{name}'"));
        presses(&host, "form", "Become a host");
        host.waits_until("document.body.innerText.includes('You are a host now')");
        host.goes_to(&format!("{}r/den", server.url()));
        host.is_connected();
        host
    });
    let bo = browser.opens(&format!("{}r/den", server.url()));
    is_called(&bo, "Bo");
    bo.says("fools");
    for host in [&ann, &wes] {
        host.hears("fools");
    }
    for (word, about) in IN_ORDER {
        if word == "lower" {
            bo.says("/hand");
            is_told(&wes, "Bo raised a hand.");
        }
        ann.says(&format!("/{word}{about}"));
        match word {
            // A hand that is down is not worth a note: the button goes.
            "unhand" | "lower" => {
                let buttons = "[...document.querySelectorAll('#rows button')]";
                wes.waits_until(&format!(
                    "!{buttons}.some(it => it.innerText === 'I have seen it')"
                ));
            }
            // Nobody else hears who votes.
            "vote" => wes.waits_until(&format!("{VOTES} === '0,1'")),
            _ => is_told(&wes, &sentence(word)),
        }
        if word == "lower" {
            is_told(&bo, "has seen your hand.");
        }
    }
}
