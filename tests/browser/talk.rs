//! What can be done with a message of a private talk.

use crate::host::{Proxy, Server};
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person};
use crate::people::is_called;

/// What can be done with a message of the talk now.
const ACTIONS: &str =
    "[...document.querySelectorAll('#letters .actions button')].map(it => it.innerText).join('|')";

/// The texts of the talk in sight.
const LETTERS: &str =
    "[...document.querySelectorAll('#letters .text')].map(text => text.textContent).join('|')";

/// The receipt of the reader's last message in the talk.
const MARK: &str = "[...document.querySelectorAll('#letters .mark')].pop()?.innerText";

/// Two people who are in a private talk: one has written, and the other reads it.
fn two_who_talk<'b>(url: &str, browser: &'b Browser) -> [Person<'b>; 2] {
    let (ann, bo) = (browser.opens(url), browser.opens(url));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    ann.waits_until("document.querySelector('#people').textContent.includes('Bo')");
    ann.says("/msg Bo");
    ann.waits_until("!document.querySelector('#letters').hidden");
    ann.says("Shall we start?");
    ann.waits_until(&format!("{MARK} === 'sent'"));
    bo.waits_until("!!document.querySelector('.note .plain')");
    bo.clicks(".note .plain");
    bo.waits_until(&format!("{LETTERS} === 'Shall we start?'"));
    [ann, bo]
}

/// Focuses a row of the talk, and waits until these actions are there.
fn has_actions(person: &Person<'_>, row: &str, actions: &str) {
    person.sees(&format!("document.querySelector('#letters {row}').focus()"));
    person.waits_until(&format!("{ACTIONS} === '{actions}'"));
}

#[test]
fn a_message_of_a_private_talk_is_replied_to_and_copied_as_in_a_room() {
    let server = Server::start();
    let browser = Browser::start();
    let [ann, bo] = two_who_talk(&server.url(), &browser);
    // Bo's log has another message, so the numbers of the two logs differ.
    bo.says("Wait");
    bo.waits_until(&format!("{MARK} === 'sent'"));
    has_actions(&bo, ".said:not(.own)", "Reply|Copy text");
    keep_picture(&bo, "1280-private-actions.png");
    // Enter on the row goes to its first action.
    bo.presses("Enter");
    bo.presses("Enter");
    let strip = "document.querySelector('#editing').innerText";
    bo.waits_until(&format!("{strip}.startsWith('Replying to Ann: Shall we start?')"));
    bo.types("Yes");
    bo.presses("Enter");
    for person in [&ann, &bo] {
        person.waits_until(&format!("{LETTERS} === 'Shall we start?|Wait|Yes'"));
        let quote = "document.querySelector('#letters .quote')";
        assert_eq!(person.reads(&format!("{quote}.querySelector('.who').innerText")), "Ann");
        assert!(person.reads(&format!("{quote}.innerText")).ends_with("Shall we start?"));
    }
    // A press on the quote goes to the message, in the talk.
    ann.clicks("#letters .quote");
    ann.waits_until("document.activeElement.innerText.includes('Shall we start?')");
    assert_eq!(ann.sees("document.activeElement.closest('#letters').hidden"), false);
    // Over a reload the quote stays; in the room nothing of it is seen.
    bo.reloads();
    bo.is_whole();
    assert_eq!(bo.log().len(), 0);
    bo.says("/msg Ann");
    bo.waits_until(&format!("{LETTERS} === 'Shall we start?|Wait|Yes'"));
    bo.waits_until("document.querySelector('#letters .quote').innerText.includes('Shall we')");
}

#[test]
fn own_messages_of_a_private_talk_are_edited_and_deleted_for_both() {
    let server = Server::start();
    let browser = Browser::start();
    let [ann, bo] = two_who_talk(&server.url(), &browser);
    bo.says("Wait");
    bo.waits_until(&format!("{MARK} === 'sent'"));
    ann.waits_until(&format!("{LETTERS} === 'Shall we start?|Wait'"));
    ann.says("I do");
    bo.waits_until(&format!("{LETTERS} === 'Shall we start?|Wait|I do'"));
    ann.waits_until(&format!("{MARK} === 'sent'"));
    // The Up key in an empty field edits the last own message.
    ann.presses("ArrowUp");
    assert_eq!(ann.field(), "I do");
    ann.types(" wait");
    ann.presses("Enter");
    let both_read = |texts: &str| {
        for person in [&ann, &bo] {
            person.waits_until(&format!("{LETTERS} === '{texts}'"));
        }
    };
    both_read("Shall we start?|Wait|I do wait");
    for person in [&ann, &bo] {
        person.waits_until(
            "[...document.querySelectorAll('#letters time')].pop().innerText.endsWith('edited')",
        );
    }
    // A command is for the talk, and others' messages cannot be changed.
    ann.says("/edit #2 no");
    ann.waits_until(
        "document.querySelector('#note').innerText.startsWith('You can edit or delete only')",
    );
    ann.sees("document.querySelector('#field').value = ''");
    ann.says("/edit #1 Shall we?");
    both_read("Shall we?|Wait|I do wait");
    has_actions(&ann, ".own", "Reply|Edit|Delete|Copy text");
    ann.clicks("#letters .actions button:nth-child(3)");
    assert_eq!(ann.reads(ACTIONS), "Cancel|Delete");
    ann.clicks("#letters .actions button:nth-child(3)");
    both_read("Message deleted.|Wait|I do wait");
    keep_picture(&ann, "1280-private-deleted.png");
    for (person, other) in [(&ann, "Bo"), (&bo, "Ann")] {
        assert_eq!(person.log().len(), 0);
        person.reloads();
        person.is_whole();
        person.says(&format!("/msg {other}"));
    }
    both_read("Message deleted.|Wait|I do wait");
}

#[test]
fn an_edit_of_a_private_message_ends_with_its_talk_and_is_its_draft() {
    let server = Server::start();
    let browser = Browser::start();
    let [ann, bo] = two_who_talk(&server.url(), &browser);
    ann.presses("ArrowUp");
    ann.types(" Now?");
    ann.clicks("#rooms a[aria-current=page]");
    ann.waits_until("document.querySelector('#letters').hidden");
    assert_eq!(ann.field(), "");
    assert_eq!(ann.reads("document.querySelector('#composer .send').innerText"), "Send");
    ann.says("aloud");
    bo.waits_until("[...document.querySelectorAll('#rows .text')].pop()?.textContent === 'aloud'");
    assert_eq!(bo.reads(LETTERS), "Shall we start?");
    ann.says("/msg Bo");
    ann.waits_until("!document.querySelector('#letters').hidden");
    assert_eq!(ann.field(), "/edit #1 Shall we start? Now?");
    ann.presses("Enter");
    bo.waits_until(&format!("{LETTERS} === 'Shall we start? Now?'"));
    ann.waits_until(&format!("{MARK} === 'sent'"));
}

#[test]
fn a_change_of_a_private_message_waits_for_the_connection_on_its_row() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let [ann, bo] = two_who_talk(&proxy.url(), &browser);
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.presses("ArrowUp");
    ann.types(" Now?");
    ann.presses("Enter");
    ann.waits_until(&format!("{MARK}.startsWith('Edit: ')"));
    assert_eq!(ann.reads(LETTERS), "Shall we start?");
    proxy.heal();
    bo.waits_until(&format!("{LETTERS} === 'Shall we start? Now?'"));
    ann.waits_until(&format!("{MARK} === 'sent'"));
}

#[test]
fn a_private_talk_goes_on_under_the_new_name_of_its_person() {
    let server = Server::start();
    let browser = Browser::start();
    let [ann, bo] = two_who_talk(&server.url(), &browser);
    let title = r"document.querySelector('#talk-title').innerText.replace(/[\u2068\u2069]/g, '')";
    let talks = r"[...document.querySelectorAll('#talks li')].map((it) => it.innerText.replace(/[\u2068\u2069]/g, '').trim()).join('|')";
    // His second new name frees the first one.
    is_called(&bo, "Rob");
    bo.says("/name Robert");
    for person in [&ann, &bo] {
        let hint = "document.querySelector('#letters p').innerText";
        person.waits_until(&format!("!{hint}.includes('Another person')"));
    }
    ann.waits_until(&format!("{title} === 'Private chat with Robert'"));
    // Another person takes the name that is free now, and the reader comes again.
    let stranger = browser.opens(&server.url());
    is_called(&stranger, "Bo");
    ann.sees("location.assign('/')");
    ann.is_connected();
    ann.is_whole();
    ann.waits_until(&format!("{talks} === 'Robert'"));
    ann.sees("document.querySelector('#talks li button, #talks li a').click()");
    ann.waits_until(&format!("{title} === 'Private chat with Robert'"));
    ann.says("Still you?");
    bo.waits_until(&format!("{LETTERS} === 'Shall we start?|Still you?'"));
    bo.says("Yes");
    ann.waits_until(&format!("{LETTERS} === 'Shall we start?|Still you?|Yes'"));
    ann.waits_until(&format!("{talks} === 'Robert'"));
    assert!(stranger.reads("document.querySelector('#talks').innerText").is_empty());
    assert!(ann.console().is_empty(), "{:?}", ann.console());
}

#[test]
fn help_and_who_are_answered_in_the_talk_where_they_were_typed() {
    let server = Server::start();
    let browser = Browser::start();
    for visit in [DESKTOP, PHONE] {
        let room = format!("{}r/w{}", server.url(), visit.width);
        let (ann, bo) = (browser.comes(&room, visit), browser.opens(&room));
        let [reader, other] = ["Ann", "Bo"].map(|name| format!("{name}{}", visit.width));
        is_called(&bo, &other);
        is_called(&ann, &reader);
        ann.waits_until(&format!(
            "document.querySelector('#people').textContent.includes('{other}')"
        ));
        ann.says(&format!("/msg {other}"));
        ann.waits_until("!document.querySelector('#letters').hidden");
        let notes = r"[...document.querySelectorAll('#letters .note p')].map(it => it.innerText.replace(/[\u2068\u2069]/g, '')).join('|')";
        ann.says("/who");
        ann.waits_until(&format!("{notes}.startsWith('In w{}: ')", visit.width));
        ann.waits_until(&format!("{notes}.includes('{reader}') && {notes}.includes('{other}')"));
        for _ in 0..2 {
            ann.says("/help");
            ann.waits_until(&format!("{notes}.split('Commands (anything else').length === 2"));
        }
        assert_eq!(ann.sees("document.querySelector('#letters').hidden"), false);
        keep_picture(&ann, &format!("{}-private-help.png", visit.width));
        ann.sees("[...document.querySelectorAll('#letters .note button')].find(it => it.innerText === 'Close').click()");
        ann.waits_until(&format!("!{notes}.includes('Commands')"));
        // In the room they are answered there.
        ann.presses("Escape");
        ann.waits_until("document.querySelector('#letters').hidden");
        ann.says("/help");
        ann.waits_until("document.querySelector('#rows').innerText.includes('Commands (any')");
        assert!(ann.console().is_empty(), "{:?}", ann.console());
        ann.closes();
    }
}

#[test]
fn what_was_written_without_a_connection_finds_its_person_under_another_name() {
    let server = Server::start();
    let proxy = Proxy::to(server.address());
    let browser = Browser::start();
    let [ann, bo] = {
        let (ann, bo) = (browser.opens(&proxy.url()), browser.opens(&server.url()));
        is_called(&ann, "Ann");
        is_called(&bo, "Bo");
        ann.waits_until("document.querySelector('#people').textContent.includes('Bo')");
        ann.says("/msg Bo hello");
        ann.waits_until("document.querySelector('#talks').textContent.includes('Bo')");
        ann.says("/msg Bo");
        ann.waits_until(&format!("{MARK} === 'sent'"));
        [ann, bo]
    };
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.says("Are you there?");
    // His second new name frees the first one.
    is_called(&bo, "Rob");
    bo.says("/name Robert");
    bo.waits_until("document.querySelector('#people').textContent.includes('Robert')");
    let stranger = browser.opens(&server.url());
    is_called(&stranger, "Bo");
    proxy.heal();
    bo.waits_until("document.querySelector('#talks').textContent.includes('Ann')");
    ann.waits_until(&format!("{MARK} === 'sent'"));
    bo.says("/msg Ann");
    bo.waits_until(&format!("{LETTERS} === 'hello|Are you there?'"));
    assert!(stranger.reads("document.querySelector('#talks').innerText").is_empty());
}

#[test]
fn a_private_message_from_an_old_row_goes_to_nobody_who_has_taken_the_name_since() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    bo.says("The key is under the mat.");
    ann.hears("The key is under the mat.");
    // His second new name frees the first one.
    is_called(&bo, "Rob");
    bo.says("/name Robert");
    ann.waits_until("document.querySelector('#people').textContent.includes('Robert')");
    let stranger = browser.opens(&server.url());
    is_called(&stranger, "Bo");
    ann.waits_until("document.querySelector('#people li[data-name=Bo]')");
    // The talk is with the author, whatever they are called now.
    has_row_actions(&ann);
    ann.says("Which mat?");
    bo.waits_until("document.querySelector('#private').innerText === 'Private, 1 new'");
    assert!(stranger.reads("document.querySelector('#talks').innerText").is_empty());
}

#[test]
fn what_is_done_with_the_person_of_an_old_row_is_done_with_its_author() {
    let server = Server::start();
    let browser = Browser::start();
    let (bo, stranger) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&bo, "Bo");
    bo.says("The key is under the mat.");
    bo.mark_will_be("The key is under the mat.", "sent");
    // His second new name frees the first one.
    is_called(&bo, "Rob");
    is_called(&bo, "Robert");
    is_called(&stranger, "Bo");
    stranger.says("Hello");
    for visit in [PHONE, DESKTOP] {
        // Ann has heard of no renaming.
        let ann = browser.comes(&server.url(), visit);
        ann.hears("Hello");
        ann.is_whole();
        let texts =
            "[...document.querySelectorAll('#rows .text')].map(it => it.innerText).join('|')";
        let menu = "[...document.querySelectorAll('#person-menu > *')]\
            .map(it => it.innerText.replace(/[\u{2068}\u{2069}]/g, '')).join('|')";
        ann.clicks("#rows .said .who");
        let items = "now Robert|Message privately|Mention|Ignore Robert";
        ann.waits_until(&format!("{menu} === '{items}'"));
        keep_picture(&ann, &format!("{}-now-called.png", visit.width));
        ann.sees("document.querySelector('#person-menu > :last-child').click()");
        // The earlier lines of the person go, and nobody else's.
        ann.waits_until(&format!("{texts} === 'Hello'"));
        ann.sees("document.querySelector('#rows .note .plain').click()");
        ann.waits_until(&format!("{texts} === 'The key is under the mat.|Hello'"));
        ann.sees("[...document.querySelectorAll('#rows .said .who')].pop().click()");
        ann.waits_until(&format!("{menu} === 'Message privately|Mention|Ignore Bo'"));
        assert!(ann.console().is_empty(), "{:?}", ann.console());
        ann.closes();
    }
}

/// Opens the talk with the author of the first row of somebody else in the room.
fn has_row_actions(person: &Person<'_>) {
    person.sees("document.querySelector('#rows .said:not(.own)').focus()");
    let actions = "[...document.querySelectorAll('#rows .actions button')]";
    person.waits_until(&format!("{actions}.some((it) => it.innerText === 'More')"));
    person.sees(&format!("{actions}.find((it) => it.innerText === 'More').click()"));
    let privately = "(it) => it.innerText === 'Message privately'";
    person.waits_until(&format!("{actions}.some({privately})"));
    person.sees(&format!("{actions}.find({privately}).click()"));
    person.waits_until("!document.querySelector('#letters').hidden");
}

#[test]
fn on_a_phone_the_header_of_a_talk_has_room_for_the_name_of_its_person() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.comes(&format!("{}r/neighbourhood", server.url()), PHONE);
    is_called(&bo, "Bartholomew Longname");
    let ann = browser.opens(&server.url());
    is_called(&ann, "Annabella-Christina");
    bo.says("/msg Annabella-Christina hello");
    bo.waits_until("!!document.querySelector('#talks button')");
    bo.sees("document.querySelector('#talks button').click()");
    bo.waits_until("location.hash.startsWith('#private/')");
    ann.says("/msg \"Bartholomew Longname\" hello");
    bo.draws_a_frame();
    keep_picture(&bo, "360-talk-long-names.png");
    // As many letters as are in sight, with the dots behind them.
    let letters = bo.measures(
        "(() => { const title = document.querySelector('#talk-title h1 bdi').firstChild; \
         const end = document.querySelector('#talk-title').getBoundingClientRect().right; \
         const range = document.createRange(); range.setStart(title, 0); let seen = 0; \
         for (let n = 1; n <= title.length; n += 1) { range.setEnd(title, n); \
         if (range.getBoundingClientRect().right <= end - 16) seen = n; } return seen; })()",
    );
    assert!(letters >= 10.0, "{letters}");
    let [back, own] = ["#talk-title .back", "#me"].map(|part| {
        bo.measures(&format!("document.querySelector('{part}').getBoundingClientRect().width"))
    });
    assert!(back >= 44.0 && own >= 44.0, "{back} {own}");
    let named = "document.querySelector('#talk-title .back').getAttribute('aria-label')";
    assert_eq!(bo.reads(named), "Back to neighbourhood");
}
