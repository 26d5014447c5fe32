//! Converts the body of a request to UTF-8 from the encoding that the request names.
//!
//! A browser names the encoding in the form's field `_charset_`, as the standard says; a program
//! names it in `charset=` of its `Content-Type`. If a request names none, its body must be UTF-8:
//! the server does not guess the encoding. A wrong guess would show characters that nobody typed,
//! which is worse than a refusal.
//!
//! Owns: the promise that the code which reads a body gets UTF-8.
//! Must not know: what a body means.
//!
//! Part: `site/mod.rs`.

use encoding_rs::{Encoding, UTF_8};
use form_urlencoded::Serializer;
use percent_encoding::percent_decode;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

/// Returns the body in UTF-8. `content_type` is the header of the request; `is_form` says that the
/// body is a form, with percent escapes. A body whose encoding is not named must be UTF-8.
///
/// # Errors
/// The named encoding is unknown, or the body is not valid in it.
pub(super) fn to_utf8(
    content_type: &str,
    is_form: bool,
    body: Vec<u8>,
) -> Result<Vec<u8>, Unreadable> {
    let mut parts = content_type.split(';').skip(1).filter_map(|part| part.split_once('='));
    let in_head = parts.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    let in_head = in_head.map(|(_, value)| value.trim().trim_matches('"').to_owned());
    let says = in_head.or_else(|| is_form.then(|| field(&body)).flatten());
    let encoding = match says.filter(|says| !says.is_empty()) {
        Some(says) => Encoding::for_label(says.as_bytes()).ok_or(Unreadable)?,
        None => UTF_8,
    };
    // The body of a form is converted in two steps. Here only its characters without percent
    // escapes are converted; some programs send such characters. Any other body is converted
    // completely here.
    let body = match body.is_ascii() && encoding.is_ascii_compatible() {
        true => body,
        false => decode(encoding, &body)?.into_bytes(),
    };
    if !is_form {
        return Ok(body);
    }
    let pairs = || body.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty());
    if encoding == UTF_8 {
        let is_readable = |part: &[u8]| str::from_utf8(&unescaped(part)).is_ok();
        return if pairs().all(is_readable) { Ok(body) } else { Err(Unreadable) };
    }
    let mut form = Serializer::new(String::new());
    for pair in pairs() {
        let (name, value) = split(pair);
        form.append_pair(&read(encoding, name)?, &read(encoding, value)?);
    }
    Ok(form.finish().into_bytes())
}

fn field(body: &[u8]) -> Option<String> {
    let pairs = body.split(|&byte| byte == b'&').map(split);
    let mut values = pairs.filter(|(name, _)| *name == b"_charset_").map(|(_, value)| value);
    values.next().map(|value| String::from_utf8_lossy(&unescaped(value)).into_owned())
}

fn split(pair: &[u8]) -> (&[u8], &[u8]) {
    match pair.iter().position(|&byte| byte == b'=') {
        Some(at) => (&pair[..at], &pair[at + 1..]),
        None => (pair, &[]),
    }
}

fn unescaped(part: &[u8]) -> Vec<u8> {
    let spaced: Vec<_> = part.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
    percent_decode(&spaced).collect()
}

/// Decodes a name or a value of a form. If it has non-ASCII bytes, they are UTF-8 already, because
/// `to_utf8` has converted them. Otherwise its escaped bytes are in the form's encoding.
fn read(encoding: &'static Encoding, part: &[u8]) -> Result<String, Unreadable> {
    let bytes = unescaped(part);
    if part.is_ascii() { decode(encoding, &bytes) } else { decode(UTF_8, &bytes) }
}

fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, Unreadable> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(std::borrow::Cow::into_owned).ok_or(Unreadable)
}

#[cfg(test)]
mod tests {
    use super::{Unreadable, to_utf8};

    const FORM: &str = "application/x-www-form-urlencoded";

    fn form(content_type: &str, body: &str) -> Result<String, Unreadable> {
        let body = to_utf8(content_type, true, body.as_bytes().to_vec())?;
        Ok(String::from_utf8(body).unwrap())
    }

    #[test]
    fn a_form_in_utf_8_stays_as_it_is() {
        for body in [
            "",
            "text=%C3%A4+b&x",
            "text=ä&_charset_=",
            "a=%26&&b",
            "_charset_=UTF-8&text=%E6%B1%A4",
        ] {
            assert_eq!(form(FORM, body).as_deref(), Ok(body));
        }
        for body in ["text=%E4", "%E4", "text=%ED%A0%80", "_charset_=utf-8&text=%FF"] {
            assert_eq!(form(FORM, body), Err(Unreadable), "{body}");
        }
    }

    #[test]
    fn a_form_in_another_encoding_is_read_field_by_field() {
        let read = form(FORM, "_charset_=iso-8859-1&text=%E4+%26%3D%2B&once=7-ab").unwrap();
        let pairs: Vec<_> = form_urlencoded::parse(read.as_bytes()).into_owned().collect();
        assert_eq!(pairs[1..], [("text".into(), "ä &=+".into()), ("once".into(), "7-ab".into())]);
        let read = form("x; a=b; CHARSET=Big5", "text=%B4%FA%B8%D5").unwrap();
        assert_eq!(form_urlencoded::parse(read.as_bytes()).next().unwrap().1, "測試");
        assert_eq!(form(FORM, "_charset_=shift_jis&text=%81"), Err(Unreadable), "half a sign");
        assert_eq!(form("x; charset=none-such", "text=a"), Err(Unreadable));
    }

    #[test]
    fn a_text_has_no_escapes() {
        let text = |kind, body: &[u8]| to_utf8(kind, false, body.to_vec());
        assert_eq!(text("text/plain", b"100%FF"), Ok(b"100%FF".to_vec()));
        assert_eq!(text("text/plain; charset=windows-1252", b"\xe4"), Ok("ä".into()));
        assert_eq!(text("text/plain; charset=utf-16le", b"a\0"), Ok("a".into()));
        assert_eq!(text("text/plain", b"\xe4"), Err(Unreadable));
    }
}
