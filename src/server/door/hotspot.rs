//! Connection path, step 2b, on a hotspot (`--hotspot`): requests that the site never sees.
//!
//! The DNS of a hotspot gives this server's address for every name. So all that a phone asks of
//! other hosts comes here:
//!
//! - A *connectivity check* is the request by which a phone finds out whether the Wi-Fi leads to
//!   the internet. The answer is the way to the chat, which the phone then shows in a small window,
//!   the *pop-up*. Once the phone's address has pressed *Stay connected* (`admission/hotspot.rs`),
//!   it gets what it has asked for.
//! - Anything else for another host is answered with the way to the chat.
//!
//! Another host's name may be a stranger's who wants to talk to this server from a page in a
//! visitor's browser (`host.rs`). So a request for another host gets a redirect or a text that is
//! always the same, and nothing of the chat, whatever its method is. The redirect leads to an IP
//! address, so for that page it leads to another origin, whose answer the page cannot read.
//!
//! Owns: the connectivity checks that are known, and what answers them.
//! Must not know: pages, who has pressed a button.
//!
//! Part: `server/door/mod.rs`.

use std::net::IpAddr;

use super::answer::{body, head};
use super::{Door, Next, door_socket::DoorSocket, request::ParsedRequest};
use crate::base::base_path;
use crate::server::http::response::Response;

/// What a hotspot answers to a request that the site does not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HotspotAnswer {
    /// The way to the chat.
    ToChat,
    /// The way to the chat, for a pop-up.
    ToPopUp,
    /// The page that the connectivity check has asked for.
    Success(&'static Success),
}

/// The page that a connectivity check finds where the Wi-Fi leads to the internet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Success {
    status: u16,
    content_type: &'static str,
    body: &'static str,
}

const APPLE: Success = Success {
    status: 200,
    content_type: "text/html",
    body: "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>",
};
const ANDROID: Success = Success { status: 204, content_type: "text/plain", body: "" };
const WINDOWS: Success =
    Success { status: 200, content_type: "text/plain", body: "Microsoft Connect Test" };
const OLD_WINDOWS: Success =
    Success { status: 200, content_type: "text/plain", body: "Microsoft NCSI" };
const FIREFOX: Success = Success { status: 200, content_type: "text/plain", body: "success\n" };
const NEW_FIREFOX: Success = Success {
    status: 200,
    content_type: "text/html",
    body: "<meta http-equiv=\"refresh\" \
           content=\"0;url=https://support.mozilla.org/kb/captive-portal\"/>",
};

/// The paths of the connectivity checks. At `/redirect` Windows opens its pop-up, and expects no
/// page.
const CHECKS: [(&str, Option<&Success>); 9] = [
    ("/canonical.html", Some(&NEW_FIREFOX)),
    ("/connecttest.txt", Some(&WINDOWS)),
    ("/gen_204", Some(&ANDROID)),
    ("/generate_204", Some(&ANDROID)),
    ("/hotspot-detect.html", Some(&APPLE)),
    ("/library/test/success.html", Some(&APPLE)),
    ("/ncsi.txt", Some(&OLD_WINDOWS)),
    ("/redirect", None),
    ("/success.txt", Some(&FIREFOX)),
];

/// The front page of a server, for a pop-up: a site may answer it in another way than `/`.
const FOR_POP_UP: &str = "/?pop=1";

/// Returns how the hotspot answers this request. `None`: it is an ordinary request, or the server
/// is no hotspot's, or a proxy has sent it.
pub(super) fn answer(
    door: &Door,
    connection: &DoorSocket,
    request: &ParsedRequest,
) -> Option<HotspotAnswer> {
    let hotspot = door.config.hotspot.as_ref()?;
    origin(door, connection)?;
    let stays = hotspot.keeps(connection.peer.ip());
    let is_foreign = !request.hosts.iter().all(|host| door.hosts.admits(host));
    let is_read = matches!(request.method, "GET" | "HEAD") && !request.upgrade;
    chosen(&request.path, is_read, is_foreign, stays)
}

/// Decides how a hotspot answers a request for this target; `None`: the request is ordinary.
/// `is_read`: it only reads. `is_foreign`: it is for another host. `stays`: its address has pressed
/// *Stay connected*.
fn chosen(target: &str, is_read: bool, is_foreign: bool, stays: bool) -> Option<HotspotAnswer> {
    let path = target.split('?').next().unwrap_or_default();
    let check = CHECKS.iter().find(|(check, _)| *check == path && is_read);
    match check {
        Some(_) if !stays => Some(HotspotAnswer::ToPopUp),
        Some((_, Some(success))) => Some(HotspotAnswer::Success(success)),
        Some((_, None)) => Some(HotspotAnswer::ToChat),
        None => is_foreign.then_some(HotspotAnswer::ToChat),
    }
}

/// Returns how the addresses of the chat begin for the peer of this connection. `None`: the address
/// to which it has connected leads no browser here.
fn origin(door: &Door, connection: &DoorSocket) -> Option<String> {
    let local = connection.socket.local_addr()?;
    // A proxy has connected to an address that its people may not reach. An address of one link
    // needs the name of the link, which no browser takes.
    let is_of_link = matches!(local.ip(), IpAddr::V6(ip) if ip.is_unicast_link_local());
    if door.proxies.trusts(connection.from.ip()) || is_of_link {
        return None;
    }
    let is_secure = connection.is_secure || door.config.tls_only;
    Some(format!("{}://{local}", if is_secure { "https" } else { "http" }))
}

/// Sends this answer, and ends the connection. Phones ask often, so it is no line in the log unless
/// the operator wants each detail.
pub(super) fn send(door: &Door, connection: &DoorSocket, answer: HotspotAnswer) -> Next {
    let origin = origin(door, connection).unwrap_or_default();
    let to = |path| {
        let place = format!("{origin}{}", base_path::link(path));
        Response::new(302, "").with_header("Location", place)
    };
    let response = match answer {
        HotspotAnswer::ToChat => to("/"),
        HotspotAnswer::ToPopUp => to(FOR_POP_UP),
        HotspotAnswer::Success(page) => {
            let page_of = Response::new(page.status, page.body);
            page_of.with_header("Content-Type", page.content_type)
        }
    };
    let response = response.with_header("Cache-Control", "no-store");
    tracing::debug!(peer = %connection.peer, ?answer, "a request of the hotspot");
    let head = head(&response, false, connection.is_secure);
    door.write(connection, head, body(&response), false)
}

#[cfg(test)]
mod tests {
    use super::{CHECKS, HotspotAnswer, chosen};

    #[test]
    fn row_104_a_connectivity_check_leads_to_the_pop_up_until_its_address_stays() {
        for (path, success) in CHECKS {
            for is_foreign in [true, false] {
                for target in [path.to_owned(), format!("{path}?ipv4")] {
                    let before = chosen(&target, true, is_foreign, false);
                    assert_eq!(before, Some(HotspotAnswer::ToPopUp), "{target}");
                    let after = success.map_or(HotspotAnswer::ToChat, HotspotAnswer::Success);
                    assert_eq!(chosen(&target, true, is_foreign, true), Some(after), "{target}");
                }
            }
        }
    }

    #[test]
    fn row_104_another_host_gets_the_way_to_the_chat_and_our_own_gets_the_site() {
        for stays in [true, false] {
            for target in ["/", "/r/lobby", "/healthz", "/generate_204/", "/x/generate_204", "/?"] {
                for is_read in [true, false] {
                    let foreign = chosen(target, is_read, true, stays);
                    assert_eq!(foreign, Some(HotspotAnswer::ToChat), "{target}");
                    assert_eq!(chosen(target, is_read, false, stays), None, "{target}");
                }
            }
            // A form, or a WebSocket.
            let written = chosen("/generate_204", false, true, stays);
            assert_eq!(written, Some(HotspotAnswer::ToChat));
            assert_eq!(chosen("/generate_204", false, false, stays), None);
        }
    }
}
