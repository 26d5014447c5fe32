//! The server's certificate and its key, as they stand in two files.
//!
//! Owns: how the files are read and checked, the words for an operator whose files are wrong, what
//! rustls is asked for, and the fingerprint that people compare.
//! Must not know: flags, connections.
//!
//! Part: `base/tls/mod.rs`.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use parking_lot::Mutex;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::time_provider::TimeProvider;
use rustls::{Error, InconsistentKeys, ServerConfig, ServerConnection};

use super::TlsHandshake;

/// What the server speaks over TLS. A browser that could speak HTTP/2, too, then does not.
const PROTOCOL: &[u8] = b"http/1.1";

/// How many tickets a browser gets after a handshake. With one of them the next handshake needs no
/// signature, which costs a small processor most.
const TICKETS: usize = 1;

/// The server's certificate, with which each handshake begins. Clones share it: all of them
/// [`follow`](Self::follow) together.
#[derive(Clone)]
pub struct ServerCertificate {
    in_use: Arc<Mutex<InUse>>,
    note: Option<Arc<str>>,
}

struct InUse {
    chain: Vec<CertificateDer<'static>>,
    config: Arc<ServerConfig>,
}

impl ServerCertificate {
    /// Reads the certificate, with those that lead from it to a known one, and its key. Both files
    /// are PEM. Reads files.
    ///
    /// # Errors
    /// A sentence for the operator, which says which file is wrong and what to do.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, String> {
        let (of_chain, of_key) = (certificate.display(), key.display());
        let chain = fs::read(certificate)
            .map_err(|error| format!("the certificate {of_chain}: {}", advice(&error)))?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
        let chain = match chain {
            Ok(chain) if !chain.is_empty() => chain,
            _ => {
                return Err(format!(
                    "the certificate {of_chain}: the file has no certificate that can be read; it \
                     must be PEM, as the `fullchain.pem` of certbot is: the server's own \
                     certificate first"
                ));
            }
        };
        let secret =
            fs::read(key).map_err(|error| format!("the key {of_key}: {}", advice(&error)))?;
        let secret = PrivateKeyDer::from_pem_slice(&secret).map_err(|error| match error {
            pem::Error::NoItemsFound => format!(
                "the key {of_key}: the file has no private key without a passphrase; it must be \
                 PEM, and `openssl pkey -in OLD -out NEW` takes a passphrase away"
            ),
            error => format!("the key {of_key}: {error}; it must be PEM"),
        })?;
        Self::of(chain, secret).map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                format!("the key {of_key} does not belong to the certificate {of_chain}")
            }
            error => format!("the certificate {of_chain} with the key {of_key}: {error}"),
        })
    }

    /// Makes the value for this chain, in which the server's own certificate is the first.
    ///
    /// # Errors
    /// The key is not that of the certificate, or rustls cannot use one of them.
    pub(super) fn of(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, Error> {
        let config = Arc::new(settings(chain.clone(), key)?);
        Ok(Self { in_use: Arc::new(Mutex::new(InUse { chain, config })), note: None })
    }

    /// Says where the server keeps a certificate of its own, as the end of a sentence.
    pub(super) fn with_note(mut self, where_it_is: &str) -> Self {
        let fingerprint = fingerprint(&self.in_use.lock().chain[0]);
        let note = format!(
            "The certificate is the server's own, so browsers warn. Its SHA-256 fingerprint is\n  \
             {fingerprint}\nThe certificate {where_it_is}.\n"
        );
        self.note = Some(note.into());
        self
    }

    /// Returns lines for the greeting, each with its line end: the fingerprint of a certificate
    /// that the server has made for itself. For any other certificate they are empty.
    pub fn note(&self) -> &str {
        self.note.as_deref().unwrap_or_default()
    }

    /// Returns the fingerprint of a certificate that the server has made for itself; `None`: it is
    /// another certificate, which clients believe by its authority.
    pub fn own_fingerprint(&self) -> Option<String> {
        self.note.as_ref().map(|_| fingerprint(&self.in_use.lock().chain[0]))
    }

    /// Begins each handshake from now on with the certificate of `other`, in all clones.
    /// Connections that are open stay as they are. Returns whether it is another certificate.
    pub fn follow(&self, other: &Self) -> bool {
        let (chain, config) = {
            let other = other.in_use.lock();
            (other.chain.clone(), Arc::clone(&other.config))
        };
        let mut in_use = self.in_use.lock();
        let is_another = in_use.chain != chain;
        if is_another {
            *in_use = InUse { chain, config };
        }
        is_another
    }

    /// Begins the handshake of one connection.
    ///
    /// # Errors
    /// rustls has no random numbers, or cannot use its settings.
    pub fn begin(&self) -> io::Result<TlsHandshake> {
        let config = Arc::clone(&self.in_use.lock().config);
        let connection = ServerConnection::new(config).map_err(io::Error::other)?;
        Ok(TlsHandshake::of(connection))
    }
}

/// Shows neither the certificate nor its key.
impl fmt::Debug for ServerCertificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ServerCertificate").finish_non_exhaustive()
    }
}

fn advice(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            format!("{error}; the user of the server must be able to read it")
        }
        _ => error.to_string(),
    }
}

/// The digest by which browsers show a certificate: SHA-256, as pairs of digits.
pub(super) fn fingerprint(certificate: &[u8]) -> String {
    let bytes = sha256(certificate);
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// The SHA-256 digest, by the same code with which rustls makes it.
pub(super) fn sha256(bytes: &[u8]) -> Vec<u8> {
    let suite = ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
    let digest = suite.tls13().map(|suite| suite.common.hash_provider.hash(bytes));
    digest.map(|digest| digest.as_ref().to_vec()).unwrap_or_default()
}

/// The machine's clock. Before 1970, where rustls's own one would panic, it stands still.
#[derive(Debug)]
struct AnyClock;

impl TimeProvider for AnyClock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(UNIX_EPOCH.elapsed().unwrap_or_default()))
    }
}

fn settings(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let mut config = ServerConfig::builder_with_details(provider, Arc::new(AnyClock))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    // What a browser needs to come back is in its ticket, so the server remembers nobody.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    // rustls's tickets panic on a clock before 1970. Without tickets, browsers make a whole
    // handshake each time.
    if UNIX_EPOCH.elapsed().is_ok() {
        config.ticketer = ring::Ticketer::new()?;
    }
    config.send_tls13_tickets = TICKETS;
    Ok(config)
}
