//! The links in a message: URLs, and numbers of lines.
//!
//! The live page makes links by similar rules (`web/js/elements.js`). Two of the differences: here
//! a host that mixes scripts is not a link at all; and here one line of a message has a limited
//! number of links, because the HTML of a link can be a hundred times as long as what was typed. A
//! URL is shown from left to right, even inside a text that reads from right to left, and its link
//! contains no bidi control character (RFC 3987 4.1).
//!
//! Owns: where a URL or a line's number begins and ends, and where its link leads.
//! Must not know: the text around it.
//!
//! Part: `html/mod.rs`.

use std::ops::Range;

use form_urlencoded::byte_serialize;
use maud::{Markup, html};
use unicode_script::{Script, UnicodeScript};

use super::mention::{found_words, standing_out};
use super::text::breakable;
use crate::base::base_path;
use crate::chat::clean::{is_bidi_control, without_overrides};
use crate::chat::search_words::SearchWords;

const SCHEMES: [&str; 3] = ["http://", "https://", "mailto:"];

/// Most digits that the number of a line may have in a text. Numbers can be so long, because in
/// older versions each crash skipped about 2^32 numbers.
const NUMBER_DIGITS_MAX: usize = 16;

const BRACKETS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];

/// What becomes a link or bold in a text, and where the links lead.
#[derive(Clone, Copy, Default)]
pub struct Links<'a> {
    /// True if links to other sites go through the page `/out`, whose URL contains no session. An
    /// old browser sends the URL of the current page to the next site, and that URL may contain the
    /// session.
    pub by_way_of_out: bool,
    /// The function that returns the URL of the line with a given number, for the link of a text
    /// such as `#12`. `None`: such texts are not links.
    pub number: Option<&'a dyn Fn(u64) -> String>,
    /// True if a link to a line opens in the page around this page's frame, because the frame may
    /// be too small for another page.
    pub out_of_frame: bool,
    /// The name whose mentions are shown in bold, but not always all of them. `None`: no mention is
    /// shown in bold.
    pub name: Option<&'a str>,
    /// The words that the reader has searched for, which are shown in bold; `None`: the page is not
    /// the result of a search.
    pub found: Option<&'a SearchWords>,
}

/// A text that becomes a link.
enum LinkText<'a> {
    Address(&'a str),
    Number(&'a str, u64),
}

/// Returns the text as HTML. Its URLs and numbers of lines are links, as far as `links` allows it,
/// and at most `left` of them. Subtracts the number of links that it made from `left`.
pub(crate) fn linked(text: &str, links: Links<'_>, left: &mut usize) -> Markup {
    let mut found = Vec::new();
    let (mut done, mut from) = (0, 0);
    while *left > 0
        && let Some(start) = next_start(text, from)
    {
        let rest = &text[start..];
        let (link, length) = match number(rest) {
            Some((typed, seq)) => (links.number.map(|_| LinkText::Number(typed, seq)), typed.len()),
            None => {
                let address = address(rest);
                (leads_somewhere(address).then_some(LinkText::Address(address)), address.len())
            }
        };
        from = start + length;
        if let Some(link) = link {
            found.push((&text[done..start], link));
            done = from;
            *left -= 1;
        }
    }
    html! {
        @for (nth, (before, link)) in found.iter().enumerate() {
            (plain(before, links, nth == 0))
            @match link {
                LinkText::Address(address) => {
                    a href=(target(address, links.by_way_of_out)) dir="ltr" target="_blank" rel="noopener noreferrer nofollow ugc" { (breakable(address)) }
                }
                LinkText::Number(typed, seq) => {
                    @if let Some(number) = links.number {
                        a href=(number(*seq)) target=[links.out_of_frame.then_some("_parent")] { (typed) }
                    }
                }
            }
        }
        (plain(&text[done..], links, done == 0))
    }
}

/// Makes the HTML of a part of the text without links. `begins` is true if the text begins with
/// this part.
pub(super) fn plain(text: &str, links: Links<'_>, begins: bool) -> Markup {
    let text = without_overrides(text);
    match links.found {
        Some(words) => found_words(&text, words),
        None => standing_out(&text, links.name, begins),
    }
}

fn target(address: &str, by_way_of_out: bool) -> String {
    if by_way_of_out && !address.starts_with("mailto:") {
        base_path::link(&format!(
            "/out?to={}",
            byte_serialize(address.as_bytes()).collect::<String>()
        ))
    } else {
        address.to_owned()
    }
}

/// Returns the byte offset, `from` or greater, at which the next URL may begin, or the next number
/// of a line such as `#12`. One that begins inside a word does not count. `None`: the rest of the
/// text has neither.
fn next_start(text: &str, from: usize) -> Option<usize> {
    let mut places = text[from..].char_indices().map(|(place, _)| from + place);
    places.find(|place| {
        let (before, rest) = (text[..*place].chars().next_back(), &text[*place..]);
        // In `&#39;` and `a/#2` the number is not that of a line.
        let is_free = || !before.is_some_and(|sign| "&#/".contains(sign) || joins(sign));
        begins_url(text, *place) || (is_free() && number(rest).is_some())
    })
}

/// Returns whether a URL may begin at this byte. One that begins inside a word does not count.
fn begins_url(text: &str, place: usize) -> bool {
    let before = text[..place].chars().next_back();
    let is_inside = before.is_some_and(|sign| sign.is_alphanumeric() || sign == '_');
    !is_inside && SCHEMES.iter().any(|scheme| begins_with(&text[place..], scheme))
}

/// Returns where the next URL is that begins at the byte `from` or after it.
pub(super) fn next_url(text: &str, from: usize) -> Option<Range<usize>> {
    let mut places = text[from..].char_indices().map(|(place, _)| from + place);
    let start = places.find(|place| begins_url(text, *place))?;
    Some(start..start + address(&text[start..]).len())
}

/// Returns whether this character belongs to the same word as a number of a line, such as `#12`,
/// next to it. Chinese, Japanese and Korean characters do not, because a number may follow them
/// without a space.
fn joins(sign: char) -> bool {
    use Script::{Han, Hangul, Hiragana, Katakana};
    let is_apart = matches!(sign.script(), Han | Hangul | Hiragana | Katakana);
    (sign.is_alphanumeric() || sign == '_') && !is_apart
}

/// Reads the number of a line, such as `#12`, at the start of `text`. Returns it as typed, and as a
/// number. Returns `None` if the text does not begin with one.
fn number(text: &str) -> Option<(&str, u64)> {
    let digits = text.strip_prefix('#')?;
    let end = digits.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(digits.len());
    let is_whole = (1..=NUMBER_DIGITS_MAX).contains(&end) && !digits[end..].starts_with(joins);
    let seq = digits[..end].parse().ok().filter(|seq| is_whole && *seq > 0)?;
    Some((&text[..=end], seq))
}

fn begins_with(text: &str, scheme: &str) -> bool {
    text.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme))
}

/// Returns the URL at the start of `text`. Punctuation at its end does not belong to it. Nor does a
/// closing bracket at its end, if the URL does not have the opening bracket. The URL is never
/// empty, because a scheme begins with a letter.
fn address(text: &str) -> &str {
    let end = text.find(|sign: char| sign.is_whitespace() || ends_url(sign)).unwrap_or(text.len());
    let mut address = &text[..end];
    // For each kind of bracket, how many more of them close than open. They are counted once,
    // before the loop: to count them again for each bracket would be slow in a text of many
    // brackets.
    let surplus = |(open, close): (char, char)| {
        address.matches(close).count().saturating_sub(address.matches(open).count())
    };
    let mut surplus = BRACKETS.map(surplus);
    while let Some(last) = address.chars().next_back() {
        match BRACKETS.iter().position(|(_, close)| *close == last) {
            Some(kind) if surplus[kind] > 0 => surplus[kind] -= 1,
            None if ".,:;!?'\u{2019}\u{201d}\u{2026}*_~".contains(last) => {}
            _ => break,
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    address
}

/// Returns whether this character ends a URL, as white space does. In Chinese and Japanese,
/// full-width punctuation follows a URL without a space.
fn ends_url(sign: char) -> bool {
    matches!(sign, '<' | '>' | '"' | '\u{3000}'..='\u{3003}' | '\u{3008}'..='\u{3011}')
        || "\u{ff01}\u{ff08}\u{ff09}\u{ff0c}\u{ff0e}\u{ff1a}\u{ff1b}\u{ff1f}".contains(sign)
        || sign.is_control()
        || is_bidi_control(sign)
}

/// Returns whether a text that begins like a URL may become a link. A URL of the web with a user's
/// name before its host may not: people would think that `https://good.com:pw@evil.com/` leads to
/// good.com.
pub(crate) fn leads_somewhere(address: &str) -> bool {
    if address.contains(is_bidi_control) {
        return false;
    }
    let after = |scheme: &str| begins_with(address, scheme).then(|| &address[scheme.len()..]);
    match (after("mailto:"), after("http://").or_else(|| after("https://"))) {
        (Some(rest), _) => {
            rest.split_once('@').is_some_and(|(who, host)| !who.is_empty() && !host.is_empty())
        }
        (_, Some(rest)) => {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            !host.contains('@')
                && host.chars().next().is_some_and(|sign| sign.is_alphanumeric() || sign == '[')
                && !is_mixed(host)
        }
        _ => false,
    }
}

/// Returns whether a host has Latin letters and also letters of another script, which may look like
/// Latin ones. Letters of Chinese, Japanese and Korean do not count: hosts that have them and Latin
/// letters are common, and these letters look different.
fn is_mixed(host: &str) -> bool {
    use Script::{Bopomofo, Han, Hangul, Hiragana, Katakana, Latin};
    let scripts = || host.chars().filter(|sign| sign.is_alphabetic()).map(|sign| sign.script());
    let is_plain = |script| matches!(script, Latin | Han | Hiragana | Katakana | Hangul | Bopomofo);
    scripts().any(|script| script == Latin) && !scripts().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::{Links, linked};
    use crate::html::row::LINKS_PER_TEXT_MAX;

    const USUAL: Links<'_> = Links {
        by_way_of_out: false,
        number: Some(&|seq| format!("?at={seq}")),
        out_of_frame: false,
        name: None,
        found: None,
    };

    fn html_of(text: &str, links: Links<'_>) -> String {
        linked(text, links, &mut { LINKS_PER_TEXT_MAX }).into_string()
    }

    /// Returns the URLs of the links in a text.
    fn links(text: &str) -> Vec<String> {
        let html = html_of(text, USUAL);
        let links = html.split("<a href=\"").skip(1);
        links.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_text_of_nothing_but_links_has_some_and_all_its_words() {
        let text = "#1 ".repeat(1000);
        assert_eq!(links(&text).len(), LINKS_PER_TEXT_MAX);
        assert_eq!(html_of(&text, USUAL).matches("#1").count(), 1000);
    }

    #[test]
    fn addresses_are_links_and_what_stands_around_them_is_not() {
        for (text, expected) in [
            ("see http://a.b/c.", &["http://a.b/c"][..]),
            ("(https://a.b/c_(d))", &["https://a.b/c_(d)"]),
            ("HTTP://A.B and mailto:ann@a.b!", &["HTTP://A.B", "mailto:ann@a.b"]),
            ("看http://a.b/c，好", &[]),
            ("看 http://a.b/c，好", &["http://a.b/c"]),
            ("http://10.0.0.1:8080/?a=1&b=2#c", &["http://10.0.0.1:8080/?a=1&amp;b=2#c"]),
            ("javascript:alert(1) data:x ftp://a.b", &[]),
            ("http:// http://. mailto:ann mailto:@b", &[]),
            ("xhttp://a.b", &[]),
            ("http://http://a.b", &["http://http://a.b"]),
            // A host with a Cyrillic "a" among Latin letters is no link. A host with Chinese and
            // Latin letters is one.
            ("http://p\u{430}ypal.com/", &[]),
            ("http://例子.com/", &["http://例子.com/"]),
            ("http://é", &["http://é"]),
            ("https://good.com:pw@evil.com/x https://good.com@evil.com", &[]),
            ("http://a.b/@ann?c@d", &["http://a.b/@ann?c@d"]),
            // A bidi control character ends a URL, and is never part of one.
            ("http://a.b/\u{202e}gro.bank//:ptth", &["http://a.b/"]),
            ("\u{2068}http://a.b/c\u{2069}", &["http://a.b/c"]),
            ("http://\u{202e}a.b", &[]),
            ("#12, (#3) and #4.", &["?at=12", "?at=3", "?at=4"]),
            ("a#1 #2b #0 ##3 &#39; /#4 # #12345678901234567 http://a.b/#5", &["http://a.b/#5"]),
            ("看#12那条 #4294967301", &["?at=12", "?at=4294967301"]),
        ] {
            assert_eq!(links(text), expected, "{text}");
        }
    }

    #[test]
    fn nothing_of_a_text_is_lost_or_read_as_html() {
        for text in [
            "a http://b/<c> \"http://d\" e #7 #8b",
            "",
            "http://a",
            "é http://a é",
            "http://a\u{300}",
        ] {
            let html = html_of(text, USUAL);
            let mut plain = String::new();
            for piece in html.split('<') {
                plain.push_str(piece.split_once('>').map_or(piece, |(_, rest)| rest));
            }
            let plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
            assert_eq!(plain.replace("&amp;", "&"), text);
        }
    }

    #[test]
    fn without_a_place_for_them_numbers_are_words() {
        let html = html_of("see #12", Links { number: None, ..USUAL });
        assert_eq!(html, "see #12");
    }

    #[test]
    fn where_the_session_is_in_the_address_a_link_leads_by_a_page_without_it() {
        let html = html_of("http://a.b/?c&d", Links { by_way_of_out: true, ..USUAL });
        assert!(html.contains("href=\"/out?to=http%3A%2F%2Fa.b%2F%3Fc%26d\""), "{html}");
    }
}
