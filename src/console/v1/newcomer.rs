//! Asks a newcomer at a terminal for a name, until the server gives them one.
//!
//! Runs on the calling thread.
//! Blocks on: the terminal; then on the server, as `dial_v1` does, and for its answer to the hello.
//! Owns: when a person is asked, and what follows from the answer.
//! Must not know: the conversation that begins then.
//!
//! Part: `console/v1/mod.rs`.

use std::io::{self, Write};
use std::process;

use super::core::commands;
use super::display::{columns, folded};
use super::editor::{self, LineEditor};
use super::from_server::FromServer;
use super::keyring::Keyring;
use super::requests::{HelloToSend, ToServer};
use super::typing::TerminalKept;
use super::{Call, no_chance, no_thread};
use crate::base::language::LocaleWords;
use crate::base::socket::deadline::Deadline;
use crate::chat::escape;
use crate::chat::token::Token;
use crate::console::dial::{Dialled, dial_v1};
use crate::console::interrupt;
use crate::console::limits;
use crate::console::listen::listen;
use crate::console::trouble::ConsoleError;

/// Asks a newcomer for a name, and returns the call with it. A name from the command line is tried
/// first. Does not ask a person who was at this server before. Returns `None` if the person wants
/// to leave.
///
/// # Errors
/// The terminal's error; or the server could not be reached, or does not let anybody in.
pub(super) fn with_name(
    mut call: Call,
    editor: &mut LineEditor,
    words: &LocaleWords,
) -> Result<Option<Call>, ConsoleError> {
    let mut given = call.wanted.name.take();
    if Keyring::of(&call.url.host_and_port(), given.as_deref()).kept().is_some() {
        call.wanted.name = given;
        return Ok(Some(call));
    }
    // The server does not wait long for the hello on an open connection, and a person may.
    call.dialled.connection.hang_up();
    // A signal ends the program here, and leaves the terminal as it was.
    let terminal = TerminalKept::new();
    let leave = move || {
        drop(terminal);
        process::exit(0);
    };
    let _interrupts = interrupt::watch(leave).map_err(no_thread)?;
    let input = |source| ConsoleError::Input { source };
    loop {
        let answer = match given.take() {
            Some(name) => Ok(Some(name)),
            None => editor::ask(editor, words.name_prompt),
        };
        let Some(name) = answer.map_err(input)? else {
            return Ok(None);
        };
        let name = name.trim().to_owned();
        if name.is_empty() {
            break;
        }
        let password = call.wanted.password.clone();
        match claim(dial_v1(&call.url)?, &name, password)? {
            Claim::Given { token } => {
                call.wanted.name = Some(name);
                call.wanted.token = Some(token);
                break;
            }
            Claim::Refused { why, has_password } => {
                say(&why)?;
                let own = name.split('#').next().unwrap_or_default();
                if has_password
                    && let Some(password) =
                        editor::ask_secret(editor, words.name_password_prompt).map_err(input)?
                {
                    // Some people type the name before it, as in `/name NAME#PASSWORD`.
                    let both = format!("{own}#");
                    let password = password.strip_prefix(&both).unwrap_or(&password);
                    given = Some(format!("{own}#{password}"));
                }
            }
            Claim::Closed { why } => {
                say(&why)?;
                let password = editor::ask_secret(editor, words.server_password_prompt);
                let Some(password) = password.map_err(input)? else { return Ok(None) };
                call.wanted.password = Some(password);
                given = Some(name);
            }
        }
    }
    call.dialled = dial_v1(&call.url)?;
    Ok(Some(call))
}

/// What the server says to a name.
enum Claim {
    /// It is ours, in the session with this token.
    Given { token: String },
    /// The server refuses the name: another person has it, or it is not a valid name.
    /// `has_password`: the server gives the name to a client that sends its password.
    Refused { why: String, has_password: bool },
    /// The server lets nobody in without its password.
    Closed { why: String },
}

fn say(words: &str) -> Result<(), ConsoleError> {
    let words = folded(words, columns().saturating_sub(3), 0).replace('\n', "\n   ");
    writeln!(io::stdout(), "-- {words}").map_err(|source| ConsoleError::Output { source })
}

/// Asks the server for a name, without entering a room, and hangs up. Blocks until the server has
/// answered, or the connection has ended.
fn claim(dialled: Dialled, name: &str, password: Option<String>) -> Result<Claim, ConsoleError> {
    let Dialled { socket, connection } = dialled;
    let hello = ToServer::Hello(HelloToSend {
        versions: [1],
        name: Some(name.to_owned()),
        token: Token::new().map_err(no_chance)?.reveal(),
        stored: true,
        password,
        rooms: Vec::new(),
    });
    // An error of the write is ignored: then the connection ends without an answer.
    connection.send_text(&hello.json(), Deadline::after(limits::CONSOLE_WRITE_WAIT)).ok();
    let wanted = name.split('#').next().unwrap_or_default().trim();
    let (mut is_in, mut end) = (false, None);
    let ending = listen(socket, &connection, |text| {
        match FromServer::parse(text) {
            Ok(FromServer::Welcome { name, token, .. }) => {
                is_in = true;
                if commands::is_same_name(&name, wanted) {
                    end = Some(Ok(Claim::Given { token }));
                }
            }
            // A guest who was refused a name hears of it after the welcome.
            Ok(FromServer::Refused(refusal) | FromServer::Error(refusal)) => {
                let why = escape::strip(&refusal.text);
                end = Some(match (is_in, refusal.reason.as_str()) {
                    (true, reason) => {
                        let has_password = refusal.secret || reason == "wrong-secret";
                        Ok(Claim::Refused { why, has_password })
                    }
                    (false, "bad-name") => Ok(Claim::Refused { why, has_password: false }),
                    (false, "password-needed" | "wrong-password") => Ok(Claim::Closed { why }),
                    (false, _) => Err(ConsoleError::NotLetIn { words: why }),
                });
            }
            _ => {}
        }
        if end.is_some() {
            connection.hang_up();
        }
    });
    end.unwrap_or(Err(ConsoleError::Ended(ending)))
}
