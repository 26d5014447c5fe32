//! Question 21 of `docs/PAGE.md`: a refusal is shown, says what to do, and gives back what was
//! typed. Here without scripts; `line`, `typing` and `states` test the live page.

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, Person, Visit};
use crate::scriptless;

/// Sends the form with this name and text, and waits for the refusal.
fn is_refused(person: &Person<'_>, name: &str, text: &str) {
    scriptless::fills(person, "name", name);
    scriptless::fills(person, "text", text);
    // The page before may have shown a refusal already.
    person.sees("window.isOld = true");
    person.clicks("#say button");
    let is_there = "!!document.querySelector('[role=alert]')";
    person
        .waits_until(&format!("!window.isOld && document.readyState === 'complete' && {is_there}"));
}

const ALERT: &str = "document.querySelector('[role=alert]').innerText";
const FIELD: &str = "document.querySelector('#say [name=text]').value";

#[test]
fn a_name_that_is_taken_or_cannot_be_is_told_of_and_the_text_is_back() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    crate::people::is_called(&bo, "Bo");
    for (languages, taken, another) in
        [("en", "Choose another name", "You cannot use"), ("zh-CN", "请换一个", "不能使用此名字")]
    {
        let ann = scriptless::opens(&browser, &server, Visit { languages, ..DESKTOP });
        is_refused(&ann, "Bo", "a long thought");
        let words = ann.reads(ALERT);
        assert!(words.contains(taken), "{words}");
        assert_eq!(ann.reads(FIELD), "a long thought");
        assert_eq!(ann.reads("document.querySelector('#say [name=name]').value"), "Bo");
        keep_picture(&ann, &format!("1280-taken-{languages}.png"));
        ann.sees(
            "document.querySelectorAll('#say [type=text]').forEach(one => { one.value = ''; })",
        );
        is_refused(&ann, "a\u{200b}b", "a longer thought");
        let words = ann.reads(ALERT);
        assert!(words.contains(another), "{words}");
        assert_eq!(ann.reads(FIELD), "a longer thought");
        // With another name the message is sent, and nothing of it was said before.
        let name = if languages == "en" { "Ann" } else { "安" };
        ann.sees("document.querySelector('#say [name=name]').value = ''");
        scriptless::fills(&ann, "name", name);
        ann.clicks("#say button");
        ann.waits_until(&format!("document.querySelector('ol')?.innerText.includes('{name}')"));
        assert_eq!(ann.reads(FIELD), "");
        let said = "[...document.querySelectorAll('ol .text')].map(text => text.innerText)";
        let all = ann.sees(said).to_string();
        assert!(!all.contains("a long thought") && all.contains("a longer thought"), "{all}");
        ann.closes();
    }
}

#[test]
fn a_text_that_is_too_long_is_back_in_its_field() {
    let server = Server::start_with("127.0.0.1:0", &["--message-limit", "20"]);
    let browser = Browser::start();
    let ann = scriptless::opens(&browser, &server, DESKTOP);
    let long = "two bytes more than 20";
    is_refused(&ann, "Ann", long);
    assert_eq!(ann.reads(ALERT), "Too long by 2 bytes. Not sent.");
    assert_eq!(ann.reads(FIELD), long);
    // The shorter text is sent, and once.
    let field = "document.querySelector('#say [name=text]')";
    ann.sees(&format!("{field}.value = {field}.value.slice(0, 18)"));
    ann.clicks("#say button");
    ann.waits_until("!!document.querySelector('ol li')");
    let said = "[...document.querySelectorAll('ol .text')].map(text => text.innerText).join()";
    assert_eq!(ann.reads(said), "two bytes more tha");
    assert_eq!(ann.reads(FIELD), "");
}

#[test]
fn a_server_that_asks_for_a_password_says_so_and_lets_in_with_the_right_one() {
    let server = Server::start_with("127.0.0.1:0", &["--password", "swordfish"]);
    let browser = Browser::start();
    let ann = scriptless::opens(&browser, &server, DESKTOP);
    let asks = "document.querySelector('[name=password]')";
    assert_eq!(ann.sees(&format!("!!{asks}.labels[0].innerText")), true);
    assert!(ann.reads("document.body.innerText").contains("needs a password"));
    // A stranger sees no message, and not who is there.
    assert_eq!(ann.measures("document.querySelectorAll('ol, ul.people li').length"), 0.0);
    scriptless::fills(&ann, "password", "cod");
    scriptless::fills(&ann, "name", "Ann");
    ann.clicks("form button");
    ann.waits_until(
        "document.readyState === 'complete' && !!document.querySelector('[role=alert]')",
    );
    assert_eq!(ann.reads(ALERT), "That is not the password.");
    let name = ann.reads("document.querySelector('[name=name]').value");
    assert_eq!(name, "Ann", "what was typed is back, but for the password");
    assert_eq!(ann.reads(&format!("{asks}.value")), "");
    keep_picture(&ann, "1280-password.png");
    scriptless::fills(&ann, "password", "swordfish");
    ann.clicks("form button");
    ann.waits_until("!!document.querySelector('#say [name=text]')");
    scriptless::says(&ann, "Here I am.");
    scriptless::sees_line(&ann, "Here I am.");
}
