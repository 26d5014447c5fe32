//! Rows of the log: their measures, who is called, who comes and goes, what is copied.

use serde_json::json;

use crate::ends::{is_told, says_and_holds_the_socket};
use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Visit};
use crate::people::{is_called, opens_panel};

#[test]
fn names_are_of_one_size_and_what_has_a_ground_has_one_padding() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    ann.says("Shall we start?");
    bo.says("Ann, yes");
    ann.hears("Ann, yes");
    bo.says("/msg Ann psst");
    ann.waits_until("!!document.querySelector('.alone')");
    let sizes = "new Set([...document.querySelectorAll('#rows .who')].map(n => getComputedStyle(n).fontSize))";
    assert_eq!(ann.reads(&format!("[...{sizes}].join()")), "15px");
    let pads = "[...new Set(['.own', '.hit', '.alone'].map(row => getComputedStyle(document.querySelector(row)))
        .map(row => [row.paddingTop, row.paddingRight, row.paddingBottom, row.paddingLeft].join(' ')))].join()";
    assert_eq!(ann.reads(pads), "6px 12px 6px 12px");
    // Names and times stand on the line of the text.
    let starts = "[...new Set([...document.querySelectorAll('.said')].flatMap(row =>
        ['.who', '.text'].map(part => row.querySelector(part).getBoundingClientRect().left)))].length";
    assert_eq!(ann.measures(starts), 1.0);
    keep_picture(&ann, "1280-rows.png");
}

#[test]
fn the_thread_goes_on_where_a_note_stands_below_the_field() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.says("/dance");
    ann.waits_until("!document.querySelector('#note').hidden");
    // From the field to the dash of the state row, each part has its piece of the thread.
    let broken = "(() => {
        const thread = getComputedStyle(document.querySelector('#state'), '::before');
        const note = getComputedStyle(document.querySelector('#note'), '::before');
        const [line, below, state] = ['#field', '#note', '#state'].map(it => document.querySelector(it).getBoundingClientRect());
        const gaps = [below.top - line.bottom, state.top - below.bottom].filter(gap => Math.abs(gap) > 1.5);
        return [note.content === 'none' && 'no thread', parseFloat(note.height) < below.height && 'short',
          note.borderInlineStartColor !== thread.borderInlineStartColor && 'another colour',
          note.insetInlineStart !== thread.insetInlineStart && 'beside it', ...gaps].filter(Boolean).join();
    })()";
    assert_eq!(ann.reads(broken), "");
}

#[test]
fn a_bare_name_calls_at_the_beginning_and_behind_an_at_sign_only() {
    let server = Server::start();
    let browser = Browser::start();
    let (will, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&will, "Will");
    is_called(&bo, "Bo");
    for (text, calls) in [
        ("I will do it", false),
        ("he said: Will, no", false),
        ("mail@willow.org and @willow", false),
        ("Will, can you?", true),
        ("@will can you?", true),
        ("ask @Will", true),
        ("who, (@WILL)?", true),
    ] {
        bo.says(text);
        will.hears(text);
        let row = "[...document.querySelectorAll('.said')].pop()";
        assert_eq!(will.sees(&format!("{row}.classList.contains('hit')")), calls, "{text}");
        assert_eq!(will.sees(&format!("!!{row}.querySelector('.text b')")), calls, "{text}");
    }
}

#[test]
fn who_comes_and_goes_is_one_line_and_a_guest_who_takes_a_name_joins_under_it() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let notes = "[...document.querySelectorAll('.coming p')].map(note => note.innerText).join('|')";
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    ann.waits_until(&format!("/^guest-\\d+ joined as Bo$/.test({notes})"));
    let eve = browser.opens(&server.url());
    is_called(&eve, "Eve");
    ann.waits_until(&format!("{notes} === 'Bo, Eve joined'"));
    eve.says("/quit");
    ann.waits_until(&format!("/^guest-\\d+ joined as Bo; Eve left$/.test({notes})"));
    // After a message there is another line.
    bo.says("hello");
    ann.hears("hello");
    // Bo has written here, so the new name is a line of the log.
    is_called(&bo, "Bob");
    let last = "[...document.querySelectorAll('#rows li')].pop().innerText";
    ann.waits_until(&format!("{last}.trim().endsWith('Bo is now Bob')"));
    ann.waits_until(&format!("!{notes}.includes('Bob')"));
    keep_picture(&ann, "1280-comings.png");
}

#[test]
fn a_text_is_copied_as_it_was_typed_and_a_link_as_it_is() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let typed = "run `a`, see www.example.org/x.";
    ann.says(typed);
    ann.mark_will_be("run a, see www.example.org/x.", "sent");
    let link = "document.querySelector('.text a')";
    assert_eq!(ann.reads(&format!("{link}.innerText")), "www.example.org/x");
    assert_eq!(ann.reads(&format!("{link}.href")), "http://www.example.org/x");
    ann.sees("navigator.clipboard.writeText = async (text) => { window.copied = text; }");
    let presses = |words: &str| {
        ann.sees(&format!(
            "[...document.querySelectorAll('.actions button')].find(it => it.innerText === '{words}').click()"
        ));
        ann.waits_until("[...document.querySelectorAll('.actions button')].some(it => it.innerText === 'Copied')");
    };
    ann.points_at(".own .text");
    ann.waits_until("document.querySelectorAll('.actions button').length === 4");
    ann.clicks(".actions button:nth-child(4)");
    presses("Copy text");
    assert_eq!(ann.reads("window.copied"), typed);
    presses("Copy link");
    assert_eq!(ann.reads("window.copied"), format!("{}r/lobby?at=1#m1", server.url()));
    // Where scripts may not use the clipboard, the page copies what it selects.
    ann.sees("navigator.clipboard.writeText = async () => { throw new Error('not here'); }");
    ann.sees("document.addEventListener('copy', () => { window.copied = document.activeElement.value; })");
    ann.presses("Escape");
    ann.points_at(".own .text");
    ann.clicks(".actions button:nth-child(4)");
    presses("Copy text");
    assert_eq!(ann.reads("window.copied"), typed);
}

#[test]
fn the_bar_of_actions_moves_nothing_and_goes_with_the_pointer() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    for text in ["one", "two", "three"] {
        ann.says(text);
        ann.mark_will_be(text, "sent");
    }
    let tops =
        "[...document.querySelectorAll('.own')].map(row => row.getBoundingClientRect().top).join()";
    let before = ann.reads(tops);
    for nth in 1..=3 {
        let row = format!(".own:nth-last-child({nth})");
        ann.points_at(&format!("{row} .text"));
        ann.waits_until(&format!("!!document.querySelector('{row} .actions')"));
        assert_eq!(ann.reads(tops), before);
        // Its words are to be pressed: nothing stands over them, and none is out of sight.
        let is_pressable = "[...document.querySelectorAll('.actions button')].every(one => {
            const box = one.getBoundingClientRect();
            return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === one; })";
        assert_eq!(ann.sees(is_pressable), true, "{nth}");
    }
    ann.points_at("#field");
    ann.waits_until("!document.querySelector('.actions')");
    // With keys it is in the row that has the focus, and goes with it.
    ann.sees("document.querySelector('.own').focus()");
    ann.waits_until("!!document.querySelector('.own .actions')");
    ann.goes_to_field();
    ann.waits_until("!document.querySelector('.actions')");
}

#[test]
fn the_bar_of_actions_covers_no_other_message_and_its_row_is_marked() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    let long = "a text that takes all of its line and goes on for a few words more. ".repeat(3);
    let long = long.trim();
    for text in ["one", "two", long, "three"] {
        bo.says(text);
    }
    bo.hears("three");
    for (width, dark) in [(1280, false), (768, true)] {
        let ann = browser.comes(&server.url(), Visit { width, dark, ..DESKTOP });
        ann.hears("three");
        for text in ["own", "own too", long] {
            ann.says(text);
            ann.mark_will_be(text, "sent");
        }
        let rows = ann.measures("document.querySelectorAll('.said').length");
        for nth in 1..=rows as usize {
            let row = format!("[...document.querySelectorAll('.said')].at(-{nth})");
            ann.sees(&format!("{row}.focus()"));
            ann.waits_until(&format!("!!{row}.querySelector('.actions')"));
            let covered = "(bar => [...document.querySelectorAll('.said .text, .said.turn .head')]
                .filter(part => !part.closest('li').contains(document.querySelector('.actions')))
                .filter(part => (it => it.bottom > bar.top + 0.5 && it.top < bar.bottom - 0.5)(part.getBoundingClientRect()))
                .map(part => part.innerText).join('|'))(document.querySelector('.actions').getBoundingClientRect())";
            assert_eq!(ann.reads(covered), "", "{width} px, row {nth} from the end");
            let ground = |row: &str| ann.reads(&format!("getComputedStyle({row}).backgroundColor"));
            let kind = if nth <= 3 { ".own" } else { ".said:not(.own)" };
            let other =
                format!("[...document.querySelectorAll('{kind}')].find(one => one !== {row})");
            assert_ne!(ground(&row), ground(&other), "{width} px, row {nth} from the end");
            if nth == 2 || nth == 6 {
                keep_picture(&ann, &format!("{width}-bar-{nth}.png"));
            }
        }
    }
}

#[test]
fn the_rule_above_today_s_and_yesterday_s_messages_says_so_also_when_a_day_has_ended() {
    let server = Server::start();
    let browser = Browser::start();
    for (visit, first, word) in [
        (DESKTOP, "Today, ", "Yesterday, "),
        (Visit { languages: "zh-CN", ..DESKTOP }, "今天，", "昨天，"),
    ] {
        let ann = browser.comes(&server.url(), visit);
        ann.says("one");
        ann.hears("one");
        let rule = "document.querySelector('.day').innerText";
        let today = ann.reads(rule);
        let day = today.strip_prefix(first).unwrap();
        ann.sees("Date.now = (now => () => now() + 86400000)(Date.now)");
        ann.says("two");
        ann.waits_until(&format!("{rule} === '{word}{day}'"));
    }
}

#[test]
fn a_name_in_the_log_is_pressed_to_speak_to_that_person() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.comes(&server.url(), PHONE), browser.opens(&server.url()));
    is_called(&bo, "Bo");
    bo.says("hello");
    ann.hears("hello");
    ann.clicks(".said .who");
    ann.waits_until("!!document.querySelector('#person-menu')");
    ann.clicks("#person-menu :nth-child(2)");
    ann.waits_until("document.querySelector('#field').value === '@Bo '");
}

#[test]
fn code_is_found_as_on_the_pages_without_scripts() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let examples = include_str!("../../src/html/code/examples.json");
    let examples: Vec<(String, String)> = serde_json::from_str(examples).unwrap();
    // A block is a row of its own, so the line break before it is not seen.
    let shown = "[...[...document.querySelectorAll('.said .text')].pop().childNodes].map(part => \
        part.className === 'block' ? `<pre>${part.textContent}</pre>` \
        : part.localName === 'code' ? `<code>${part.textContent}</code>` \
        : part.textContent).join('').replaceAll('\\n<pre>', '<pre>')";
    for (nth, (text, expected)) in examples.iter().enumerate() {
        ann.says(text);
        ann.waits_until(&format!("document.querySelectorAll('.said .text').length > {nth}"));
        assert_eq!(&ann.reads(shown), expected, "{text}");
    }
}

#[test]
fn messages_go_below_the_edge_of_their_day_and_no_block_is_glued_to_a_line() {
    let server = Server::start();
    let browser = Browser::start();
    for visit in [PHONE, DESKTOP] {
        let url = format!("{}r/den{}", server.url(), visit.width);
        let (ann, bo) = (browser.comes(&url, visit), browser.comes(&url, visit));
        bo.says("take this away");
        bo.mark_will_be("take this away", "sent");
        bo.says("/delete");
        bo.hears("Message deleted.");
        bo.says("```\nsoup\n```");
        ann.hears("soup");
        let gap = "document.querySelector('#rows .block').getBoundingClientRect().top - \
            document.querySelector('#rows .text').getBoundingClientRect().bottom";
        let gap = ann.measures(gap);
        assert!(gap >= 8.0, "{gap}");
        for text in ["one", "two", "three"] {
            let text = [text; 8].join("\n");
            ann.says(&text);
            bo.hears(&text);
        }
        ann.sees("document.querySelector('#box').scrollTop = 135");
        ann.draws_a_frame();
        let edge = "(style => style.borderBlockEndStyle + parseFloat(style.borderBlockEndWidth))\
            (getComputedStyle(document.querySelector('#rows .day')))";
        assert_eq!(ann.reads(edge), "solid1");
        keep_picture(&ann, &format!("{}-day.png", visit.width));
    }
}

#[test]
fn one_line_with_a_day_is_in_sight_at_the_top_however_far_one_has_scrolled() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    says_and_holds_the_socket(&ann);
    ann.mark_will_be("#", "sent");
    let first = ann.measures("Date.now() - 4 * 86400000");
    for nth in 0..40 {
        let time = (first as u64) + nth / 10 * 86_400_000;
        is_told(
            &ann,
            &json!({ "type": "message", "room": "lobby", "seq": nth + 2, "time": time,
            "from": "Bo", "text": format!("line {nth}") }),
        );
    }
    ann.hears("line 39");
    for size in ["100%", "200%"] {
        ann.sees(&format!("document.documentElement.style.fontSize = '{size}'"));
        ann.draws_a_frame();
        // As far as two lines are one on the other, or the next one is just below.
        let close = "(() => { const days = [...document.querySelectorAll('#rows .day')]\
            .filter(one => one.checkVisibility({ visibilityProperty: true }))\
            .map(one => one.getBoundingClientRect());\
            return days.some((one, nth) => nth && one.top < days[nth - 1].bottom + 8); })()";
        for top in (100..1200).step_by(50) {
            ann.sees(&format!("document.querySelector('#box').scrollTop = {top}"));
            ann.draws_a_frame();
            assert_eq!(ann.sees(close), false, "{size}, at {top}");
        }
        ann.scrolls_to(350);
        keep_picture(&ann, &format!("360-days-{}.png", &size[..3]));
    }
}

#[test]
fn with_letters_twice_as_large_no_word_is_broken_and_send_stands_beside_the_field() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    is_called(&ann, "Ann");
    ann.sees("document.documentElement.style.fontSize = '200%'");
    ann.draws_a_frame();
    keep_picture(&ann, "360-twice.png");
    let place = |what: &str| {
        ann.reads(&format!("(one => [one.top, one.bottom].map(Math.round).join())(document.querySelector('{what}').getBoundingClientRect())"))
    };
    assert_eq!(place("#send"), place("#field"));
    opens_panel(&ann, "me");
    ann.waits_until("!!document.querySelector('#me .choice')");
    keep_picture(&ann, "360-twice-me.png");
    let broken = "[...document.querySelectorAll('#me .choice')].map(one => { const range = new Range();\
        range.selectNodeContents(one.firstChild); const text = one.firstChild.textContent.trim();\
        return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > text.split(' ').length\
        ? text : ''; }).join('')";
    assert_eq!(ann.reads(broken), "");
}
