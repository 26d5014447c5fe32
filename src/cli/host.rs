//! The command `threadbare host`, and its flags.
//!
//! Owns: the spelling of the command, and its words.
//! Must not know: how a link works.
//!
//! Part: `cli/mod.rs`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::print;
use super::values::port;
use crate::base::limits;
use crate::server::control::asking::ask;
use crate::site::host_links::{HOST, HostLinkAnswer};
use crate::status::ServerStatus;
use crate::status::find::Meant;

#[derive(Debug, Args)]
pub(super) struct Host {
    /// Control socket of the server, if several are running
    #[arg(long, value_name = "SOCKET", conflicts_with = "port")]
    at: Option<PathBuf>,
    /// Port of the server, if several are running
    #[arg(long, value_name = "PORT", value_parser = port)]
    port: Option<u16>,
}

impl Host {
    /// Asks the server for a link that makes somebody a host, and prints it. Blocks for a few
    /// seconds at most.
    ///
    /// # Errors
    /// There is no server to ask, or it makes no link.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self { at, port } = self;
        let (path, status) = Meant { at, port }.find()?;
        let answer = ask(&path, HOST).context("the server does not answer")?;
        let answer: HostLinkAnswer = serde_json::from_str(&answer)
            .context("the server is of an older version, which has no hosts")?;
        let why = answer.error.unwrap_or_else(|| "there is no link".to_owned());
        let link = answer.path.context(why)?;
        let minutes = limits::HOST_LINK_KEPT.as_secs() / 60;
        let mut text = format!(
            "Who opens this and presses the button becomes a host, and looks after all rooms.\n\
             It works for one person, within {minutes} minutes:\n"
        );
        for address in addresses(&status) {
            text += &format!("  {}://{address}{link}\n", answer.scheme);
        }
        text += &format!("If the server has another name for browsers, put it before {link}\n");
        print(text.as_bytes())
    }
}

/// Returns the server's addresses, those for other machines first.
fn addresses(status: &ServerStatus) -> Vec<SocketAddr> {
    let mut addresses = status.addresses.clone();
    addresses.sort_by_key(|addr| (addr.ip().is_loopback(), addr.is_ipv6()));
    addresses
}
