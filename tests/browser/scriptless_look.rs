//! How the pages without scripts look: what is cut, what has a space above, and which ground a part
//! has.

use crate::host::Server;
use crate::page::{Browser, DESKTOP, PHONE, Visit};
use crate::scriptless::{fills, keeps, opens, says, sees_line};

#[test]
fn scripts_off_a_long_name_of_a_room_is_whole_where_there_is_room_and_a_notice_has_a_space_above() {
    let server = Server::start();
    let browser = Browser::start();
    let mut bo = server.voice();
    for visit in [Visit { width: 1000, ..DESKTOP }, Visit { dark: true, ..DESKTOP }] {
        let room = format!("a-room-with-a-long-name-of-{}", visit.width);
        let ann = browser.looks_at("about:blank", visit);
        ann.opens_without_scripts(&format!("{}r/{room}", server.url()));
        let name = format!("Ann{}", visit.width);
        fills(&ann, "name", &name);
        says(&ann, "hello");
        bo.says(&format!("@{name} tea?"));
        let is_whole = "(name => { const words = document.createRange(); \
            words.selectNodeContents(name); return words.getBoundingClientRect().right <= \
            name.closest('h1').getBoundingClientRect().right + 1; })\
            (document.querySelector('h1 bdi'))";
        assert_eq!(ann.sees(is_whole), true, "{}", visit.width);
        keeps(&ann, &format!("{}-long-room", visit.width));
        // A long topic is cut, and the links stay beside a short name.
        ann.goes_to(&format!("{}r/lobby", server.url()));
        sees_line(&ann, "tea?");
        let height = "document.querySelector('header').offsetHeight";
        let usual = ann.measures(height);
        ann.sees(
            "document.querySelector('h1').insertAdjacentHTML('beforeend', \
             `<span class=heard> - </span><small dir=auto>${'a long topic '.repeat(20)}</small>`)",
        );
        assert_eq!(ann.measures(height), usual, "{}", visit.width);
        let sideways = "document.documentElement.scrollWidth > innerWidth";
        assert_eq!(ann.sees(sideways), false, "{}", visit.width);
        keeps(&ann, &format!("{}-long-topic", visit.width));
        let asked = format!("@{name} or coffee?");
        bo.says(&asked);
        // Ann's next page has the notice only if the server knows of the message by then.
        bo.hears(&asked);
        ann.goes_to(&format!("{}r/{room}?live=1", server.url()));
        ann.waits_until("!!document.querySelector('main > .notice')");
        let space = "(words => { const range = document.createRange(); \
            range.selectNodeContents(words); return range.getBoundingClientRect().top - \
            document.querySelector('header').getBoundingClientRect().bottom; })\
            (document.querySelector('main > .notice'))";
        ann.waits_until(&format!("{space} >= 8"));
        keeps(&ann, &format!("{}-notice", visit.width));
    }
}

#[test]
fn scripts_off_a_private_talk_in_a_frame_has_one_ground() {
    let server = Server::start();
    let browser = Browser::start();
    for visit in [DESKTOP, Visit { dark: true, ..DESKTOP }, Visit { dark: true, ..PHONE }] {
        let ann = opens(&browser, &server, visit);
        fills(&ann, "name", &format!("Ann{}{}", visit.width, visit.dark));
        says(&ann, "hello");
        let bo = opens(&browser, &server, visit);
        let name = format!("Bo{}{}", visit.width, visit.dark);
        fills(&bo, "name", &name);
        says(&bo, "hello");
        let talk = format!("{}r/lobby/private?to={name}&every=10", server.url());
        ann.goes_to(&talk);
        let frame = "document.querySelector('iframe.stream').contentDocument";
        ann.waits_until(&format!(
            "{frame}.readyState === 'complete' && !!{frame}.querySelector('main')"
        ));
        keeps(
            &ann,
            &format!("{}-{}-talk-frame", visit.width, if visit.dark { "dark" } else { "light" }),
        );
        let ground = "(part => getComputedStyle(part).backgroundColor)";
        let ours = ann.reads(&format!("{ground}(document.querySelector('.privately'))"));
        let theirs = ann.reads(&format!("{ground}({frame}.documentElement)"));
        assert_eq!(theirs, ours, "{} {}", visit.width, visit.dark);
    }
}

#[test]
fn scripts_off_the_links_of_the_header_take_one_row_of_a_phone_in_both_languages() {
    let server = Server::start();
    let browser = Browser::start();
    for (languages, name) in [("en", "Anna"), ("zh-CN", "李雷")] {
        let ann = opens(&browser, &server, Visit { languages, ..PHONE });
        fills(&ann, "name", name);
        says(&ann, "hello");
        let rows = "new Set([...document.querySelectorAll('nav > *')]\
            .map(one => one.getBoundingClientRect().top)).size";
        assert_eq!(ann.measures(rows), 1.0, "{languages}");
        // Who the reader is stands beside the name of the room.
        let middle = |part: &str| {
            let place = "(box => box.top + box.height / 2)";
            ann.measures(&format!(
                "{place}(document.querySelector('{part}').getBoundingClientRect())"
            ))
        };
        let apart = middle("header > small") - middle("h1");
        assert!(apart.abs() < 4.0, "{languages}: {apart}");
        // What stands below the field has a gap between any two parts.
        let gaps =
            "[...document.querySelectorAll('.ways > :not([type=hidden])')].map((one, n, all) => {
            const [box, next] = [one, all[n + 1]].map(part => part?.getBoundingClientRect());
            return next && next.left > box.left ? next.left - box.right : 99; })";
        assert_eq!(ann.sees(&format!("{gaps}.every(gap => gap >= 6)")), true, "{languages}");
        keeps(&ann, &format!("{languages}-360-header"));
    }
}
