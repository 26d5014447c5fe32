//! What can be done with a message of a private talk.

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, Person};
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
fn two_who_talk<'b>(server: &Server, browser: &'b Browser) -> [Person<'b>; 2] {
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
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
    let [ann, bo] = two_who_talk(&server, &browser);
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
