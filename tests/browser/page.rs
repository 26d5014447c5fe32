//! What a person does and sees: the verbs of these tests.
//!
//! Owns: all contact with the page's elements. If the page is rebuilt, only this file changes.
//! Must not know: what a test wants to show.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cdp::{ANSWER_WAIT, Lent, PATIENCE, wait_for, wait_within};

/// A browser in which people open the page.
pub(crate) struct Browser {
    chromium: Lent,
    /// The tabs that a [`Person`] uses.
    known: RefCell<Vec<String>>,
}

/// How a person comes: the device and its preferences.
#[derive(Clone, Copy)]
pub(crate) struct Visit {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) dark: bool,
    pub(crate) touch: bool,
    pub(crate) languages: &'static str,
}

/// After so long, a person whose page does not load again presses Reload once more.
const RELOAD_AGAIN: Duration = Duration::from_secs(3);

/// What a page is like, in a few words.
const PAGE_NOW: &str = "`${location.href} ${JSON.stringify({ ...document.documentElement.dataset })} \
                        ${document.body.innerText.slice(0, 600)}`";

/// A desktop window, light, in English.
pub(crate) const DESKTOP: Visit =
    Visit { width: 1280, height: 800, dark: false, touch: false, languages: "en-US,en" };
/// A small phone.
pub(crate) const PHONE: Visit = Visit { width: 360, height: 640, touch: true, ..DESKTOP };

impl Browser {
    pub(crate) fn start() -> Self {
        Self { chromium: Lent::any(), known: RefCell::default() }
    }

    /// One that can show notifications.
    pub(crate) fn start_whole() -> Self {
        Self { chromium: Lent::whole(), known: RefCell::default() }
    }

    /// A person opens `url` on a desktop and is connected.
    pub(crate) fn opens(&self, url: &str) -> Person<'_> {
        self.comes(url, DESKTOP)
    }

    /// A person opens `url` as `visit` says and is connected.
    pub(crate) fn comes(&self, url: &str, visit: Visit) -> Person<'_> {
        let person = self.looks_at(url, visit);
        person.is_connected();
        person
    }

    /// A person opens `url`, with any page behind it. Each person has storage of their own.
    pub(crate) fn looks_at(&self, url: &str, visit: Visit) -> Person<'_> {
        let context = self.chromium.call("", "Target.createBrowserContext", json!({}));
        let context = context["browserContextId"].as_str().unwrap().to_owned();
        self.tab(url, visit, context)
    }

    /// A person opens `url` as a page that is not secure. (Pages of this machine always count as
    /// secure.)
    pub(crate) fn looks_at_as_over_plain_http(&self, url: &str) -> Person<'_> {
        let person = self.looks_at("about:blank", DESKTOP);
        person
            .begins_with("Object.defineProperty(window, 'isSecureContext', { get: () => false })");
        person.goes_to(url);
        person
    }

    fn tab(&self, url: &str, visit: Visit, context: String) -> Person<'_> {
        let about = json!({ "url": "about:blank", "browserContextId": context });
        let target = self.chromium.call("", "Target.createTarget", about);
        let target = target["targetId"].as_str().unwrap().to_owned();
        let person = self.attaches(target, visit, context);
        person.call("Page.navigate", json!({ "url": url }));
        person
    }

    fn attaches(&self, target: String, visit: Visit, context: String) -> Person<'_> {
        let attach = json!({ "targetId": target, "flatten": true });
        let session = self.chromium.call("", "Target.attachToTarget", attach);
        let session = session["sessionId"].as_str().unwrap().to_owned();
        self.known.borrow_mut().push(target.clone());
        let person = Person { browser: self, session, target, context, visit };
        for domain in ["Page", "Runtime", "Network", "Log"] {
            person.call(&format!("{domain}.enable"), json!({}));
        }
        person.is_as(visit);
        person
    }
}

/// A person in front of one tab.
pub(crate) struct Person<'b> {
    browser: &'b Browser,
    session: String,
    target: String,
    context: String,
    visit: Visit,
}

impl<'b> Person<'b> {
    fn call(&self, method: &str, params: Value) -> Value {
        self.browser.chromium.call(&self.session, method, params)
    }

    /// The value of this cookie for the open page, also one that no script can read.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let all = self.call("Network.getCookies", json!({}));
        let mut all = all["cookies"].as_array()?.iter();
        let found = all.find(|cookie| cookie["name"] == name)?;
        found["value"].as_str().map(str::to_owned)
    }

    fn is_as(&self, visit: Visit) {
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": visit.width, "height": visit.height,
                    "deviceScaleFactor": 1, "mobile": visit.touch }),
        );
        self.call("Emulation.setTouchEmulationEnabled", json!({ "enabled": visit.touch }));
        let scheme = if visit.dark { "dark" } else { "light" };
        self.call(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        );
        self.call(
            "Emulation.setUserAgentOverride",
            json!({ "userAgent": "Chromium", "acceptLanguage": visit.languages }),
        );
        // A headless browser has no window that could be in front.
        self.call("Emulation.setFocusEmulationEnabled", json!({ "enabled": true }));
    }

    /// A second tab of the same person.
    pub(crate) fn opens_another_tab(&self, url: &str) -> Person<'b> {
        let tab = self.browser.tab(url, self.visit, self.context.clone());
        tab.is_connected();
        tab
    }

    /// A second tab of the same person, with any page in it.
    pub(crate) fn looks_in_another_tab(&self, url: &str) -> Person<'b> {
        self.browser.tab(url, self.visit, self.context.clone())
    }

    /// Duplicates the tab: the copy begins with all that this tab keeps.
    pub(crate) fn duplicates(&self) -> Person<'b> {
        let opens = "!!window.open(location.href)";
        self.call("Runtime.evaluate", json!({ "expression": opens, "userGesture": true }));
        let known = self.browser.known.borrow().clone();
        let target = wait_for("the copy of a tab", || {
            let all = self.browser.chromium.call("", "Target.getTargets", json!({}));
            let all = all["targetInfos"].as_array().unwrap();
            let copy = all.iter().find(|one| {
                one["openerId"] == *self.target && !known.iter().any(|id| one["targetId"] == **id)
            });
            Some(copy?["targetId"].as_str()?.to_owned())
        });
        let copy = self.browser.attaches(target, self.visit, self.context.clone());
        copy.is_connected();
        copy
    }

    // --- Looking -------------------------------------------------------------

    /// The value of a JavaScript expression in the page.
    pub(crate) fn sees(&self, expression: &str) -> Value {
        let params =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        // While the browser changes to the next page, no page answers.
        let mut answer = wait_for("a page that answers", || {
            let chromium = &self.browser.chromium;
            chromium.try_call(&self.session, "Runtime.evaluate", params.clone()).ok()
        });
        let thrown = &answer["exceptionDetails"];
        assert!(thrown.is_null(), "{expression}: {thrown}");
        answer["result"]["value"].take()
    }

    /// The same as text.
    pub(crate) fn reads(&self, expression: &str) -> String {
        self.sees(expression).as_str().unwrap_or_default().to_owned()
    }

    /// The same as a number.
    pub(crate) fn measures(&self, expression: &str) -> f64 {
        self.sees(expression).as_f64().unwrap_or(f64::NAN)
    }

    /// Waits until an expression is true.
    pub(crate) fn waits_until(&self, expression: &str) {
        // Early on, there may not even be a document.
        let carefully = format!(
            "(() => {{ try {{ return !!({expression}); }} catch (e) {{ return false; }} }})()"
        );
        let nearly = Instant::now() + PATIENCE - Duration::from_millis(100);
        wait_for(expression, || {
            let is_true = self.sees(&carefully) == json!(true);
            if !is_true && Instant::now() > nearly {
                // What the page shows says more than the expression.
                eprintln!("the page: {}", self.sees(PAGE_NOW));
            }
            is_true.then_some(())
        });
    }

    /// The same on a slow connection.
    pub(crate) fn waits_patiently_until(&self, expression: &str) {
        wait_within(ANSWER_WAIT, expression, || (self.sees(expression) == true).then_some(()));
    }

    /// Waits until the live page is there, and connected: the reader sees the room, and can write.
    pub(crate) fn is_live(&self) {
        self.waits_until("document.documentElement.dataset.line === 'open'");
    }

    /// Waits until the page is connected, and all its parts are there.
    pub(crate) fn is_connected(&self) {
        self.is_live();
        self.is_whole();
    }

    /// Waits until all parts of the live page are there, those of its second stage, too.
    pub(crate) fn is_whole(&self) {
        self.waits_until("document.documentElement.dataset.parts === 'all'");
    }

    /// The second stage of the live page does not come to this tab, until
    /// [`Person::lets_second_stage_come`].
    pub(crate) fn holds_second_stage(&self) {
        self.holds("*/js/more.js*");
    }

    /// No file with such an address comes to this tab, until [`Person::lets_second_stage_come`].
    pub(crate) fn holds(&self, addresses: &str) {
        self.call("Fetch.enable", json!({ "patterns": [{ "urlPattern": addresses }] }));
    }

    pub(crate) fn lets_second_stage_come(&self) {
        self.call("Fetch.disable", json!({}));
        self.is_whole();
    }

    /// The text of the state row.
    pub(crate) fn line_says(&self) -> String {
        self.reads("document.querySelector('#state')?.innerText ?? ''")
    }

    /// Waits until the state row contains `words`.
    pub(crate) fn line_will_say(&self, words: &str) {
        wait_for(words, || self.line_says().contains(words).then_some(()));
    }

    /// Waits until the state row says what a connection by this way means for the reader.
    pub(crate) fn is_connected_by(&self, way: &str) {
        self.line_will_say(match way {
            "live" => {
                return wait_for(way, || (self.line_says().trim() == "connected").then_some(()));
            }
            "stream" => "connected, sending slower than usual",
            "poll" => "connected, slower than usual",
            _ => panic!("no such way: {way}"),
        });
    }

    /// All messages in the log, oldest first.
    pub(crate) fn log(&self) -> Vec<String> {
        texts(&self.sees("[...document.querySelectorAll('#rows .text')].map(t => t.textContent)"))
    }

    /// Waits until `text` is in the log.
    pub(crate) fn hears(&self, text: &str) {
        wait_for(text, || self.log().iter().any(|one| one == text).then_some(()));
    }

    /// How often `text` is in the log.
    pub(crate) fn times_in_log(&self, text: &str) -> usize {
        self.log().iter().filter(|one| *one == text).count()
    }

    /// The mark of the newest own message that says `text`.
    pub(crate) fn mark_of(&self, text: &str) -> String {
        let own = "[...document.querySelectorAll('#rows .own')].reverse()";
        let find = format!("find(r => r.querySelector('.text').textContent === {})", json!(text));
        self.reads(&format!("{own}.{find}?.querySelector('.mark').innerText ?? ''"))
    }

    /// Waits until the mark of an own message is `mark`. What waits for a while can be taken back.
    pub(crate) fn mark_will_be(&self, text: &str, mark: &str) {
        let is_so =
            |now: &str| now == mark || now.strip_suffix("Take back").map(str::trim) == Some(mark);
        wait_for(&format!("{text}: {mark}"), || is_so(&self.mark_of(text)).then_some(()));
    }

    /// The text in the field.
    pub(crate) fn field(&self) -> String {
        self.reads("document.querySelector('#field').value")
    }

    /// Waits until a draft that holds `text` outlives its page.
    pub(crate) fn draft_is_kept(&self, text: &str) {
        let drafts = "Object.keys(localStorage).filter(key => key.includes('.draft.'))";
        self.waits_until(&format!("{drafts}.some(key => localStorage[key].includes('{text}'))"));
    }

    /// Every console message and uncaught error so far. What a whole Chromium recommends for forms
    /// is none: the field for a room's password belongs to no user name.
    pub(crate) fn console(&self) -> Vec<Value> {
        ["Runtime.consoleAPICalled", "Log.entryAdded", "Runtime.exceptionThrown"]
            .iter()
            .flat_map(|event| self.browser.chromium.events(&self.session, event))
            .filter(|event| event["entry"]["source"] != "recommendation")
            .collect()
    }

    /// The addresses of all requests so far, the socket's included.
    pub(crate) fn requests(&self) -> Vec<String> {
        let chromium = &self.browser.chromium;
        let pages = chromium.events(&self.session, "Network.requestWillBeSent");
        let sockets = chromium.events(&self.session, "Network.webSocketCreated");
        let pages = pages.iter().map(|event| &event["request"]["url"]);
        let all = pages.chain(sockets.iter().map(|event| &event["url"]));
        all.filter_map(Value::as_str)
            .filter(|url| !url.starts_with("data:"))
            .map(str::to_owned)
            .collect()
    }

    /// How many bytes came over the network so far, with heads, and for how many requests that the
    /// network answered.
    pub(crate) fn bytes_and_requests(&self) -> (f64, usize) {
        let ended = self.browser.chromium.events(&self.session, "Network.loadingFinished");
        let bytes: Vec<_> =
            ended.iter().filter_map(|it| it["encodedDataLength"].as_f64()).collect();
        (bytes.iter().sum(), bytes.iter().filter(|bytes| **bytes > 0.0).count())
    }

    /// How many of these bytes came for what the page had asked for before it was live, and the
    /// addresses of what it asked for from then on: first its second stage. The icon of the
    /// browser's tab does not count: nothing waits for it, and without a window none is loaded.
    pub(crate) fn bytes_until_live(&self) -> (f64, Vec<String>) {
        let asked = self.browser.chromium.events(&self.session, "Network.requestWillBeSent");
        let url = |event: &Value| event["request"]["url"].as_str().unwrap_or_default().to_owned();
        let live = asked.iter().position(|event| url(event).ends_with("/js/more.js"));
        let (before, after) = asked.split_at(live.unwrap_or(asked.len()));
        let before: Vec<_> = before.iter().filter(|event| !url(event).contains("icon")).collect();
        let ended = self.browser.chromium.events(&self.session, "Network.loadingFinished");
        let of_before = ended
            .iter()
            .filter(|end| before.iter().any(|event| event["requestId"] == end["requestId"]));
        let bytes = of_before.filter_map(|end| end["encodedDataLength"].as_f64()).sum();
        (bytes, after.iter().map(url).collect())
    }

    /// What a screen reader gets from the page: the role and name of each part.
    pub(crate) fn parts_aloud(&self) -> Vec<(String, String)> {
        let tree = self.call("Accessibility.getFullAXTree", json!({}));
        let parts = tree["nodes"].as_array().unwrap().iter().filter(|it| it["ignored"] == false);
        let word = |it: &Value| it["value"].as_str().unwrap_or_default().to_owned();
        parts.map(|it| (word(&it["role"]), word(&it["name"]))).collect()
    }

    /// Waits until the browser has drawn what the page is now.
    pub(crate) fn draws_a_frame(&self) {
        self.sees("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))");
    }

    /// A picture of what is in sight, as PNG.
    pub(crate) fn picture(&self) -> String {
        let shot = self.call("Page.captureScreenshot", json!({ "format": "png" }));
        shot["data"].as_str().unwrap().to_owned()
    }

    // --- Doing ---------------------------------------------------------------

    /// Types `text` where the focus is.
    pub(crate) fn types(&self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Types `text` into the field and sends it: with Enter, or with a finger.
    pub(crate) fn says(&self, text: &str) {
        self.goes_to_field();
        self.types(text);
        if self.visit.touch {
            self.clicks("#send");
        } else {
            self.presses("Enter");
        }
    }

    pub(crate) fn goes_to_field(&self) {
        self.sees("document.querySelector('#field').focus()");
    }

    /// Presses one key, by its name.
    pub(crate) fn presses(&self, key: &str) {
        self.presses_with(key, 0);
    }

    /// Presses one key with modifiers (Alt 1, Ctrl 2, Meta 4, Shift 8).
    pub(crate) fn presses_with(&self, key: &str, modifiers: u32) {
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "PageUp" => 33,
            "PageDown" => 34,
            "ArrowUp" => 38,
            "ArrowDown" => 40,
            "Tab" => 9,
            other if other.len() == 1 => other.to_uppercase().as_bytes()[0],
            other => panic!("a key without a code: {other}"),
        };
        let text = match key {
            "Enter" => "\r",
            letter if letter.len() == 1 && modifiers & !8 == 0 => letter,
            _ => "",
        };
        let down = json!({ "type": if text.is_empty() { "rawKeyDown" } else { "keyDown" },
            "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text,
            "modifiers": modifiers });
        self.call("Input.dispatchKeyEvent", down);
        let up = json!({ "type": "keyUp", "key": key, "code": key,
            "windowsVirtualKeyCode": code, "modifiers": modifiers });
        self.call("Input.dispatchKeyEvent", up);
    }

    /// An input method shows `text`, not yet chosen.
    pub(crate) fn composes(&self, text: &str) {
        let end = text.encode_utf16().count();
        let composition = json!({ "text": text, "selectionStart": end, "selectionEnd": end });
        self.call("Input.imeSetComposition", composition);
    }

    /// The Enter that chooses from an input method: it has the code 229.
    pub(crate) fn presses_enter_of_the_input_method(&self) {
        let key = json!({ "type": "rawKeyDown", "key": "Enter", "code": "Enter",
            "windowsVirtualKeyCode": 229 });
        self.call("Input.dispatchKeyEvent", key);
    }

    /// The middle of the element that `selector` finds.
    fn middle_of(&self, selector: &str) -> (Value, Value) {
        // Before it has drawn a page for the first time, the browser drops clicks and taps. One
        // expression asks for all: the next page may come at any time.
        let middle = format!(
            "(() => {{ const found = document.querySelector({}); \
             if (!found || !performance.getEntriesByType('paint').length) return null; \
             const r = found.getBoundingClientRect(); \
             return [r.x + r.width / 2, r.y + r.height / 2]; }})()",
            json!(selector)
        );
        let place =
            wait_for(selector, || Some(self.sees(&middle)).filter(|place| !place.is_null()));
        (place[0].clone(), place[1].clone())
    }

    /// Moves the mouse, if there is one.
    pub(crate) fn points_at(&self, selector: &str) {
        if self.visit.touch {
            return;
        }
        let (x, y) = self.middle_of(selector);
        let away = json!({ "type": "mouseMoved", "x": 640, "y": 5 });
        self.call("Input.dispatchMouseEvent", away);
        let mouse = json!({ "type": "mouseMoved", "x": x, "y": y });
        self.call("Input.dispatchMouseEvent", mouse);
    }

    /// Clicks twice, as fast as a double click.
    pub(crate) fn double_clicks(&self, selector: &str) {
        let (x, y) = self.middle_of(selector);
        for count in [1, 2] {
            self.clicks_at(&x, &y, count);
        }
    }

    fn clicks_at(&self, x: &Value, y: &Value, count: u32) {
        for kind in ["mousePressed", "mouseReleased"] {
            let mouse =
                json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": count });
            self.call("Input.dispatchMouseEvent", mouse);
        }
    }

    /// Scrolls what is around this element until the element is in sight, and clicks it.
    pub(crate) fn finds_and_clicks(&self, selector: &str) {
        let found = format!("document.querySelector({})", json!(selector));
        self.sees(&format!("{found}.scrollIntoView({{ block: 'nearest' }})"));
        self.clicks(selector);
    }

    /// Presses the element that `selector` finds, with a mouse or a finger.
    pub(crate) fn clicks(&self, selector: &str) {
        let (x, y) = self.middle_of(selector);
        if self.visit.touch {
            self.taps(json!({ "x": x, "y": y }));
            return;
        }
        self.clicks_at(&x, &y, 1);
    }

    /// Taps a place of the page with a finger as wide as a finger is. The browser may take the tap
    /// for one on a link nearby.
    pub(crate) fn taps_at(&self, x: f64, y: f64) {
        self.taps(json!({ "x": x, "y": y, "radiusX": 12, "radiusY": 12 }));
    }

    fn taps(&self, finger: Value) {
        let touch = json!({ "type": "touchStart", "touchPoints": [finger] });
        self.call("Input.dispatchTouchEvent", touch);
        let gone = json!({ "type": "touchEnd", "touchPoints": [] });
        self.call("Input.dispatchTouchEvent", gone);
    }

    /// Reads further up: the log is scrolled to `top` pixels.
    pub(crate) fn scrolls_to(&self, top: u32) {
        // The scroll happens between frames, like a person's: what came before is drawn, and a
        // frame later the page has noticed the scroll.
        self.sees(&format!(
            "(async () => {{ const frame = () => new Promise(requestAnimationFrame); \
             await frame(); await frame(); document.querySelector('#box').scrollTop = {top}; \
             await frame(); await frame(); }})()"
        ));
    }

    /// Loads the page again and waits until the new one runs.
    pub(crate) fn reloads(&self) {
        self.presses_reload();
        self.waits_until("document.readyState === 'complete'");
        self.waits_until("'line' in document.documentElement.dataset");
    }

    /// Presses the browser's own Reload. After a form, the browser sends that form again; the
    /// browser's question about it gets no answer here.
    pub(crate) fn presses_reload(&self) {
        self.sees("window.old = true");
        let mut pressed: Option<Instant> = None;
        wait_for("the page to be loaded again", || {
            if self.sees("!window.old") == true {
                return Some(());
            }
            // On a busy machine, the browser now and then drops it.
            if pressed.is_none_or(|at| at.elapsed() > RELOAD_AGAIN) {
                self.call("Page.reload", json!({}));
                pressed = Some(Instant::now());
            }
            None
        });
    }

    /// The addresses that this tab can go back or forward to.
    pub(crate) fn visited(&self) -> Vec<String> {
        let history = self.call("Page.getNavigationHistory", json!({}));
        let entries = history["entries"].as_array().unwrap();
        entries.iter().map(|entry| entry["url"].as_str().unwrap().to_owned()).collect()
    }

    /// Presses the browser's own Back. True: the browser had kept that page, which was marked as
    /// old before the person left it. False: the browser loaded it again.
    pub(crate) fn goes_back(&self) -> bool {
        // While the browser changes to another page, no page answers.
        let asks =
            |method, params| self.browser.chromium.try_call(&self.session, method, params).ok();
        let history = || asks("Page.getNavigationHistory", json!({}));
        let now = wait_for("a page that answers", history);
        let before = now["currentIndex"].as_u64().unwrap() - 1;
        let entry = &now["entries"][usize::try_from(before).unwrap()]["id"];
        wait_for("a page that goes back", || {
            asks("Page.navigateToHistoryEntry", json!({ "entryId": entry }))
        });
        wait_for("the page before", || (history()?["currentIndex"] == before).then_some(()));
        self.sees("window.old === true") == true
    }

    /// Another tab comes to the front, or this one again. (A headless browser has no front, so the
    /// test tells the page.)
    pub(crate) fn looks_away(&self, away: bool) {
        self.sees(&format!(
            "Object.defineProperty(document, 'hidden', {{ get: () => {away}, configurable: true }}); \
             document.dispatchEvent(new Event('visibilitychange'))"
        ));
    }

    /// The browser has permission to show notifications.
    pub(crate) fn may_be_notified(&self) {
        let params = json!({ "permissions": ["notifications"], "browserContextId": self.context });
        self.browser.chromium.call("", "Browser.grantPermissions", params);
    }

    /// The device prefers this: a feature of CSS, and its value.
    pub(crate) fn prefers(&self, feature: &str, value: &str) {
        let features = json!([{ "name": feature, "value": value }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// The device is in this time zone.
    pub(crate) fn lives_in(&self, zone: &str) {
        self.call("Emulation.setTimezoneOverride", json!({ "timezoneId": zone }));
    }

    /// Runs `source` in each page of this tab from here on, before the page's own script.
    pub(crate) fn begins_with(&self, source: &str) {
        self.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source }));
    }

    /// Opens another page in this tab, and waits for nothing.
    pub(crate) fn goes_to(&self, url: &str) {
        self.call("Page.navigate", json!({ "url": url }));
    }

    /// Looks at the page as it would be on paper.
    pub(crate) fn prints(&self, on_paper: bool) {
        let media = if on_paper { "print" } else { "" };
        self.call("Emulation.setEmulatedMedia", json!({ "media": media }));
    }

    /// What the browser finds wrong with the page's manifest.
    pub(crate) fn manifest_errors(&self) -> Value {
        let manifest = self.call("Page.getAppManifest", json!({}));
        assert!(manifest["data"].as_str().is_some_and(|text| text.contains("Threadbare")));
        manifest["errors"].clone()
    }

    /// The device has no network, or has it again. Connections that are open stay so.
    pub(crate) fn is_offline(&self, offline: bool) {
        let none = json!({ "offline": offline, "latency": 0,
            "downloadThroughput": -1, "uploadThroughput": -1 });
        self.call("Network.emulateNetworkConditions", none);
    }

    /// The network is slow: so many milliseconds there and back, so many bytes a second each way.
    pub(crate) fn has_slow_connection(&self, round_trip_ms: u32, bytes_a_second: u32) {
        let slow = json!({ "offline": false, "latency": round_trip_ms,
            "downloadThroughput": bytes_a_second, "uploadThroughput": bytes_a_second });
        self.call("Network.emulateNetworkConditions", slow);
    }

    /// The device works as if its processor were so many times slower.
    pub(crate) fn is_slowed(&self, times: u32) {
        self.call("Emulation.setCPUThrottlingRate", json!({ "rate": times }));
    }

    /// The person sees no colours, or sees them again.
    pub(crate) fn sees_no_colours(&self, none: bool) {
        let kind = if none { "achromatopsia" } else { "none" };
        self.call("Emulation.setEmulatedVisionDeficiency", json!({ "type": kind }));
    }

    /// What the page's own thread has done so far: seconds of work, and how often it computed
    /// styles and layout.
    pub(crate) fn work(&self) -> (f64, f64) {
        self.work_by("timeTicks")
    }

    /// The same by that thread's CPU clock, which stops while other threads use the processor.
    pub(crate) fn work_of_its_thread(&self) -> (f64, f64) {
        self.work_by("threadTicks")
    }

    fn work_by(&self, clock: &str) -> (f64, f64) {
        self.call("Performance.enable", json!({ "timeDomain": clock }));
        let answer = self.call("Performance.getMetrics", json!({}));
        let metrics = answer["metrics"].as_array().unwrap();
        let value = |name: &str| {
            let metric = metrics.iter().find(|metric| metric["name"] == name);
            metric.and_then(|metric| metric["value"].as_f64()).unwrap()
        };
        (value("TaskDuration"), value("LayoutCount") + value("RecalcStyleCount"))
    }

    /// From here on, pages run their scripts, or do not.
    pub(crate) fn runs_scripts(&self, runs: bool) {
        self.call("Emulation.setScriptExecutionDisabled", json!({ "value": !runs }));
    }

    /// Turns scripts off, and opens `url`.
    pub(crate) fn opens_without_scripts(&self, url: &str) {
        self.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
        self.call("Page.navigate", json!({ "url": url }));
        self.waits_until("location.href !== 'about:blank' && document.readyState === 'complete'");
    }

    /// Sockets of this page look closed; the page itself can still be loaded.
    pub(crate) fn thinks_that_the_connection_is_gone(&self) {
        self.sees("!!Object.defineProperty(WebSocket.prototype, 'readyState', { get: () => 3 })");
    }

    /// Closes the tab and waits until it is gone.
    pub(crate) fn closes(self) {
        let chromium = &self.browser.chromium;
        chromium.call("", "Target.closeTarget", json!({ "targetId": self.target }));
        wait_for("a closed tab", || {
            let open = chromium.call("", "Target.getTargets", json!({}));
            let open = open["targetInfos"].as_array().unwrap();
            open.iter().all(|one| one["targetId"] != *self.target).then_some(())
        });
    }

    /// Gives the window another size.
    pub(crate) fn resizes(&self, width: u32, height: u32) {
        self.is_as(Visit { width, height, ..self.visit });
    }
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .map(|text| text.as_str().unwrap_or_default().to_owned())
        .collect()
}
