//! The lab: a server of its own to try things out on, and clients that do something wrong.
//!
//! A teacher types which puppet comes, and looks at the lab's glass box to see what the server's
//! threads do about it. No other server is touched, and nothing is stored. The word `fault` shows
//! what goes wrong in chats that are built otherwise (`faults/mod.rs`).
//!
//! Blocks on: a typed line, for as long as nobody types; a fault, for the seconds that it is shown.
//! Owns: the commands of the lab, and which puppets there are.
//! Must not know: flags; what a puppet does.
//!
//! Part: this file is its entry.

mod faults;
mod puppet;
mod server;

use std::io::{BufRead, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use parking_lot::{Mutex, MutexGuard};

use puppet::{Kind, Puppet};
use server::{LabServer, has_flag};

/// A lab has at most this many puppets at once.
const PUPPETS_MAX: usize = 5;

/// Where the lab and its puppets say what happens. The teacher sees it. Who draws a figure holds it
/// until the end: what puppets say, and what the lab's server logs, waits so long.
type Output = Arc<Mutex<dyn Write + Send>>;

/// The lab while somebody uses it.
struct Lab {
    addr: SocketAddr,
    puppets: Vec<Puppet>,
    /// How many puppets of all kinds there were: each has a number of its own.
    count: usize,
    output: Output,
}

/// Starts the lab's server with these flags, and does what is typed until `quit` or the end of
/// `input`. Then the server and all puppets are gone.
///
/// # Errors
/// The server does not start, a thread cannot be started, or the output takes nothing any more.
pub fn run(
    server_flags: &[String],
    input: &mut dyn BufRead,
    output: impl Write + Send + 'static,
) -> anyhow::Result<()> {
    let output: Output = Arc::new(Mutex::new(output));
    let server = LabServer::start(server_flags, &output)?;
    let mut lab = Lab { addr: server.addr(), puppets: Vec::new(), count: 0, output };
    lab.greets(has_flag(server_flags, "--data"))?;
    loop {
        lab.prompts()?;
        let mut line = String::new();
        if input.read_line(&mut line).context("cannot read what is typed")? == 0 {
            return Ok(());
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        if words == ["quit"] {
            return Ok(());
        }
        lab.does(&words)?;
    }
}

impl Lab {
    fn greets(&self, stores: bool) -> anyhow::Result<()> {
        let addr = self.addr;
        let place = if addr.ip().is_loopback() { ", on this machine only" } else { "" };
        let storing = if stores { "" } else { " It stores nothing." };
        write!(
            self.output.lock(),
            "This is the lab: a server of its own{place}.{storing}\n\
             Chat:       http://{addr}/\n\
             Glass box:  http://{addr}/glass\n\n"
        )?;
        self.helps()
    }

    fn helps(&self) -> anyhow::Result<()> {
        let mut output = self.output.lock();
        writeln!(output, "Type one of these words, and watch the glass box:")?;
        for kind in Kind::ALL {
            writeln!(output, "  {:<8} {}", kind.word(), kind.explanation())?;
        }
        writeln!(
            output,
            "  fault    lists the faults of chat servers; `fault NAME` shows one beside its cure\n  \
             list     the puppets that are there\n  stop N   puppet N goes; `stop all`: all go\n  \
             quit     the lab ends"
        )?;
        Ok(())
    }

    fn prompts(&self) -> anyhow::Result<()> {
        let mut output = self.output.lock();
        write!(output, "> ")?;
        output.flush().context("cannot write to the terminal")
    }

    fn does(&mut self, words: &[&str]) -> anyhow::Result<()> {
        match words {
            [] => Ok(()),
            ["help"] => self.helps(),
            ["list"] => self.lists(),
            ["fault"] => self.says(faults::list().trim_end()),
            ["fault", word] => {
                let mut output = self.output.lock();
                faults::show(word, &mut *output)?;
                // Who has waited says it before the next prompt.
                MutexGuard::unlock_fair(output);
                Ok(())
            }
            ["stop", "all"] => self.stops(|_| true),
            ["stop", number] => match number.parse::<usize>() {
                Ok(number) => self.stops(|puppet| puppet.number() == number),
                Err(_) => self.says("Which one? `list` shows the numbers."),
            },
            [word] => match Kind::ALL.into_iter().find(|kind| kind.word() == *word) {
                Some(kind) => self.lets_in(kind),
                None => self.says(&format!("There is no `{word}`. `help` lists what there is.")),
            },
            _ => self.says("One word, please. `help` lists what there is."),
        }
    }

    fn lets_in(&mut self, kind: Kind) -> anyhow::Result<()> {
        self.puppets.retain(Puppet::is_there);
        if self.puppets.len() == PUPPETS_MAX {
            return self.says(&format!(
                "There are {PUPPETS_MAX} puppets, and no more fit in. `stop N` lets one go."
            ));
        }
        self.count += 1;
        match Puppet::start(kind, self.count, self.addr, Arc::clone(&self.output)) {
            Ok(puppet) => {
                let name = puppet.name();
                self.puppets.push(puppet);
                self.says(&format!("{name} has come. {}", kind.watch()))
            }
            Err(error) => self.says(&format!("The server did not let it in: {error}.")),
        }
    }

    fn lists(&mut self) -> anyhow::Result<()> {
        self.puppets.retain(Puppet::is_there);
        if self.puppets.is_empty() {
            return self.says("There is no puppet.");
        }
        let lines: Vec<String> = self.puppets.iter().map(Puppet::summary).collect();
        self.says(&lines.join("\n"))
    }

    fn stops(&mut self, is_meant: impl Fn(&Puppet) -> bool) -> anyhow::Result<()> {
        let before = self.puppets.len();
        self.puppets.retain(|puppet| !is_meant(puppet));
        match before - self.puppets.len() {
            0 => self.says("There is no such puppet."),
            1 => self.says("It has gone."),
            count => self.says(&format!("{count} puppets have gone.")),
        }
    }

    fn says(&self, words: &str) -> anyhow::Result<()> {
        writeln!(self.output.lock(), "{words}").context("cannot write to the terminal")
    }
}
