//! Flags about TLS. A program without the feature `tls` has none of them.
//!
//! Owns: the spelling of the flags, and that the files of both are given.
//! Must not know: what is in the files.
//!
//! Part: `cli/mod.rs`.

#[cfg(feature = "tls")]
use std::path::PathBuf;

use clap::Args;
#[cfg(feature = "tls")]
use clap::builder::BoolishValueParser;

use crate::base::tls::ServerCertificate;

#[derive(Debug, Args)]
#[command(next_help_heading = "TLS")]
pub(super) struct TlsFlags {
    /// File with the server's certificate: browsers may then connect by https, at the same port
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "FILE", env = "THREADBARE_TLS_CERT")]
    #[arg(
        help = "File with the server's certificate (PEM, as certbot's fullchain.pem): browsers \
                  may then connect by https, at the same port. SIGHUP reads it again"
    )]
    tls_cert: Option<PathBuf>,
    /// File with the private key of the certificate (PEM, as certbot's privkey.pem)
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "FILE", env = "THREADBARE_TLS_KEY")]
    tls_key: Option<PathBuf>,
    /// Send browsers that come by plain http to https
    #[cfg(feature = "tls")]
    #[arg(long, env = "THREADBARE_TLS_ONLY", value_parser = BoolishValueParser::new())]
    tls_only: bool,
}

impl TlsFlags {
    /// Reads the certificate and its key, if the flags name them.
    ///
    /// # Errors
    /// A sentence for people: a file is wrong, or a flag is missing.
    #[cfg(feature = "tls")]
    pub(super) fn certificate(&self) -> Result<Option<ServerCertificate>, String> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => ServerCertificate::read(certificate, key).map(Some),
            (None, None) if self.tls_only => {
                Err("--tls-only needs a certificate: add --tls-cert FILE and --tls-key FILE".into())
            }
            (None, None) => Ok(None),
            (Some(_), None) => Err("--tls-cert needs its key: add --tls-key FILE".into()),
            (None, Some(_)) => Err("--tls-key needs its certificate: add --tls-cert FILE".into()),
        }
    }

    /// Whether plain requests are sent to `https`.
    #[cfg(feature = "tls")]
    pub(super) fn is_only_way(&self) -> bool {
        self.tls_only
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as with the feature")]
    pub(super) fn certificate(&self) -> Result<Option<ServerCertificate>, String> {
        Ok(None)
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(super) fn is_only_way(&self) -> bool {
        false
    }
}
