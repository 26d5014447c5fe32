//! The errors of the console commands, each with a sentence for the user.
//!
//! Owns: the sentences of these errors. The command line (`cli/console.rs`) only prints the
//! sentences.
//! Must not know: what led to the failure.
//!
//! Part: `console/mod.rs`.

use std::io;
use std::time::Duration;

use super::ending::Ending;
use crate::base::limits;

/// Why `join`, `send`, `pipe` or `crowd` failed.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The URL cannot be used.
    #[error(
        "`{given}` is not an address that can be joined: {why}; \
         an address looks like http://127.0.0.1:8080/"
    )]
    BadUrl {
        /// The URL, without terminal commands.
        given: String,
        /// What is wrong with the URL.
        why: String,
    },
    /// The URL begins with `wss://` or `https://`, and the program was built without TLS.
    #[error(
        "`{given}` asks for encryption, which this program does not have: put a program that does \
         (stunnel, for one) in between and join its plain port, \
         or join the server itself with ws:// from its own network"
    )]
    Encrypted {
        /// The URL, without terminal commands.
        given: String,
    },
    /// The resolver found no IP address for the host.
    #[error("there is no host called `{host}` ({source}): is the name spelled right?")]
    UnknownHost {
        /// The host name that was looked up.
        host: String,
        /// The resolver's error, or `NotFound` if it returned no address.
        source: io::Error,
    },
    /// The host refused the connection, mostly because no program listens on the port.
    #[error(
        "nobody listens at {address} (connection refused): is the server running at {address}, \
         and is that the port it prints when it starts?"
    )]
    Refused {
        /// The server's host and port.
        address: String,
    },
    /// The host did not answer the attempt to connect in time.
    #[error(
        "{address} did not answer within {}: is it the right host, and does a firewall let us through?",
        in_seconds(*.wait)
    )]
    NoAnswer {
        /// The server's host and port.
        address: String,
        /// How long the client waited for the connection.
        wait: Duration,
    },
    /// The server cannot be reached: for example, the network has no route to it, or the connection
    /// was lost during the handshake.
    #[error("{address} cannot be reached: {}; is the line up?", without_number(.source))]
    Unreachable {
        /// The server's host and port.
        address: String,
        /// The error that the system returned.
        source: io::Error,
    },
    /// The handshake of TLS failed, mostly because the server's certificate is not believed.
    #[error("no secure connection with {address}: {}", secure_advice(.why))]
    NotSecure {
        /// The server's host and port.
        address: String,
        /// Why the handshake failed.
        why: String,
    },
    /// The server accepted the connection but did not answer the handshake in time.
    #[error(
        "{address} accepts connections but did not answer the handshake within {}: \
         is that a chat server, and does it work?",
        in_seconds(*.wait)
    )]
    NoHandshake {
        /// The server's host and port.
        address: String,
        /// How long the client waited for the answer to the handshake.
        wait: Duration,
    },
    /// The server answered the handshake with an HTTP status other than 101.
    #[error("the server answered {status} instead of 101{}{}", with_colon(.words), advice(*.status))]
    Answered {
        /// The HTTP status code.
        status: u16,
        /// The first non-empty line of the answer's body, or else the standard name of the status,
        /// without terminal commands. It can be empty.
        words: String,
    },
    /// The connection ended before the server answered the handshake.
    #[error(
        "{address} closed the connection without an answer: is that the chat's port? \
         If it is, the line may be bad, or the server may be starting or full; try again"
    )]
    ClosedAtOnce {
        /// The server's host and port.
        address: String,
    },
    /// The server's answer to the handshake was not that of a WebSocket.
    #[error("{address} does not speak WebSocket ({why}): is that a chat server?")]
    NotWebSocket {
        /// The server's host and port.
        address: String,
        /// What was wrong with the answer.
        why: String,
    },
    /// The server does not speak `threadbare.v1`.
    #[error(
        "{address} speaks the classic format only, which has no names and no rooms and confirms \
         nothing: `threadbare join --classic` can talk there"
    )]
    ClassicOnly {
        /// The server's host and port.
        address: String,
    },
    /// The typed name is not a valid name of a room.
    #[error("`{given}` is not a room name: {why}")]
    BadRoom {
        /// The name as the user typed it, without terminal commands.
        given: String,
        /// The rule that the name breaks.
        why: String,
    },
    /// An option of `send` stands behind the room, where it would be sent as text.
    #[error(
        "`{option}` is part of the text, because it stands after the room; write the options \
         before the text (to send such a text, use `threadbare pipe`)"
    )]
    OptionInText {
        /// The option.
        option: String,
    },
    /// The message to send is empty.
    #[error("there is no message; type it after the room: threadbare send ROOM TEXT")]
    NothingToSay,
    /// The server does not let us in: it refused the hello or every room, or our session is not
    /// valid any more.
    #[error("the server does not let you in: {words}")]
    NotLetIn {
        /// Why the server does not let us in: a sentence of the server, without terminal commands,
        /// or of the console.
        words: String,
    },
    /// A message was not sent: the server refused it, or we are not in its room.
    #[error("the server did not accept the message: {words}")]
    NotTaken {
        /// Why the message was not sent: a sentence of the server, without terminal commands, or of
        /// the console.
        words: String,
    },
    /// The conversation ended, and the server had not confirmed all messages.
    #[error("{} not confirmed by the server, and may be lost", messages(*.count))]
    UnsentMessages {
        /// How many messages the server had not confirmed.
        count: usize,
    },
    /// A conversation in the classic format ended in an abnormal way.
    #[error("{0}")]
    Ended(Ending),
    /// A line on the standard input is longer than the longest that a threadbare server accepts.
    #[error(
        "a line has more than {} bytes, which no server accepts; \
         it was not sent, and neither was anything after it",
        limits::CONSOLE_LINE_BYTES_MAX
    )]
    LineTooLong,
    /// A typed line could not be sent: the socket had an error, the server read too slowly, or it
    /// had ended the conversation.
    #[error("a line could not be sent ({source}); it and everything after it may be lost")]
    NotSent {
        /// Why the line could not be sent: the socket's error, a timeout, or an error which says
        /// that the server has ended the conversation.
        source: io::Error,
    },
    /// The server ended the conversation before the end of a script's input.
    #[error(
        "the server ended the connection before the end of the input: the last lines were not sent"
    )]
    CutShort,
    /// The standard input cannot be read.
    #[error("the standard input cannot be read: {source}")]
    Input {
        /// The error that the system or the line editor returned.
        source: io::Error,
    },
    /// The standard output cannot be written. If the program that reads our output has closed the
    /// pipe, that is no error.
    #[error("the standard output cannot be written: {source}")]
    Output {
        /// The error that the system returned.
        source: io::Error,
    },
    /// The system could not start a thread or set a signal handler.
    #[error(
        "the system cannot start another thread ({source}): close a program, or raise the limit"
    )]
    NoThread {
        /// The error that the system returned.
        source: io::Error,
    },
    /// The system returned no random numbers. It may have none in the first seconds after boot.
    #[error("the system has no random numbers ({source}); try again in a moment")]
    NoChance {
        /// The error that the system returned.
        source: io::Error,
    },
    /// An option of `crowd` has an impossible value. The text is a sentence about that option.
    #[error("{0}")]
    CrowdValue(String),
    /// The crowd needs more open files than this process's hard limit, to which the console raises
    /// the soft limit.
    #[error(
        "{people} people need {needed} open files and this process may have {allowed}: \
         raise the limit (`ulimit -Hn`), or bring fewer people"
    )]
    TooFewFiles {
        /// The number of people in the options.
        people: usize,
        /// How many open files the process needs for these people.
        needed: u64,
        /// The greatest number of open files that the system allows this process (the hard limit).
        allowed: u64,
    },
    /// Not one person of the crowd could connect.
    #[error("none of the {people} people could connect: {first}")]
    NobodyConnected {
        /// The number of people in the options.
        people: usize,
        /// The error of the first attempt that failed.
        first: Box<ConsoleError>,
    },
}

fn in_seconds(wait: Duration) -> String {
    format!("{} s", wait.as_secs())
}

fn messages(count: usize) -> String {
    if count == 1 { "a message was".to_owned() } else { format!("{count} messages were") }
}

fn with_colon(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

/// Returns why a handshake of TLS failed, and what the user can do. What a server without TLS
/// answers is no message of TLS.
fn secure_advice(why: &str) -> String {
    if why.contains("InvalidContentType") {
        return "no TLS is spoken there; try http://".to_owned();
    }
    format!(
        "{why}; if the server has made its certificate itself, give the fingerprint that it prints \
         when it starts: --fingerprint AB:CD:..."
    )
}

/// Returns the words of the system's error without its number.
fn without_number(error: &io::Error) -> String {
    let words = error.to_string();
    words.split(" (os error").next().unwrap_or_default().to_owned()
}

fn advice(status: u16) -> &'static str {
    match status {
        200..=399 | 404 | 405 => " (is the path right? the chat is at /ws or /chat)",
        401 | 403 => " (if it needs a password, give it with --password)",
        400 | 426 => " (is there a WebSocket at this path?)",
        429 | 503 => " (the server is full now; try again later)",
        500..=599 => " (the server, or a proxy in front of it, has a problem)",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::ConsoleError;
    use crate::console::ending::Ending;

    #[test]
    fn an_error_is_a_sentence_that_says_what_to_do() {
        let address = "127.0.0.1:8888".to_owned();
        for (error, said) in [
            (
                ConsoleError::Refused { address: address.clone() },
                "nobody listens at 127.0.0.1:8888 (connection refused): is the server running at \
                 127.0.0.1:8888, and is that the port it prints when it starts?",
            ),
            (
                ConsoleError::Answered { status: 503, words: "the room is full".to_owned() },
                "the server answered 503 instead of 101: the room is full \
                 (the server is full now; try again later)",
            ),
            (
                ConsoleError::Answered { status: 404, words: String::new() },
                "the server answered 404 instead of 101 \
                 (is the path right? the chat is at /ws or /chat)",
            ),
            (
                ConsoleError::NoHandshake { address, wait: Duration::from_secs(10) },
                "127.0.0.1:8888 accepts connections but did not answer the handshake within 10 s: \
                 is that a chat server, and does it work?",
            ),
            (
                ConsoleError::Ended(Ending::Gone { after_our_close: false }),
                "the server is gone: the connection ended without a close frame",
            ),
        ] {
            assert_eq!(error.to_string(), said);
        }
    }
}
