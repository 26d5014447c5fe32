//! A room of HTML alone, in a real browser with its scripts off.

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};

/// Whoever opens a room with scripts off.
pub(crate) fn opens<'b>(browser: &'b Browser, server: &Server, visit: Visit) -> Person<'b> {
    let person = browser.looks_at("about:blank", visit);
    person.opens_without_scripts(&format!("{}r/lobby", server.url()));
    person
}

/// Fills a field in, as people do.
pub(crate) fn fills(person: &Person<'_>, name: &str, text: &str) {
    person.clicks(&format!("input[name={name}]"));
    person.waits_until(&format!("document.activeElement.name === '{name}'"));
    person.types(text);
}

/// Says something by the form, and waits for the page after it.
pub(crate) fn says(person: &Person<'_>, text: &str) {
    fills(person, "text", text);
    person.clicks("#say button");
    // A page with a stream in it is never complete.
    person.waits_until(
        "document.readyState !== 'loading' && document.querySelector('input[name=text]').value === ''",
    );
}

/// The words of the list, wherever it is.
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
        // The live page: what is said comes by itself, and the form stays one.
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
