//! Reads language, session and more from a (possibly broken) head, so that the door can refuse
//! a browser with a page.
//!
//! Owns: how that is read from the bytes of a head.
//! Must not know: why the browser is refused, what its page looks like.
//!
//! Room: `site/mod.rs`.

use crate::site::pages::refused::RefusedBrowser;

/// The sender of this head and body, as the refusal page needs it; `None`: it wants no page.
#[inline(never)]
pub(super) fn asker(head: &[u8], body: &[u8]) -> Option<RefusedBrowser> {
    let target = head.split(|&byte| byte == b' ').nth(1).unwrap_or_default();
    let target = str::from_utf8(target).unwrap_or_default();
    Some(RefusedBrowser::of(target, |name| header(head, name))?.with_form(body))
}

/// The first value of a header.
fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    head.split(|&byte| byte == b'\n').skip(1).find_map(|line| {
        let (key, value) = str::from_utf8(line).ok()?.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::{asker, header};

    #[test]
    fn a_head_is_read_as_far_as_it_came() {
        let head = b"GET /x HTTP/1.1\r\nHost: a\r\naccept: text/html\r\nX: \xff\r\nAccept-Lang";
        assert_eq!(header(head, "Accept"), Some("text/html"));
        assert_eq!(header(head, "Accept-Language"), None);
        assert!(asker(head, b"").is_some());
        for odd in [&b""[..], b" ", b"\xff", b"GET /\r\naccept: text/plain"] {
            assert!(asker(odd, b"").is_none(), "{odd:?}");
        }
    }
}
