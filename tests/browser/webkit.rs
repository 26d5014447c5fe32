//! The live page in WebKit, which is Safari's engine.
//!
//! Goal: the page becomes live there, goes on after a restart of the server, and does not take the
//! Enter of an input method for the person's own. Method: the verbs of `page.rs`, in WebDriver; a
//! keyboard composes text with GTK's own input method.
//!
//! Owns: all contact of a WebKit with the page's elements.
//! Must not know: how a WebKit is driven.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cdp::{wait_for, wait_within};
use crate::host::Server;
use crate::look::keep;
use crate::page::Browser;
use crate::webdriver::WebKit;

/// A little more than the page's longest pause between two tries.
const COMES_BACK_WITHIN: Duration = Duration::from_secs(40);

/// A person in front of a WebKit with one window.
struct Person(WebKit);

impl Person {
    /// A person opens `url` on a desktop and is connected.
    fn opens(url: &str) -> Self {
        let person = Self(WebKit::start(1280, 860));
        person.0.call("/url", &json!({ "url": url }));
        person.is_connected();
        person
    }

    // --- Looking -------------------------------------------------------------

    /// The value of a JavaScript expression in the page.
    fn sees(&self, expression: &str) -> Value {
        let script = json!({ "script": format!("return ({expression})"), "args": [] });
        // While the browser changes to the next page, no page answers.
        wait_for("a page that answers", || self.0.try_call("/execute/sync", &script).ok())
    }

    fn waits_until(&self, expression: &str) {
        let carefully = format!(
            "(() => {{ try {{ return !!({expression}); }} catch (e) {{ return false; }} }})()"
        );
        wait_for(expression, || (self.sees(&carefully) == true).then_some(()));
    }

    fn is_connected(&self) {
        let is_open = "document.documentElement.dataset.line === 'open'";
        wait_within(COMES_BACK_WITHIN, is_open, || (self.sees(is_open) == true).then_some(()));
    }

    fn line_will_say(&self, words: &str) {
        let row = "document.querySelector('#state').innerText";
        self.waits_until(&format!("{row}.includes({})", json!(words)));
    }

    fn field(&self) -> String {
        let field = self.sees("document.querySelector('#field').value");
        field.as_str().unwrap_or_default().to_owned()
    }

    /// All messages in the log, oldest first.
    fn log(&self) -> Vec<String> {
        let texts = "[...document.querySelectorAll('#rows .text')].map(t => t.textContent)";
        serde_json::from_value(self.sees(texts)).unwrap()
    }

    fn hears(&self, text: &str) {
        wait_for(text, || self.log().iter().any(|one| one == text).then_some(()));
    }

    /// Waits until the mark of the newest own message is `mark`, and it says `text`.
    fn mark_will_be(&self, text: &str, mark: &str) {
        let last = "[...document.querySelectorAll('#rows .own')].pop()";
        self.waits_until(&format!(
            "{last}.querySelector('.text').textContent === {} \
             && {last}.querySelector('.mark').innerText === {}",
            json!(text),
            json!(mark)
        ));
    }

    // --- Doing ---------------------------------------------------------------

    /// Types into the field; WebDriver has its own character for Enter.
    fn types(&self, text: &str) {
        self.0.call_element("#field", "value", &json!({ "text": text }));
    }

    fn says(&self, text: &str) {
        self.types(&format!("{text}\u{E007}"));
    }
}

#[test]
#[ignore = "by tests/run --long: wants Xvfb, xdotool and WebKitWebDriver"]
fn a_webkit_chats_live_and_goes_on_after_a_restart() {
    let server = Server::start();
    let address = server.address().to_string();
    let browser = Browser::start();
    let (wim, ann) = (Person::opens(&server.url()), browser.opens(&server.url()));
    wim.line_will_say("connected");
    wim.says("Is the kettle on?");
    wim.mark_will_be("Is the kettle on?", "sent");
    ann.hears("Is the kettle on?");
    ann.says("Since ten to four. 水开了。");
    wim.hears("Since ten to four. 水开了。");
    keep(&wim.0.picture(), "webkit-1280-en.png");
    server.stop();
    for words in ["Connection closed.", "Reconnecting in"] {
        wim.line_will_say(words);
    }
    wim.says("Are you back?");
    wim.mark_will_be("Are you back?", "will send when reconnected");
    keep(&wim.0.picture(), "webkit-1280-en-closed.png");
    let _server = Server::start_with(&address, &[]);
    wim.is_connected();
    wim.mark_will_be("Are you back?", "sent");
    crate::cuts::comes_back(&ann);
    ann.hears("Are you back?");
    ann.says("Just now.");
    wim.hears("Just now.");
    let all = ["Is the kettle on?", "Since ten to four. 水开了。", "Are you back?", "Just now."];
    assert_eq!(wim.log(), all, "each of them once");
    assert_eq!(ann.log(), all);
}

#[test]
#[ignore = "by tests/run --long: wants Xvfb, xdotool and WebKitWebDriver"]
fn the_enter_of_an_input_method_does_not_send_in_webkit() {
    let server = Server::start();
    let wim = Person::opens(&server.url());
    wim.sees(
        "window.keys = [], ['keydown', 'compositionend'].forEach(kind => \
         document.querySelector('#field').addEventListener(kind, event => \
         keys.push(`${kind} ${event.keyCode || ''}`.trim())))",
    );
    wim.0.call_element("#field", "click", &json!({}));
    // This input method takes the number of a character, not its sound.
    wim.0.presses(&["ctrl+shift+u"]);
    wim.waits_until("document.querySelector('#field').value === 'u'");
    wim.0.presses(&["4", "f", "6", "0"]);
    wim.waits_until("document.querySelector('#field').value === 'u4f60'");
    wim.0.presses(&["Return"]);
    wim.waits_until("document.querySelector('#field').value === '你'");
    // Like Safari, it ends the composition before the key event, which has the code 229.
    let ended = "keys.indexOf('compositionend')";
    wim.waits_until(&format!("{ended} >= 0 && keys.slice({ended}).includes('keydown 229')"));
    assert!(wim.log().is_empty(), "it was sent");
    // In Safari, the key of that event is also called Enter.
    let order = "(field => { field.dispatchEvent(new CompositionEvent('compositionend', { data: '你' })); \
        const key = new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true }); \
        field.dispatchEvent(key); return [key.key, key.keyCode, key.isComposing, key.defaultPrevented]; })\
        (document.querySelector('#field'))";
    assert_eq!(wim.sees(order), json!(["Enter", 229, false, false]));
    assert_eq!(wim.field(), "你");
    assert!(wim.log().is_empty(), "it was sent");
    // The person's own Enter sends it.
    wim.0.presses(&["Return"]);
    wim.hears("你");
    wim.mark_will_be("你", "sent");
    assert_eq!(wim.field(), "");
}
