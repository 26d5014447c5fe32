//! The server of a run: started, killed, started again in the same folder and on the same ports;
//! and what it takes of the machine.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use super::harness::{Data, ServerProcess, Signal};

pub struct Host {
    data: Data,
    server: Option<ServerProcess>,
    pub addr: SocketAddr,
    pub lines: SocketAddr,
}

impl Host {
    /// A server in a new folder, on ports of its own.
    pub fn starts() -> Self {
        let data = Data::new();
        // The test looks for a free second port itself, because a restarted server must get the
        // same one.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let lines = free.local_addr().unwrap();
        drop(free);
        let server = start(&data, "127.0.0.1:0", lines);
        let addr = server.addr;
        Self { data, server: Some(server), addr, lines }
    }

    pub fn is_up(&self) -> bool {
        self.server.is_some()
    }

    pub fn folder(&self) -> PathBuf {
        self.data.folder().to_owned()
    }

    /// Kills the server.
    pub fn is_killed(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.gets_signal(Signal::KILL);
            server.ends();
        }
    }

    pub fn comes_back(&mut self) {
        if self.server.is_none() {
            self.server = Some(start(&self.data, &self.addr.to_string(), self.lines));
        }
    }

    /// Stops the server as a service does; returns whether it ended well.
    pub fn stops(&mut self) -> bool {
        let Some(mut server) = self.server.take() else { return false };
        server.gets_signal(Signal::TERM);
        server.ends().success()
    }

    /// The server's memory, in KiB.
    pub fn memory(&self) -> u64 {
        self.server.as_ref().map_or(0, |server| server.memory_kib("VmRSS"))
    }

    /// How long the server has used a CPU, in this life.
    pub fn cpu(&self) -> Duration {
        let ticks = self.server.as_ref().map_or(0, ServerProcess::cpu_ticks);
        Duration::from_millis(10 * ticks)
    }

    /// The server's warnings.
    pub fn log(&self) -> Vec<String> {
        self.server.as_ref().map(ServerProcess::log).unwrap_or_default()
    }
}

fn start(data: &Data, addr: &str, lines: SocketAddr) -> ServerProcess {
    let lines = lines.to_string();
    // So large that the server drops no old line.
    let more = ["--addr", addr, "--lines", &lines, "--log-level", "warn", "--keep-size", "1024"];
    data.start(&more)
}
