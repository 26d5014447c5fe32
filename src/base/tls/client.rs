//! The side of a client: `threadbare join https://...`.
//!
//! Owns: which servers a client believes, by an authority or by a fingerprint.
//! Must not know: URLs, sockets.
//!
//! Part: `base/tls/mod.rs`.

use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, OtherError,
    RootCertStore, SignatureScheme,
};

use super::certificate::{fingerprint, sha256};
use super::{TlsHandshake, TrustedServer};

impl TlsHandshake {
    /// Begins the handshake of a client with the server of this host name or IP address. Reads the
    /// files of the authorities that this machine trusts, if the server must have one of them.
    ///
    /// # Errors
    /// `InvalidInput`: no certificate can be for such a host. Else rustls cannot begin.
    pub fn with_server(host: &str, trusted: &TrustedServer) -> io::Result<Self> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))?;
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;
        let config = match trusted {
            TrustedServer::OfAuthority => config.with_root_certificates(authorities()),
            TrustedServer::WithFingerprint(wanted) => {
                let verifier = OneCertificate { wanted: *wanted, provider };
                config.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
            }
        };
        let config = Arc::new(config.with_no_client_auth());
        let connection = ClientConnection::new(config, name).map_err(io::Error::other)?;
        Ok(Self::of(connection))
    }
}

/// The authorities that this machine trusts. A file that cannot be read is left out: then its
/// servers are not believed.
fn authorities() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

/// Believes the server that has this one certificate and its key.
#[derive(Debug)]
struct OneCertificate {
    wanted: [u8; 32],
    provider: Arc<CryptoProvider>,
}

/// The server has another certificate.
#[derive(Debug)]
struct Another {
    fingerprint: String,
}

impl fmt::Display for Another {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "its certificate has the fingerprint {}", self.fingerprint)
    }
}

impl std::error::Error for Another {}

impl ServerCertVerifier for OneCertificate {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if sha256(certificate) == self.wanted {
            return Ok(ServerCertVerified::assertion());
        }
        let another = Another { fingerprint: fingerprint(certificate) };
        Err(CertificateError::Other(OtherError(Arc::new(another))).into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
