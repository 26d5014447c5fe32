//! A browser without scripts, and what stands on the pages that it shows.

use std::net::SocketAddr;

use super::raw::{Answer, request};

/// A browser without scripts.
pub struct Browser {
    pub addr: SocketAddr,
    keeps_cookies: bool,
    pub cookie: Option<String>,
    /// The cookie with its settings for pages.
    pub look: Option<String>,
    /// The cookie after which the next page says that the settings are saved.
    saved: Option<String>,
    /// The cookie that says which private messages it has shown.
    read: Option<String>,
    /// The cookie that says up to which message it has shown its rooms.
    pub rooms: Option<String>,
    /// The cookie that says to which message the form of a live page replies.
    pub reply: Option<String>,
    pub comes_from: Option<String>,
    /// The name and version of the browser, if it says them.
    pub agent: Option<String>,
    pub page: String,
}

impl Browser {
    pub fn at(addr: SocketAddr) -> Self {
        let (cookie, look, saved, read, rooms) = (None, None, None, None, None);
        let (comes_from, agent, page) = (None, None, String::new());
        let (keeps_cookies, reply) = (true, None);
        Self {
            addr,
            keeps_cookies,
            cookie,
            look,
            saved,
            read,
            rooms,
            reply,
            comes_from,
            agent,
            page,
        }
    }

    pub fn opens(addr: SocketAddr, path: &str) -> Self {
        let mut browser = Self::at(addr);
        assert_eq!(browser.gets(path).status, 200);
        browser
    }

    /// Opens a page, and follows a redirect that only removes the session from the address.
    pub fn gets(&mut self, path: &str) -> Answer {
        let answer = self.gets_only(path);
        let to = answer.header("location").filter(|_| path.contains("s=")).map(str::to_owned);
        let page = |address: &str| address.split('?').next().map(str::to_owned);
        match to.filter(|to| page(to) == page(path)) {
            Some(to) => self.gets_only(&to),
            None => answer,
        }
    }

    pub fn gets_only(&mut self, path: &str) -> Answer {
        self.asks(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{}\r\n", self.addr, self.cookies()))
    }

    /// Fills in the form's fields (its hidden ones go along), and sends it.
    pub fn sends(&mut self, fields: &[(&str, &str)]) -> Answer {
        let request = self.post(fields);
        self.asks(&request)
    }

    /// Presses *Refresh* on a page that had shown the messages up to `seen`.
    pub fn refreshes(&mut self, seen: &str) -> Answer {
        self.sends(&[("after", seen), ("text", ""), ("refresh", "Refresh")])
    }

    /// The same to another address than the lobby's.
    pub fn sends_to(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.post(fields).replacen("/r/lobby", path, 1);
        self.asks(&request)
    }

    /// The bytes of that request.
    pub fn post(&self, fields: &[(&str, &str)]) -> String {
        let hidden = ["once", "key", "s", "new", "drawn"];
        let hidden = hidden.into_iter().filter_map(|name| Some((name, self.value(name)?)));
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(hidden);
        form.extend_pairs(fields);
        self.request_of(&form.finish())
    }

    /// Sends a form with exactly this body.
    pub fn posts(&mut self, body: &str) -> Answer {
        let request = self.request_of(body);
        self.asks(&request)
    }

    /// The same to another address than the lobby's.
    pub fn posts_to(&mut self, path: &str, body: &str) -> Answer {
        let request = self.request_of(body).replacen("/r/lobby", path, 1);
        self.asks(&request)
    }

    /// Sends the choices of the settings page.
    pub fn saves(&mut self, fields: &[(&str, &str)]) -> Answer {
        let request = self.post(fields).replacen("POST /r/lobby ", "POST /settings ", 1);
        self.asks(&request)
    }

    /// The same browser, keeping no cookies.
    pub fn without_cookies(self) -> Self {
        Self { keeps_cookies: false, cookie: None, look: None, ..self }
    }

    fn request_of(&self, body: &str) -> String {
        let kind = "Content-Type: application/x-www-form-urlencoded";
        let (addr, cookies, bytes) = (self.addr, self.cookies(), body.len());
        let head = format!("Host: {addr}\r\n{cookies}{kind}\r\nContent-Length: {bytes}\r\n");
        format!("POST /r/lobby HTTP/1.1\r\n{head}\r\n{body}")
    }

    fn asks(&mut self, text: &str) -> Answer {
        let answer = request(self.addr, text);
        // After a redirect, the browser asks again at once, so the connection may stay.
        // A page that needs nothing of the hub is no job, so its connection may stay, too.
        let is_job = text.contains(" /r/") && !text.contains("/invite");
        if is_job && answer.status != 303 {
            let line = answer.header("connection");
            assert_eq!(line, Some("close"), "no thread is held between pages");
        }
        let lines = answer.head.lines();
        for cookie in lines.filter_map(|line| line.strip_prefix("Set-Cookie: ")) {
            if cookie.starts_with("threadbare-left=") {
                continue;
            }
            assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
            let pair = cookie.split(';').next().map(str::to_owned);
            let pair = pair.filter(|_| self.keeps_cookies);
            match cookie.split('=').next() {
                Some("threadbare-look") => self.look = pair,
                Some("threadbare-saved") => {
                    self.saved = pair.filter(|_| !cookie.contains("Max-Age=0;"));
                }
                Some("threadbare-shown") => self.read = pair,
                Some("threadbare-rooms") => self.rooms = pair,
                Some("threadbare-reply") => {
                    self.reply = pair.filter(|_| !cookie.contains("Max-Age=0;"));
                }
                _ => self.cookie = pair,
            }
        }
        if answer.status != 303 {
            self.page = answer.text();
        }
        answer
    }

    fn cookies(&self) -> String {
        let all = [&self.cookie, &self.look, &self.saved, &self.read, &self.rooms, &self.reply];
        let pairs: Vec<_> = all.into_iter().flatten().cloned().collect();
        let cookie = (!pairs.is_empty()).then(|| format!("Cookie: {}\r\n", pairs.join("; ")));
        cookie
            .into_iter()
            .chain(self.comes_from.iter().map(|from| format!("Referer: {from}\r\n")))
            .chain(self.agent.iter().map(|agent| format!("User-Agent: {agent}\r\n")))
            .collect()
    }

    /// The value of a field of the page.
    pub fn value(&self, name: &str) -> Option<String> {
        let (_, rest) = self.page.split_once(&format!("name=\"{name}\""))?;
        let (tag, _) = rest.split_once('>')?;
        let (_, value) = tag.split_once("value=\"")?;
        value.split_once('"').map(|(value, _)| value.to_owned())
    }

    /// The numbers of the messages, as they stand on the page.
    pub fn numbers(&self) -> Vec<u64> {
        let items = self.page.split("<li value=\"").skip(1);
        items.map(|item| item.split_once('"').unwrap().0.parse().unwrap()).collect()
    }
}

/// A browser with a session that has already said this text.
pub fn somebody(addr: SocketAddr, name: &str, text: &str) -> Browser {
    let mut browser = Browser::opens(addr, "/r/lobby");
    assert_eq!(browser.sends(&[("name", name), ("text", text)]).status, 303);
    browser.gets("/r/lobby");
    browser
}

/// The address that the answer leads to, without the timestamp that makes it unique.
pub fn leads_to(answer: &Answer) -> String {
    let to = answer.header("location").unwrap();
    let Some((page, rest)) = to.split_once("/now/") else { return to.to_owned() };
    let rest = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
    format!("{page}{}", rest.trim_start_matches("-new").trim_start_matches("-form"))
}

/// The target of the link with these words.
pub fn link(page: &str, words: &str) -> String {
    let (before, _) = page.split_once(&format!("\">{words}</a>")).unwrap_or_else(|| {
        panic!("no link {words}: {page}");
    });
    before.rsplit_once("href=\"").unwrap().1.replace("&amp;", "&")
}

/// The target of that link, without the timestamp that makes an address unique.
pub fn link_without_time(page: &str, words: &str) -> String {
    let link = link(page, words);
    let Some((place, rest)) = link.split_once("/now/") else { return link };
    format!("{place}{}", rest.trim_start_matches(|digit: char| digit.is_ascii_digit()))
}

/// Asserts that these parts are on the page, in this order.
pub fn has_in_order(page: &str, parts: &[&str]) {
    let mut rest = page;
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else {
            panic!("{part}, in its place: {page}");
        };
        rest = behind;
    }
}
