//! What a browser without scripts knows: its cookies, the form of its page, and the lines that the
//! page shows.

use std::borrow::Cow;

use super::super::book::{Book, GARBLED, find};
use super::super::http::{Answer, get, post};
use super::super::seen::{Kind, Shown};
use super::super::truth::text_of;

/// A browser and its last page.
#[derive(Default)]
pub struct Browser {
    session: Option<String>,
    /// The hidden fields of the form; `None`: the browser has no page with a form.
    pub hidden: Option<Vec<(String, String)>>,
    /// The address of the frame that shows new lines.
    pub frame: Option<String>,
}

impl Browser {
    pub fn gets(&self, path: &str) -> String {
        get(path, &self.cookies())
    }

    /// The request that sends the last page's form with these fields.
    pub fn posts(&self, path: &str, typed: &[(&str, &str)]) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(self.hidden.iter().flatten());
        form.extend_pairs(typed);
        post(path, &self.cookies(), "application/x-www-form-urlencoded", &form.finish())
    }

    fn cookies(&self) -> String {
        let session = self.session.iter().map(|it| format!("Cookie: threadbare={it}\r\n"));
        format!("Accept: text/html\r\nAccept-Language: en\r\n{}", session.collect::<String>())
    }

    /// Whether the browser has a session.
    pub fn has_a_session(&self) -> bool {
        self.session.is_some()
    }

    /// The session is over, so the browser is a stranger again.
    pub fn forgets(&mut self) {
        *self = Self::default();
    }

    /// Takes the cookie from an answer, and the page if it is one.
    pub fn takes(&mut self, answer: &Answer) {
        let cookies = answer.head.lines().filter_map(|line| line.strip_prefix("Set-Cookie: "));
        for cookie in cookies {
            let value = cookie.strip_prefix("threadbare=").and_then(|it| it.split(';').next());
            if let Some(value) = value {
                self.session = Some(value.to_owned()).filter(|it| !it.is_empty());
            }
        }
        if answer.status == 303 {
            return;
        }
        self.hidden = hidden_in(&answer.body);
        let frame = answer
            .body
            .split("<iframe class=\"stream\"")
            .nth(1)
            .and_then(|rest| value(rest, "src"));
        self.frame = frame.map(|it| unescaped(&it).into_owned());
    }
}

/// The hidden fields of the page's form.
fn hidden_in(page: &str) -> Option<Vec<(String, String)>> {
    let form = page.split("<form id=\"say\"").nth(1)?.split("</form>").next()?;
    let fields = form.split("<input type=\"hidden\"").skip(1);
    let encoding = "UTF-8".to_owned();
    let filled = |field| match value(field, "name")? {
        // In this field, a browser names the encoding that it uses.
        name if name == "_charset_" => Some((name, encoding.clone())),
        name => Some((name, value(field, "value")?)),
    };
    fields.map(filled).collect()
}

fn value(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split('>').next()?;
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}

fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return text.into();
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&amp;", "&").into()
}

fn without_tags(html: &str) -> String {
    let mut parts = html.split('<');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text += part.split_once('>').map_or("", |(_, behind)| behind);
    }
    unescaped(&text).into_owned()
}

/// How the text of an action (`/me`) begins.
const DEED: &str = "<span class=\"heard\">* </span><i>";

/// The items of a page's list, in the page's order; incomplete ones are left out.
pub fn rows(book: &Book, html: &str) -> Vec<Shown> {
    let items = html.split("<li value=\"").skip(1);
    items.filter_map(|item| row(book, item.split_once("</li>")?.0)).collect()
}

/// Reads one item, without its first characters: `7" id="m7">...`.
pub fn row(book: &Book, item: &str) -> Option<Shown> {
    let (seq, item) = item.split_once('"')?;
    let seq = seq.parse().ok()?;
    let Some((before, text)) = item.split_once("<div class=\"text\" dir=\"auto\">") else {
        // A topic or a deletion.
        let text = find(&without_tags(item)).map_or(0, |(_, number)| number);
        let kind = if text == 0 { Kind::Deleted } else { Kind::Topic };
        return Some(Shown { kind, seq, id: 0, text });
    };
    let html = text.split("</div>").next()?;
    let text = without_tags(html);
    let (kind, number) = if html.starts_with(DEED) {
        (Kind::Acted, find(&text).map_or(GARBLED, |(_, number)| number))
    } else if before.contains("<i>") {
        (Kind::Edited, text_of(book, &text))
    } else {
        (Kind::Said, text_of(book, &text))
    };
    Some(Shown { kind, seq, id: 0, text: number })
}

#[cfg(test)]
mod tests {
    use super::super::super::book::{Book, What};
    use super::{DEED, Kind, Shown, rows};

    #[test]
    fn the_lines_of_a_page_are_read_with_their_numbers_and_kinds() {
        let mut book = Book::default();
        let guest = book.new_guest("form");
        for what in [What::Say, What::Me, What::Edit(1), What::Topic] {
            book.write(guest, 0, what, "<b> & \"x\"");
        }
        let text = |number| format!("k{number} &lt;b&gt; &amp; &quot;x&quot; e{number}");
        let row = |seq: u64, inner: &str| {
            format!(
                "<li value=\"{seq}\" id=\"m{seq}\"><b><bdi>Cy</bdi></b> <time>0</time> {inner}</li>"
            )
        };
        let div = |inner: &str| format!("<div class=\"text\" dir=\"auto\">{inner}</div>");
        let html = [
            row(1, &div(&text(1))),
            row(2, &div(&format!("{DEED}{}</i>", text(2)))),
            row(3, &format!("<i><bdi>Cy</bdi> changed #<bdi>1</bdi> to:</i> {}", div(&text(3)))),
            row(4, &format!("<i><bdi>Cy</bdi> set the topic: <bdi>{}</bdi></i>", text(4))),
            row(5, "<i>Message deleted.</i>"),
        ];
        let kinds = [Kind::Said, Kind::Acted, Kind::Edited, Kind::Topic, Kind::Deleted];
        let shown = rows(&book, &html.concat());
        for ((seq, kind), shown) in (1..).zip(kinds).zip(&shown) {
            let text = if seq == 5 { 0 } else { u32::try_from(seq).unwrap() };
            assert_eq!(*shown, Shown { kind, seq, id: 0, text });
        }
        assert_eq!(shown.len(), kinds.len());
    }
}
