//! What a request line may ask for, brought into one form.
//!
//! Owns: the forms of a target (RFC 9112 3.2) and the encoding of its bytes.
//! Must not know: what a path means; that is the routes' business.
//!
//! Next: `door/canonical.rs`.

use std::fmt::Write as _;

use crate::door::host::Authority;
use crate::http::refusal::Refusal;

/// A target as tiny_http gets it, and the host it named, if it did.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Begins with `/`, ASCII only.
    pub(super) path: String,
    /// From an absolute target; it goes before `Host` (RFC 9112 3.2.2).
    pub(super) authority: Option<Authority>,
}

/// Reads a target: `/path?query`, or a whole `http://` address.
pub(super) fn parse(bytes: &[u8]) -> Result<Target, Refusal> {
    // A browser keeps what follows '#' to itself; to send it is an error.
    if bytes.iter().any(|&byte| byte <= b' ' || byte == 0x7f || byte == b'#') {
        return Err(Refusal::Malformed);
    }
    if bytes.starts_with(b"/") {
        return Ok(Target { path: encode(bytes), authority: None });
    }
    let rest = [&b"http://"[..], b"https://"]
        .into_iter()
        .find_map(|scheme| strip_scheme(bytes, scheme))
        .ok_or(Refusal::Malformed)?;
    let path_at = rest.iter().position(|byte| b"/?".contains(byte)).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(path_at);
    let authority = str::from_utf8(authority).ok().and_then(Authority::parse);
    let slash = if path.starts_with(b"/") { "" } else { "/" };
    Ok(Target {
        path: format!("{slash}{}", encode(path)),
        authority: Some(authority.ok_or(Refusal::BadHost)?),
    })
}

fn strip_scheme<'a>(bytes: &'a [u8], scheme: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = bytes.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// Percent-encodes what is not ASCII: tiny_http ends the connection without a
/// word when it meets such a byte, and curl sends them.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii() {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            write!(text, "%{byte:02X}").ok();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::http::refusal::Refusal;

    fn path(target: &[u8]) -> String {
        parse(target).unwrap().path
    }

    #[test]
    fn an_absolute_target_becomes_a_path_and_a_host() {
        assert_eq!(path(b"http://a.local:80/x?y=1"), "/x?y=1");
        assert_eq!(path(b"HTTPS://a.local?y"), "/?y");
        assert_eq!(path(b"http://a.local"), "/");
        let target = parse(b"http://A.local:81/").unwrap();
        assert_eq!(target.authority.unwrap().text(), "a.local:81");
    }

    #[test]
    fn bytes_that_are_not_ascii_are_percent_encoded() {
        assert_eq!(path("/grüße?ä".as_bytes()), "/gr%C3%BC%C3%9Fe?%C3%A4");
        assert_eq!(path(b"/\xff%20"), "/%FF%20");
    }

    #[test]
    fn a13_what_is_no_target_is_refused() {
        for target in [&b"x"[..], b"*", b"", b"/a#b", b"/a b", b"/\x7f", b"ftp://a/", b"a:443"] {
            assert_eq!(parse(target), Err(Refusal::Malformed), "{}", target.escape_ascii());
        }
        for target in [&b"http://a@b/"[..], b"http:///x", b"http://\xff/"] {
            assert_eq!(parse(target), Err(Refusal::BadHost), "{}", target.escape_ascii());
        }
    }
}
