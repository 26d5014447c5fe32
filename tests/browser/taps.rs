//! What a finger's tap does on a phone, and what it does not.

use crate::found::Keeping;
use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, PHONE, Person};
use crate::people::{is_called, opens_panel};

/// Taps inside the element that `selector` finds, so many pixels from its start; less than 0: from
/// its end. `down`: so many from its top.
fn taps_in(person: &Person<'_>, selector: &str, along: f64, down: f64) {
    let place = format!("document.querySelector('{selector}').getBoundingClientRect()");
    let side = if along < 0.0 { "right" } else { "left" };
    let x = person.measures(&format!("{place}.{side}")) + along;
    let y = person.measures(&format!("{place}.top")) + down;
    person.taps_at(x, y);
}

#[test]
fn a_tap_on_the_words_of_a_reply_opens_its_actions_and_one_on_the_quote_leads_to_the_message() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.says("Shall we have tea or coffee this evening?");
    ann.hears("Shall we have tea or coffee this evening?");
    ann.says("/reply #1 tea");
    ann.waits_until("!!document.querySelector('.own .quote')");
    ann.mark_will_be("tea", "sent");
    bo.says("/reply #1 coffee");
    ann.hears("coffee");
    ann.sees("document.activeElement.blur()");
    keep_picture(&ann, "360-replies.png");
    for row in [".own", ".said:not(.own):last-child"] {
        let text = format!("{row} .quote + .text");
        // In the middle of the words, at their upper edge, and right of them.
        for (along, down) in [(12.0, 12.0), (12.0, 4.0), (130.0, 12.0), (130.0, 4.0)] {
            taps_in(&ann, &text, along, down);
            ann.waits_until(&format!("!!document.querySelector('{row} > .actions.below')"));
            ann.sees(&format!("document.querySelector('{row} .head time').click()"));
            ann.waits_until("!document.querySelector('.actions')");
            assert_eq!(ann.sees("!!document.querySelector('.sought')"), false, "{row}");
        }
        taps_in(&ann, &format!("{row} .quote"), 60.0, 8.0);
        ann.waits_until("!!document.querySelector('.sought')");
        assert_eq!(ann.sees("!!document.querySelector('.actions')"), false, "{row}");
        ann.sees("document.querySelector('.sought').classList.remove('sought')");
    }
}

#[test]
fn a_tap_that_opens_the_actions_of_a_message_moves_no_message() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    let mut raw = server.voice();
    (0..30).for_each(|number| raw.says(&format!("line {number}")));
    raw.says(&"long ".repeat(400));
    raw.says("the end");
    ann.hears("the end");
    let tops = "JSON.stringify([...document.querySelectorAll('#rows .said')].map(row => \
        row.getBoundingClientRect().top))";
    let is_in_sight = "((bar, log) => bar.top >= log.top && bar.bottom <= log.bottom)\
        (...['.actions', '#box'].map(it => document.querySelector(it).getBoundingClientRect()))";
    // The last message, one with others below it, and one that is higher than the log.
    for nth in [1, 12, 2] {
        let row = format!("#rows .said:nth-last-child({nth})");
        ann.sees(&format!("document.querySelector('{row}').scrollIntoView({{ block: 'center' }})"));
        ann.draws_a_frame();
        let before = ann.reads(tops);
        let middle = "(row => { const box = document.querySelector('#box').getBoundingClientRect(); \
            const it = row.getBoundingClientRect(); \
            return (Math.max(it.top, box.top) + Math.min(it.bottom, box.bottom)) / 2; })";
        let y = ann.measures(&format!("{middle}(document.querySelector('{row} .text'))"));
        ann.taps_at(100.0, y);
        ann.waits_until(&format!("!!document.querySelector('{row} > .actions.below')"));
        for opened in ["", "-more"] {
            if !opened.is_empty() {
                ann.clicks(".actions button:last-of-type");
                ann.waits_until("document.querySelectorAll('.actions button').length > 3");
            }
            ann.draws_a_frame();
            keep_picture(&ann, &format!("360-opened-{nth}{opened}.png"));
            assert_eq!(ann.reads(tops), before, "{row} {opened}");
            assert_eq!(ann.sees(is_in_sight), true, "{row} {opened}");
        }
        ann.sees(&format!("document.querySelector('{row} .text').click()"));
        ann.waits_until("!document.querySelector('.actions')");
    }
}

#[test]
fn a_tap_beside_the_menu_of_a_person_only_closes_it() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.says("first");
    bo.says("second");
    ann.hears("second");
    let menu = "!!document.querySelector('#person-menu')";
    ann.clicks(".said .head button");
    ann.waits_until(menu);
    taps_in(&ann, ".said:last-child .text", -20.0, 12.0);
    ann.waits_until(&format!("!{menu}"));
    ann.draws_a_frame();
    assert_eq!(ann.sees("!!document.querySelector('.actions')"), false);
    // The next tap does what it always does.
    taps_in(&ann, ".said:last-child .text", -20.0, 12.0);
    ann.waits_until("!!document.querySelector('.actions.below')");
}

#[test]
fn the_menu_of_a_person_stays_beside_their_name_while_messages_come() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    let mut raw = server.voice();
    (0..40).for_each(|number| raw.says(&format!("line {number}")));
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.says("from Bo");
    ann.hears("from Bo");
    let is_beside = "(() => { const at = document.querySelector('.said [aria-expanded]'); \
        const [menu, name] = [document.querySelector('#person-menu'), at].map(one => \
        one.getBoundingClientRect()); return Math.abs(menu.top - name.bottom) < 2 || \
        Math.abs(menu.bottom - name.top) < 2; })()";
    ann.sees("Array.from(document.querySelectorAll('.said .head button')).pop().click()");
    ann.waits_until("!!document.querySelector('#person-menu')");
    // For a moment after the press, the menu stays whatever moves.
    ann.waits_until("(window.began ??= performance.now()) < performance.now() - 700");
    for number in 40..44 {
        raw.says(&format!("line {number}"));
        ann.hears(&format!("line {number}"));
        ann.draws_a_frame();
        assert_eq!(ann.sees(is_beside), true, "after line {number}");
    }
    (44..120).for_each(|number| raw.says(&format!("line {number}")));
    ann.waits_until("!document.querySelector('#person-menu')");
}

#[test]
fn while_somebody_replies_no_button_covers_the_message() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    let mut raw = server.voice();
    (0..60).for_each(|number| raw.says(&format!("line {number}")));
    ann.hears("line 59");
    ann.scrolls_to(0);
    raw.says("line 60");
    let pill = "document.querySelector('#pill').checkVisibility({ visibilityProperty: true })";
    ann.waits_until(pill);
    ann.clicks(".said .text");
    ann.waits_until("!!document.querySelector('.actions.below')");
    ann.clicks(".actions button");
    ann.waits_until("document.activeElement.id === 'field'");
    // The keyboard.
    ann.resizes(360, 340);
    keep_picture(&ann, "360-replies-with-keyboard.png");
    ann.waits_until(&format!("!{pill}"));
    ann.sees("document.activeElement.blur()");
    ann.waits_until(pill);
}

#[test]
fn the_mark_of_the_focus_is_whole_around_each_word_of_the_header() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    is_called(&ann, "Ann");
    for panel in ["room-menu", "places", "people", "me"] {
        ann.presses("Tab");
        ann.sees(&format!("document.querySelector('#{panel} > summary').focus()"));
        keep_picture(&ann, &format!("360-focus-{panel}.png"));
        let top = "(one => { const look = getComputedStyle(one); return one.getBoundingClientRect().top \
            - parseFloat(look.outlineOffset) - parseFloat(look.outlineWidth); })(document.activeElement)";
        assert_eq!(ann.reads("getComputedStyle(document.activeElement).outlineStyle"), "solid");
        assert!(ann.measures(top) >= 0.0, "{panel}: {}", ann.measures(top));
    }
}

#[test]
fn back_closes_an_open_panel_first_and_so_does_its_button() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&format!("{}r/kitchen", server.url()), PHONE);
    ann.goes_to(&format!("{}r/lobby", server.url()));
    ann.waits_until("location.pathname === '/r/lobby'");
    ann.is_connected();
    ann.sees("window.old = true");
    let before = ann.visited().len();
    let is_uncovered = "!history.state?.isCovered";
    for panel in ["room-menu", "places", "people", "search", "me"] {
        let is_open = format!("document.querySelector('#{panel}').open");
        for way in ["back", "button", "elsewhere"] {
            opens_panel(&ann, panel);
            ann.waits_until("history.state?.isCovered");
            let shut = format!("#{panel} > [aria-label=Close]");
            let size = "(one => Math.min(one.width, one.height))(document.querySelector(";
            let size = format!("{size}'{shut}').getBoundingClientRect())");
            assert!(ann.measures(&size) >= 44.0, "{panel}");
            keep_picture(&ann, &format!("360-shut-{panel}.png"));
            match way {
                "back" => assert!(ann.goes_back(), "{panel}: another page"),
                "button" => ann.clicks(&shut),
                _ => ann.clicks(".brand"),
            }
            ann.waits_until(&format!("!{is_open} && {is_uncovered}"));
            assert_eq!(ann.reads("location.pathname"), "/r/lobby");
            // What the browser could go forward to is there still, once.
            assert_eq!(ann.visited().len(), before + 1, "{panel}: {way}");
        }
    }
    // A room takes the place of the panel from which one goes there.
    opens_panel(&ann, "places");
    ann.waits_until("history.state?.isCovered");
    ann.clicks("#rooms a:not([aria-current])");
    ann.waits_until("location.pathname === '/r/kitchen'");
    ann.is_connected();
    assert_eq!(ann.visited().len(), before + 1);
    ann.goes_back();
    ann.waits_until("location.pathname === '/r/lobby'");
    ann.is_connected();
    assert_eq!(ann.sees(is_uncovered), true);
}

#[test]
fn nothing_in_the_search_moves_when_it_has_opened() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    let ann = browser.comes(&server.url(), PHONE);
    ann.goes_to(&format!("{}r/kitchen", server.url()));
    ann.waits_until("location.pathname === '/r/kitchen'");
    ann.is_connected();
    // At each step: where the button is, as soon as the panel is open; 0 if it is not shown yet.
    let place = "(document.querySelector('#search .send').getBoundingClientRect().top)";
    let opens = "document.querySelector('#rooms .find').click()";
    for talk in ["", "/msg Bo"] {
        if !talk.is_empty() {
            ann.says(talk);
            ann.waits_until("!document.querySelector('#letters').hidden");
        }
        let first = ann.measures(&format!("({opens}, Promise.resolve().then(() => {place}))"));
        ann.waits_until("document.activeElement.name === 'text'");
        ann.draws_a_frame();
        assert!(
            [0.0, ann.measures(place)].contains(&first),
            "{talk}: {first}, {}",
            ann.measures(place)
        );
        ann.sees("history.back()");
        ann.waits_until("!document.querySelector('#search').open");
    }
}

#[test]
fn a_panel_over_a_talk_and_its_results_closes_alone() {
    let keeping = Keeping::start("panel-over-results", &[]);
    let server = &keeping.server;
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    let ann = browser.comes(&server.url(), PHONE);
    ann.says("/msg Bo");
    ann.waits_until("!document.querySelector('#letters').hidden");
    ann.says("soup?");
    opens_panel(&ann, "me");
    ann.waits_until("!!document.querySelector('#me > .shut')?.checkVisibility()");
    // The browser tells of an open panel a moment after it is open.
    ann.draws_a_frame();
    ann.sees("history.back()");
    ann.waits_until("!document.querySelector('#me').open && history.state?.isCovered");
    assert_eq!(ann.sees("document.querySelector('#letters').hidden"), false);
    ann.says("/search zebra");
    ann.waits_until("document.querySelector('#results .again').checkVisibility()");
    // The answer moves no button, however long it is.
    let place = "document.querySelector('#results .again').getBoundingClientRect().top";
    ann.sees("document.querySelector('#results p').textContent = ''");
    let before = ann.measures(place);
    ann.waits_until("document.querySelector('#results').classList.contains('none')");
    for words in ["zebra", "soup"] {
        ann.says(&format!("/search {words}"));
        ann.waits_until(&format!(
            "document.querySelector('#results p').textContent.includes('{words}')"
        ));
        keep_picture(&ann, &format!("360-search-{words}.png"));
        assert_eq!(ann.measures(place), before, "{words}");
    }
    for way in ["button", "search"] {
        ann.clicks("#results .again");
        ann.waits_until("document.activeElement.name === 'text'");
        if way == "button" {
            ann.clicks("#search > .shut");
        } else {
            // The results come over the open panel, which closes then.
            ann.sees("document.activeElement.value = 'soup'");
            ann.presses("Enter");
            ann.waits_until("!!document.querySelector('#results .said')");
        }
        ann.waits_until("!document.querySelector('#search').open");
        ann.draws_a_frame();
        assert_eq!(ann.sees("document.querySelector('#results').hidden"), false, "{way}");
    }
    for part in ["#results", "#letters"] {
        ann.sees("history.back()");
        ann.waits_until(&format!("document.querySelector('{part}').hidden"));
    }
    ann.waits_until("!history.state?.isCovered");
}
