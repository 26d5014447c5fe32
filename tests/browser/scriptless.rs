//! A room of HTML alone, in a real browser with its scripts off.

use std::time::{Duration, Instant};

use crate::cdp::wait_for;
use crate::host::{Proxy, Server};
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};

/// A person who opens a room with scripts off.
pub(crate) fn opens<'b>(browser: &'b Browser, server: &Server, visit: Visit) -> Person<'b> {
    let person = browser.looks_at("about:blank", visit);
    person.opens_without_scripts(&format!("{}r/lobby", server.url()));
    person
}

/// Fills in a field like a person, who clicks again if the page moved and the click missed.
pub(crate) fn fills(person: &Person<'_>, name: &str, text: &str) {
    let (field, has_it) =
        (format!("input[name={name}]"), format!("document.activeElement?.name === '{name}'"));
    wait_for(&has_it, || {
        person.clicks(&field);
        (person.sees(&has_it) == true).then_some(())
    });
    person.types(text);
}

/// Says something by the form, and waits for the page after it.
pub(crate) fn says(person: &Person<'_>, text: &str) {
    fills(person, "text", text);
    // A pointer could miss the button on a page that is still being laid out.
    person.sees("document.querySelector('#say button').click()");
    // A page with a stream in it never finishes loading.
    person.waits_until(
        "document.readyState !== 'loading' && document.querySelector('input[name=text]').value === ''",
    );
}

/// The text of the list, in a frame or not. A day or a notice divides it.
pub(crate) const LIST: &str = "[...(document.querySelector('iframe.stream') \
    ? document.querySelector('iframe.stream').contentDocument : document).querySelectorAll('ol')] \
    .map(list => list.innerText).join('\\n')";

pub(crate) fn sees_line(person: &Person<'_>, text: &str) {
    person.waits_until(&format!("{LIST}.includes('{text}')"));
}

#[test]
fn scripts_off_somebody_comes_in_and_everybody_is_in_one_room() {
    let server = Server::start();
    let browser = Browser::start();
    for (picture, visit) in [
        ("360-scriptless-en", PHONE),
        ("1280-scriptless-dark-zh", Visit { dark: true, languages: "zh-CN", ..DESKTOP }),
    ] {
        let mut bo = server.voice();
        let ann = opens(&browser, &server, visit);
        let name = format!("Ann{}", visit.width);
        fills(&ann, "name", &name);
        says(&ann, "The kettle is on.");
        bo.hears(&format!("{name}: The kettle is on."));
        sees_line(&ann, "The kettle is on.");
        bo.says("Coming!");
        bo.hears("Coming!");
        ann.clicks(".ways input");
        sees_line(&ann, "Coming!");
        // The updating page: messages come by themselves, and the form stays the same.
        // The page is whole, so that nothing moves under the finger.
        ann.waits_until("document.readyState === 'complete'");
        ann.clicks(".ways input[name=to-live]");
        ann.waits_until("document.querySelector('iframe.stream')");
        sees_line(&ann, "Coming!");
        bo.says("It boils.");
        sees_line(&ann, "It boils.");
        says(&ann, "Two cups?");
        ann.waits_until("document.querySelector('iframe.stream')");
        sees_line(&ann, "Two cups?");
        (0..20).for_each(|cup| bo.says(&format!("Cup {cup}")));
        sees_line(&ann, "Cup 19");
        ann.waits_until(
            "(() => { const page = document.querySelector('iframe.stream').contentDocument; \
              const last = [...page.querySelectorAll('li')].pop().getBoundingClientRect(); \
              return last.bottom <= page.documentElement.clientHeight + 1; })()",
        );
        keep_picture(&ann, &format!("{picture}-live.png"));
        let wide = "document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(ann.sees(wide), true, "nothing scrolls sideways");
        ann.closes();
    }
}

#[test]
fn scripts_off_a_list_in_a_frame_is_loaded_again_and_the_field_is_left_alone() {
    let server = Server::start();
    let browser = Browser::start();
    let mut bo = server.voice();
    let ann = browser.looks_at("about:blank", PHONE);
    ann.opens_without_scripts(&format!("{}r/lobby?every=5", server.url()));
    fills(&ann, "text", "half a word");
    bo.says("Anybody here?");
    sees_line(&ann, "Anybody here?");
    assert_eq!(ann.reads("document.querySelector('input[name=text]').value"), "half a word");
    keep_picture(&ann, "360-scriptless-every.png");
}

#[test]
fn scripts_off_a_live_page_whose_server_was_killed_says_how_to_go_on() {
    let data = std::env::temp_dir().join(format!("threadbare-killed-{}", std::process::id()));
    let more = ["--data", data.to_str().unwrap()];
    let server = Server::start_with("127.0.0.1:0", &more);
    let browser = Browser::start();
    let ann = opens(&browser, &server, DESKTOP);
    fills(&ann, "name", "Ann");
    says(&ann, "before");
    ann.clicks(".ways input[name=to-live]");
    ann.waits_until("document.querySelector('iframe.stream')");
    sees_line(&ann, "before");
    let address = server.address().to_string();
    server.ends_at_once();
    let server = Server::start_with(&address, &more);
    let mut bo = server.voice();
    bo.says("after");
    bo.hears("after");
    ann.clicks(".ways a[target]");
    // The crash skipped numbers, and the page says so between two lists.
    let frame = "document.querySelector('iframe.stream').contentDocument.body.innerText";
    for text in ["before", "after"] {
        ann.waits_until(&format!("{frame}.includes('{text}')"));
    }
    says(&ann, "so am I");
    bo.hears("Ann: so am I");
    ann.closes();
    server.stop();
    std::fs::remove_dir_all(data).unwrap();
}

/// Waits until the page has these words.
fn sees(person: &Person<'_>, words: &str) {
    person.waits_until(&format!(
        "document.readyState === 'complete' && document.body.innerText.includes('{words}')"
    ));
}

/// Keeps a picture of the page, which must not scroll sideways.
pub(crate) fn keeps(person: &Person<'_>, name: &str) {
    let wide = "document.documentElement.scrollWidth <= innerWidth";
    assert_eq!(person.sees(wide), true, "{name}: nothing scrolls sideways");
    keep_picture(person, &format!("{name}.png"));
}

#[test]
fn scripts_off_one_comes_by_the_page_of_rooms_talks_with_one_alone_and_leaves() {
    let server = Server::start();
    let browser = Browser::start();
    let night = Visit { dark: true, ..DESKTOP };
    let ann = browser.looks_at("about:blank", Visit { width: 320, ..PHONE });
    let bo = browser.looks_at("about:blank", night);
    // Once there is a person, the rooms are buttons, and they send the name along.
    for (person, name, button) in
        [(&ann, "Ann", "#say button"), (&bo, "Bo", ".rooms button[value=lobby]")]
    {
        person.opens_without_scripts(&format!("{}rooms", server.url()));
        let empty = "document.querySelector('#say [name=name]')?.placeholder";
        person.waits_until(&format!("{empty} === 'Leave empty to join as a guest.'"));
        fills(person, "name", name);
        fills(person, "room", "lobby");
        keeps(person, &format!("gate-{name}"));
        person.clicks(button);
        sees(person, &format!("{name} (you)"));
    }
    says(&ann, "hello");
    says(&ann, "the kettle is on, and the second box answers again");
    bo.clicks(".ways input");
    sees(&bo, "2 new messages since your last visit");
    keeps(&bo, "1280-since-dark");
    bo.clicks("ul.people a");
    sees(&bo, "Only you and Ann can see this.");
    says(&bo, "Do not tell anybody, but it is the heater.");
    keeps(&bo, "1280-talk-dark");
    ann.clicks(".ways input");
    sees(&ann, "New private message from Bo.");
    assert_eq!(ann.sees("document.body.innerText.includes('heater')"), false);
    keeps(&ann, "320-letter");
    ann.clicks(".notice a");
    sees(&ann, "it is the heater.");
    let thread = "parseFloat(getComputedStyle(document.querySelector('ol'), '::before').width)";
    assert_eq!(ann.sees(&format!("{thread} >= 6")), true, "it is double");
    keeps(&ann, "320-talk");
    // Ann makes a room of her own, and Bo wants to come in.
    ann.clicks("nav a");
    sees(&ann, "hello");
    fills(&ann, "text", "/join den swordfish");
    ann.clicks("#say button");
    sees(&ann, "No messages yet");
    says(&ann, "inside");
    bo.opens_without_scripts(&format!("{}r/den", server.url()));
    sees(&bo, "den needs a password.");
    fills(&bo, "room-password", "catfish");
    bo.clicks("#say button");
    sees(&bo, "That is not the password.");
    keeps(&bo, "1280-locked-dark");
    fills(&bo, "room-password", "swordfish");
    bo.clicks("#say button");
    sees(&bo, "inside");
    ann.clicks("nav input");
    sees(&ann, "You left den.");
    keeps(&ann, "320-left");
    ann.opens_without_scripts(&format!("{}r/lobby/history", server.url()));
    sees(&ann, "History");
    keeps(&ann, "320-history");
}

/// Where the first message ends, and the middle of the screen, in px.
const FIRST_ENDS: &str =
    "document.querySelector('ol > li .text').getBoundingClientRect().bottom + scrollY";

#[test]
fn scripts_off_the_first_message_is_in_the_upper_half_of_a_phone() {
    let server = Server::start();
    let browser = Browser::start();
    let mut bo = server.voice();
    bo.says("Shall we start?");
    for languages in ["en", "zh-CN"] {
        let visit = Visit { width: 360, height: 640, languages, ..PHONE };
        let ann = opens(&browser, &server, visit);
        let name = "document.querySelector('#say [name=name]')";
        assert_eq!(ann.sees(&format!("!!{name}")), true, "who comes first can choose a name");
        assert!(ann.measures(FIRST_ENDS) <= 320.0, "{languages}: {}", ann.measures(FIRST_ENDS));
        keep_picture(&ann, &format!("360-scriptless-first-{languages}.png"));
        fills(&ann, "name", if languages == "en" { "Ann" } else { "安" });
        says(&ann, "/topic the workshop chat, and everything about the kettle upstairs");
        says(&ann, "Looking now.");
        assert!(ann.measures(FIRST_ENDS) <= 320.0, "{languages}: {}", ann.measures(FIRST_ENDS));
        // Room and topic are one line, and so are field and button.
        let height = ann.measures("document.querySelector('h1').getBoundingClientRect().height");
        assert!(height <= 48.0, "{height}");
        let side = "document.querySelector('#say button').getBoundingClientRect().top \
            < document.querySelector('#say [name=text]').getBoundingClientRect().bottom";
        assert_eq!(ann.sees(side), true, "Send is beside the field");
        let field = "document.querySelector('#say [name=text]').getBoundingClientRect().width";
        assert!(ann.measures(field) >= 230.0, "the rest is the field's: {}", ann.measures(field));
        let small = "[...document.querySelectorAll('nav a, nav input, button, input[type=text], \
            summary')].filter(one => one.getBoundingClientRect().height < 43.99).length";
        assert_eq!(ann.measures(small), 0.0, "what is pressed is large enough for a finger");
        let ground = "getComputedStyle(document.querySelector('nav input')).backgroundColor";
        assert_eq!(ann.reads(ground), "rgba(0, 0, 0, 0)", "Leave looks like the ways beside it");
        // A link in a text makes no line higher than another.
        let lines = "[...document.querySelectorAll('.ways')].every(one => \
            one.getBoundingClientRect().height <= 2.5 * 1.5 * 13)";
        assert_eq!(ann.sees(lines), true, "two lines at most");
        keeps(&ann, &format!("360-scriptless-named-{languages}"));
        ann.closes();
    }
}

#[test]
fn scripts_off_a_newcomer_is_told_what_this_is_and_finds_one_s_own_message_again() {
    let folder = std::env::temp_dir().join(format!("threadbare-newcomer-{}", std::process::id()));
    let server = Server::start_with("127.0.0.1:0", &["--data", folder.to_str().unwrap()]);
    let browser = Browser::start();
    let ann = opens(&browser, &server, DESKTOP);
    sees(&ann, "Threadbare: a small chat for everyone on this network.");
    fills(&ann, "name", "Ann");
    says(&ann, "The kettle is on.");
    let is_told = "document.body.innerText.includes('a small chat for everyone')";
    assert_eq!(ann.sees(is_told), false, "once is enough");
    // From and Day stand where something was found.
    assert_eq!(ann.sees("!!document.querySelector('[name=day]')"), false);
    let is_open = "document.querySelector('details').open";
    assert_eq!(ann.sees(is_open), false, "the search is folded");
    ann.clicks("summary");
    fills(&ann, "find", "kettle");
    ann.clicks("details button");
    sees(&ann, "1 message found");
    assert_eq!(ann.sees("!!document.querySelector('[name=day]')"), true);
    assert_eq!(ann.reads("document.querySelector('.text .found').innerText"), "kettle");
    let ground = "getComputedStyle(document.querySelector('li')).backgroundColor";
    let own = ann.reads(ground);
    keeps(&ann, "1280-found");
    ann.clicks("li small + a");
    ann.waits_until("location.hash === '#m1'");
    // One's own message is highlighted, too. The browser has the address before it has the style.
    ann.waits_until(&format!("{ground} !== '{own}'"));
    drop((ann, server));
    std::fs::remove_dir_all(folder).ok();
}

#[test]
fn a_locked_room_by_its_address_asks_calmly_and_becomes_live_with_the_right_password() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&format!("{}r/den", server.url()));
    crate::people::is_called(&bo, "Bo");
    bo.says("/password swordfish");
    bo.line_will_say("connected");
    bo.says("inside");
    bo.mark_will_be("inside", "sent");
    let ann = browser.looks_at(&format!("{}r/den", server.url()), DESKTOP);
    sees(&ann, "den needs a password.");
    assert_eq!(ann.sees("!!document.querySelector('.bad, [role=alert]')"), false, "no error yet");
    assert_eq!(ann.measures("document.querySelectorAll('button').length"), 1.0);
    fills(&ann, "room-password", "catfish");
    ann.clicks("#say button");
    sees(&ann, "That is not the password.");
    fills(&ann, "room-password", "swordfish");
    ann.clicks("#say button");
    ann.is_connected();
    ann.hears("inside");
    assert_eq!(ann.reads("location.pathname"), "/r/den");
}

#[test]
fn scripts_off_whoever_saves_settings_sees_them_again_and_goes_back_to_the_room() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = opens(&browser, &server, PHONE);
    fills(&ann, "name", "Ann");
    says(&ann, "hello");
    ann.opens_without_scripts(&format!("{}settings?room=lobby", server.url()));
    sees(&ann, "Pages without JavaScript");
    keeps(&ann, "360-settings");
    ann.clicks("[value=dark]");
    // The page is longer than the screen.
    ann.sees("document.querySelector('main button').scrollIntoView()");
    ann.clicks("main button");
    sees(&ann, "Saved.");
    assert_eq!(ann.reads("location.pathname + location.search"), "/settings?room=lobby");
    keeps(&ann, "360-saved-dark");
    ann.clicks("[role=status] a");
    sees(&ann, "hello");
    assert_eq!(ann.reads("location.pathname + location.search"), "/r/lobby");
    assert_eq!(ann.sees("document.body.innerText.includes('Saved.')"), false, "it is said once");
}

#[test]
fn what_was_edited_before_a_page_without_an_end_began_is_there_once() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    bo.says("teh kettle");
    bo.mark_will_be("teh kettle", "sent");
    bo.says("/edit the kettle");
    bo.hears("the kettle");
    let ann = opens(&browser, &server, DESKTOP);
    // A person who has said something has a session, and may open a stream.
    says(&ann, "Is it on?");
    ann.clicks("input[name=to-live]");
    let text = "document.querySelector('iframe.stream')?.contentDocument.body.innerText";
    ann.waits_until(&format!("{text}.includes('the kettle') && {text}.includes('Is it on?')"));
    assert_eq!(ann.measures(&format!("{text}.split('the kettle').length")), 2.0);
    // A change that comes later is a line of its own.
    bo.says("/edit the red kettle");
    ann.waits_until(&format!("{text}.includes('the red kettle')"));
}

/// A form is sent while the server does not answer, and the browser shows a page of its own. The
/// reader goes back when the server answers again, or before.
/// Chromium stores what is typed in a form a second later. Nobody types a message in less.
const FORM_STORED_AFTER: Duration = Duration::from_millis(1500);

#[test]
fn scripts_off_a_text_that_did_not_get_out_is_in_its_field_on_the_way_back() {
    let server = Server::start();
    let proxy = Proxy::to(server.address());
    let browser = Browser::start();
    let ann = browser.looks_at("about:blank", DESKTOP);
    ann.opens_without_scripts(&format!("{}r/lobby", proxy.url()));
    fills(&ann, "name", "Ann");
    for (turn, is_back_first) in [true, false, true, false].into_iter().enumerate() {
        let text = format!("I have typed this for long, {turn}.");
        // The page of the address that people know, which no browser stores for somebody.
        if turn == 3 {
            ann.goes_to(&format!("{}r/lobby", proxy.url()));
            ann.waits_until(
                "location.pathname === '/r/lobby' && document.readyState === 'complete'",
            );
        }
        fills(&ann, "text", &text);
        let typed = Instant::now();
        wait_for("the browser stores the form", || {
            (typed.elapsed() > FORM_STORED_AFTER).then_some(())
        });
        proxy.cut();
        ann.presses("Enter");
        ann.waits_until(
            "location.protocol === 'chrome-error:' && document.readyState === 'complete'",
        );
        if !is_back_first {
            proxy.heal();
        }
        ann.goes_back();
        let value = "document.querySelector('#say input[name=text]').value";
        ann.waits_until(&format!("{value} === '{text}'"));
        proxy.heal();
        says(&ann, "");
        sees_line(&ann, &text);
    }
}

#[test]
fn scripts_off_what_is_sent_again_after_going_back_is_said_once() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = opens(&browser, &server, DESKTOP);
    fills(&ann, "name", "Ann");
    says(&ann, "hello");
    for (turn, path) in ["", "r/lobby", "r/lobby?every=10", "r/lobby?live=1"].iter().enumerate() {
        let text = format!("This is said once, {turn}.");
        if !path.is_empty() {
            ann.goes_to(&format!("{}{path}", server.url()));
            ann.waits_until("document.querySelector('#say input[name=once]')");
        }
        says(&ann, &text);
        sees_line(&ann, &text);
        ann.goes_back();
        ann.waits_until(&format!(
            "document.querySelector('#say input[name=text]')?.value === '{text}'"
        ));
        ann.sees("document.querySelector('#say button').click()");
        // A page that was loaded anew, with the text in its field, asks first.
        ann.waits_until(
            "document.querySelector('#say input[name=text]')?.value === '' \
             || document.querySelector('main .bad')?.innerText.includes('You have just said this')",
        );
        sees_line(&ann, &text);
        let count = ann.sees(&format!("{LIST}.split('{text}').length - 1"));
        assert_eq!(count, 1, "{path}: {}", ann.reads(LIST));
        if ann.sees("!document.querySelector('main .bad')") == true {
            continue;
        }
        // Whoever wants to say it twice sends it once more.
        ann.sees("document.querySelector('#say button').click()");
        ann.waits_until(&format!("{LIST}.split('{text}').length === 3"));
    }
}

/// The browser says which page leads to the list of rooms.
#[test]
fn scripts_off_what_the_live_page_has_shown_is_not_new_in_the_list_of_rooms() {
    let server = Server::start();
    let browser = Browser::start();
    let mut bo = server.voice();
    let ann = opens(&browser, &server, PHONE);
    fills(&ann, "name", "Ann");
    says(&ann, "hello");
    ann.clicks(".ways input[name=to-live]");
    ann.waits_until("document.querySelector('iframe.stream')");
    bo.says("@Ann are you there?");
    sees_line(&ann, "are you there?");
    ann.sees("document.querySelector(\"nav a[href^='/rooms']\").click()");
    sees(&ann, "or go to");
    assert_eq!(ann.sees("/mentioned you|[0-9] new/.test(document.body.innerText)"), false);
    keeps(&ann, "360-rooms-after-live");
}

#[test]
fn scripts_off_the_typed_text_comes_along_into_another_room() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = opens(&browser, &server, PHONE);
    fills(&ann, "name", "Ann");
    says(&ann, "hello");
    ann.goes_to(&format!("{}r/lobby", server.url()));
    sees_line(&ann, "hello");
    fills(&ann, "text", "soup at noon");
    fills(&ann, "room", "trip");
    ann.clicks("[name=go]");
    ann.waits_until("document.querySelector('h1').innerText === 'trip'");
    says(&ann, "");
    sees_line(&ann, "soup at noon");
    ann.sees("document.querySelector('.rooms a[href*=lobby]').click()");
    sees_line(&ann, "hello");
    assert_eq!(ann.sees("document.body.innerText.includes('soup at noon')"), false);
}

#[test]
fn scripts_off_reply_takes_the_typed_text_along_and_the_head_keeps_its_height() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = opens(&browser, &server, Visit { width: 1000, ..DESKTOP });
    fills(&ann, "name", "Ann");
    says(&ann, "hello");
    fills(&ann, "text", "half a thought");
    ann.clicks("[name^=reply-]");
    sees(&ann, "Replying to");
    assert_eq!(ann.reads("document.querySelector('#say [name=text]').value"), "half a thought");
    // Beside counts of what is new, the links stay in the row of the room's name.
    let height = "document.querySelector('header').offsetHeight";
    let usual = ann.measures(height);
    ann.sees("document.querySelector('nav a[href*=rooms]').append(' (123 new, 12 to you)')");
    assert_eq!(ann.measures(height), usual);
    keeps(&ann, "1000-head");
}
