//! The command `threadbare qr`, and its flags.
//!
//! Owns: the spelling of the command, and which address the code has.
//! Must not know: how a QR code is drawn, how a server is found.
//!
//! Part: `cli/mod.rs`.

use std::io::{IsTerminal, stdout};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::print;
use super::values::port;
use crate::base::limits;
use crate::html::qr_code;
use crate::status::find::Meant;

#[derive(Debug, Args)]
pub(super) struct Qr {
    /// Address that the code has, such as http://10.0.0.1/. Default: the address at which others on
    /// the network reach the server that runs on this machine
    address: Option<String>,
    /// Print a picture (SVG), for a poster
    #[arg(long)]
    svg: bool,
    /// Control socket of the server, if several are running
    #[arg(long, value_name = "SOCKET", conflicts_with_all = ["address", "port"])]
    at: Option<PathBuf>,
    /// Port of the server, if several are running
    #[arg(long, value_name = "PORT", value_parser = port, conflicts_with = "address")]
    port: Option<u16>,
}

impl Qr {
    /// Prints the code, and below it the address.
    ///
    /// # Errors
    /// There is no server to ask, no other machine reaches it, or the address is too long.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Self { address, svg, at, port } = self;
        let address = match address {
            Some(address) => address,
            None => address_for_others(Meant { at, port })?,
        };
        let most = limits::QR_BYTES_MAX;
        let too_long = || format!("an address has at most {most} bytes here; shorten it");
        let text = if svg {
            let picture = qr_code::drawn(&address, &address).with_context(too_long)?;
            picture.into_string() + "\n"
        } else {
            let has_colors = stdout().is_terminal();
            let code = qr_code::for_terminal(&address, has_colors).with_context(too_long)?;
            format!("{code}{}\n", address.replace(char::is_control, ""))
        };
        print(text.as_bytes())
    }
}

/// Returns the address of the page of the server that runs on this machine, for other machines.
fn address_for_others(meant: Meant) -> anyhow::Result<String> {
    let (_, status) = meant.find()?;
    let others = status.addresses.iter().filter(|addr| !addr.ip().is_loopback());
    let shared = others.min_by_key(|addr| SocketAddr::is_ipv6(addr)).with_context(|| {
        "no other machine reaches the server; start it with --addr :PORT, or give the address: \
         threadbare qr http://HOST:PORT/"
    })?;
    Ok(format!("http://{shared}/"))
}
