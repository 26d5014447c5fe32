//! What the server's log shows of a request's path. A mistyped path may contain anything, for
//! example a password (`server/http/refusal_log.rs`).
//!
//! Owns: which parts of a path are words that the server itself defines.
//! Must not know: what a path means.
//!
//! Part: `site/mod.rs`.

use percent_encoding::percent_decode_str;

use crate::chat::room_name::RoomName;
use crate::server::http::{refusal_log, site::TargetState};

/// The paths that the server's log shows as they are, besides those of rooms and files.
const OURS: [&str; 16] = [
    "/",
    "/away",
    "/away.js",
    "/chat",
    "/device",
    "/healthz",
    "/metrics",
    "/out",
    "/qr",
    "/rooms",
    "/session",
    "/settings",
    "/stay",
    "/version",
    "/webchat",
    "/ws",
];

/// The parts of a path after a room's name that the server's log shows as they are.
const OF_ROOM: [&str; 8] =
    ["history", "invite", "keep", "list", "poll", "private", "save", "stream"];

/// Returns what the server's log shows of a request's target. The caller must have escaped the
/// target's control characters.
pub(crate) fn loggable(target: &str, state: TargetState) -> String {
    refusal_log::veiled(target, |path| loggable_path(path, state))
}

fn loggable_path(path: &str, state: TargetState) -> String {
    if OURS.contains(&path) || path == "-" {
        return path.to_owned();
    }
    if let Some(rest) = path.strip_prefix("/r/") {
        return format!("/r/{}", room(rest));
    }
    if let Some(rest) = path.strip_prefix("/rooms/now/") {
        return format!("/rooms/now/{}", moment(rest));
    }
    match state {
        TargetState::Served => path.to_owned(),
        TargetState::Unknown if path.starts_with("/assets/") => "/assets/..".to_owned(),
        TargetState::Unknown => "/..".to_owned(),
    }
}

/// Returns what the server's log shows of the path after `/r/`: a room's name, a page of the room,
/// and the part with a time (see [`moment`]). Everything else becomes `..`.
fn room(rest: &str) -> String {
    let mut parts = rest.split('/');
    let name = parts.next().unwrap_or_default();
    let decoded = percent_decode_str(name).decode_utf8().ok();
    if decoded.is_none_or(|name| RoomName::parse(&name).is_err()) {
        return "..".to_owned();
    }
    let mut shown = name.to_owned();
    while let Some(part) = parts.next() {
        shown.push('/');
        match part {
            "now" | "since" => {
                shown.push_str(part);
                let behind: Vec<_> = parts.by_ref().collect();
                if !behind.is_empty() {
                    shown = format!("{shown}/{}", moment(&behind.join("/")));
                }
            }
            part if OF_ROOM.contains(&part) => shown.push_str(part),
            _ => {
                shown.push_str("..");
                break;
            }
        }
    }
    shown
}

/// Returns `text` if it looks like the last part of a URL that no browser has cached
/// (`html/address.rs`): `MILLISECONDS` or `EPOCH.SEQ-MILLISECONDS`. Otherwise returns `..`.
fn moment(text: &str) -> &str {
    let is_ours = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b'-');
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    if has_digit && text.len() <= 64 && text.bytes().all(is_ours) { text } else { ".." }
}

#[cfg(test)]
mod tests {
    use super::{TargetState, loggable};

    #[test]
    fn of_a_target_the_log_has_the_words_that_are_ours() {
        for (text, shown) in [
            ("/", "/"),
            ("/r/a", "/r/a"),
            ("/r/k%C3%BCche", "/r/k%C3%BCche"),
            ("/r/a/now/1795476232945", "/r/a/now/1795476232945"),
            ("/r/a/private/now/17?to=Ann", "/r/a/private/now/17?to=.."),
            ("/r/a/since/5b052f6932fe7727.41-17", "/r/a/since/5b052f6932fe7727.41-17"),
            ("/r/a/since/psst", "/r/a/since/.."),
            ("/r/a/now/5/psst", "/r/a/now/.."),
            ("/r/a/psst/list", "/r/a/.."),
            ("/r/so what!", "/r/.."),
            ("/r/", "/r/.."),
            ("/rooms/now/x", "/rooms/now/.."),
            ("/assets/0f/x.css", "/assets/.."),
            ("/wp-login.php?a=b", "/..?a=.."),
            ("-", "-"),
            ("http://a/b", "/.."),
            ("/ws?a=b&password=x&c", "/ws?a=..&password=..&.."),
            ("/ws?pass%77ord=x", "/ws?.."),
            ("/device?code=0af3&room=a", "/device?code=..&room=.."),
            ("/qr?to=/r/den/invite?code=0af3", "/qr?to=.."),
            ("/device/0af3", "/.."),
            ("/r/den/invite?code=0af3", "/r/den/invite?code=.."),
            ("/r/a?after=1.2&s=0af3", "/r/a?after=1.2&s=.."),
        ] {
            assert_eq!(loggable(text, TargetState::Unknown), shown, "{text}");
        }
        let served = |target| loggable(target, TargetState::Served);
        assert_eq!(served("/pictures/cat.png"), "/pictures/cat.png", "an own page's");
        assert_eq!(served("/r/a/now/psst"), "/r/a/now/..");
    }
}
