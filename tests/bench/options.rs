//! The options of the command line.

use std::io;

use crate::scenarios::Scenario;

pub const HELP: &str = "cargo bench --bench versus -- [flags]
  --quick              one round, each part shorter
  --long               also the minute with 8,000 people, and their return
  --rounds N           rounds (default 5); the table shows medians
  --tls                nothing but clients that speak TLS: ta one at a time, tb in flight
  --only a,b           these scenarios: a one at a time, b in flight, c bursts,
                       d crowds of 100 and 5,000, e joins, f idle, g stalled, h long,
                       i the history, v clients of threadbare.v1 in a, b, e, f and g,
                       va, vb, ve, vf, vg one of these, ta and tb as above
  --servers x,y        these servers, by name
  --program NAME=PATH  one more build of the product, to compare two; repeatable
  --against PATH       nothing but this build beside that one, in pairs: nine short rounds
                       of a, b, c, e, g, va, vb, ve, and f, vf in every other one (some
                       sixteen minutes), and whether a figure is worse by more than 3 %;
                       --rounds and --only as above
  --watched            nothing but this build, while somebody watches its glass box, beside
                       the same without, in pairs: nine short rounds of a and va, and whether
                       CPU is worse by more than 2 % or a p99 by more than 5 %; first, what
                       the counters cost while nobody looks; --rounds and --only as above";

/// The scenarios that compare two builds, unless `--only` says otherwise.
const OF_TWO: [&str; 10] = ["a", "b", "c", "e", "f", "g", "va", "vb", "ve", "vf"];
/// The same with `--watched`.
const OF_WATCHING: [&str; 2] = ["a", "va"];
/// The scenarios of clients that speak TLS.
const OF_TLS: [&str; 2] = ["ta", "tb"];
/// Enough rounds for an interval that ignores an odd one.
const ROUNDS_OF_TWO: usize = 9;

/// The parsed flags.
pub struct Options {
    pub rounds: usize,
    pub quick: bool,
    long: bool,
    only: Vec<String>,
    servers: Vec<String>,
    /// More builds of the product, as (name, path).
    pub programs: Vec<(String, String)>,
    /// The build that this one is compared with; then nothing else is measured.
    pub against: Option<String>,
    /// Whether a server that is watched is compared with one that is not.
    pub watched: bool,
}

impl Options {
    pub fn read(arguments: &[String]) -> io::Result<Self> {
        let mut options = Self {
            rounds: 5,
            quick: false,
            long: false,
            only: Vec::new(),
            servers: Vec::new(),
            programs: Vec::new(),
            against: None,
            watched: false,
        };
        let mut rounds = None;
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| wrong(&format!("{word} wants a value")));
            match word.as_str() {
                "--bench" => {} // Cargo passes this to every bench.
                "--quick" => options.quick = true,
                "--watched" => options.watched = true,
                "--tls" => options.only = OF_TLS.map(str::to_owned).to_vec(),
                "--long" => options.long = true,
                "--rounds" => rounds = Some(value()?.parse().map_err(io::Error::other)?),
                "--only" => options.only = list(value()?),
                "--servers" => options.servers = list(value()?),
                "--program" => {
                    let named = value()?.split_once('=').ok_or_else(|| wrong("NAME=PATH"))?;
                    options.programs.push((named.0.to_owned(), named.1.to_owned()));
                }
                "--against" => options.against = Some(value()?.to_owned()),
                _ => return Err(wrong(&format!("what is {word}?"))),
            }
        }
        if options.against.is_some() || options.watched {
            options.quick = true;
            rounds = rounds.or(Some(ROUNDS_OF_TWO));
            if options.only.is_empty() {
                let usual = if options.watched { &OF_WATCHING[..] } else { &OF_TWO };
                options.only = usual.iter().map(|one| (*one).to_owned()).collect();
            }
        }
        options.rounds = rounds.unwrap_or(if options.quick { 1 } else { 5 });
        Ok(options)
    }

    pub fn wants_scenario(&self, scenario: &Scenario) -> bool {
        if self.only.is_empty() {
            return self.long || !scenario.long;
        }
        self.only.iter().any(|letters| scenario.letter.starts_with(letters.as_str()))
    }

    pub fn wants_server(&self, name: &str) -> bool {
        self.servers.is_empty() || self.servers.iter().any(|one| one == name)
    }
}

fn list(words: &str) -> Vec<String> {
    words.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn wrong(words: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{words}\n{HELP}"))
}
