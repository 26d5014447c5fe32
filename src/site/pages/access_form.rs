//! The form with which a keeper of a room chooses who can join it: whether the room is hidden, and
//! its password.
//!
//! Must not know: who the maker is.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::shared_forms;
use super::shown_room::ShownRoom;
use crate::chat::answer::RoomPrivacy;

/// Makes the form.
pub(super) fn access_form(room: &ShownRoom<'_>, privacy: RoomPrivacy) -> Markup {
    let words = room.words;
    html! {
        h2 { (words.say("whoMayEnter")) }
        form method="post" action=(room.path()) accept-charset="utf-8" {
            (shared_forms::charset())
            (room.session_fields())
            input type="hidden" name="text";
            input type="hidden" name="set" value="1";
            (shared_forms::tick("hidden", words.say("hiddenRoom"), privacy.hidden))
            p {
                label { (words.say("newPassword")) " "
                    input type="password" name="room-password" size="20" autocomplete="new-password";
                }
                " " small { (words.say("passwordMore")) }
            }
            @if privacy.locked {
                (shared_forms::tick("remove-password", words.say("removePassword"), false))
            }
            p { button { (words.say("save")) } }
        }
    }
}
