//! A room of HTML alone, in a real browser with its scripts off.

use crate::cdp::wait_for;
use crate::host::Server;
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
    person.clicks("#say button");
    // A page with a stream in it never finishes loading.
    person.waits_until(
        "document.readyState !== 'loading' && document.querySelector('input[name=text]').value === ''",
    );
}

/// The text of the list, in a frame or not.
pub(crate) const LIST: &str = "(document.querySelector('iframe') \
    ? document.querySelector('iframe').contentDocument : document).querySelector('ol').innerText";

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
        ann.clicks(".ways a");
        sees_line(&ann, "Coming!");
        keep_picture(&ann, &format!("{picture}.png"));
        // The updating page: messages come by themselves, and the form stays the same.
        ann.clicks(".ways a[href*='live=1']");
        ann.waits_until("document.querySelector('iframe')");
        sees_line(&ann, "Coming!");
        bo.says("It boils.");
        sees_line(&ann, "It boils.");
        says(&ann, "Two cups?");
        ann.waits_until("document.querySelector('iframe')");
        sees_line(&ann, "Two cups?");
        (0..20).for_each(|cup| bo.says(&format!("Cup {cup}")));
        sees_line(&ann, "Cup 19");
        ann.waits_until(
            "(() => { const page = document.querySelector('iframe').contentDocument; \
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
fn scripts_off_a_live_page_whose_box_was_killed_says_how_to_go_on() {
    let data = std::env::temp_dir().join(format!("threadbare-killed-{}", std::process::id()));
    let more = ["--data", data.to_str().unwrap()];
    let server = Server::start_with("127.0.0.1:0", &more);
    let browser = Browser::start();
    let ann = opens(&browser, &server, DESKTOP);
    fills(&ann, "name", "Ann");
    says(&ann, "before");
    ann.clicks(".ways a[href*='live=1']");
    ann.waits_until("document.querySelector('iframe')");
    sees_line(&ann, "before");
    let address = server.address().to_string();
    server.ends_at_once();
    let server = Server::start_with(&address, &more);
    let mut bo = server.voice();
    bo.says("after");
    bo.hears("after");
    ann.clicks(".ways a[href*='live=1']");
    // The crash skipped numbers, and the page says so between two lists.
    let frame = "document.querySelector('iframe').contentDocument.body.innerText";
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
fn keeps(person: &Person<'_>, name: &str) {
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
        [(&ann, "Ann", "#say button"), (&bo, "Bo", ".straight button[value=lobby]")]
    {
        person.opens_without_scripts(&format!("{}rooms", server.url()));
        sees(person, "Leave empty to join as a guest.");
        fills(person, "name", name);
        keeps(person, &format!("gate-{name}"));
        person.clicks(button);
        sees(person, &format!("{name} (you)"));
    }
    says(&ann, "hello");
    says(&ann, "the kettle is on, and the second box answers again");
    bo.clicks(".ways a");
    sees(&bo, "2 new messages since your last visit");
    keeps(&bo, "1280-since-dark");
    bo.clicks("ul.people a");
    sees(&bo, "Only you and Ann can see this.");
    says(&bo, "Do not tell anybody, but it is the heater.");
    keeps(&bo, "1280-talk-dark");
    ann.clicks(".ways a");
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
