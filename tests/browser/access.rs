//! What axe, the usual checker of accessible pages, reports about our pages.
//!
//! `tests/run` fetches it into `target/tools`; `AXE` names another place.

use std::path::Path;

use serde_json::json;

use crate::host::Server;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::opens_panel;
use crate::seldom::goes_through_seldom_parts;

/// The faults that it finds, each with its first place.
const FAULTS: &str = "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => \
    violations.map(({ impact, id, nodes }) => `${impact} ${id}: ${nodes[0].html}`))";

fn axe() -> String {
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/axe.min.js");
    let place = std::env::var_os("AXE").map_or(usual, Into::into);
    std::fs::read_to_string(place).expect("axe is not there; tests/run fetches it")
}

fn is_faultless(person: &Person<'_>, axe: &str, page: &str) {
    person.waits_until("document.readyState === 'complete'");
    person.sees(&format!("{axe}; undefined"));
    assert_eq!(person.sees(FAULTS), json!([]), "{page}");
}

#[test]
fn axe_finds_no_fault_with_the_glass_box() {
    let axe = axe();
    let server = Server::start_with("127.0.0.1:0", &["--glass"]);
    let browser = Browser::start();
    let _bo = server.voice();
    for visit in [DESKTOP, Visit { dark: true, ..PHONE }] {
        let glass = browser.looks_at(&format!("{}glass", server.url()), visit);
        glass.waits_until("document.querySelectorAll('#threads canvas').length > 2");
        glass.sees("document.querySelector('#threads button').click()");
        is_faultless(&glass, &axe, "the glass box");
        for _ in 0..2 {
            glass.clicks("#predict-button");
            glass.waits_until("document.querySelector('#predict label')");
            is_faultless(&glass, &axe, "a question");
            glass.sees("document.querySelector('#predict input, #predict select').value ||= '3'");
            glass.clicks("#predict form button");
            glass.waits_until("!document.querySelector('#predict table').hidden");
            is_faultless(&glass, &axe, "guesses");
        }
        glass.waits_until("!document.querySelector('#slow').disabled");
        glass.clicks("#slow");
        glass.waits_until("!document.querySelector('#replay').hidden");
        is_faultless(&glass, &axe, "a replay");
        let person = browser.comes(&server.url(), visit);
        person.goes_to(&format!("{}glass/follow", server.url()));
        person.waits_until("document.title === 'My last message'");
        is_faultless(&person, &axe, "the last message");
        for run in ["1&run=aaab", "1&run=aaabbbba", "2&cured=1&run=ab", "2&run=aab"] {
            glass.goes_to(&format!("{}glass/schedule?level={run}", server.url()));
            glass.waits_until(&format!("location.search === '?level={run}'"));
            is_faultless(&glass, &axe, run);
        }
    }
}

#[test]
fn axe_finds_no_fault_with_any_page() {
    let axe = axe();
    let server = Server::start();
    let shut = Server::start_with("127.0.0.1:0", &["--password", "swordfish"]);
    let browser = Browser::start();
    let mut bo = server.voice();
    bo.says("see http://a.example/");
    for visit in [DESKTOP, Visit { dark: true, languages: "zh-CN", ..PHONE }] {
        let live = browser.comes(&server.url(), visit);
        live.says("The kettle is on.");
        live.hears("see http://a.example/");
        is_faultless(&live, &axe, "live");
        for panel in ["people", "places", "search", "me", "room-menu"] {
            opens_panel(&live, panel);
            is_faultless(&live, &axe, panel);
        }
        // The menu says why no notice would come; what is typed has offers, and is a reply.
        live.sees("document.querySelector('#room-menu').open = false");
        live.says("/reply #1 yes");
        live.waits_until("!!document.querySelector('#rows .own .quote')");
        live.goes_to_field();
        live.types("/re");
        live.waits_until("!document.querySelector('#offers').hidden");
        live.waits_until("!!document.querySelector('#offers [aria-selected=true]')");
        is_faultless(&live, &axe, "a reply, and offers");
        // The offers go, so that no row moves while the next is pressed.
        live.sees(
            "(field => { field.value = ''; field.dispatchEvent(new Event('input', { bubbles: true })); })\
             (document.querySelector('#field'))",
        );
        live.waits_until("document.querySelector('#offers').hidden");
        live.sees("document.querySelector('#rows button.who').scrollIntoView({ block: 'center' })");
        live.clicks("#rows button.who");
        live.waits_until("!!document.querySelector('#person-menu')");
        is_faultless(&live, &axe, "the menu of a person");
        live.presses("Escape");
        live.sees("document.querySelector('#rows .own.turn').scrollIntoView({ block: 'center' })");
        live.clicks("#rows .own.turn .head time");
        live.waits_until("!!document.querySelector('#rows .actions')");
        is_faultless(&live, &axe, "the bar of actions");
        live.presses("Escape");
        // Nothing is stored here, so nothing can be found.
        live.says("/search what nobody has said");
        live.waits_until("!document.querySelector('#results').hidden");
        is_faultless(&live, &axe, "results");
        opens_panel(&live, "private");
        is_faultless(&live, &axe, "private");
        for path in [
            "r/lobby?every=30",
            "r/lobby?find=see",
            "r/lobby?before=9",
            "r/lobby/history",
            "r/lobby/private",
            "r/lobby/private?to=Bo",
            "rooms",
            "settings",
            "device",
            "device?code=00112233445566778899aabbccddeeff",
            "r/lobby/invite",
            "r/lobby/invite?code=00112233445566778899aabbccddeeff",
        ] {
            let page = browser.looks_at(&format!("{}{path}", server.url()), visit);
            page.waits_until("location.pathname !== 'blank'");
            is_faultless(&page, &axe, path);
        }
        let page = browser.looks_at(&shut.url(), visit);
        page.waits_until("document.querySelector('input[type=password]')");
        is_faultless(&page, &axe, "a server with a password");
    }
}

#[test]
fn axe_finds_no_fault_with_what_is_opened_seldom() {
    let axe = axe();
    for visit in [DESKTOP, Visit { dark: true, ..PHONE }] {
        for is_rtl in [false, true] {
            goes_through_seldom_parts(visit, is_rtl, &|person, part| {
                is_faultless(
                    person,
                    &axe,
                    &format!("{part}, {}, from the right: {is_rtl}", visit.width),
                );
            });
        }
    }
}
