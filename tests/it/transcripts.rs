//! Conversations as plain text, played over real sockets.
//!
//! A transcript is a list of what happens, in order. `#` begins a comment.
//!
//! ```text
//! ann joins /ws         a client comes in (/ws if no path is given)
//! ann > hello           says it
//! bo < hello            hears it, as the next thing
//! bo hears nothing      for a tenth of a second
//! ann leaves            close frame, answer, end
//! bo vanishes           the connection is cut
//! server stops          goodbye to all
//! bo !1001              the connection ends with this close code
//! ```
//! `\n` in a text is a line break.

use std::collections::HashMap;
use std::time::Duration;

use crate::harness::person::End;
use crate::harness::{Person, TestServer};

/// Plays a transcript from its first line to its last.
fn play(transcript: &str) {
    let mut stage =
        Stage { server: Some(TestServer::start()), people: HashMap::new(), stopping: None };
    for (number, line) in transcript.lines().enumerate() {
        let line = line.split('#').next().unwrap().trim();
        if !line.is_empty() {
            println!("{}: {line}", number + 1);
            stage.plays(line);
        }
    }
    drop(stage.people);
    if let Some(stopping) = stage.stopping {
        stopping.join().unwrap();
    }
}

struct Stage {
    server: Option<TestServer>,
    people: HashMap<String, Person>,
    stopping: Option<std::thread::JoinHandle<()>>,
}

impl Stage {
    fn plays(&mut self, line: &str) {
        let (name, what) = line.split_once(' ').unwrap();
        let (verb, rest) = what.trim().split_once(' ').unwrap_or((what.trim(), ""));
        let text = rest.replace("\\n", "\n");
        match (name, verb) {
            ("server", "stops") => {
                let server = self.server.take().unwrap();
                // On a thread of its own, because the clients must hear the goodbye meanwhile.
                let stop = move || assert_eq!(server.stops(), 0, "threads that would not end");
                self.stopping = Some(threadbare::base::threads::spawn("stops", stop).unwrap());
            }
            (_, "joins") => self.joins(name, if rest.is_empty() { "/ws" } else { rest }),
            (_, ">") => self.person(name).says(&text),
            (_, "<") => self.person(name).hears(&text),
            (_, "hears") => {
                assert!(self.person(name).hears_nothing_for(Duration::from_millis(100)), "{line}");
            }
            (_, "leaves") => {
                self.people.remove(name).unwrap().leaves();
            }
            (_, "vanishes") => self.people.remove(name).unwrap().vanishes(),
            (_, code) if code.starts_with('!') => {
                let code = code[1..].parse().ok();
                assert_eq!(self.person(name).hears_the_end(), End::Closed(code), "{line}");
            }
            _ => panic!("a transcript has no such line: {line}"),
        }
    }

    fn joins(&mut self, name: &str, path: &str) {
        let person = self.server.as_ref().unwrap().joins_by(name, path);
        // The clients that were here hear the newcomer's first message.
        for other in self.people.values_mut() {
            other.hears(&format!("({name} is here)"));
        }
        self.people.insert(name.to_owned(), person);
    }

    fn person(&mut self, name: &str) -> &mut Person {
        self.people.get_mut(name).unwrap_or_else(|| panic!("{name} is not here"))
    }
}

#[test]
fn a_first_conversation() {
    play(include_str!("transcripts/first.chat"));
}

#[test]
fn coming_and_going() {
    play(include_str!("transcripts/coming_and_going.chat"));
}

#[test]
fn the_classic_clients_in_one_room() {
    play(include_str!("transcripts/classic.chat"));
}
