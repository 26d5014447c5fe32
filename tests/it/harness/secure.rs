//! Certificates that a test makes for itself, and clients that speak TLS.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tungstenite::{Message, WebSocket};

use super::raw::handshake;
use super::{Folder, PATIENCE, Part, ServerProcess, lacks, next_message, not_run};

/// A connection that speaks TLS, on which a test can send any bytes.
pub type Secure = StreamOwned<ClientConnection, TcpStream>;

/// A folder with a certificate for `localhost` and its key.
pub struct Certificate {
    folder: Folder,
    pub certificate: String,
    pub key: String,
}

impl Certificate {
    /// Makes one by the program `openssl`. `None`: the machine has none, or the tested program
    /// speaks no TLS, and that was reported.
    pub fn new(row: &str) -> Option<Self> {
        if lacks(Part::Tls) {
            return None;
        }
        let folder = Folder::new();
        std::fs::create_dir(folder.path()).unwrap();
        let at = |name: &str| format!("{}/{name}", folder.path());
        let (certificate, key) = (at("cert.pem"), at("key.pem"));
        let made = Self { folder, certificate, key };
        if Command::new("openssl").arg("version").output().is_err() {
            not_run(row, "this machine has no `openssl`");
            return None;
        }
        made.renew("ec");
        Some(made)
    }

    /// Writes another certificate and key into the same files. `kind`: `ec` or `rsa`.
    pub fn renew(&self, kind: &str) {
        let kind = if kind == "ec" {
            ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        } else {
            ["-newkey", "rsa:2048", "-pkeyopt", "rsa_keygen_bits:2048"]
        };
        let output = Command::new("openssl")
            .args(["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=DNS:localhost"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args(kind)
            .args(["-keyout", &self.key, "-out", &self.certificate])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// What `openssl x509` says about the certificate that is in the file now.
    pub fn says_openssl(&self, wanted: &[&str]) -> String {
        let mut command = Command::new("openssl");
        command.args(["x509", "-noout", "-in", &self.certificate]).args(wanted);
        let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
        said.trim().to_owned()
    }

    /// Whether it is still valid after so many seconds.
    pub fn is_valid_for(&self, seconds: u32) -> bool {
        self.says_openssl(&["-checkend", &seconds.to_string()]).contains("will not expire")
    }

    /// The path of one more file in the folder.
    pub fn file(&self, name: &str) -> String {
        format!("{}/{name}", self.folder.path())
    }

    /// A server with this certificate.
    pub fn starts(&self, flags: &[&str]) -> ServerProcess {
        ServerProcess::start(&[&self.flags(), flags].concat())
    }

    pub fn flags(&self) -> [&str; 4] {
        ["--tls-cert", &self.certificate, "--tls-key", &self.key]
    }

    /// A client that knows only the certificate that is in the file now.
    pub fn connects(&self, addr: SocketAddr) -> Secure {
        self.connects_over(TcpStream::connect(addr).unwrap(), true)
    }

    /// The same, over a socket that the test has prepared, and by TLS 1.2 if not `is_modern`.
    #[expect(clippy::disallowed_methods, reason = "a test's client bounds its own reads")]
    pub fn connects_over(&self, socket: TcpStream, is_modern: bool) -> Secure {
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&self.certificate).unwrap()).unwrap();
        let versions = if is_modern { [&TLS13] } else { [&TLS12] };
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        StreamOwned::new(connection, socket)
    }

    /// What the server answers to one request; the connection must end with a `close_notify`.
    pub fn asks(&self, addr: SocketAddr, request: &str) -> String {
        let mut client = self.connects(addr);
        client.write_all(request.replace("{host}", &addr.to_string()).as_bytes()).unwrap();
        let mut answer = Vec::new();
        // An end without `close_notify` is an error here.
        client.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A client of the classic chat.
    pub fn joins(&self, addr: SocketAddr) -> SecurePerson {
        SecurePerson::over(self.connects(addr), addr)
    }
}

/// A client of the classic chat that speaks TLS.
pub struct SecurePerson(pub WebSocket<Secure>);

impl SecurePerson {
    pub fn over(stream: Secure, addr: SocketAddr) -> Self {
        let (socket, _) = tungstenite::client(format!("ws://{addr}/ws"), stream).unwrap();
        Self(socket)
    }

    pub fn says(&mut self, text: &str) {
        self.0.send(Message::text(text)).unwrap();
    }

    /// The next text.
    pub fn hears(&mut self) -> String {
        loop {
            match next_message(&mut self.0) {
                Ok(Message::Text(text)) => return text.to_string(),
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Reads until the close frame, and what comes behind it: nothing, but a `close_notify`.
    pub fn hears_the_end(&mut self) -> Option<u16> {
        let code = loop {
            match next_message(&mut self.0) {
                Ok(Message::Close(frame)) => break frame.map(|frame| u16::from(frame.code)),
                Ok(_) => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(rest(self.0.get_mut()).unwrap(), b"");
        code
    }
}

/// What still comes until the `close_notify`.
///
/// # Errors
/// The connection ends without one.
pub fn rest(stream: &mut Secure) -> io::Result<Vec<u8>> {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).map(|_| rest)
}

/// A client that asks for a WebSocket, and reads nothing from then on.
pub fn deaf(mut stream: Secure, addr: SocketAddr) -> Secure {
    let request = handshake("/ws", "").replace("{host}", &addr.to_string());
    stream.write_all(request.as_bytes()).unwrap();
    let mut byte = [0];
    stream.read_exact(&mut byte).unwrap();
    stream
}
