//! Every way in which a console command can fail, each with what to do about it.
//!
//! Owns: the sentences. `cli.rs` prints them and nothing else.
//! Must not know: how it came to it.
//!
//! Next: `console/address.rs`.

use std::io;
use std::time::Duration;

use super::ending::Ending;
use crate::limits;

/// Why `join` or `crowd` could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The address cannot be read.
    #[error(
        "`{given}` is not an address that can be joined: {why}; \
         an address looks like ws://127.0.0.1:8888/chat"
    )]
    BadAddress {
        /// As typed, safe to print.
        given: String,
        /// What is wrong with it.
        why: String,
    },
    /// The address wants TLS.
    #[error(
        "`{given}` asks for encryption, which is not spoken here: put a program that does \
         (stunnel, for one) in between and join its plain port, \
         or join the server itself with ws:// from its own network"
    )]
    Encrypted {
        /// As typed, safe to print.
        given: String,
    },
    /// The resolver has no address for the host.
    #[error("nobody knows a host called `{host}` ({source}): is the name spelled right?")]
    UnknownHost {
        /// The name that was asked for.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// Nobody listens there.
    #[error(
        "nobody listens at {address} (connection refused): is the server running at {address}, \
         and is that the port it prints when it starts?"
    )]
    Refused {
        /// Host and port.
        address: String,
    },
    /// No answer to our connect.
    #[error(
        "{address} did not answer within {}: is it the right host, and does a firewall let us through?",
        in_seconds(*.wait)
    )]
    NoAnswer {
        /// Host and port.
        address: String,
        /// How long it was tried.
        wait: Duration,
    },
    /// The network has no way there, or broke during the handshake.
    #[error("{address} cannot be reached: {source}")]
    Unreachable {
        /// Host and port.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody listens and says nothing.
    #[error(
        "{address} takes connections but did not answer our handshake within {}: \
         is that a chat server, and is it well?",
        in_seconds(*.wait)
    )]
    NoHandshake {
        /// Host and port.
        address: String,
        /// How long it was awaited.
        wait: Duration,
    },
    /// An HTTP answer that is not 101.
    #[error("the server answered {status} instead of 101{}{}", with_colon(.words), advice(*.status))]
    Answered {
        /// The status code.
        status: u16,
        /// What the answer said, safe to print; may be empty.
        words: String,
    },
    /// An answer that is no handshake.
    #[error("{address} does not speak WebSocket ({why}): is that a chat server?")]
    NotWebSocket {
        /// Host and port.
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
        /// Host and port.
        address: String,
    },
    /// A room's name that cannot be one.
    #[error("`{given}` is no room: {why}")]
    BadRoom {
        /// As typed, safe to print.
        given: String,
        /// The rule that it breaks.
        why: String,
    },
    /// Nothing was said.
    #[error("there is nothing to say; type it behind the room: threadbare send ROOM TEXT")]
    NothingToSay,
    /// The hello was refused, or the only room.
    #[error("the server does not let us in: {words}")]
    NotLetIn {
        /// The server's words, safe to print.
        words: String,
    },
    /// Something that was said was refused.
    #[error("the server did not take what was said: {words}")]
    NotTaken {
        /// The server's words, safe to print.
        words: String,
    },
    /// It ended before the server had confirmed all.
    #[error("{} not confirmed by the server, and may be lost", messages(*.count))]
    Unsent {
        /// How many messages.
        count: usize,
    },
    /// The conversation ended, and not as conversations do.
    #[error("{0}")]
    Ended(Ending),
    /// A line on the standard input is longer than any server takes.
    #[error(
        "a line of more than {} bytes was typed, which no server takes; \
         it was not sent, nor was what came after it",
        limits::CONSOLE_LINE_BYTES_MAX
    )]
    LineTooLong,
    /// A typed line could not be sent.
    #[error("a line could not be sent ({source}); it and what came after it may be lost")]
    NotSent {
        /// What the socket said.
        source: io::Error,
    },
    /// The server went while a script still had something to say.
    #[error("the server ended it before the end of the input: what came last was not sent")]
    CutShort,
    /// The standard input broke.
    #[error("the standard input cannot be read: {source}")]
    Input {
        /// What the system said.
        source: io::Error,
    },
    /// The standard output broke; that it was closed is no error.
    #[error("the standard output cannot be written: {source}")]
    Output {
        /// What the system said.
        source: io::Error,
    },
    /// A thread or a signal handler could not be had.
    #[error("the system has no thread to give ({source}): close something, or raise its limit")]
    NoThread {
        /// What the system said.
        source: io::Error,
    },
    /// No random numbers, in the first seconds of a box's life.
    #[error("the system has no random numbers to give ({source}); try again in a moment")]
    NoChance {
        /// What the system said.
        source: io::Error,
    },
    /// A number of `crowd` that makes no sense.
    #[error("{0}")]
    CrowdValue(String),
    /// The process may not open as many sockets as the crowd has people.
    #[error(
        "{people} people need {needed} open files and this process may have {allowed}: \
         raise the limit (`ulimit -Hn`), or bring fewer people"
    )]
    TooFewFiles {
        /// People that were asked for.
        people: usize,
        /// Files they need.
        needed: u64,
        /// The hard limit.
        allowed: u64,
    },
    /// Not one of the crowd got in.
    #[error("none of the {people} people could connect: {first}")]
    NobodyConnected {
        /// People that tried.
        people: usize,
        /// What the first of them met.
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

/// What usually helps against an HTTP status where a 101 should be.
fn advice(status: u16) -> &'static str {
    match status {
        200..=399 | 404 | 405 => " (is the path right? the chat is at /ws or /chat)",
        401 | 403 => " (if it asks for a password, give it with --password)",
        400 | 426 => " (is it a WebSocket that is served at this path?)",
        429 | 503 => " (the server has no room now; try again later)",
        500..=599 => " (the server, or a proxy in front of it, is not well)",
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
                 (the server has no room now; try again later)",
            ),
            (
                ConsoleError::Answered { status: 404, words: String::new() },
                "the server answered 404 instead of 101 \
                 (is the path right? the chat is at /ws or /chat)",
            ),
            (
                ConsoleError::NoHandshake { address, wait: Duration::from_secs(10) },
                "127.0.0.1:8888 takes connections but did not answer our handshake within 10 s: \
                 is that a chat server, and is it well?",
            ),
            (
                ConsoleError::Ended(Ending::Gone { after_our_close: false }),
                "the server is gone: the line ended without a goodbye",
            ),
        ] {
            assert_eq!(error.to_string(), said);
        }
    }
}
