//! The command `threadbare host`, and its flags.
//!
//! Owns: the spelling of the command, and its words.
//! Must not know: how a link works, and what a host may do.
//!
//! Part: `cli/mod.rs`.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::print;
use super::values::port;
use crate::base::limits;
use crate::chat::name::Name;
use crate::server::control::asking::ask;
use crate::site::host_commands::{HOST, HOST_REMOVE, HOST_RULES, HostAnswer, HostRules};
use crate::status::ServerStatus;
use crate::status::find::Meant;

#[derive(Debug, Args)]
pub(super) struct Host {
    #[command(subcommand)]
    what: Option<AboutHosts>,
    /// Control socket of the server, if several are running
    #[arg(long, value_name = "SOCKET", conflicts_with = "port", global = true)]
    at: Option<PathBuf>,
    /// Port of the server, if several are running
    #[arg(long, value_name = "PORT", value_parser = port, global = true)]
    port: Option<u16>,
}

#[derive(Debug, Subcommand)]
enum AboutHosts {
    /// Show who the hosts are, who is blocked, and which rooms have reports or people who wait
    List,
    /// Show what hosts and keepers did in all rooms, the newest last
    Log,
    /// End that somebody is a host
    Remove {
        /// The name of the host
        name: String,
    },
}

impl Host {
    /// Asks the server for a link that makes somebody a host, or does what the subcommand says, and
    /// prints the answer. Blocks for a few seconds at most.
    ///
    /// # Errors
    /// There is no server to ask, or the server refuses.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self { what, at, port } = self;
        let named = match &what {
            Some(AboutHosts::Remove { name }) => Name::parse(name)?.shown().to_owned(),
            _ => String::new(),
        };
        let (path, status) = Meant { at, port }.find()?;
        let command = match &what {
            None => HOST.to_owned(),
            Some(AboutHosts::List | AboutHosts::Log) => HOST_RULES.to_owned(),
            Some(AboutHosts::Remove { .. }) => format!("{HOST_REMOVE}{named}"),
        };
        let answer = ask(&path, &command).context("the server does not answer")?;
        let answer: HostAnswer = serde_json::from_str(&answer)
            .context("the server is of an older version, which does not know this command")?;
        if let Some(why) = answer.error {
            anyhow::bail!(why);
        }
        let rules = answer.rules.unwrap_or_default();
        let text = match what {
            None => link_text(&answer.scheme, &answer.path.context("there is no link")?, &status),
            Some(AboutHosts::List) => list_text(&rules),
            Some(AboutHosts::Log) => log_text(&rules),
            Some(AboutHosts::Remove { .. }) => format!("{named} is a host no more.\n"),
        };
        print(text.as_bytes())
    }
}

fn link_text(scheme: &str, link: &str, status: &ServerStatus) -> String {
    let minutes = limits::HOST_LINK_KEPT.as_secs() / 60;
    let mut text = format!(
        "Who opens this and presses the button becomes a host, and looks after all rooms.\n\
         It works for one person, within {minutes} minutes:\n"
    );
    for address in addresses(status) {
        writeln!(text, "  {scheme}://{address}{link}").ok();
    }
    text + &format!("If the server has another name for browsers, put it before {link}\n")
}

fn list_text(rules: &HostRules) -> String {
    let HostRules { hosts, blocked, rooms, .. } = rules;
    let mut text = String::new();
    if hosts.is_empty() {
        text += "There is no host yet: `threadbare host` prints a link that makes one.\n";
    }
    for (title, lines) in
        [("Hosts", hosts), ("Blocked from the chat", blocked), ("Rooms to look at", rooms)]
    {
        if !lines.is_empty() {
            writeln!(text, "{title}:\n  {}", lines.join("\n  ")).ok();
        }
    }
    text
}

fn log_text(rules: &HostRules) -> String {
    match rules.record.is_empty() {
        true => "Nobody has done anything yet that stands on record.\n".to_owned(),
        false => format!("The times are in UTC.\n{}\n", rules.record.join("\n")),
    }
}

/// Returns the server's addresses, those for other machines first.
fn addresses(status: &ServerStatus) -> Vec<SocketAddr> {
    let mut addresses = status.addresses.clone();
    addresses.sort_by_key(|addr| (addr.ip().is_loopback(), addr.is_ipv6()));
    addresses
}
