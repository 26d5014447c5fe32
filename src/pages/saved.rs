//! All of a room as a file: the head of such an answer, or the page that says why there
//! is none; and the links to it. The lines are `wire/file.rs`'s.
//!
//! Runs on thread `door`. Blocks as `visit/mod.rs` says.
//! Owns: what the file is called.
//! Must not know: sockets, who is told what.
//!
//! Next: `greeting/stream.rs`.

use maud::{Markup, html};

use super::address::escaped;
use super::asked_again_after;
use super::desk::Desk;
use super::room::RoomPage;
use super::wrong::status;
use crate::chat::moment;
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::disconnect::Disconnect;
use crate::export::Form;
use crate::history::archive::ArchivedRoom;
use crate::http::response::Response;
use crate::visit::errand::{Errand, Look};
use crate::wire::file;
use crate::zone;

impl Desk {
    /// The file up to its first line, if whoever asks may look at the room.
    pub(super) fn save(&self, form: Form, errand: &Errand) -> Result<Response, Disconnect> {
        let mut sight = self.visits.see(errand)?;
        let Some(room) = sight.joined.as_ref().and_then(ArchivedRoom::seen) else {
            let status = match &sight.refused {
                Some(Refused::NotInRoom) => 404,
                Some(refused) => status(refused),
                None => 503,
            };
            // Whoever is told no stays who they are, and sees where else to go.
            if !sight.is_shut {
                let round = self.visits.look_round(errand)?;
                (sight.me, sight.is_crowded, sight.rooms) =
                    (round.me, round.is_crowded, round.rooms);
            }
            let page = self.room(&sight, &Look::default(), errand, status, None);
            return Ok(asked_again_after(page, sight.refused.as_ref()));
        };
        let (media, end) = match form {
            Form::Text => ("text/plain; charset=utf-8", "txt"),
            Form::Html => ("text/html; charset=utf-8", "html"),
            Form::JsonLines => ("application/x-ndjson", "jsonl"),
        };
        let called = disposition(&room.name, &moment::day(zone::now()), end);
        Ok(Response::new(200, file::begin(form, &room))
            .with("Content-Type", media)
            .with("Content-Disposition", called))
    }
}

/// A name in any script, and for old browsers one in ASCII (RFC 6266).
fn disposition(room: &RoomName, day: &str, end: &str) -> String {
    let plain = if room.as_str().is_ascii() { room.as_str() } else { "room" };
    let any = escaped(room.as_str());
    format!("attachment; filename=\"{plain}-{day}.{end}\"; filename*=UTF-8''{any}-{day}.{end}")
}

/// The ways to have all of the room as a file.
pub(super) fn links(page: &RoomPage<'_>) -> Markup {
    let (words, path) = (page.words, format!("{}/save", page.address()));
    let forms = [(Form::Text, "asText"), (Form::Html, "asHtml"), (Form::JsonLines, "asJsonLines")];
    html! {
        p {
            (words.say("saveAs"))
            @for (form, name) in forms {
                " " a href=(page.link(&path, &format!("as={}", form.word()))) download { (words.say(name)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::disposition;
    use crate::chat::room_name::RoomName;

    #[test]
    fn a_files_name_is_safe_in_a_header_and_readable_in_any_script() {
        let called = |room| disposition(&RoomName::parse(room).unwrap(), "2026-11-22", "txt");
        let lobby = "attachment; filename=\"lobby-2026-11-22.txt\"; \
                     filename*=UTF-8''lobby-2026-11-22.txt";
        assert_eq!(called("lobby"), lobby);
        let kitchen = "attachment; filename=\"room-2026-11-22.txt\"; \
                       filename*=UTF-8''%E5%8E%A8%E6%88%BF-2026-11-22.txt";
        assert_eq!(called("厨房"), kitchen);
    }
}
