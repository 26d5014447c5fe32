//! Private talks as places: their addresses, and their order in the list.

use serde_json::json;

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person};
use crate::people::{is_called, opens_panel};
use crate::scene::Caller;

/// The heading of the page in sight.
const TITLE: &str = "[...document.querySelectorAll('header h1')].filter(h => h.offsetParent)\
    .map(h => h.innerText.replace('Private chat with ', '')).join('|')";

/// Ann has a private message to Bo.
fn writes_to_bo(ann: &Person<'_>) {
    ann.waits_until("document.querySelector('#people').textContent.includes('Bo')");
    ann.says("/msg Bo");
    ann.waits_until(&format!("{TITLE} === 'Bo'"));
    ann.says("Are you there?");
    ann.waits_until("document.querySelector('#letters .mark')?.innerText === 'sent'");
}

/// Ann, who has a private message to Bo, and Bo.
fn ann_writes_to_bo<'b>(browser: &'b Browser, server: &Server) -> [Person<'b>; 2] {
    let [ann, bo] = [(); 2].map(|()| browser.opens(&server.url()));
    is_called(&bo, "Bo");
    is_called(&ann, "Ann");
    writes_to_bo(&ann);
    [ann, bo]
}

#[test]
fn a_private_talk_has_an_address_that_stays_over_a_reload_and_leads_back() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    for visit in [DESKTOP, PHONE] {
        let ann = browser.comes(&server.url(), visit);
        writes_to_bo(&ann);
        assert_eq!(ann.reads("location.hash"), "#private/Bo");
        ann.reloads();
        ann.is_whole();
        ann.waits_until(&format!("{TITLE} === 'Bo'"));
        ann.waits_until("document.querySelector('#letters .text')?.innerText === 'Are you there?'");
        assert_eq!(ann.reads("location.hash"), "#private/Bo");
        keep_picture(&ann, &format!("{}-private-reloaded.png", visit.width));
        // The browser's own way back leads to the room, and its way forward to the talk.
        ann.sees("history.back()");
        ann.waits_until(&format!("{TITLE} === 'lobby'"));
        assert_eq!(ann.reads("location.hash"), "");
        ann.sees("history.forward()");
        ann.waits_until(&format!("{TITLE} === 'Bo'"));
        // Another room, and back.
        ann.sees("location.assign('/r/kitchen')");
        ann.waits_until(&format!("location.pathname === '/r/kitchen' && {TITLE} === 'kitchen'"));
        ann.sees("history.back()");
        ann.waits_until(&format!("location.pathname !== '/r/kitchen' && {TITLE} === 'Bo'"));
        // The page's own way back leaves nothing behind.
        if visit.touch {
            ann.clicks(".back");
        } else {
            ann.presses("Escape");
        }
        ann.waits_until(&format!("{TITLE} === 'lobby' && !location.hash && !history.state"));
        assert!(ann.console().is_empty(), "{:?}", ann.console());
        ann.closes();
    }
}

#[test]
fn a_bookmark_of_a_private_talk_opens_it_above_its_room() {
    let server = Server::start();
    let browser = Browser::start();
    let [ann, _bo] = ann_writes_to_bo(&browser, &server);
    ann.goes_to(&format!("{}r/kitchen#private/Bo", server.url()));
    ann.waits_until(&format!("{TITLE} === 'Bo'"));
    ann.presses("Escape");
    ann.waits_until(&format!("{TITLE} === 'kitchen' && !location.hash"));
    // A reader who changes the address by hand goes there, too.
    ann.sees("location.hash = '#private/Bo'");
    ann.waits_until(&format!("{TITLE} === 'Bo'"));
    ann.sees("history.back()");
    ann.waits_until(&format!("{TITLE} === 'kitchen' && !location.hash"));
}

#[test]
fn a_talk_is_the_same_over_a_reload_when_its_person_has_another_name() {
    let server = Server::start();
    let browser = Browser::start();
    let [ann, bo] = ann_writes_to_bo(&browser, &server);
    ann.goes_to("about:blank");
    bo.says("/name Robert");
    bo.waits_until("document.querySelector('#me summary').innerText === 'Robert'");
    ann.sees("history.back()");
    ann.waits_until("!!document.querySelector('header h1')");
    ann.waits_until(&format!("{TITLE} === 'Robert'"));
    assert_eq!(ann.reads("location.hash"), "#private/Robert");
}

#[test]
fn the_latest_private_talk_is_first_and_nothing_moves_while_the_reader_looks() {
    let server = Server::start();
    let browser = Browser::start();
    for visit in [DESKTOP, PHONE] {
        let ann = browser.comes(&server.url(), visit);
        let reader = format!("Ann{}", visit.width);
        is_called(&ann, &reader);
        let [bo, cy, di] = ["Bo", "Cy", "Di"].map(|name| {
            let caller = Caller::comes(&server, &format!("{name}{}", visit.width), &["lobby"]);
            let text = json!({ "type": "private", "to": reader, "text": "hello" });
            caller.sends(text);
            ann.waits_until(&format!(
                "document.querySelector('#talks').textContent.includes('{name}')"
            ));
            caller
        });
        let names = "[...document.querySelectorAll('#talks bdi')].map(it => it.textContent.slice(0, 2)).join()";
        ann.waits_until(&format!("{names} === 'Di,Cy,Bo'"));
        bo.sends(json!({ "type": "private", "to": reader, "text": "and again" }));
        ann.waits_until(&format!("{names} === 'Bo,Di,Cy'"));
        // The reader looks at the list: as a column the pointer is there, on a phone it is open.
        if visit.touch {
            opens_panel(&ann, "places");
        } else {
            ann.points_at("#talks button");
        }
        keep_picture(&ann, &format!("{}-talks-order.png", visit.width));
        cy.sends(json!({ "type": "private", "to": reader, "text": "me too" }));
        ann.waits_until("document.querySelector('#private').textContent.includes('5')");
        assert_eq!(ann.reads(names), "Bo,Di,Cy");
        if visit.touch {
            ann.clicks("#places .shut");
        } else {
            ann.points_at("#box");
        }
        ann.waits_until(&format!("{names} === 'Cy,Bo,Di'"));
        drop(di);
        ann.closes();
    }
}

#[test]
fn in_the_list_of_private_talks_who_has_gone_is_told_apart() {
    let server = Server::start();
    let browser = Browser::start();
    let [ann, bo] = ann_writes_to_bo(&browser, &server);
    let row = "document.querySelector('#talks li')";
    let looks = format!("getComputedStyle({row}.querySelector('.ring')).borderTopStyle");
    let is_here = format!("{looks} === 'solid' && {row}.firstChild.title === ''");
    let has_gone = format!("{looks} === 'dashed'");
    let is_away = format!("{has_gone} && {row}.firstChild.title.includes('is not here now')");
    assert_eq!(ann.sees(&is_here), true);
    ann.presses("Escape");
    // Who signs out gives the name up.
    bo.says("/quit");
    ann.waits_until("!document.querySelector('#people').innerText.includes('Bo')");
    ann.waits_until(&has_gone);
    keep_picture(&ann, "1280-talk-gone.png");
    // Somebody has the name again, and goes without giving it up.
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    ann.waits_until(&is_here);
    drop(bo);
    // An absence of ten seconds is a leaving.
    ann.waits_patiently_until(&is_away);
    ann.reloads();
    ann.is_whole();
    ann.waits_until(&is_away);
}

#[test]
fn after_a_reload_the_log_says_who_became_whom_once_and_at_its_place() {
    let server = Server::start();
    let browser = Browser::start();
    for visit in [DESKTOP, PHONE] {
        let room = format!("{}r/w{}", server.url(), visit.width);
        let (ann, bo) = (browser.comes(&room, visit), browser.opens(&room));
        let [old, new] = ["Bo", "Robert"].map(|name| format!("{name}{}", visit.width));
        is_called(&bo, &old);
        bo.says("before");
        ann.hears("before");
        bo.says(&format!("/name {new}"));
        bo.says("after");
        ann.hears("after");
        let rows = "[...document.querySelectorAll('#rows .said .text, #rows .note p')]\
            .map(it => it.innerText.replace(/[\u{2068}\u{2069}]/g, ''))\
            .filter(it => it !== '' && !/joined/.test(it)).join('|')";
        let right = format!("before|{old} is now {new}|after");
        ann.waits_until(&format!("{rows} === '{right}'"));
        bo.waits_until(&format!("{rows}.endsWith('{right}')"));
        for person in [&ann, &bo] {
            person.reloads();
            person.is_whole();
            person.waits_until(&format!("{rows} === '{right}'"));
        }
        keep_picture(&ann, &format!("{}-renamed.png", visit.width));
        assert!(ann.console().is_empty(), "{:?}", ann.console());
    }
}
