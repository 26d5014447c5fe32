//! The way to one message: by a link, a number, a result of the search, a day. All of them lead
//! into the live log, from where one reads on in both directions and comes back to the newest
//! message.

use serde_json::json;

use crate::found::Keeping;
use crate::host::{Server, Voice};
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person};
use crate::people::{is_called, opens_panel};

const PILL: &str = "(p => p.hidden ? '' : p.innerText)(document.querySelector('#pill'))";
const BEGINNING: &str = "(p => p.hidden ? '' : p.innerText)(document.querySelector('#older'))";

/// The first and the last row.
const ENDS: &str = "(all => [all[0], all[all.length - 1]].map(one => one && one.textContent).join())\
    (document.querySelectorAll('#rows .text'))";

/// Says lines with these numbers.
fn says_lines(voice: &mut Voice, numbers: std::ops::Range<u32>) {
    for number in numbers.clone() {
        voice.says(&format!("line {number}"));
        // The server takes so many at once.
        if number % 100 == 99 || number + 1 == numbers.end {
            voice.hears(&format!("line {number}"));
        }
    }
}

/// The row of this line is the one that was sought: it has the focus, and is in sight.
fn is_at(person: &Person<'_>, text: &str) {
    let sought = "document.querySelector('#rows .sought:focus')";
    person.waits_until(&format!("{sought}.querySelector('.text').textContent === {}", json!(text)));
    let edges = format!("(r => [r.top, r.bottom])({sought}.getBoundingClientRect())");
    person.waits_until(&format!(
        "((row, box) => row[0] >= box.top && row[1] <= box.bottom)\
         ({edges}, document.querySelector('#box').getBoundingClientRect())"
    ));
}

/// The numbers of the lines that are rows; each is one more than that before it.
fn numbers_without_gap(person: &Person<'_>) -> Vec<u32> {
    let numbers: Vec<u32> =
        person.log().iter().filter_map(|text| text.strip_prefix("line ")?.parse().ok()).collect();
    let is_one_more = |pair: &[u32]| pair[0] + 1 == pair[1];
    assert!(numbers.windows(2).all(is_one_more), "a gap, or one twice: {numbers:?}");
    numbers
}

/// Scrolls by large steps until this line is a row; on the way no line is missing or there twice.
fn reads_to(person: &Person<'_>, number: u32, top: u32) {
    let mut before = numbers_without_gap(person);
    for _ in 0..200 {
        if before.contains(&number) {
            return;
        }
        let ends = person.reads(ENDS);
        person.scrolls_to(top);
        if numbers_without_gap(person) == before {
            // More lines are on their way.
            person.waits_until(&format!("{ENDS} !== {}", json!(ends)));
        }
        let now = numbers_without_gap(person);
        assert!(now.iter().any(|one| before.contains(one)), "nothing is jumped over: {now:?}");
        assert!(now.len() <= 650, "{} rows", now.len());
        before = now;
    }
    panic!("line {number} does not come: {before:?}");
}

#[test]
fn a_link_to_a_message_opens_the_live_log_there_and_nothing_around_it_is_missing() {
    let keeping = Keeping::start("linked", &["--rate", "0"]);
    let server = &keeping.server;
    let browser = Browser::start();
    let mut raw = server.voice();
    says_lines(&mut raw, 0..1200);
    for visit in [DESKTOP, PHONE] {
        let ann = browser.comes(&format!("{}r/lobby?at=301#m301", server.url()), visit);
        is_at(&ann, "line 300");
        assert_eq!(ann.reads("location.pathname + location.search + location.hash"), "/r/lobby");
        ann.waits_until(&format!("{PILL} === 'Back to newest'"));
        keep_picture(&ann, &format!("{}-linked.png", visit.width));
    }
    let ann = browser.comes(&format!("{}r/lobby?at=301", server.url()), DESKTOP);
    is_at(&ann, "line 300");
    // What is new meanwhile is counted, and is not among the old lines.
    raw.says("line 1200");
    ann.waits_until(&format!("{PILL} === '1 new message'"));
    assert!(numbers_without_gap(&ann).contains(&300));
    reads_to(&ann, 1200, 1_000_000);
    ann.waits_until(&format!("{PILL} === ''"));
    ann.says("and I");
    ann.mark_will_be("and I", "sent");
    // Up to the beginning, which is said.
    reads_to(&ann, 0, 0);
    ann.scrolls_to(0);
    ann.waits_until(&format!("{BEGINNING} === 'The beginning of lobby'"));
    ann.presses("Escape");
    ann.waits_until(&format!("{PILL} === ''"));
    assert_eq!(ann.log().last().unwrap(), "and I");
    assert!(ann.measures("document.querySelectorAll('#rows li').length") <= 302.0);
}

#[test]
fn a_long_gap_of_numbers_is_read_over_with_few_requests() {
    let folder = std::env::temp_dir().join(format!("threadbare-gap-{}", std::process::id()));
    let flags = ["--rate", "0", "--data", folder.to_str().unwrap()];
    let server = Server::start_with("127.0.0.1:0", &flags);
    let browser = Browser::start();
    says_lines(&mut server.voice(), 0..300);
    let ann = browser.opens(&server.url());
    ann.says("stored");
    ann.mark_will_be("stored", "sent");
    // A server that is killed leaves out the numbers that it had reserved.
    server.ends_at_once();
    for _ in 0..6 {
        Server::start_with("127.0.0.1:0", &flags).ends_at_once();
    }
    let server = Server::start_with("127.0.0.1:0", &flags);
    says_lines(&mut server.voice(), 300..600);
    let ann = browser.comes(&format!("{}r/lobby?at=101", server.url()), DESKTOP);
    is_at(&ann, "line 100");
    ann.sees(
        "window.asked = 0; const send = WebSocket.prototype.send; \
         WebSocket.prototype.send = function (text) { \
         window.asked += text.includes('\"history\"'); return send.call(this, text); }; 0",
    );
    for _ in 0..200 {
        if ann.log().iter().any(|text| text == "line 599") {
            break;
        }
        ann.scrolls_to(1_000_000);
    }
    ann.hears("line 599");
    // A hundred numbers at a time, the seven thousand would take seventy.
    let asked = ann.measures("window.asked");
    assert!(asked <= 30.0, "{asked} requests");
    std::fs::remove_dir_all(&folder).ok();
}

#[test]
fn a_link_to_a_message_that_is_not_stored_any_more_leads_to_the_oldest_and_says_so() {
    // Without a folder the server has the newest thousand.
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let browser = Browser::start();
    let mut raw = server.voice();
    says_lines(&mut raw, 0..1200);
    let ann = browser.comes(&format!("{}r/lobby?at=5", server.url()), DESKTOP);
    ann.waits_until("document.querySelector('#note').innerText.startsWith('#5 is no longer')");
    ann.scrolls_to(0);
    ann.waits_until(&format!("{BEGINNING} === 'Older messages are no longer stored.'"));
    let first = numbers_without_gap(&ann)[0];
    is_at(&ann, &format!("line {first}"));
}

#[test]
fn a_number_or_an_address_of_an_old_message_leads_there_without_leaving_the_page() {
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let browser = Browser::start();
    let mut raw = server.voice();
    says_lines(&mut raw, 0..700);
    let ann = browser.opens(&server.url());
    let address = format!("{}r/lobby?at=41#m41", server.url());
    for (link, line) in [("#61", "line 60"), (address.as_str(), "line 40"), ("#651", "line 650")] {
        ann.says(&format!("see {link}"));
        ann.mark_will_be(&format!("see {link}"), "sent");
        ann.sees("window.isSame = true");
        ann.sees("[...document.querySelectorAll('#rows .text a')].pop().scrollIntoView()");
        ann.clicks("#rows .own:last-child .text a");
        is_at(&ann, line);
        assert_eq!(ann.sees("window.isSame"), true);
        // A pill leads back.
        ann.waits_until(&format!("{PILL} === 'Back to newest'"));
        ann.clicks("#pill");
        ann.waits_until(&format!("{PILL} === ''"));
        assert!(ann.log().last().unwrap().starts_with("see "));
    }
}

#[test]
fn a_result_leads_to_its_message_in_the_live_log() {
    let keeping = Keeping::start("results-lead", &["--rate", "0"]);
    let browser = Browser::start();
    let ann = browser.opens(&keeping.server.url());
    is_called(&ann, "Ann");
    ann.says("The heater hums.");
    ann.mark_will_be("The heater hums.", "sent");
    let mut raw = keeping.server.voice();
    raw.says("A HÉATER: heaters heat");
    raw.hears("A HÉATER: heaters heat");
    says_lines(&mut raw, 0..600);
    ann.hears("line 599");
    ann.says("/search heater");
    let rows = "[...document.querySelectorAll('#results .said')]";
    ann.waits_until(&format!("{rows}.length === 2"));
    // What was found is marked, whatever its capitals and accents; one's own is one's own.
    let marks = "[...document.querySelectorAll('#results mark')].map(m => m.innerText).join('|')";
    assert_eq!(ann.reads(marks), "heater|HÉATER|heater");
    assert_eq!(ann.sees(&format!("{rows}.map(r => r.matches('.own')).join()")), "true,false");
    // The clock is the reader's, as in the log.
    let clock = "new Date(document.querySelector('#results time').dateTime)\
                 .toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })";
    assert_eq!(ann.reads("document.querySelector('#results time').innerText"), ann.reads(clock));
    keep_picture(&ann, "1280-results.png");
    // A name is pressed here, too.
    ann.clicks("#results .said:not(.own) .who");
    ann.waits_until("!!document.querySelector('#person-menu')");
    ann.presses("Escape");
    ann.waits_until("!document.querySelector('#person-menu')");
    assert_eq!(ann.sees("document.querySelector('#results').hidden"), false);
    ann.clicks("#results .said:not(.own) .text");
    is_at(&ann, "A HÉATER: heaters heat");
    assert_eq!(ann.sees("document.querySelector('#results').hidden"), true);
    ann.waits_until(&format!("{PILL} === 'Back to newest'"));
    // By keys alone, too.
    ann.says("/search hums");
    ann.waits_until(&format!("{rows}.length === 1"));
    ann.presses("ArrowUp");
    ann.presses("Enter");
    is_at(&ann, "The heater hums.");
}

#[test]
fn results_close_by_escape_and_by_the_browsers_back_and_the_place_in_the_log_is_kept() {
    let keeping = Keeping::start("results-close", &["--rate", "0"]);
    let browser = Browser::start();
    let ann = browser.comes(&keeping.server.url(), PHONE);
    let mut raw = keeping.server.voice();
    says_lines(&mut raw, 0..80);
    ann.hears("line 79");
    ann.scrolls_to(400);
    let is_open = "!document.querySelector('#results').hidden";
    for back in ["Escape", "Back", "the button"] {
        ann.sees("document.querySelector('#search form').reset()");
        opens_panel(&ann, "search");
        ann.sees("document.querySelector('#search [name=text]').focus()");
        ann.types("line 7");
        ann.presses("Enter");
        ann.waits_until(&format!("{is_open} && !!document.querySelector('#results mark')"));
        keep_picture(&ann, "360-results.png");
        match back {
            "Escape" => ann.presses("Escape"),
            "Back" => {
                ann.sees("history.back()");
            }
            _ => ann.clicks("#results .close"),
        }
        ann.waits_until(&format!("!({is_open})"));
        assert_eq!(ann.measures("document.querySelector('#box').scrollTop"), 400.0, "{back}");
        ann.waits_until("!history.state?.isCovered");
    }
}

#[test]
fn a_day_alone_leads_to_its_first_message() {
    let keeping = Keeping::start("a-day", &["--rate", "0"]);
    let browser = Browser::start();
    let mut raw = keeping.server.voice();
    says_lines(&mut raw, 0..500);
    let ann = browser.opens(&keeping.server.url());
    ann.hears("line 499");
    let today = "(now => [now.getFullYear(), now.getMonth() + 1, now.getDate()].map(n => \
        String(n).padStart(2, '0')).join('-'))(new Date())";
    opens_panel(&ann, "search");
    let hint = "document.querySelector('#search form').innerText";
    let said = ann.reads(hint);
    assert!(said.contains("Written by"), "{said}");
    assert!(said.contains("Leave the words empty to jump to a day."), "{said}");
    ann.sees(&format!("document.querySelector('#search [name=day]').value = {today}"));
    ann.clicks("#search form .send");
    is_at(&ann, "line 0");
    assert_eq!(ann.sees("document.querySelector('#results').hidden"), true);
    // A day to come has none: the newest message is nearest.
    opens_panel(&ann, "search");
    ann.sees("document.querySelector('#search [name=day]').value = '2099-01-01'");
    ann.clicks("#search form .send");
    is_at(&ann, "line 499");
}

#[test]
fn a_link_to_a_room_or_an_invite_of_this_server_leads_on_in_this_tab_and_back() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&format!("{}r/kitchen", server.url()));
    bo.is_whole();
    bo.says("/invite");
    let address = "document.querySelector('#room-menu .made code')?.textContent";
    bo.waits_until(&format!("!!{address}"));
    let invite = bo.reads(address);
    bo.goes_to(&format!("{}r/lobby", server.url()));
    bo.waits_until("location.pathname === '/r/lobby'");
    bo.is_connected();
    let ann = browser.comes(&format!("{}r/lobby", server.url()), PHONE);
    let link = |nth: usize| format!("[...document.querySelectorAll('#rows .said .text a')][{nth}]");
    bo.says(&format!("{}r/kitchen", server.url()));
    bo.says(&invite);
    bo.says(&format!("{}r/kitchen?s=0123456789abcdef0123456789abcdef", server.url()));
    bo.says("https://example.org/r/kitchen");
    ann.waits_until("document.querySelectorAll('#rows .said .text a').length === 4");
    ann.goes_to_field();
    ann.types("half a sentence");
    ann.draft_is_kept("half a sentence");
    ann.is_whole();
    // An invite to a room of one's own leads into it, and so it does just after Back.
    for nth in [0, 1, 1] {
        ann.waits_until(&format!("!!{}", link(nth)));
        ann.sees(&format!("{}.click()", link(nth)));
        ann.waits_until("location.pathname === '/r/kitchen'");
        ann.is_connected();
        ann.goes_back();
        ann.waits_until("location.pathname === '/r/lobby'");
        ann.is_connected();
        ann.waits_until("document.querySelector('#field').value === 'half a sentence'");
    }
    let cleo = browser.comes(&format!("{}r/lobby", server.url()), PHONE);
    cleo.waits_until(&format!("!!{}", link(1)));
    cleo.sees(&format!("{}.click()", link(1)));
    cleo.waits_until("location.pathname === '/r/kitchen/invite'");
    // A link with a session, and one to elsewhere.
    for nth in [2, 3] {
        assert_eq!(ann.reads(&format!("{}.target", link(nth))), "_blank");
    }
}
