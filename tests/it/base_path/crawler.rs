//! A client without scripts that follows every link, and sends every form, that it finds below a
//! base path. It fails where a page, a redirect or a cookie leads out of that path.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

use crate::harness::raw::{Answer, request};

/// More pages than there are kinds of pages: addresses with new numbers count as known.
const PAGES_MAX: usize = 600;

/// What the client types into a field with this name.
const TYPED: [(&str, &str); 8] = [
    ("text", "hello, see http://example.org/ and #1"),
    ("name", "Ann"),
    ("room", "kitchen"),
    ("find", "hello"),
    ("secret", ""),
    ("password", "fish"),
    ("room-password", ""),
    ("code", ""),
];

/// Words of buttons and fields with which the client would leave the chat, or end its session.
const LEAVES: [&str; 4] = ["/quit", "forget", "elsewhere", "sign-out"];

pub(super) struct Crawler {
    addr: SocketAddr,
    base: &'static str,
    keeps_cookies: bool,
    cookies: BTreeMap<String, String>,
    /// Addresses that wait, each with the page that has the link.
    waiting: VecDeque<(String, String)>,
    /// Forms that wait, each with its page: they come after all links.
    forms: VecDeque<(Form, String)>,
    /// The addresses that were seen, without numbers and tokens.
    pub(super) known: BTreeSet<String>,
    pub(super) sent: BTreeSet<String>,
    pub(super) cookies_seen: BTreeSet<String>,
}

/// A form, with one of its buttons.
struct Form {
    action: String,
    is_post: bool,
    fields: Vec<(String, String)>,
}

impl Crawler {
    pub(super) fn at(addr: SocketAddr, base: &'static str, keeps_cookies: bool) -> Self {
        let (cookies, waiting, forms) = (BTreeMap::new(), VecDeque::new(), VecDeque::new());
        let (known, sent, cookies_seen) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { addr, base, keeps_cookies, cookies, waiting, forms, known, sent, cookies_seen }
    }

    /// Looks at all pages that links lead to from here, then sends the forms of these pages.
    pub(super) fn crawls(&mut self, from: &str) {
        self.waits_for(from, from);
        for _ in 0..PAGES_MAX {
            if let Some((path, page)) = self.waiting.pop_front() {
                let answer = self.asks("GET", &path, &page, "");
                assert!(answer.status < 400, "{path} on {page}: {}{}", answer.head, answer.text());
                self.reads(&answer, &path);
            } else if let Some((form, page)) = self.forms.pop_front() {
                self.sends(&form, &page);
            } else {
                return;
            }
        }
        panic!("there is no end: {:#?}", self.known);
    }

    fn sends(&mut self, form: &Form, page: &str) {
        let mut fields = form_urlencoded::Serializer::new(String::new());
        let fields = fields.extend_pairs(&form.fields).finish();
        let answer = if form.is_post {
            self.asks("POST", &form.action, page, &fields)
        } else {
            let path = form.action.split('?').next().unwrap();
            self.asks("GET", &format!("{path}?{fields}"), page, "")
        };
        // A form of the second time, or an empty one, is refused with a page: its address is right.
        let is_there = !matches!(answer.status, 404 | 405 | 500..);
        assert!(is_there, "{fields} to {} on {page}: {}", form.action, answer.text());
        self.reads(&answer, &form.action);
    }

    fn asks(&mut self, method: &str, path: &str, page: &str, body: &str) -> Answer {
        let pairs: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookie = if pairs.is_empty() {
            String::new()
        } else {
            format!("Cookie: {}\r\n", pairs.join("; "))
        };
        let kind = "application/x-www-form-urlencoded";
        let length = if method == "POST" {
            format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len())
        } else {
            String::new()
        };
        let path = path.split('#').next().unwrap();
        let addr = self.addr;
        let answer = request(
            addr,
            &format!(
                "{method} {path} HTTP/1.1\r\nHost: {addr}\r\nAccept: text/html\r\n\
                 Referer: http://{addr}{page}\r\n{cookie}{length}\r\n{body}"
            ),
        );
        for line in answer.head.lines().filter_map(|line| line.strip_prefix("Set-Cookie: ")) {
            self.takes(line);
        }
        answer
    }

    fn takes(&mut self, cookie: &str) {
        assert!(cookie.contains(&format!("; Path={}/;", self.base)), "{cookie}");
        let (name, rest) = cookie.split_once('=').unwrap();
        self.cookies_seen.insert(name.to_owned());
        let value = rest.split(';').next().unwrap();
        if cookie.contains("Max-Age=0;") {
            self.cookies.remove(name);
        } else if self.keeps_cookies {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Finds where an answer leads to, and what its page has.
    fn reads(&mut self, answer: &Answer, path: &str) {
        if let Some(to) = answer.header("Location") {
            self.waits_for(to, path);
        }
        if let Some(link) = answer.header("Link") {
            self.waits_for(link.split(['<', '>']).nth(1).unwrap(), path);
        }
        if !answer.header("Content-Type").is_some_and(|kind| kind.starts_with("text/html")) {
            return;
        }
        let policy = answer.header("Content-Security-Policy").unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let page = answer.text();
        for tag in tags(&page) {
            for name in ["href", "src"] {
                if let Some(to) = attribute(tag, name) {
                    self.waits_for(&to, path);
                }
            }
        }
        for form in forms(&page, path) {
            let fields: Vec<_> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
            let all = format!("{:?}", form.fields);
            let key = format!("{} {fields:?}", without_numbers(&form.action));
            let leaves = LEAVES.iter().any(|word| all.contains(word) || path.contains(word));
            if !leaves && self.sent.insert(key) {
                self.is_ours(&form.action, path);
                self.forms.push_back((form, path.to_owned()));
            }
        }
    }

    fn waits_for(&mut self, to: &str, page: &str) {
        let origin = format!("http://{}", self.addr);
        let to = to.strip_prefix(&origin).unwrap_or(to);
        let is_elsewhere = to.contains("://") || to.starts_with("mailto:");
        if is_elsewhere || to.starts_with('#') {
            return;
        }
        let to = resolved(to, page);
        self.is_ours(&to, page);
        if self.known.insert(without_numbers(&to)) {
            self.waiting.push_back((to, page.to_owned()));
        }
    }

    fn is_ours(&self, path: &str, page: &str) {
        assert!(path.starts_with(&format!("{}/", self.base)), "{path} on {page}");
    }
}

/// A link, as a browser reads it on the page at this path.
fn resolved(to: &str, page: &str) -> String {
    let path = page.split(['?', '#']).next().unwrap();
    match to.chars().next() {
        None => page.to_owned(),
        Some('/') => to.to_owned(),
        Some('?') => format!("{path}{to}"),
        Some(_) => format!("{}/{to}", path.rsplit_once('/').unwrap().0),
    }
}

/// What is the same in the addresses of one kind of page.
fn without_numbers(path: &str) -> String {
    let path = path.split('#').next().unwrap();
    let words = path.split_inclusive(['/', '?', '&', '=', '-', '.']).map(|word| {
        let is_number = word.len() > 20 || word.starts_with(|sign: char| sign.is_ascii_digit());
        if is_number { "0" } else { word }
    });
    words.collect()
}

pub(super) fn tags(page: &str) -> impl Iterator<Item = &str> {
    page.split('<').skip(1).filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag))
}

pub(super) fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split_once('"')?.0;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

/// The forms of a page, one for each of their buttons.
fn forms(page: &str, path: &str) -> Vec<Form> {
    let forms = page.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap());
    let mut found = Vec::new();
    for text in forms {
        let whole = format!("form{text}");
        let head = whole.split('>').next().unwrap();
        let action = attribute(head, "action").map_or(path.to_owned(), |to| resolved(&to, path));
        let is_post = head.contains("method=\"post\"");
        let (mut fields, mut buttons) = (Vec::new(), Vec::new());
        for tag in tags(&whole) {
            let named = attribute(tag, "name");
            let value = attribute(tag, "value").unwrap_or_default();
            let kind = tag.split(' ').next().unwrap();
            match (kind, named) {
                ("button", named) => buttons.push(named.map(|name| (name, value))),
                ("input", Some(name)) if tag.contains("type=\"submit\"") => {
                    buttons.push(Some((name, value)));
                }
                ("input", Some(_)) if is_unchecked(tag) => {}
                ("input" | "textarea", Some(name)) => {
                    let is_hidden = tag.contains("type=\"hidden\"");
                    let typed = TYPED.iter().find(|(field, _)| *field == name && !is_hidden);
                    let typed = typed.map(|(_, text)| (*text).to_owned());
                    fields.push((name, typed.unwrap_or(value)));
                }
                _ => {}
            }
        }
        if buttons.is_empty() {
            buttons.push(None);
        }
        found.extend(buttons.into_iter().map(|button| {
            let fields = fields.iter().cloned().chain(button).collect();
            Form { action: action.clone(), is_post, fields }
        }));
    }
    found
}

fn is_unchecked(tag: &str) -> bool {
    let is_choice = ["radio", "checkbox"].iter().any(|kind| tag.contains(&format!("\"{kind}\"")));
    is_choice && !tag.contains(" checked")
}
