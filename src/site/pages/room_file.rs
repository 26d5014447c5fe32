//! A whole room as a file: the head of the answer with the file, or the page that says why there is
//! no file; and the links to the file. `formats/file.rs` writes the lines.
//!
//! Runs on thread `door`. Blocks as `site/visit/mod.rs` says.
//! Owns: the name of the file.
//! Must not know: sockets, who receives what.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::asked_again_after;
use super::error_text::refused_status;
use super::renderer::PageRenderer;
use super::shown_room::ShownRoom;
use crate::base::wall_clock;
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::chat::time_text;
use crate::formats::export::ExportForm;
use crate::formats::file::{self, RoomFile};
use crate::history::archive::ArchivedRoom;
use crate::html::address::escaped;
use crate::server::http::response::Response;
use crate::site::visit::HubResult;
use crate::site::visit::page_request::{PageRequest, WantedPage};
use crate::site::visit::read_room::{read_room_state, read_rooms};

/// Makes the answer with the part of the file that comes before its first line. If the sender
/// gets no file, makes a page that says why.
pub(super) fn save_room(
    renderer: &PageRenderer,
    wanted: RoomFile,
    request: &PageRequest,
) -> HubResult<Response> {
    let mut view = read_room_state(&renderer.visits, request)?;
    let Some(room) = view.joined.as_ref().and_then(ArchivedRoom::seen) else {
        let status = match &view.refused {
            Some(Refused::NotInRoom) => 404,
            Some(refused) => refused_status(refused),
            None => 503,
        };
        // The page for a refused reader shows the reader's name and the list of rooms. So ask
        // the hub for both.
        if !view.is_shut {
            let round = read_rooms(&renderer.visits, request)?;
            (view.me, view.is_crowded, view.rooms) = (round.me, round.is_crowded, round.rooms);
        }
        let page = renderer.page_of_view(&view, &WantedPage::default(), request, status, None);
        return Ok(asked_again_after(page, view.refused.as_ref()));
    };
    let (media, end) = match wanted.form {
        ExportForm::Text => ("text/plain; charset=utf-8", "txt"),
        ExportForm::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
        ExportForm::JsonLines => ("application/x-ndjson", "jsonl"),
    };
    let called = disposition(&room.name, &time_text::day(wall_clock::now()), end);
    let answer = Response::new(200, file::beginning(wanted, &room))
        .with_header("Content-Type", media)
        .with_header("Content-Disposition", called);
    Ok(match wanted.is_chunked {
        true => answer.with_header("Transfer-Encoding", "chunked"),
        false => answer,
    })
}

/// Returns the value of the header `Content-Disposition`: the file's name in any script, and in
/// ASCII for old browsers (RFC 6266).
fn disposition(room: &RoomName, day: &str, end: &str) -> String {
    let plain = if room.as_str().is_ascii() { room.as_str() } else { "room" };
    let any = escaped(room.as_str());
    format!("attachment; filename=\"{plain}-{day}.{end}\"; filename*=UTF-8''{any}-{day}.{end}")
}

pub(super) fn links(room: &ShownRoom<'_>) -> Markup {
    let path = format!("{}/save", room.path());
    let forms = [
        (ExportForm::Text, "asText"),
        (ExportForm::Csv, "asCsv"),
        (ExportForm::JsonLines, "asJsonLines"),
    ];
    html! {
        p {
            (room.words.say("saveAs"))
            @let comma = room.words.say("listComma");
            @for ((form, name), between) in forms.into_iter().zip([room.words.say("colon"), comma, comma]) {
                (between) a href=(room.link(&path, &format!("as={}", form.word()))) download { (room.words.say(name)) }
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
