//! What somebody tries out on the page of the glass box: one message that is followed, guesses
//! beside what happens, and a slow replay.

use std::time::Duration;

use serde_json::json;

use crate::cdp::wait_within;
use crate::glass::{LOOKS, asks_for_no_look, look, narrow, opens};
use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::is_called;
use crate::scene::Caller;
use crate::terminal::{Terminal, W3M};

const FOLLOW: &str = "document.querySelector('#follow button')";
const STATUS: &str = "document.querySelector('#follow [role=status]').innerText";
const ROWS: &str = "document.querySelectorAll('#follow td, #steps td').length";

/// A person in the chat, and the glass box in another tab of the same browser.
fn ann_and_her_glass<'b>(
    browser: &'b Browser,
    server: &Server,
    visit: Visit,
) -> (Person<'b>, Person<'b>) {
    let ann = browser.comes(&server.url(), visit);
    is_called(&ann, "Ann");
    let glass = ann.looks_in_another_tab(&format!("{}glass", server.url()));
    glass.resizes(visit.width, if visit.width == 360 { 2400 } else { 1300 });
    glass.waits_until(&format!("{LOOKS} >= 2"));
    (ann, glass)
}

fn fits(person: &Person<'_>, what: &str) {
    let wide = "document.documentElement.scrollWidth <= innerWidth";
    assert_eq!(person.sees(wide), true, "{what} is too wide");
}

#[test]
fn ones_next_message_is_followed_through_its_steps_and_nobody_else_s() {
    let browser = Browser::start();
    for (visit, picture) in
        [(DESKTOP, "1280-glass-followed.png"), (PHONE, "360-glass-followed.png")]
    {
        let id = std::process::id();
        let folder = std::env::temp_dir().join(format!("threadbare-{id}-{}", visit.width));
        let data = folder.display().to_string();
        let server = Server::start_with("127.0.0.1:0", &["--glass", "--data", &data]);
        let bo = Caller::comes(&server, "Bo", &["lobby"]);
        let (ann, glass) = ann_and_her_glass(&browser, &server, visit);
        glass.sees(&format!("{FOLLOW}.click()"));
        glass.waits_until(&format!("{STATUS}.startsWith('The server looks out')"));
        bo.says("lobby", "not this one");
        ann.hears("not this one");
        let seen = glass.measures(LOOKS);
        glass.waits_until(&format!("{LOOKS} >= {seen} + 2"));
        assert!(glass.reads(STATUS).starts_with("The server looks out"), "Bo's is not Ann's");
        ann.says("a-secret-word");
        glass.waits_until("document.querySelectorAll('#follow tr').length === 9");
        // The steps that were passed are in the order of their times; each box is lit.
        glass.waits_until("['readers', 'inbox', 'hub', 'express', 'history'].every(name => \
            [...document.querySelectorAll('.lit h3')].some(head => head.innerText.startsWith(name)))");
        let text = glass.reads("document.querySelector('#follow').innerText");
        for part in ["read:", "asked:", "taken:", "decided:", "first:", "last:", "kept:", "µs"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.contains("no writer was needed"), "{text}");
        let all = glass.reads("document.querySelector('main').innerText");
        for word in ["a-secret-word", "Ann", "Bo", "127.0.0.1"] {
            assert!(!all.contains(word), "{word}: {all}");
        }
        fits(&glass, picture);
        keep_picture(&glass, picture);
        // It stays until it is dismissed, and a further message changes nothing.
        ann.says("one more");
        let seen = glass.measures(LOOKS);
        glass.waits_until(&format!("{LOOKS} >= {seen} + 2"));
        assert_eq!(glass.reads("document.querySelector('#follow').innerText"), text);
        glass.presses_reload();
        glass.waits_until(&format!("{ROWS} >= 14"));
        glass.clicks("#dismiss");
        glass.waits_until("!document.querySelector('.step, .lit')");
        glass.waits_until("document.querySelector('#follow table').hidden");
        assert_eq!(json!(glass.console()), json!([]));
        server.stop();
        std::fs::remove_dir_all(folder).ok();
    }
}

#[test]
fn whoever_is_not_in_the_chat_is_told_so_and_nothing_is_followed() {
    let server = Server::start_with("127.0.0.1:0", &["--glass"]);
    let browser = Browser::start();
    let stranger = opens(&browser, &server, DESKTOP);
    stranger.sees(&format!("{FOLLOW}.click()"));
    stranger.waits_until(&format!("{STATUS}.startsWith('This browser has no session')"));
    let terminal = Terminal::opens(W3M, &format!("{}glass/follow", server.url()));
    terminal.sees("This browser has no session in the chat");
}

#[test]
fn without_scripts_a_button_follows_the_next_message_and_a_link_shows_the_last_one() {
    let server = Server::start_with("127.0.0.1:0", &["--glass"]);
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    is_called(&ann, "Ann");
    let glass = ann.looks_in_another_tab("about:blank");
    glass.opens_without_scripts(&format!("{}glass", server.url()));
    glass.clicks("a[href='/glass/follow']");
    glass.waits_until("document.querySelector('main')?.innerText.includes('No message of yours')");
    glass.clicks("form button");
    glass.waits_until(
        "document.querySelector('main')?.innerText.includes('looks out for your next')",
    );
    ann.says("a-secret-word");
    glass.waits_until("document.querySelectorAll('#steps tbody tr').length === 8");
    assert!(glass.measures(ROWS) >= 8.0);
    let text = glass.reads("document.querySelector('main').innerText");
    assert!(text.contains("this server stores nothing"), "{text}");
    assert!(!text.contains("a-secret-word") && !text.contains("Ann"), "{text}");
    fits(&glass, "360-glass-follow-scriptless.png");
    keep_picture(&glass, "360-glass-follow-scriptless.png");
    // Another person sees nothing of it.
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.goes_to(&format!("{}glass/follow", server.url()));
    bo.waits_until("document.querySelector('main')?.innerText.includes('No message of yours')");
}

/// Asks for the next question, and fills in a guess.
fn guesses(person: &Person<'_>, question: &str, guess: &str) {
    person.finds_and_clicks("#predict-button");
    let label = "document.querySelector('#predict label').innerText";
    person.waits_until(&format!("{label}.startsWith({})", json!(question)));
    asks_for_no_look(person, "a question is open");
    assert_eq!(
        person.sees("[...document.querySelectorAll('nav button')].every(one => one.disabled)"),
        true
    );
    keep_picture(person, "1280-glass-question.png");
    person.resizes(360, 640);
    fits(person, "360-glass-question.png");
    keep_picture(person, "360-glass-question.png");
    person.resizes(1280, 800);
    person.sees(&format!(
        "(() => {{ const field = document.querySelector('#predict label > *'); \
            field.value = {}; }})()",
        json!(guess)
    ));
    person.finds_and_clicks("#predict form button");
}

/// The newest guess: what happened.
const HAPPENED: &str = "document.querySelector('#predict tr:nth-child(2) td:last-child').innerText";

#[test]
fn a_guess_stands_beside_what_the_server_then_did() {
    let server = Server::start_with(
        "127.0.0.1:0",
        &[
            "--glass",
            "--outbox",
            "16",
            "--rate",
            "1000",
            "--burst",
            "1000",
            "--write-timeout",
            "2s",
        ],
    );
    let browser = Browser::start();
    let ann = opens(&browser, &server, DESKTOP);
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    guesses(&ann, "How many rounds", "7");
    ann.waits_until(&format!("{HAPPENED}.startsWith('the page measures')"));
    bo.says("lobby", "a round begins with this");
    ann.waits_patiently_until(&format!("/^rounds: [1-9] in 1\\d\\.\\d s$/.test({HAPPENED})"));
    guesses(&ann, "Who will give more", "the writers");
    ann.waits_until(&format!("{HAPPENED}.startsWith('the page measures')"));
    bo.says("lobby", "by the hub");
    ann.waits_patiently_until(&format!("{HAPPENED}.startsWith('the hub: the hub ')"));
    // The last two wait for a client that does not read.
    guesses(&ann, "A client stops reading. Which", "that client's outbox");
    ann.waits_until(&format!("{HAPPENED} === 'no queue is half full so far'"));
    guesses(&ann, "A client stops reading. How many", "5");
    ann.waits_until(&format!("{HAPPENED} === 'the page waits for a client that stops reading'"));
    let _deaf = Caller::comes_over(narrow(&server), &server, "Deaf", &["lobby"]);
    let words = "x".repeat(4000);
    let is_half = |outbox: &serde_json::Value| outbox["contents"]["unsent"].as_u64() >= Some(8);
    wait_within(Duration::from_secs(60), "an outbox that is half full", || {
        bo.says("lobby", &words);
        look(&server)["outboxes"].as_array().unwrap().iter().any(is_half).then_some(())
    });
    let queue = "document.querySelector('#predict tr:nth-child(3) td:last-child').innerText";
    ann.waits_until(&format!("{queue}.startsWith('the outbox of client 2 (')"));
    ann.waits_patiently_until(&format!("{HAPPENED}.startsWith('client 2 was ended after ')"));
    let guesses = ann.sees("document.querySelectorAll('#predict tr td:nth-child(2)').length");
    assert_eq!(guesses, 4, "each guess stays");
    assert!(!ann.reads("document.querySelector('main').innerText").contains("Deaf"));
    fits(&ann, "1280-glass-predict.png");
    keep_picture(&ann, "1280-glass-predict.png");
    assert_eq!(json!(ann.console()), json!([]));
}

#[test]
fn a_replay_shows_the_recorded_looks_again_and_slows_only_the_page() {
    let browser = Browser::start();
    for (visit, picture) in [(DESKTOP, "1280-glass-slow.png"), (PHONE, "360-glass-slow.png")] {
        let server = Server::start_with("127.0.0.1:0", &["--glass"]);
        let glass = opens(&browser, &server, visit);
        let bo = Caller::comes(&server, "Bo", &["lobby"]);
        bo.says("lobby", "something that happens");
        let clients = "document.querySelector('[data-n=clients]').innerText";
        glass.waits_until(&format!("{clients} === '1'"));
        let seen = glass.measures(LOOKS);
        glass.waits_until(&format!("{LOOKS} >= {seen} + 1"));
        glass.clicks("#slow");
        glass.waits_until(
            "document.querySelector('#replay [role=status]').innerText.startsWith('Look 1 of ')",
        );
        // The first look was before Bo came.
        assert_eq!(glass.reads(clients), "0");
        asks_for_no_look(&glass, "a replay is shown");
        glass.clicks("#play");
        glass.waits_until(
            "/At 1\\/100: [1-9]\\d* ms of /.test(document.querySelector('#replay').innerText)",
        );
        glass.clicks("#play");
        let changed = "document.querySelector('#replay ul').innerText";
        glass.waits_until(&format!(
            "(() => {{ if ({changed}.includes('pushed +')) return true; \
            document.querySelector('#forth').click(); return false; }})()"
        ));
        fits(&glass, picture);
        glass.resizes(visit.width, 1300);
        keep_picture(&glass, picture);
        glass.waits_until(
            "(() => { const next = document.querySelector('#forth'); next.click(); \
            return next.disabled; })()",
        );
        assert_eq!(glass.reads(clients), "1");
        // The server was never slowed: it answers, and the page goes on where the server is now.
        let _cy = Caller::comes(&server, "Cy", &["lobby"]);
        glass.clicks("#live");
        glass.waits_until(&format!("{clients} === '2'"));
        assert_eq!(json!(glass.console()), json!([]));
    }
}
