//! The fields of pages without a script, in a real browser with its scripts off: their size, and
//! what can be written in them.

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Visit};
use crate::scriptless::{fills, opens, says};

/// The page of the history, that of what was found, and that of a message to which a link leads.
#[test]
fn scripts_off_the_fields_of_the_search_are_wide_and_look_alike_on_every_page() {
    let server = Server::start();
    let browser = Browser::start();
    for visit in [PHONE, Visit { width: 1000, ..DESKTOP }] {
        let ann = opens(&browser, &server, visit);
        fills(&ann, "name", &format!("Ann{}", visit.width));
        says(&ann, "hot soup");
        for (nth, page) in ["history", "?find=soup", "?at=1"].into_iter().enumerate() {
            let page = if nth == 0 { format!("/{page}") } else { page.to_owned() };
            ann.opens_without_scripts(&format!("{}r/lobby{page}", server.url()));
            ann.waits_until("document.readyState === 'complete'");
            keep_picture(&ann, &format!("{}-scriptless-search-{nth}.png", visit.width));
            let of = |name: &str, what: &str| {
                ann.measures(&format!(
                    "document.querySelector('[name={name}]').getBoundingClientRect().{what}"
                ))
            };
            let least = if visit.width == 360 { 200.0 } else { 400.0 };
            assert!(of("find", "width") > least, "{page}: {}", of("find", "width"));
            for name in ["from", "day"] {
                assert!(of(name, "width") > 150.0, "{page} {name}: {}", of(name, "width"));
                assert_eq!(of(name, "height"), of("find", "height"), "{page} {name}");
            }
            if visit.width == 1000 {
                assert_eq!(of("from", "top"), of("day", "top"), "{page}");
            }
            let edge = "getComputedStyle(document.querySelector('[name=day]')).borderRadius";
            assert_eq!(ann.reads(edge), "6px", "{page}");
        }
        ann.closes();
    }
}

#[test]
fn scripts_off_two_lines_are_written_and_edited_in_a_field_of_several_lines() {
    let server = Server::start();
    let browser = Browser::start();
    for visit in [PHONE, Visit { width: 1000, ..DESKTOP }] {
        let mut bo = server.voice();
        let ann = opens(&browser, &server, visit);
        fills(&ann, "name", &format!("Ann{}", visit.width));
        says(&ann, "hello");
        // The Enter key still sends.
        fills(&ann, "text", "by the Enter key");
        ann.presses("Enter");
        bo.hears(&format!("Ann{}: by the Enter key", visit.width));
        ann.waits_until("document.querySelector('input[name=text]')?.value === ''");
        fills(&ann, "text", "first");
        ann.clicks("[name=more-lines]");
        ann.waits_until("document.querySelector('textarea')?.value === 'first'");
        ann.clicks("textarea");
        ann.sees("document.querySelector('textarea').setSelectionRange(5, 5)");
        ann.presses("Enter");
        ann.types("second");
        keep_picture(&ann, &format!("{}-scriptless-lines.png", visit.width));
        let wide = ann.measures("document.querySelector('textarea').getBoundingClientRect().width");
        assert!(wide > f64::from(visit.width.min(700)) * 0.85, "{wide}");
        assert_eq!(ann.sees("document.documentElement.scrollWidth <= innerWidth"), true);
        ann.clicks("#say button");
        ann.waits_until(
            "document.querySelector('li .text br') && !document.querySelector('textarea')",
        );
        // A field of one line would glue the lines together.
        ann.clicks("li input[name^=edit]");
        ann.waits_until("document.querySelector('textarea')?.value === 'first\\nsecond'");
        ann.closes();
    }
}
