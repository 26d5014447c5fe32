//! People on the live page: names, what was said before they came, changes, rooms,
//! private messages.

use serde_json::json;

use crate::cuts::comes_back;
use crate::host::{Proxy, Server};
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person};
use crate::rooms::complains_of_the_connection_only;

/// Chooses a name.
pub(crate) fn is_called(person: &Person<'_>, name: &str) {
    person.says(&format!("/name {name}"));
    person.waits_until(&format!("document.querySelector('#me summary').innerText === '{name}'"));
}

/// Chooses the name of a person who has just left. The rooms are told of the leaving first; the
/// name is free a moment later, when the last connection of that person has ended.
fn takes_the_free_name(person: &Person<'_>, name: &str) {
    let has_it = format!("document.querySelector('#me summary').innerText === '{name}'");
    // A refused command is back in the field, and is sent again from there.
    let is_back = format!("document.querySelector('#field').value === '/name {name}'");
    person.says(&format!("/name {name}"));
    loop {
        person.waits_until(&format!("{has_it} || {is_back}"));
        if person.sees(&has_it) == true {
            return;
        }
        person.presses("Enter");
    }
}

/// Opens a panel of the header, by the control that this device has. `private` is a private talk:
/// the latest one, or one with the first person that is offered, or with Bo.
pub(crate) fn opens_panel(person: &Person<'_>, panel: &str) {
    if panel == "private" {
        opens_talk(person);
        return;
    }
    let is_open = format!("document.querySelector('#{panel}').open");
    if person.sees(&is_open) == false {
        let word = format!("#{panel} > summary");
        if person.sees(&format!("!!document.querySelector('{word}').offsetParent")) == true {
            person.clicks(&word);
        } else {
            // On a narrow page, the search opens from the room's menu.
            opens_panel(person, "room-menu");
            person.clicks(SEARCHES);
        }
    }
    person.waits_until(&is_open);
    if panel == "search" {
        // The form is shown when it is whole; before that its fields take no focus.
        person.waits_until("!document.querySelector('#search form').hidden");
    }
    if ["me", "room-menu"].contains(&panel) {
        // It is loaded when somebody opens it.
        person.waits_until(&format!("!!document.querySelector('#{panel} .sheet').firstChild"));
    }
    if panel == "places" {
        // The buttons below the list of rooms move when it comes.
        person.waits_until("!!document.querySelector('#rooms li')");
    }
    // If the list is already drawn, the page loads it again when the pointer comes near.
    person.points_at(&format!("#{panel} .sheet"));
    // What the browser tells of an open panel may change what is in it.
    person.draws_a_frame();
}

/// The button in the room's menu that opens the search.
const SEARCHES: &str = "#room-menu .buttons button";

/// Opens a private talk.
fn opens_talk(person: &Person<'_>) {
    let is_open = "!document.querySelector('#letters').hidden";
    // Whoever has just signed in gets the page anew.
    person.waits_until("!!document.querySelector('#letters')");
    if person.sees(is_open) == false {
        opens_panel(person, "places");
        let talk = "document.querySelector('#talks button')";
        if person.sees(&format!("!!{talk}")) == true {
            person.sees(&format!("{talk}.click()"));
        } else {
            person.sees("document.querySelector('.unfold.whom').click()");
            person.waits_until("!!document.querySelector('#whom-form')");
            let offered = "document.querySelector('#whom-form li button')";
            if person.sees(&format!("!!{offered}")) == true {
                person.sees(&format!("{offered}.click()"));
            } else {
                // The form would ask the server whether somebody has the name.
                person.sees("document.querySelector('.unfold.whom').click()");
                person.says("/msg Bo");
            }
        }
    }
    person.waits_until(is_open);
    person.points_at("#letters");
}

/// What can be done with a message now.
const ACTIONS: &str =
    "[...document.querySelectorAll('.actions button')].map(it => it.innerText).join('|')";

/// The texts of all private messages in sight.
const LETTERS: &str =
    "[...document.querySelectorAll('#letters .text')].map(text => text.textContent).join('|')";

/// The texts of all system lines.
const NOTES: &str = "[...document.querySelectorAll('.note')].map(n => n.innerText).join('|')";

#[test]
fn a_name_and_its_secret_are_oneself_on_another_device() {
    let server = Server::start();
    let browser = Browser::start();
    let [laptop, phone, bo] = [(); 3].map(|()| browser.opens(&server.url()));
    is_called(&bo, "Bo");
    laptop.says("/name Ann#fish");
    laptop.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    bo.says("/msg Ann for the laptop");
    phone.says("from a guest");
    bo.hears("from a guest");
    // Without the secret, the name belongs to another person, and the page says what to do.
    phone.says("/name Ann");
    phone.waits_until("document.body.innerText.includes('type # and its password after it')");
    phone.waits_until("document.querySelector('#field').value === '/name Ann'");
    phone.types("#fish");
    phone.presses("Enter");
    phone.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    phone.is_whole();
    phone.says("from the phone");
    for person in [&bo, &laptop, &phone] {
        person.hears("from the phone");
        person.waits_until("document.querySelector('#people summary').innerText === '2 here'");
    }
    // The person can still change their own messages from before.
    assert_eq!(phone.sees("document.querySelectorAll('#rows .own').length"), 2);
    // Both devices get what is written to the name, also what was written before.
    bo.says("/msg Ann for both");
    for person in [&laptop, &phone] {
        opens_panel(person, "private");
        person.waits_until(&format!("{LETTERS}.includes('for the laptop|for both')"));
    }
    assert!(!phone.reads("document.querySelector('#letters').innerText").contains("new log"));
    // After a reload it is the same person.
    phone.reloads();
    phone.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    phone.is_whole();
}

#[test]
fn on_a_new_device_exactly_the_unread_private_messages_are_new() {
    let server = Server::start();
    let browser = Browser::start();
    let [laptop, phone, bo] = [(); 3].map(|()| browser.opens(&server.url()));
    is_called(&bo, "Bo");
    laptop.says("/name Ann#fish");
    laptop.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    let heading = "document.querySelector('#private').textContent";
    // The first private message of all is new where the reader is.
    bo.says("/msg Ann long ago");
    laptop.waits_until(&format!("{heading} === 'Private, 1 new'"));
    phone.says("/name Ann#fish");
    for _ in 0..2 {
        phone.waits_until(&format!("{heading} === 'Private, 1 new'"));
        phone.reloads();
        phone.is_connected();
    }
    // It is read on one device, so it is not new on a third one.
    laptop.says("/msg Bo");
    laptop.waits_until(&format!("{heading} === 'Private'"));
    phone.waits_until(&format!("{heading} === 'Private'"));
    bo.says("/msg Ann just now");
    bo.waits_until("document.querySelector('#talks').textContent.includes('Ann')");
    phone.waits_until(&format!("{heading} === 'Private, 1 new'"));
    let tablet = browser.opens(&server.url());
    tablet.says("/name Ann#fish");
    tablet.waits_until(&format!("{heading} === 'Private, 1 new'"));
}

#[test]
fn a_name_is_taken_in_one_step_and_stays_over_a_reload() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let bo = browser.opens(&server.url());
    ann.waits_until("/^guest-/.test(document.querySelector('#me summary').innerText)");
    opens_panel(&ann, "me");
    ann.sees("document.querySelector('#me input').select()");
    ann.types("Ann");
    ann.presses("Enter");
    ann.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    bo.waits_until(&format!("{NOTES}.includes('is now Ann')"));
    is_called(&bo, "Bo");
    ann.goes_to_field();
    ann.says("it is me");
    bo.hears("it is me");
    assert_eq!(bo.reads("[...document.querySelectorAll('#rows .who')].pop().innerText"), "Ann");
    // The page without scripts uses the same colour.
    let class = bo.reads("[...document.querySelectorAll('.said')].pop().className");
    assert!(class.split(' ').any(|one| one == "p8"), "{class}");
    ann.reloads();
    ann.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    ann.hears("it is me");
    assert_eq!(ann.log(), ["it is me"]);
    let head = ann.reads("document.querySelector('.own .head').innerText");
    assert!(head.starts_with("Ann · you"), "{head}");
    // The page refuses a taken name in words, and the field has the text again.
    bo.says("/name Ann");
    bo.waits_until("document.querySelector('#note').innerText.startsWith('That name is taken')");
}

#[test]
fn after_a_reload_lines_are_their_author_s_own_and_nobody_else_s_who_has_that_name() {
    let server = Server::start();
    let browser = Browser::start();
    let own = "[...document.querySelectorAll('#rows .own .text')].map(t => t.textContent).join()";
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    ann.says("I was first");
    ann.mark_will_be("I was first", "sent");
    // Her second new name frees the first one.
    is_called(&ann, "Anni");
    is_called(&ann, "Anna");
    let bo = browser.opens(&server.url());
    bo.hears("I was first");
    is_called(&bo, "Ann");
    bo.says("and I second");
    bo.mark_will_be("and I second", "sent");
    for (person, its) in [(&bo, "and I second"), (&ann, "I was first")] {
        assert_eq!(person.reads(own), its);
        person.reloads();
        person.hears("and I second");
        assert_eq!(person.reads(own), its, "after a reload");
    }
}

#[test]
fn who_comes_reads_what_was_said_and_older_lines_come_by_scrolling() {
    let server = Server::start();
    let browser = Browser::start();
    let mut raw = server.voice();
    (0..260).for_each(|number| raw.says(&format!("line {number}")));
    raw.hears("line 259");
    let ann = browser.opens(&server.url());
    assert_eq!(ann.log().last().unwrap(), "line 259");
    assert_eq!(ann.log().len(), 50);
    let distance = "(b => b.scrollHeight - b.scrollTop - b.clientHeight)\
                    (document.querySelector('#box'))";
    ann.waits_until(&format!("{distance} < 1"));
    for _ in 0..12 {
        ann.scrolls_to(0);
        if ann.log()[0] == "line 0" {
            break;
        }
    }
    ann.hears("line 0");
    let log = ann.log();
    let expected: Vec<_> = (0..260).map(|number| format!("line {number}")).collect();
    assert_eq!(log, expected, "each once, in order");
}

#[test]
fn what_came_while_the_page_was_closed_is_below_the_unread_line() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    raw.says("seen");
    ann.hears("seen");
    ann.waits_until(
        "Object.keys(localStorage).some(key => key.startsWith('threadbare.seen.') \
                     && localStorage[key].endsWith('.1'))",
    );
    let other = ann.opens_another_tab(&format!("{}r/elsewhere", server.url()));
    ann.closes();
    (1..=3).for_each(|number| raw.says(&format!("unseen {number}")));
    raw.hears("unseen 3");
    let ann = other.opens_another_tab(&server.url());
    ann.waits_until("document.querySelector('.unread')?.innerText === '3 new messages'");
    let next = "document.querySelector('.unread').nextElementSibling.querySelector('.text')";
    assert_eq!(ann.reads(&format!("{next}.innerText")), "unseen 1");
}

#[test]
fn own_messages_are_edited_and_deleted_in_their_place_for_everybody() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    ann.says("frist");
    ann.says("second");
    ann.mark_will_be("second", "sent");
    bo.hears("second");
    // The Up key in an empty field edits the last message; a command and a button do the same.
    ann.presses("ArrowUp");
    assert_eq!(ann.field(), "second");
    ann.sees("document.querySelector('#field').value = ''");
    ann.types("2nd");
    ann.presses("Enter");
    bo.hears("2nd");
    // It follows directly another message of the same person, and the page still shows that it is
    // edited.
    for person in [&ann, &bo] {
        person.waits_until(
            "[...document.querySelectorAll('.said time')].some((time) => \
             time.getClientRects().length && time.innerText.endsWith('edited'))",
        );
    }
    ann.says("/edit #1 first");
    bo.hears("first");
    assert_eq!(bo.log(), ["first", "2nd"]);
    assert!(bo.reads("document.querySelector('.said time').innerText").ends_with("edited"));
    ann.sees("document.querySelector('.said').focus()");
    ann.waits_until(&format!("{ACTIONS} === 'Reply|Edit|Delete|More'"));
    keep_picture(&ann, "1280-actions.png");
    // A double click deletes nothing, and where the first Delete was is Cancel.
    ann.double_clicks(".actions button:nth-child(3)");
    assert_eq!(ann.reads(ACTIONS), "Cancel|Delete");
    assert_eq!(ann.log(), ["first", "2nd"]);
    ann.presses("Escape");
    ann.points_at(".said .text");
    ann.waits_until(&format!("{ACTIONS} === 'Reply|Edit|Delete|More'"));
    let delete = "document.querySelector('.actions button:nth-child(3)').getBoundingClientRect()";
    let middle = "(it => [it.x + it.width / 2, it.y + it.height / 2].join())";
    let place = ann.reads(&format!("{middle}({delete})"));
    ann.clicks(".actions button:nth-child(3)");
    assert_eq!(ann.reads(&format!("document.elementFromPoint({place}).innerText")), "Cancel");
    ann.clicks(".actions button:nth-child(3)");
    bo.hears("Message deleted.");
    assert_eq!(bo.log(), ["Message deleted.", "2nd"]);
    // These are words of the page, and not of a person.
    let colour =
        |part: &str| bo.reads(&format!("getComputedStyle(document.querySelector('{part}')).color"));
    assert_eq!(colour("#rows .text > i"), colour("#rows .head"));
    // A person cannot change the messages of others.
    bo.says("/delete #2");
    bo.waits_until(
        "document.querySelector('#note').innerText.startsWith('You can edit or delete only your own')",
    );
    assert_eq!(bo.field(), "/delete #2");
    bo.reloads();
    bo.is_connected();
    assert_eq!(bo.log(), ["Message deleted.", "2nd"], "also for who comes later");
}

#[test]
fn on_touch_the_time_of_a_message_opens_what_can_be_done() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.says("who can look at it?");
    ann.hears("who can look at it?");
    ann.clicks(".said time");
    ann.waits_until(&format!("{ACTIONS} === 'Reply|More'"));
    ann.clicks(".actions button:nth-child(2)");
    let all = "Reply|Message privately|Ignore Bo|Report|Copy text|Copy link";
    ann.waits_until(&format!("{ACTIONS} === '{all}'"));
    keep_picture(&ann, "360-actions.png");
    ann.clicks(".actions button:nth-child(1)");
    ann.waits_until("document.activeElement.id === 'field'");
    ann.types("me");
    ann.clicks("#send");
    bo.hears("me");
}

#[test]
fn the_question_before_a_deletion_stays_and_nothing_that_comes_meanwhile_covers_it() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    (0..40).for_each(|number| ann.says(&format!("number {number}")));
    ann.mark_will_be("number 39", "sent");
    ann.points_at("#rows li:last-child .text");
    ann.waits_until(&format!("{ACTIONS} === 'Reply|Edit|Delete|More'"));
    ann.clicks(".actions button:nth-child(3)");
    // The mouse passes another message on its way.
    ann.points_at("#rows li:nth-last-child(4) .text");
    assert_eq!(ann.reads(ACTIONS), "Cancel|Delete");
    bo.says("meanwhile");
    ann.waits_until("!document.querySelector('#pill').hidden");
    let pill = "getComputedStyle(document.querySelector('#pill')).visibility";
    assert_eq!(ann.reads(pill), "hidden");
    ann.clicks(".actions button:nth-child(3)");
    bo.waits_until("[...document.querySelectorAll('.said .text')].some(one => one.textContent === 'Message deleted.')");
    ann.waits_until("!document.querySelector('.actions:focus-within')");
    assert_ne!(ann.reads(pill), "hidden");
}

#[test]
fn on_touch_each_message_of_a_turn_is_edited_deleted_and_replied_to() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.comes(&server.url(), PHONE), browser.opens(&server.url()));
    for text in ["first", "secnod", "third"] {
        ann.says(text);
        ann.mark_will_be(text, "sent");
    }
    // The later messages of a turn show no time.
    let touches = |nth: usize, action: usize| {
        ann.clicks(&format!(".own:nth-last-child({nth}) .text"));
        ann.waits_until(&format!("{ACTIONS} === 'Reply|Edit|Delete|More'"));
        let below = "document.querySelector('.actions').getBoundingClientRect().bottom \
                     <= document.querySelector('#composer').getBoundingClientRect().top";
        ann.waits_until(below);
        ann.clicks(&format!(".actions button:nth-child({action})"));
    };
    touches(2, 2);
    ann.waits_until("document.querySelector('#field').value === 'secnod'");
    ann.sees("document.querySelector('#field').value = ''");
    ann.types("second");
    ann.clicks("#send");
    bo.hears("second");
    // A changed message has a head, so the rows move when it is drawn. A touch comes after that.
    ann.waits_until(
        "document.querySelector('.own:nth-last-child(2) time').textContent.includes('edited')",
    );
    touches(1, 3);
    ann.waits_until(&format!("{ACTIONS} === 'Cancel|Delete'"));
    ann.clicks(".actions button:nth-child(3)");
    bo.hears("Message deleted.");
    ann.hears("Message deleted.");
    touches(2, 1);
    ann.waits_until("document.querySelector('#editing').innerText.includes('second')");
    // A second touch closes what the first has opened.
    ann.clicks(".own:nth-last-child(2) .text");
    ann.waits_until("!!document.querySelector('.actions')");
    ann.clicks(".own:nth-last-child(2) .text");
    ann.waits_until("!document.querySelector('.actions')");
}

#[test]
fn a_private_message_is_seen_by_two_and_its_text_not_in_the_room() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    let eve = browser.opens(&server.url());
    is_called(&ann, "Ann");
    is_called(&bo, "Bo B");
    ann.waits_until("document.querySelector('#people').textContent.includes('Bo B')");
    ann.says("/msg Bo B do not tell Eve");
    bo.waits_until("document.querySelector('#private').innerText === 'Private, 1 new'");
    bo.waits_until(&format!("{NOTES}.includes('New private message from Ann.')"));
    bo.clicks(".note .plain");
    bo.waits_until(&format!("{LETTERS} === 'do not tell Eve'"));
    bo.waits_until("document.querySelector('#private').innerText === 'Private'");
    bo.says("I will not");
    bo.waits_until("[...document.querySelectorAll('#letters .mark')].pop().innerText === 'sent'");
    keep_picture(&bo, "1280-private.png");
    ann.waits_until("document.querySelector('#private').innerText === 'Private, 1 new'");
    ann.says("and now aloud");
    eve.hears("and now aloud");
    opens_panel(&ann, "private");
    ann.waits_until(&format!("{LETTERS} === 'do not tell Eve|I will not'"));
    assert_eq!(ann.log(), ["and now aloud"]);
    let all = eve.reads("document.body.innerText");
    assert!(!all.contains("do not tell") && !all.contains("I will not"), "{all}");
    bo.reloads();
    bo.is_whole();
    bo.waits_until(&format!("{LETTERS} === 'do not tell Eve|I will not'"));
    assert_eq!(bo.log(), ["and now aloud"]);
    // No person has this name, so the text comes back.
    ann.presses("Escape");
    ann.says("/msg Nobody hello?");
    ann.waits_until("document.querySelector('#field').value === '/msg Nobody hello?'");
}

#[test]
fn a_change_that_waits_for_the_connection_says_so_until_it_is_made() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.says("/topic soup");
    let waits = format!("{NOTES}.includes('Saved; applied when you are reconnected.')");
    ann.waits_until(&waits);
    proxy.heal();
    ann.waits_until("document.querySelector('#topic').innerText.includes('soup')");
    ann.waits_until(&format!("!{waits}"));
}

#[test]
fn a_new_secret_of_the_same_name_is_seen_where_it_speaks() {
    let server = Server::start();
    let browser = Browser::start();
    let [ann, bo] = [(); 2].map(|()| browser.opens(&server.url()));
    for (secret, text) in [("fish", "first"), ("soup", "second"), ("soup", "third")] {
        bo.says(&format!("/name Bo#{secret}"));
        bo.waits_until("document.querySelector('#me summary').innerText === 'Bo'");
        bo.says(text);
        ann.hears(text);
    }
    // Each turn has a head, and the menu at the name in it shows the mark.
    let codes: Vec<String> = (0..2)
        .map(|turn| {
            ann.sees(&format!("document.querySelectorAll('#rows .turn .who')[{turn}].click()"));
            ann.waits_until("!!document.querySelector('#person-menu [aria-disabled]')");
            let words = ann.reads("document.querySelector('#person-menu').innerText");
            keep_picture(&ann, &format!("1280-mark-{turn}.png"));
            ann.presses("Escape");
            words.split("Code: ").nth(1).unwrap().chars().take(8).collect()
        })
        .collect();
    assert_ne!(codes[0], codes[1]);
    assert_eq!(ann.measures("document.querySelectorAll('#rows .turn').length"), 2.0);
}

/// Whether the note over the field says that another person has the name.
const ANOTHER_PERSON: &str =
    "document.querySelector('#note').textContent.includes('nother person may have this name now.')";

/// Bo quits, and Eve takes the name that is free.
#[test]
fn who_takes_the_name_of_whom_one_writes_to_is_written_to_only_by_who_means_it() {
    let server = Server::start();
    let browser = Browser::start();
    let [ann, bo, eve] = [(); 3].map(|()| browser.opens(&server.url()));
    is_called(&bo, "Bo");
    ann.waits_until("document.querySelector('#people').textContent.includes('Bo')");
    ann.says("/msg Bo");
    ann.says("are you there?");
    bo.waits_until("document.querySelector('#private').innerText === 'Private, 1 new'");
    bo.says("/quit");
    eve.waits_until("!document.querySelector('#people').textContent.includes('Bo')");
    is_called(&eve, "Eve");
    takes_the_free_name(&eve, "Bo");
    let whom = "document.querySelector('#letters p').textContent";
    ann.waits_until(&format!("{whom}.startsWith('Another person may have this name now.')"));
    keep_picture(&ann, "1280-private-taken.png");
    ann.says("it is 4711");
    ann.waits_until("document.querySelector('#note').textContent.includes('press “Write to this')");
    assert_eq!(ann.field(), "it is 4711");
    // A message for all reaches Eve, and nothing came before it.
    ann.presses("Escape");
    ann.says("and now aloud");
    eve.hears("and now aloud");
    assert_eq!(eve.reads("document.querySelector('#private').innerText"), "Private");
    // The panel that Ann opens later asks her again. The person that she chooses then gets the
    // message.
    ann.says("/msg Bo");
    ann.waits_until("document.querySelector('#field').value === 'it is 4711'");
    ann.goes_to_field();
    ann.presses("Enter");
    ann.waits_until(ANOTHER_PERSON);
    ann.waits_until("document.querySelector('#letters .again').innerText === 'Write to this Bo'");
    ann.clicks("#letters .again");
    ann.goes_to_field();
    ann.presses("Enter");
    eve.waits_until("document.querySelector('#private').innerText === 'Private, 1 new'");
}

/// Another person takes the name while Ann's connection is cut, and she has never written to Bo
/// before.
#[test]
fn a_private_message_that_waits_goes_to_nobody_who_took_the_name_meanwhile() {
    let server = Server::start();
    let browser = Browser::start();
    let [bo, eve] = [(); 2].map(|()| browser.opens(&server.url()));
    is_called(&bo, "Bo");
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    ann.waits_until("document.querySelector('#people').textContent.includes('Bo')");
    ann.says("/msg Bo");
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.says("it is 4711");
    ann.says("it opens at nine");
    bo.says("/quit");
    let is_gone = "!document.querySelector('#people').textContent.includes('Bo')";
    eve.waits_until(is_gone);
    takes_the_free_name(&eve, "Bo");
    proxy.heal();
    comes_back(&ann);
    ann.waits_until(ANOTHER_PERSON);
    for text in ["it is 4711", "it opens at nine"] {
        ann.waits_until(&format!("document.querySelector('#field').value.includes('{text}')"));
    }
    // A second Enter does not send it either, until Ann chooses the name again.
    ann.goes_to_field();
    ann.presses("Enter");
    ann.waits_until("document.querySelector('#note').textContent.includes('press “Write to this')");
    assert_eq!(eve.reads("document.querySelector('#private').innerText"), "Private");
    ann.waits_until("document.querySelector('#letters .again').innerText === 'Write to this Bo'");
    ann.clicks("#letters .again");
    ann.goes_to_field();
    ann.presses("Enter");
    eve.waits_until("document.querySelector('#private').innerText === 'Private, 1 new'");
}

/// The page knows that Eve took the name, but Ann was not asked.
#[test]
fn who_took_the_name_while_no_talk_was_open_gets_nothing_before_the_reader_sends_again() {
    let server = Server::start();
    let browser = Browser::start();
    let [ann, bo, eve] = [(); 3].map(|()| browser.opens(&server.url()));
    is_called(&bo, "Bo");
    ann.waits_until("document.querySelector('#people').textContent.includes('Bo')");
    ann.says("/msg Bo are you there?");
    bo.waits_until("document.querySelector('#private').innerText === 'Private, 1 new'");
    bo.says("/quit");
    ann.waits_until("!document.querySelector('#people').textContent.includes('Bo')");
    takes_the_free_name(&eve, "Bo");
    ann.waits_until("document.querySelector('#people').textContent.includes('Bo')");
    ann.says("/msg Bo it is 4711");
    ann.waits_until(ANOTHER_PERSON);
    assert_eq!(ann.field(), "/msg Bo it is 4711");
    assert_eq!(eve.reads("document.querySelector('#private').innerText"), "Private");
    ann.presses("Enter");
    eve.waits_until("document.querySelector('#private').innerText === 'Private, 1 new'");
}

/// After that, the page is loaded again, and does not know that the name changed hands.
#[test]
fn after_a_reload_whoever_took_the_name_gets_nothing_that_is_not_meant_for_them() {
    let server = Server::start();
    let browser = Browser::start();
    let [ann, bo, eve] = [(); 3].map(|()| browser.opens(&server.url()));
    is_called(&bo, "Bo");
    ann.waits_until("document.querySelector('#people').textContent.includes('Bo')");
    ann.says("/msg Bo are you there?");
    bo.waits_until("document.querySelector('#private').innerText === 'Private, 1 new'");
    bo.says("/quit");
    let is_gone = "!document.querySelector('#people').textContent.includes('Bo')";
    eve.waits_until(is_gone);
    takes_the_free_name(&eve, "Bo");
    ann.reloads();
    ann.is_connected();
    opens_panel(&ann, "private");
    ann.waits_until(&format!("{LETTERS} === 'are you there?'"));
    ann.says("it is 4711");
    ann.waits_until(ANOTHER_PERSON);
    assert_eq!(ann.field(), "it is 4711");
    // The command asks as well; sending it again confirms it.
    ann.presses("Escape");
    ann.says("/msg Bo hello");
    eve.waits_until("document.querySelector('#private').innerText === 'Private, 1 new'");
    opens_panel(&eve, "private");
    eve.waits_until(&format!("{LETTERS} === 'hello'"));
}

#[test]
fn one_s_own_private_messages_are_that_on_another_device_after_a_new_name() {
    let server = Server::start();
    let browser = Browser::start();
    let [ann, bo] = [(); 2].map(|()| browser.opens(&server.url()));
    is_called(&bo, "Bo");
    ann.says("/name Ann#fish");
    ann.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    for text in ["one", "two", "three"] {
        ann.says(&format!("/msg Bo {text}"));
    }
    bo.waits_until("document.querySelector('#private').innerText === 'Private, 3 new'");
    is_called(&ann, "Anna");
    let phone = browser.opens(&server.url());
    phone.says("/name Anna#fish");
    phone.waits_until("document.querySelector('#me summary').innerText === 'Anna'");
    phone.is_whole();
    opens_panel(&phone, "private");
    phone.waits_until(&format!("{LETTERS} === 'one|two|three'"));
    assert_eq!(
        phone.reads("document.querySelector('#talk-title h1').textContent"),
        "Private chat with Bo"
    );
    assert_eq!(phone.reads("document.querySelector('#private').innerText"), "Private");
    assert_eq!(phone.sees("document.querySelectorAll('#letters li.said:not(.own)').length"), 0);
    let notes = phone.reads(NOTES);
    assert!(!notes.contains("New private message"), "{notes}");
}

#[test]
fn a_private_message_that_waits_for_the_connection_says_so_in_the_room() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    ann.waits_until("document.querySelector('#people').textContent.includes('Bo')");
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.says("/msg Bo psst");
    let whole = "You sent Bo a private message.";
    ann.waits_until(&format!("{NOTES}.includes('Saved; applied when you are reconnected.')"));
    proxy.heal();
    bo.waits_until("document.querySelector('#private').innerText === 'Private, 1 new'");
    ann.waits_until(&format!("{NOTES}.includes('{whole}') && !{NOTES}.includes('waits for')"));
}

#[test]
fn who_takes_their_name_on_another_device_has_their_lines_there_and_has_not_left() {
    let server = Server::start();
    let browser = Browser::start();
    let laptop = browser.opens(&server.url());
    // Lines under another name, and lines without the sign of a password, are the person's, too.
    laptop.says("from a guest");
    laptop.mark_will_be("from a guest", "sent");
    is_called(&laptop, "Ann");
    laptop.says("without a password");
    laptop.mark_will_be("without a password", "sent");
    laptop.says("/name Ann#fish");
    laptop.waits_until(&format!("{NOTES}.includes('password')"));
    laptop.says("from the laptop");
    laptop.mark_will_be("from the laptop", "sent");
    let phone = browser.comes(&server.url(), PHONE);
    phone.hears("from the laptop");
    let own = "[...document.querySelectorAll('#rows .own .text')].map(t => t.textContent).join()";
    assert_eq!(phone.reads(own), "");
    phone.says("/name Ann#fish");
    phone.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    phone.is_whole();
    let all = "from a guest,without a password,from the laptop";
    phone.waits_until(&format!("{own} === '{all}'"));
    let heads = "[...document.querySelectorAll('#rows .own.turn')].map(it => it.innerText).join()";
    assert!(phone.reads(heads).contains(" · you"));
    // By then, everything that the server had to send about it has arrived.
    phone.says("from the phone");
    phone.mark_will_be("from the phone", "sent");
    let notes = phone.reads(NOTES);
    assert!(!notes.contains("left"), "{notes}");
    laptop.waits_until(&format!("{NOTES}.includes('left')"));
}

/// Bo, as a script: joins a room, says something, and leaves at once.
const IS_BO: &str = "window.bo = { \
    comes: (room) => new Promise((done) => { \
        bo.line = new WebSocket(`ws://${location.host}/ws`, 'threadbare.v1'); \
        bo.line.onopen = () => bo.tells({ type: 'hello', name: 'Bo', token: '0b'.repeat(16), rooms: [{ room }] }); \
        bo.line.onmessage = ({ data }) => { const told = JSON.parse(data); \
            if (told.type === 'caught-up' && told.room) done(true); if (told.type === 'left') bo.isOut(); }; }), \
    tells: (message) => bo.line.send(JSON.stringify(message)), \
    goes: (room) => new Promise((done) => { bo.line.onclose = () => done(true); \
        bo.isOut = () => bo.line.close(); bo.tells({ type: 'leave', room }); }) }; 0";

#[test]
fn who_writes_to_somebody_who_is_away_is_told_so_until_that_one_is_seen_again() {
    let whom = "document.querySelector('#letters p').textContent";
    let here = "Only you and \u{2068}Bo\u{2069} can see this.";
    let away = "\u{2068}Bo\u{2069} is not here now, and gets your message later.";
    for (way, forbidden) in [
        ("live", &[][..]),
        ("stream", &["upgrade: websocket"]),
        ("poll", &["upgrade: websocket", "/stream?"]),
    ] {
        let server = Server::start();
        let browser = Browser::start();
        let street = browser.opens(&format!("{}r/street", server.url()));
        street.sees(IS_BO);
        street.sees("bo.comes('lobby')");
        let proxy = Proxy::to(server.address());
        proxy.forbid(forbidden);
        let ann = browser.opens(&proxy.url());
        ann.is_connected_by(way);
        is_called(&ann, "Ann");
        let writes = |text: &str| {
            ann.says(text);
            ann.waits_until(
                "[...document.querySelectorAll('#letters .mark')].pop().textContent === 'sent'",
            );
        };
        ann.says("/msg Bo");
        ann.waits_until(&format!("{whom} === '{here}'"));
        writes("are you there?");
        assert_eq!(ann.reads(whom), here, "by {way}");
        street.sees("bo.goes('lobby')");
        writes("the kettle is on");
        ann.waits_until(&format!("{whom} === '{here} {away}'"));
        keep_picture(&ann, "1280-private-away.png");
        // Ann sees Bo in the room. With polls, she sees it when something is said there.
        street.sees("bo.comes('lobby')");
        street.sees("bo.tells({ type: 'say', room: 'lobby', text: 'here I am' })");
        ann.waits_until(&format!("{whom} === '{here}'"));
        street.sees("bo.goes('lobby')");
        writes("milk?");
        ann.waits_until(&format!("{whom} === '{here} {away}'"));
        // Ann gets a message from Bo, from any room.
        street.sees("bo.comes('attic')");
        street.sees("bo.tells({ type: 'private', to: 'Ann', text: 'please' })");
        ann.waits_until(&format!("{whom} === '{here}'"));
        street.sees("bo.goes('attic')");
        // Ann writes from the room's own field, so the note about Bo is in the room.
        ann.presses("Escape");
        ann.says("/msg Bo it is cold now");
        let told =
            "You sent Bo a private message. Bo is not here now, and gets your message later.";
        ann.waits_until(&format!("{NOTES}.includes('{told}')"));
        complains_of_the_connection_only(&ann);
    }
}

#[test]
fn a_talk_says_that_its_person_is_not_here_before_anything_is_written() {
    let server = Server::start();
    let browser = Browser::start();
    let street = browser.opens(&format!("{}r/street", server.url()));
    street.sees(IS_BO);
    street.sees("bo.comes('lobby')");
    let ann = browser.opens(&server.url());
    ann.says("/msg Bo");
    let whom = "document.querySelector('#letters p').textContent";
    let here = "Only you and \u{2068}Bo\u{2069} can see this.";
    let gone = format!("{here} \u{2068}Bo\u{2069} is not here now, and gets your message later.");
    ann.waits_until(&format!("{whom} === '{here}'"));
    // Bo closes the page while Ann looks at the talk. The server tells the room ten seconds later.
    street.sees("bo.line.close(); 0");
    ann.waits_patiently_until(&format!("{whom} === '{gone}'"));
    street.sees("bo.comes('attic')");
    // Ann comes back to the page.
    ann.sees("dispatchEvent(new Event('focus'))");
    ann.waits_until(&format!("{whom} === '{here}'"));
    ann.presses("Escape");
    street.sees("bo.goes('attic')");
    ann.says("/msg Bo");
    ann.waits_until(&format!("{whom} === '{gone}'"));
    keep_picture(&ann, "1280-private-gone.png");
    // A question of the reader's own is answered as ever, and about nobody nothing is said.
    ann.says("/whois Bo");
    ann.waits_until("document.querySelector('#note').innerText.includes('was last seen')");
    ann.presses("Escape");
    ann.says("/msg Nobody");
    ann.waits_until("document.querySelector('#letters p').textContent.includes('Nobody')");
    ann.draws_a_frame();
    assert_eq!(ann.sees("document.querySelector('#note').hidden"), true);
}

#[test]
fn a_private_talk_is_a_place_with_a_title_and_a_way_back() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    for visit in [DESKTOP, PHONE] {
        let ann = browser.comes(&server.url(), visit);
        ann.waits_until("document.querySelector('#people').textContent.includes('Bo')");
        ann.says("/msg Bo");
        // A phone has the name alone: the line below says who sees it.
        let of_talk = if visit.touch { "Bo" } else { "Private chat with Bo" };
        let title = "[...document.querySelectorAll('header h1')].filter(h => h.offsetParent)\
            .map(h => h.innerText).join('|')";
        ann.waits_until(&format!("{title} === '{of_talk}'"));
        keep_picture(&ann, &format!("{}-private-title.png", visit.width));
        // On a phone an arrow leads back; a wide page has the list of places.
        let back = "(b => b.offsetParent ? b.innerText : '')(document.querySelector('.back'))";
        assert_eq!(ann.reads(back), if visit.touch { "\u{2039}" } else { "" });
        if visit.touch {
            ann.clicks(".back");
        } else {
            ann.clicks("#rooms a[aria-current=page]");
        }
        ann.waits_until(&format!(
            "document.querySelector('#letters').hidden && {title} === 'lobby'"
        ));
        // Whoever has keys writes on at once.
        let is_in_field = ann.reads("document.activeElement.id") == "field";
        assert_eq!(is_in_field, !visit.touch);
        ann.says("/msg Bo");
        ann.waits_until(&format!("{title} === '{of_talk}'"));
        ann.presses("Escape");
        ann.waits_until(&format!("{title} === 'lobby'"));
        // It was the same page all the time.
        assert!(ann.console().is_empty(), "{:?}", ann.console());
        ann.closes();
    }
}

#[test]
fn a_private_talk_without_anybody_to_write_to_does_not_open_and_keeps_the_text() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.goes_to_field();
    ann.types("aloud, half");
    ann.sees("document.querySelector('#private')?.click()");
    if ann.sees("document.querySelector('#private')?.matches('button')") == true {
        ann.waits_until(
            "document.querySelector('#note').innerText.includes('Nobody else is here')",
        );
    }
    assert_eq!(ann.sees("document.querySelector('#letters').hidden"), true);
    assert_eq!(ann.field(), "aloud, half");
}

#[test]
fn what_another_person_has_said_under_a_name_is_not_the_reader_s_after_a_new_name() {
    let server = Server::start();
    let browser = Browser::start();
    let [laptop, eve, phone] = [(); 3].map(|()| browser.opens(&server.url()));
    is_called(&eve, "Bo");
    eve.says("I am Eve");
    phone.hears("I am Eve");
    is_called(&eve, "Eva");
    is_called(&eve, "Eve");
    laptop.says("/name Ann#fish");
    laptop.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    laptop.says("from the laptop");
    phone.hears("from the laptop");
    // The phone has the name that Eve had, and then its person's own.
    is_called(&phone, "Bo");
    phone.says("/name Ann#fish");
    let own = "[...document.querySelectorAll('#rows .own .text')].map(t => t.textContent).join()";
    phone.waits_until(&format!("{own} === 'from the laptop'"));
}

#[test]
fn what_is_typed_to_one_alone_and_what_is_typed_to_the_room_are_kept_apart() {
    let server = Server::start();
    let browser = Browser::start();
    let (bo, eve) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&bo, "Bo");
    is_called(&eve, "Eve");
    for visit in [DESKTOP, PHONE] {
        let ann = browser.comes(&server.url(), visit);
        ann.waits_until("document.querySelector('#people').textContent.includes('Bo')");
        ann.goes_to_field();
        ann.types("aloud, half");
        opens_panel(&ann, "private");
        ann.waits_until("document.querySelector('#field').value === ''");
        let placeholder = "document.querySelector('#field').placeholder";
        assert_eq!(ann.reads(placeholder), "Private message to \u{2068}Bo\u{2069}");
        // Nothing in this field is for the room, even if it begins like a command.
        ann.says("/me waves");
        ann.waits_until(
            "document.querySelector('#note').innerText.includes('works only in a room')",
        );
        assert_eq!(ann.field(), "/me waves");
        ann.sees("document.querySelector('#field').select()");
        ann.types("to Bo, half");
        ann.presses("Escape");
        ann.waits_until("document.querySelector('#letters').hidden");
        assert_eq!(ann.field(), "aloud, half");
        // After a reload, both are still there.
        ann.reloads();
        ann.is_connected();
        assert_eq!(ann.field(), "aloud, half");
        opens_panel(&ann, "private");
        // However many people are here, the talk is as wide as the page's column.
        let fits = "(right => right('#letters .box') <= right('#composer'))\
            (where => document.querySelector(where).getBoundingClientRect().right)";
        assert_eq!(ann.sees(fits), true);
        ann.waits_until("document.querySelector('#field').value === 'to Bo, half'");
        let name = if visit.touch { "320-private.png" } else { "1280-private-half.png" };
        keep_picture(&ann, name);
        // The browser's Back leads out of it.
        ann.sees("history.back()");
        ann.waits_until("document.querySelector('#field').value === 'aloud, half'");
        ann.says(" done");
        eve.hears("aloud, half done");
        let all = eve.reads("document.body.innerText");
        assert!(!all.contains("to Bo") && !all.contains("waves"), "{all}");
        assert_eq!(eve.times_in_log("aloud, half"), 0);
        assert!(ann.console().is_empty(), "{:?}", ann.console());
        ann.closes();
    }
}

#[test]
fn a_private_message_is_called_sent_when_it_is_kept_and_later_ones_come() {
    let data = std::env::temp_dir().join(format!("threadbare-letters-{}", std::process::id()));
    let folder = data.to_str().unwrap();
    let server = Server::start_with("127.0.0.1:0", &["--data", folder]);
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    ann.waits_until("document.querySelector('#people').textContent.includes('Bo')");
    bo.waits_until("document.querySelector('#people').textContent.includes('Ann')");
    ann.says("/msg Bo");
    bo.says("/msg Ann");
    for (from, text, all) in
        [(&ann, "one", "one"), (&bo, "two", "one|two"), (&ann, "three", "one|two|three")]
    {
        from.says(text);
        for person in [&ann, &bo] {
            person.waits_until(&format!("{LETTERS} === '{all}'"));
        }
        from.waits_until(
            "[...document.querySelectorAll('#letters .mark')].pop().textContent === 'sent'",
        );
    }
    assert!(ann.console().is_empty() && bo.console().is_empty(), "{:?}", ann.console());
    server.stop();
    std::fs::remove_dir_all(data).ok();
}

#[test]
fn what_was_typed_into_the_plain_page_goes_along_when_it_comes_alive() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    proxy.forbid(&["upgrade: websocket", "/stream?", "/poll?"]);
    let ann = browser.looks_at(&proxy.url(), DESKTOP);
    ann.waits_until("document.querySelector('#say [name=text]')");
    ann.sees("document.querySelector('#say [name=name]').value = 'Ann'");
    ann.sees("document.querySelector('#say [name=text]').focus()");
    ann.types("hello ");
    proxy.forbid_nothing();
    ann.is_connected();
    ann.types("world");
    assert_eq!(ann.field(), "hello world");
    ann.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    ann.presses("Enter");
    ann.mark_will_be("hello world", "sent");
}

#[test]
fn a_link_with_a_session_takes_nobody_s_own_away() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    let eve = browser.opens(&server.url());
    is_called(&eve, "Eve");
    let session = eve.reads("localStorage['threadbare.session']");
    for address in [format!("{}r/lobby?s={session}", server.url()), server.url()] {
        let tab = ann.opens_another_tab(&address);
        tab.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    }
}

#[test]
fn what_is_unsent_and_half_typed_is_not_a_visitor_s() {
    let server = Server::start();
    let browser = Browser::start();
    let eve = browser.opens(&server.url());
    is_called(&eve, "Eve");
    let session = eve.reads("localStorage['threadbare.session']");
    // The browser had nobody when this link was opened.
    let visit = browser.opens(&format!("{}r/lobby?s={session}", server.url()));
    visit.waits_until("document.querySelector('#me summary').innerText === 'Eve'");
    let ann = visit.opens_another_tab(&server.url());
    is_called(&ann, "Ann");
    let closed = ann.opens_another_tab(&server.url());
    closed.types("half a thought");
    closed.draft_is_kept("half a thought");
    closed.closes();
    ann.thinks_that_the_connection_is_gone();
    ann.says("by Ann");
    ann.says("/msg Eve from Ann alone");
    ann.mark_will_be("by Ann", "will send when reconnected");
    assert_eq!(visit.field(), "");
    visit.says("by Eve");
    eve.hears("by Eve");
    visit.mark_will_be("by Eve", "sent");
    // Waiting messages are sent first.
    assert_eq!(eve.log(), ["by Eve"]);
    let own = ann.opens_another_tab(&server.url());
    own.mark_will_be("by Ann", "sent");
    assert_eq!(own.field(), "half a thought");
    eve.hears("by Ann");
    eve.waits_until("document.querySelector('#private').innerText === 'Private, 1 new'");
}

#[test]
fn somebody_s_new_name_makes_nothing_unread_and_doubles_no_text() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "ann");
    is_called(&bo, "Bo");
    ann.says("/msg Bo do not tell Eve");
    bo.waits_until("document.querySelector('#private').innerText === 'Private, 1 new'");
    opens_panel(&bo, "private");
    bo.waits_until(&format!("{LETTERS} === 'do not tell Eve'"));
    bo.waits_until("document.querySelector('#private').innerText === 'Private'");
    bo.goes_to_field();
    bo.types("hello");
    // In capitals it is the same name.
    is_called(&ann, "ANN");
    let heading = "document.querySelector('#talk-title h1').innerText";
    bo.waits_until(&format!("{heading}.includes('ANN')"));
    assert_eq!(bo.field(), "hello");
    bo.draft_is_kept("hello");
    bo.presses("Escape");
    bo.waits_until("document.querySelector('#letters').hidden");
    is_called(&ann, "Anna");
    bo.waits_until("document.querySelector('#people').textContent.includes('Anna')");
    assert_eq!(bo.reads("document.querySelector('#private').innerText"), "Private");
}

#[test]
fn row_26_rooms_are_listed_and_entered_and_each_has_a_topic() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    let bo = browser.opens(&format!("{}r/kitchen", server.url()));
    bo.says("/topic soup, at six");
    bo.waits_until("document.querySelector('#topic').innerText === 'soup, at six'");
    opens_panel(&ann, "places");
    ann.waits_until("document.querySelector('#rooms li a[href=\"/r/kitchen\"]')");
    keep_picture(&ann, "1280-rooms.png");
    ann.clicks("#rooms li a[href=\"/r/kitchen\"]");
    ann.waits_until("location.pathname === '/r/kitchen' && document.querySelector('#topic')");
    ann.is_connected();
    assert_eq!(ann.reads("document.querySelector('#topic').innerText"), "soup, at six");
    assert_eq!(ann.reads("document.querySelector('#me summary').innerText"), "Ann");
    bo.waits_until("document.querySelector('#people summary').innerText === '2 here'");
    ann.is_whole();
    ann.says("/join Gärten");
    ann.waits_until(
        "decodeURIComponent(location.pathname).toLowerCase().startsWith('/r/g') \
                     && document.querySelector('h1').innerText === 'gärten'",
    );
    ann.is_connected();
}

#[test]
fn who_types_is_named_and_who_stopped_is_not() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    ann.types("I thi");
    bo.waits_until("document.querySelector('#typing').textContent === 'Ann is typing'");
    ann.types("nk so");
    ann.presses("Enter");
    bo.hears("I think so");
    assert_eq!(bo.reads("document.querySelector('#typing').textContent"), "");
}

#[test]
fn a_command_that_is_none_stays_in_the_field_and_help_lists_those_there_are() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), DESKTOP);
    ann.says("/dance");
    ann.waits_until(
        "document.querySelector('#note').innerText.startsWith('Unknown command /dance')",
    );
    assert_eq!(ann.field(), "/dance");
    ann.sees("document.querySelector('#field').value = ''");
    ann.says("/delete that");
    assert_eq!(ann.field(), "/delete that");
    ann.sees("document.querySelector('#field').value = ''");
    ann.says("//etc");
    ann.mark_will_be("/etc", "sent");
    ann.says("/help");
    ann.waits_until(&format!("{NOTES}.includes('/msg NAME TEXT')"));
    assert_eq!(ann.log(), ["/etc"], "help is for one alone");
    ann.says("/me waves");
    ann.waits_until("document.querySelector('.acted')?.innerText.endsWith(' waves')");
}

#[test]
fn a_private_message_to_a_name_with_spaces_goes_to_nobody_else() {
    let server = Server::start();
    let browser = Browser::start();
    let big = browser.opens(&server.url());
    is_called(&big, "Big");
    // Bo is in another room, so the people here do not know the name.
    let both = browser.opens(&format!("{}r/kitchen", server.url()));
    is_called(&both, "Big Bo");
    let ann = browser.opens(&server.url());
    ann.says("/msg \"Big Bo\" for two");
    ann.says("/msg Big: Bo is one");
    let wrote = "[...document.querySelectorAll('.note')].map(note => note.innerText).join('|')";
    ann.waits_until(&format!("{wrote}.includes('You sent Big Bo a private message') && {wrote}.includes('You sent Big a private message')"));
    // A name that cannot exist stays in the field as it was typed.
    ann.says("/msg \"No Body\" hello");
    ann.waits_until("document.querySelector('#field').value === '/msg \"No Body\" hello'");
}

#[test]
fn a_private_message_to_a_name_with_spaces_gets_to_somebody_in_another_room() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&format!("{}r/kitchen", server.url()));
    is_called(&bo, "Big Bo");
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    ann.says("/msg Big Bo hi there");
    ann.waits_until(&format!("{NOTES}.includes('Big Bo') && !{NOTES}.includes('hi there')"));
    opens_panel(&bo, "private");
    bo.waits_until(
        "document.querySelector('#talk-title h1').innerText === 'Private chat with Ann'",
    );
    bo.waits_until(&format!("{LETTERS} === 'hi there'"));
    // If no person is meant, the whole text is in the field again.
    ann.says("/msg Small Jo hi there");
    ann.waits_until("document.querySelector('#field').value === '/msg Small Jo hi there'");
}

#[test]
fn a_long_name_ends_in_dots_in_the_header_and_an_empty_one_is_told_of() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    let long = "W".repeat(32);
    is_called(&ann, &long);
    // The text begins where its word begins, and an ellipsis replaces what does not fit.
    let shown = "(word => { const range = document.createRange(); range.selectNodeContents(word); \
        return [range.getBoundingClientRect().left >= word.getBoundingClientRect().left, \
            word.scrollWidth > word.clientWidth, \
            getComputedStyle(word).textOverflow, getComputedStyle(word).display]; })\
        (document.querySelector('#me summary bdi'))";
    assert_eq!(ann.sees(shown), json!([true, true, "ellipsis", "block"]));
    opens_panel(&ann, "me");
    ann.sees("document.querySelector('#me [name=name]').value = '  '");
    ann.sees("document.querySelector('#me form').requestSubmit()");
    ann.waits_until(
        "document.querySelector('#me form [role=alert]').innerText.includes('Enter a name first.')",
    );
    assert_eq!(ann.reads("document.querySelector('#me summary').innerText"), long);
}

#[test]
fn the_address_has_the_room_s_name_in_its_one_form() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&format!("{}r/Tea%20Room?x=1", server.url()));
    assert_eq!(ann.reads("location.pathname + location.search"), "/r/tea-room?x=1");
    let bo = browser.opens(&server.url());
    assert_eq!(bo.reads("location.pathname"), "/");
}
