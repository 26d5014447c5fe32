//! The command `threadbare glass`, and its flags.
//!
//! Owns: the spelling of the command, and its exit codes.
//! Must not know: what a look shows.
//!
//! Part: `cli/mod.rs`.

use std::net::{SocketAddr, ToSocketAddrs};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use super::print;
use crate::glass::check;

/// The exit code if the kernel does not let us prove everything.
const NOT_ALL_PROVED: u8 = 2;

#[derive(Debug, Args)]
pub(super) struct Glass {
    /// Compare what http://HOST:PORT/glass shows with what the kernel says; exits 0 if it agrees,
    /// 1 if not, and 2 if the kernel denies a part of it
    #[arg(long, value_name = "URL")]
    check: String,
    /// Number of looks to compare
    #[arg(long, value_name = "N", default_value_t = 1000)]
    looks: u32,
}

impl Glass {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let report = check::check(address(&self.check)?, self.looks)?;
        print(report.to_string().as_bytes())?;
        Ok(match (report.is_true(), report.calls_denied) {
            (false, _) => ExitCode::FAILURE,
            (true, true) => ExitCode::from(NOT_ALL_PROVED),
            (true, false) => ExitCode::SUCCESS,
        })
    }
}

/// Returns the address in `http://HOST:PORT/…`.
fn address(url: &str) -> anyhow::Result<SocketAddr> {
    let Some(rest) = url.strip_prefix("http://") else {
        bail!("`{url}` is no address of a server; write it like http://127.0.0.1:8080/");
    };
    let host = rest.split('/').next().unwrap_or_default();
    let host = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let mut found = host.to_socket_addrs().with_context(|| format!("cannot look up {host}"))?;
    found.next().with_context(|| format!("{host} has no address"))
}
