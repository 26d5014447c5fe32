//! Flags about TLS. A program without the feature `tls` has none of them.
//!
//! Owns: the spelling of the flags, and that the files of both are given, or none.
//! Must not know: what is in the files.
//!
//! Part: `cli/mod.rs`.

use std::path::Path;
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
    /// Make a certificate for this machine's names and addresses.
    #[cfg(feature = "tls")]
    #[arg(long, env = "THREADBARE_TLS_SELF", value_parser = BoolishValueParser::new())]
    #[arg(help = "Make a certificate for this machine's names and addresses, and keep it in the \
                  folder of the history. Browsers warn about it once; the start prints the \
                  fingerprint that people can compare")]
    tls_self: bool,
    /// Send browsers that come by plain http to https
    #[cfg(feature = "tls")]
    #[arg(long, env = "THREADBARE_TLS_ONLY", value_parser = BoolishValueParser::new())]
    tls_only: bool,
}

impl TlsFlags {
    /// Reads the certificate and its key, if the flags name them. `None` with `--tls-self`: that
    /// certificate is made by [`own_certificate`](Self::own_certificate), when a server starts.
    ///
    /// # Errors
    /// A sentence for people: a file is wrong, or a flag is missing.
    #[cfg(feature = "tls")]
    pub(super) fn certificate(&self) -> Result<Option<ServerCertificate>, String> {
        match (&self.tls_cert, &self.tls_key) {
            (None, None) if self.tls_self => Ok(None),
            _ if self.tls_self => {
                Err("--tls-self makes a certificate, and --tls-cert and --tls-key name another \
                     one; leave one of the two out"
                    .into())
            }
            (Some(certificate), Some(key)) => ServerCertificate::read(certificate, key).map(Some),
            (None, None) if self.tls_only => {
                Err("--tls-only needs a certificate: add --tls-cert FILE and --tls-key FILE, or \
                     --tls-self"
                    .into())
            }
            (None, None) => Ok(None),
            (Some(_), None) => Err("--tls-cert needs its key: add --tls-key FILE".into()),
            (None, Some(_)) => Err("--tls-key needs its certificate: add --tls-cert FILE".into()),
        }
    }

    /// Reads or makes the server's own certificate, if the flags ask for it. It is kept in
    /// `folder`, if there is one. `names` are this server's host names and IP addresses.
    ///
    /// # Errors
    /// A sentence for people.
    #[cfg(feature = "tls")]
    pub(super) fn own_certificate(
        &self,
        folder: Option<&Path>,
        names: impl FnOnce() -> Vec<String>,
    ) -> Result<Option<ServerCertificate>, String> {
        self.tls_self.then(|| ServerCertificate::self_made(folder, names())).transpose()
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
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as with the feature")]
    pub(super) fn own_certificate(
        &self,
        _: Option<&Path>,
        _: impl FnOnce() -> Vec<String>,
    ) -> Result<Option<ServerCertificate>, String> {
        Ok(None)
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(super) fn is_only_way(&self) -> bool {
        false
    }
}
