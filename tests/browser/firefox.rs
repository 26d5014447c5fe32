//! The page in a real Firefox: with scripts it talks live, without them by a form.
//!
//! Goal: what the other files test with one browser is true of the other one, in the main points.
//! Method: the verbs of `page.rs`, in WebDriver BiDi.
//!
//! Owns: all contact of a Firefox with the page's elements.
//! Must not know: how a Firefox is driven.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bidi::Firefox;
use crate::cdp::{wait_for, wait_within};
use crate::host::Server;
use crate::look::keep;

/// A little more than the page's longest pause between two tries.
const COMES_BACK_WITHIN: Duration = Duration::from_secs(40);

/// A person in front of a Firefox with one tab.
pub(crate) struct Person {
    firefox: Firefox,
}

impl Person {
    /// A person has started a Firefox on a desktop, and has opened no page yet.
    pub(crate) fn sits_down(with_scripts: bool) -> Self {
        Self { firefox: Firefox::start(1280, 800, with_scripts) }
    }

    /// Opens `url` and waits for nothing: a page with a stream in it never finishes loading.
    pub(crate) fn opens(&self, url: &str) {
        self.firefox.call_tab("browsingContext.navigate", json!({ "url": url, "wait": "none" }));
        self.waits_until("location.href !== 'about:blank' && document.readyState !== 'loading'");
    }

    // --- Looking -------------------------------------------------------------

    /// The value of a JavaScript expression, evaluated in a sandbox next to the page.
    fn sees(&self, expression: &str) -> Value {
        // While the browser changes to the next page, no page answers.
        wait_for("a page that answers", || self.firefox.try_evaluate(expression).ok())
    }

    pub(crate) fn waits_until(&self, expression: &str) {
        let carefully = format!(
            "(() => {{ try {{ return !!({expression}); }} catch (e) {{ return false; }} }})()"
        );
        wait_for(expression, || (self.sees(&carefully) == true).then_some(()));
    }

    /// Waits until the page is connected again. Its pauses between tries grow while a busy machine
    /// starts the next server.
    pub(crate) fn is_back(&self) {
        let is_open = "document.documentElement.dataset.line === 'open'";
        wait_within(COMES_BACK_WITHIN, is_open, || (self.sees(is_open) == true).then_some(()));
    }

    fn line_will_say(&self, words: &str) {
        self.waits_until(&format!(
            "document.querySelector('#state').innerText.includes({})",
            json!(words)
        ));
    }

    /// All messages in the log, oldest first.
    pub(crate) fn log(&self) -> Vec<String> {
        let texts =
            self.sees("[...document.querySelectorAll('#rows .text')].map(t => t.textContent)");
        serde_json::from_value(texts).unwrap()
    }

    pub(crate) fn hears(&self, text: &str) {
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

    fn keeps_picture(&self, name: &str) {
        self.waits_until("document.getAnimations().length === 0");
        let shot = self.firefox.call_tab("browsingContext.captureScreenshot", json!({}));
        keep(shot["data"].as_str().unwrap(), name);
    }

    // --- Doing ---------------------------------------------------------------

    /// Types `text` where the focus is, key by key.
    pub(crate) fn types(&self, text: &str) {
        let keys = text
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key })));
        self.acts(json!({ "type": "key", "id": "keys", "actions": keys.collect::<Vec<_>>() }));
    }

    /// Presses Enter, where the focus is.
    fn presses_enter(&self) {
        // Enter in WebDriver's own table of keys.
        self.types("\u{E007}");
    }

    /// Presses the element that `selector` finds, with a mouse.
    pub(crate) fn clicks(&self, selector: &str) {
        let place = self.sees(&format!(
            "(r => [r.x + r.width / 2, r.y + r.height / 2].map(Math.round))\
             (document.querySelector({}).getBoundingClientRect())",
            json!(selector)
        ));
        let actions = json!([
            { "type": "pointerMove", "x": place[0], "y": place[1] },
            { "type": "pointerDown", "button": 0 },
            { "type": "pointerUp", "button": 0 },
        ]);
        self.acts(json!({ "type": "pointer", "id": "mouse", "actions": actions }));
    }

    fn acts(&self, source: Value) {
        self.firefox.call_tab("input.performActions", json!({ "actions": [source] }));
    }

    /// Moves the focus to the element that `selector` finds.
    fn goes_to(&self, selector: &str) {
        self.sees(&format!("document.querySelector({}).focus()", json!(selector)));
    }

    /// Says something on the live page, with Enter.
    pub(crate) fn says(&self, text: &str) {
        self.clicks("#field");
        self.types(text);
        self.presses_enter();
    }

    /// Says something by the form, and waits for the page after it.
    pub(crate) fn posts(&self, text: &str) {
        self.goes_to("input[name=text]");
        self.types(text);
        self.presses_enter();
        self.waits_until(
            "document.readyState !== 'loading' \
             && document.querySelector('input[name=text]').value === ''",
        );
    }

    /// Follows a link by keys alone.
    pub(crate) fn follows(&self, link: &str) {
        self.goes_to(link);
        self.presses_enter();
    }

    /// The texts of the list on a page without scripts, in a frame or not.
    pub(crate) fn list(&self) -> Vec<String> {
        let texts = self.sees(
            "(page => [...page.querySelectorAll('ol .text')].map(t => t.textContent))\
             (document.querySelector('iframe.stream')?.contentDocument ?? document)",
        );
        serde_json::from_value(texts).unwrap()
    }

    fn list_will_be(&self, texts: &[&str]) {
        wait_for(&format!("{texts:?}"), || (self.list() == texts).then_some(()));
    }
}

#[test]
fn a_firefox_chats_live() {
    let server = Server::start();
    let address = server.address().to_string();
    let ann = Person::sits_down(true);
    ann.opens(&server.url());
    ann.line_will_say("connected");
    let mut bo = server.voice();
    ann.says("Is the kettle on?");
    bo.hears("Is the kettle on?");
    bo.says("Since ten to four. 水开了。");
    ann.hears("Since ten to four. 水开了。");
    bo.hears("Since ten to four. 水开了。");
    ann.says("Käse, too?");
    ann.mark_will_be("Käse, too?", "sent");
    assert_eq!(bo.hears_next(), "Käse, too?");
    ann.keeps_picture("firefox-1280-en.png");
    assert_eq!(ann.firefox.complaints(), [""; 0]);

    // Ann's message waits for the next server, and the page finds that server.
    server.stop();
    ann.line_will_say("Connection closed.");
    ann.says("Are you back?");
    ann.mark_will_be("Are you back?", "will send when reconnected");
    let server = Server::start_with(&address, &[]);
    ann.is_back();
    ann.line_will_say("connected");
    ann.mark_will_be("Are you back?", "sent");
    let mut bo = server.voice();
    bo.says("Just now.");
    ann.hears("Just now.");
    ann.says("Good.");
    ann.mark_will_be("Good.", "sent");
    assert_eq!([bo.hears_next(), bo.hears_next()], ["Just now.", "Good."]);
    let all = [
        "Is the kettle on?",
        "Since ten to four. 水开了。",
        "Käse, too?",
        "Are you back?",
        "Just now.",
        "Good.",
    ];
    assert_eq!(ann.log(), all, "each of them once");
}

#[test]
fn a_firefox_with_scripts_off_chats() {
    let server = Server::start();
    let ann = Person::sits_down(false);
    let mut bo = server.voice();
    ann.opens(&format!("{}r/lobby", server.url()));
    // This page finishes loading, so its elements stay in their places.
    ann.waits_until("document.readyState === 'complete'");
    ann.clicks("input[name=name]");
    ann.types("Ann");
    ann.clicks("input[name=text]");
    ann.types("The kettle is on.");
    ann.clicks("#say button");
    bo.hears("Ann: The kettle is on.");
    ann.list_will_be(&["The kettle is on."]);
    bo.says("Coming!");
    bo.hears("Coming!");
    // This page does not update by itself; the newest message is first.
    assert_eq!(ann.list(), ["The kettle is on."]);
    ann.clicks(".ways input");
    ann.list_will_be(&["Coming!", "The kettle is on."]);

    // The page without an end: the oldest message is first, and new ones come by themselves.
    ann.follows(".ways input[name=to-live]");
    ann.list_will_be(&["The kettle is on.", "Coming!"]);
    bo.says("It boils.");
    ann.list_will_be(&["The kettle is on.", "Coming!", "It boils."]);
    bo.hears("It boils.");
    ann.posts("Two cups?");
    assert_eq!(bo.hears_next(), "Ann: Two cups?");
    ann.list_will_be(&["The kettle is on.", "Coming!", "It boils.", "Two cups?"]);
    (0..20).for_each(|cup| bo.says(&format!("Cup {cup}")));
    ann.waits_until(
        "(page => { const last = [...page.querySelectorAll('li')].pop(); \
          return last.querySelector('.text').textContent === 'Cup 19' \
            && last.getBoundingClientRect().bottom <= page.documentElement.clientHeight + 1; })\
         (document.querySelector('iframe.stream').contentDocument)",
    );
    assert_eq!(ann.list().len(), 24, "each of them once");
    ann.keeps_picture("firefox-scriptless.png");
    let wide = "document.documentElement.scrollWidth <= innerWidth";
    assert_eq!(ann.sees(wide), true, "nothing scrolls sideways");
}

#[test]
fn letters_that_are_typed_while_nothing_has_the_focus_go_to_the_field_in_firefox() {
    let server = Server::start();
    let ann = Person::sits_down(true);
    ann.opens(&server.url());
    ann.waits_until("document.documentElement.dataset.parts === 'all'");
    // Space scrolls, and the keys of the quick search stay Firefox's own.
    for (keys, typed) in [("hi", "hi"), (" !", "hi!"), ("/", "hi!"), ("'", "hi!")] {
        ann.sees("document.activeElement.blur()");
        ann.types(keys);
        ann.waits_until(&format!("document.querySelector('#field').value === {}", json!(typed)));
    }
}

/// Firefox remembers that a module could not be loaded, and does not ask for it again.
#[test]
fn what_a_firefox_could_not_load_without_a_connection_is_loaded_with_the_next_one() {
    let server = Server::start();
    let address = server.address().to_string();
    let ann = Person::sits_down(true);
    ann.opens(&server.url());
    ann.waits_until("document.documentElement.dataset.parts === 'all'");
    server.stop();
    ann.line_will_say("Connection closed.");
    let panels =
        [("me", "[name=theme]"), ("room-menu", "[name=notices]"), ("search", "[name=place]")];
    for (panel, _) in panels {
        ann.sees(&format!("document.querySelector('#{panel}').open = true"));
        ann.waits_until(&format!(
            "[...document.querySelectorAll('#{panel} .problem')]\
             .some(one => one.textContent.startsWith('You are not connected.'))"
        ));
    }
    ann.sees("document.querySelector('.unfold.goto').click()");
    ann.waits_until(
        "document.querySelector('#note').textContent.startsWith('You are not connected.')",
    );

    let _server = Server::start_with(&address, &[]);
    ann.is_back();
    for (panel, filled) in panels {
        ann.sees(&format!("document.querySelector('#{panel}').open = false"));
        ann.sees(&format!("document.querySelector('#{panel}').open = true"));
        ann.waits_until(&format!("document.querySelector('#{panel} {filled}')"));
        ann.waits_until(&format!(
            "![...document.querySelectorAll('#{panel} .problem')].some(one => one.textContent)"
        ));
    }
    ann.sees("document.querySelector('.unfold.goto').click()");
    ann.waits_until("document.querySelector('#goto-form:not([hidden])')");
}
