//! A certificate that the server makes for itself, for a network in which nobody can get one.
//!
//! No browser knows who signed it, so each warns once. The server prints the fingerprint of its
//! certificate, and a browser shows the one that it got. If a person sees that both are equal, no
//! stranger's machine reads the connection.
//!
//! Owns: what is in such a certificate, how long it is valid, and the two files that keep it.
//! Must not know: flags, connections, how this machine is called.
//!
//! Part: `base/tls/mod.rs`.

use std::error::Error;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::BASE64;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::ServerCertificate;

/// The file of the certificate, for everybody who wants it.
const CERTIFICATE: &str = "tls-self-cert.pem";
/// The file of its key, for the server alone.
const KEY: &str = "tls-self-key.pem";
const DAY: Duration = Duration::from_hours(24);
/// How long a certificate is valid. Apple's systems take none that is valid for longer, and some of
/// their browsers then offer no way past the warning.
const VALID: Duration = Duration::from_hours(24 * 825);
/// A start of the server makes a new certificate if the old one is not valid for so long.
const RENEWED_BEFORE: Duration = Duration::from_hours(24 * 30);
/// The time 2026-01-01, since 1970. A clock that shows less was never set.
const CLOCK_SET_FROM: Duration = Duration::from_secs(1_767_225_600);
/// What stands in the file in front of the end of the certificate's time. A reader of PEM skips
/// the line.
const UNTIL: &str = "Made by `threadbare --tls-self`, valid until ";
/// The name in the certificate that browsers show.
const NAME: &str = "Threadbare";

impl ServerCertificate {
    /// Returns the certificate that is kept in `folder`. If there is none, or if it is valid for
    /// less than a month, makes one for these host names and IP addresses, and keeps it there.
    /// Without a folder, or if the folder takes no files, the certificate ends with the server.
    /// Reads and writes files.
    ///
    /// # Errors
    /// A sentence for the operator: what is kept cannot be used, or none could be made.
    pub fn self_made(folder: Option<&Path>, names: Vec<String>) -> Result<Self, String> {
        let now = now();
        if let Some(folder) = folder {
            let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
            let is_there = |text: String| key.exists() && is_valid(&text, now);
            if fs::read_to_string(&certificate).is_ok_and(is_there) {
                let kept = Self::read(&certificate, &key).map_err(|why| {
                    format!("{why}. Remove both files, and the next start makes new ones")
                })?;
                return Ok(kept.with_note(&kept_in(folder)));
            }
        }
        let cannot = |error: &dyn Error| format!("cannot make a certificate: {error}");
        let pair = Pair::make(names, now).map_err(|error| cannot(&error))?;
        let key = PrivatePkcs8KeyDer::from(pair.key.clone());
        let made = Self::of(vec![pair.certificate.clone()], key.into());
        let made = made.map_err(|error| cannot(&error))?;
        Ok(made.with_note(&match folder.map(|folder| (folder, pair.keep(folder))) {
            Some((folder, Ok(()))) => kept_in(folder),
            Some((folder, Err(error))) => {
                tracing::warn!(folder = %folder.display(), %error, "cannot keep the certificate");
                format!("cannot be kept in {}: the next start makes another", folder.display())
            }
            None => "is not kept: the next start makes another; with --data DIR it stays".into(),
        }))
    }
}

fn kept_in(folder: &Path) -> String {
    format!("is kept in {}", folder.join(CERTIFICATE).display())
}

/// A certificate and its key.
struct Pair {
    certificate: CertificateDer<'static>,
    /// In the form of PKCS #8.
    key: Vec<u8>,
    /// When the certificate ends, since 1970.
    until: Duration,
}

impl Pair {
    fn make(names: Vec<String>, now: Duration) -> Result<Self, rcgen::Error> {
        let mut wanted = CertificateParams::new(names)?;
        wanted.distinguished_name = DistinguishedName::new();
        wanted.distinguished_name.push(DnType::CommonName, NAME);
        // The clocks of other machines may be behind.
        let from = now.saturating_sub(DAY);
        let until = from + VALID;
        let at = |since_1970: Duration| date_time_ymd(1970, 1, 1) + since_1970;
        (wanted.not_before, wanted.not_after) = (at(from), at(until));
        // A thief who steals the key can make no certificate for another site with it.
        wanted.is_ca = IsCa::ExplicitNoCa;
        wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = wanted.self_signed(&key)?.der().clone();
        Ok(Self { certificate, key: key.serialize_der(), until })
    }

    /// Writes both files. The certificate is the last, so it never lacks its key. Blocks for the
    /// disk.
    fn keep(&self, folder: &Path) -> io::Result<()> {
        let until = httpdate::fmt_http_date(UNIX_EPOCH + self.until);
        let certificate = pem("CERTIFICATE", &self.certificate);
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        write(&folder.join(KEY), &pem("PRIVATE KEY", &self.key), 0o600)?;
        write(&folder.join(CERTIFICATE), &format!("{UNTIL}{until}\n{certificate}"), 0o644)
    }
}

/// Writes a whole file, or leaves the old one. Blocks for the disk.
fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    // What is left of an unfinished start may have another mode.
    fs::remove_file(&unfinished).ok();
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(unfinished, path)
}

/// Returns the time since 1970, as far as this machine knows it.
fn now() -> Duration {
    UNIX_EPOCH.elapsed().unwrap_or_default().max(CLOCK_SET_FROM)
}

/// Returns whether a kept certificate goes on. One of the operator's own has no such line, and is
/// the operator's business.
fn is_valid(certificate: &str, now: Duration) -> bool {
    let until = certificate.lines().find_map(|line| line.strip_prefix(UNTIL));
    until.and_then(|date| httpdate::parse_http_date(date).ok()).is_none_or(|until: SystemTime| {
        until.duration_since(UNIX_EPOCH).unwrap_or_default() > now + RENEWED_BEFORE
    })
}

/// The form in which other programs read certificates and keys (RFC 7468).
fn pem(label: &str, bytes: &[u8]) -> String {
    const COLUMNS: usize = 64;
    let text = BASE64.encode(bytes);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(COLUMNS));
        pem += line;
        pem.push('\n');
        rest = more;
    }
    pem + &format!("-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{CLOCK_SET_FROM, DAY, UNTIL, VALID, is_valid, pem};

    #[test]
    fn row_110_a_certificate_of_its_own_is_made_again_in_its_last_month() {
        let until = CLOCK_SET_FROM + VALID;
        let text = format!("{UNTIL}{}\n-----BEGIN", httpdate::fmt_http_date(UNIX_EPOCH + until));
        let is_valid_before = |left: Duration| is_valid(&text, until - left);
        assert!(is_valid_before(DAY * 31));
        assert!(!is_valid_before(DAY * 29));
        assert!(!is_valid(&text, until + DAY));
        assert!(is_valid("-----BEGIN", until + DAY), "a certificate of the operator's");
    }

    #[test]
    fn row_110_a_file_for_other_programs_has_short_lines() {
        assert_eq!(
            pem("CERTIFICATE", &[0; 50]),
            format!(
                "-----BEGIN CERTIFICATE-----\n{}\nAAA=\n-----END CERTIFICATE-----\n",
                "A".repeat(64)
            )
        );
    }
}
