//! The command `/help`: the list of commands in the rows of a small terminal, and more about one.
//!
//! Owns: which commands stand together in the short list.
//! Must not know: what a command does.
//!
//! Part: `console/v1/core/mod.rs`.

use crate::chat::bad_command::BadCommand;
use crate::chat::command;

/// All commands in at most 24 rows of 80 columns.
const SHORT: &str = "\
what you type is sent as a message, except these commands:
talk    /me TEXT   /msg NAME [TEXT]   /reply [#NUMBER] TEXT
        /edit [#NUMBER] TEXT   /delete [#NUMBER]   /vote 2   /hand   /unhand
read    /history [N] [#NUMBER]   /search WORDS   /at #NUMBER   /rules
rooms   /join ROOM [PASSWORD]   /leave   /rooms   /topic [TEXT]
        /pin #NUMBER   /invite   /password WORD   /hide   /show
keep    /mute NAME [10m]   /unmute NAME   /kick NAME [10m]   /unkick NAME
        /ban NAME [1d]   /unban NAME   /keeper NAME   /unkeeper NAME   /state
        /freeze   /unfreeze   /slow [30s]   /unslow   /close   /unclose
        /admit NAME   /unadmit NAME   /delete-all NAME   /delete-everything
        /report #NUMBER [WHY]   /dismiss #NUMBER   /welcome TEXT   /unwelcome
        /lesson   /unlesson   /lower NAME   /poll Q? A, B   /unpoll
        /block NAME [1d]   /unblock NAME   /host NAME   /unhost NAME
people  /who   /whois NAME   /ignore NAME   /away [REASON]   /back
you     /name NAME   /name NAME#PASSWORD   /forgetme NAME   /quit
/help COMMAND says what one does, and /help all what each does.
Start with // to send a text that begins with /. Tab completes names.";

/// What the marks beside messages mean.
const MARKS: &str = "\
>> in a line: it speaks to you. Ann (p8cwhmph): a name with a password; the same name \
with the same code is the same person.";

/// Forms of commands that only this client has.
const TALK: &str = "\n/msg NAME                with no text: what you type then goes to NAME alone";
const INVITED: &str = "\n/join ADDRESS            enter by the address of a room, or of an invite";

/// Returns the short list, or what is asked for: a command's name without its slash, or `all`.
pub(super) fn help(about: Option<&str>) -> String {
    match about {
        None => format!("{SHORT}\n{MARKS}"),
        Some("msg") => about_command("msg").map(|line| line + TALK).unwrap_or_default(),
        Some("join") => about_command("join").map(|line| line + INVITED).unwrap_or_default(),
        Some("all") => format!("{}\n{MARKS}", command::HELP),
        Some(name) => {
            about_command(name).unwrap_or_else(|| BadCommand::Unknown(name.to_owned()).to_string())
        }
    }
}

fn about_command(name: &str) -> Option<String> {
    let is_it = |line: &&str| {
        let word = line.split(' ').next().unwrap_or_default();
        word.strip_prefix('/') == Some(name)
    };
    command::HELP.lines().find(is_it).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{MARKS, SHORT, help};
    use crate::chat::command::NAMES;

    #[test]
    fn the_short_list_has_each_command_and_fits_a_small_terminal() {
        for name in NAMES.split_whitespace() {
            assert!(SHORT.contains(name), "{name}");
            if name != "/help" {
                assert!(help(name.strip_prefix('/')).starts_with(name), "{name}");
            }
        }
        assert!(SHORT.lines().all(|line| line.len() <= 77));
        assert!(SHORT.lines().count() + MARKS.len().div_ceil(70) < 20);
    }

    #[test]
    fn help_about_no_command_says_so() {
        assert!(help(Some("dance")).contains("unknown command /dance"));
        assert!(help(Some("all")).lines().count() > 25);
    }
}
