//! SIGHUP: settings that change while the server runs.
//!
//! The program reads its arguments, its environment and its configuration file once more. What may
//! change is changed at once; of the rest the log says that it needs a restart. If anything is
//! wrong, nothing changes.
//!
//! Runs on the main thread.
//! Owns: which settings can change, and what they were.
//! Must not know: how a setting is used.
//!
//! Part: `cli/mod.rs`.

use std::env;

use clap::ArgMatches;
use tracing::level_filters::LevelFilter;

use super::{Cli, arguments, parse};
use crate::admission::{Admission, entrance::Entrance};
use crate::base::{language::Language, log, tls::ServerCertificate};
use crate::server::config::ServerConfig;

/// The flags of settings that can change, by clap's names.
const CHANGES: [&str; 7] = [
    "password",
    "password_file",
    "glass_for",
    "log_level",
    "clients_per_address",
    "tls_cert",
    "tls_key",
];
/// Variables that a service manager sets.
const OF_A_SERVICE: [&str; 2] = ["INVOCATION_ID", "NOTIFY_SOCKET"];
/// Where settings are that the operator can change while the server runs; and the log's file, which
/// is opened again, so that the operator can move the old one away (logrotate).
const IN_A_FILE: [&str; 4] = [CONFIG, "password_file", "log_file", TLS_CERT];
/// The flag of the certificate's file, if the program speaks TLS.
const TLS_CERT: &str = "tls_cert";
/// Not a setting, but where settings are.
const CONFIG: &str = "config";

/// The settings of a running server.
pub(super) struct Reload {
    language: Language,
    /// What the flags were at the start.
    settings: ArgMatches,
    log_level: LevelFilter,
    entrance: Entrance,
    glass_entrance: Option<Entrance>,
    certificate: Option<ServerCertificate>,
}

impl Reload {
    /// Returns what SIGHUP does to a server with these settings. Parses the arguments and reads the
    /// configuration file. `None`: nothing that the operator can change is in a file, or the file
    /// is wrong by now.
    pub(super) fn of(config: &ServerConfig) -> Option<impl FnMut(&Admission) + use<>> {
        let (mut cli, settings) = parse(arguments()).ok()?;
        let is_in_a_file = IN_A_FILE.iter().any(|flag| {
            // A program without the feature `tls` does not know its flag.
            settings.try_get_raw(flag).is_ok() && settings.value_source(flag).is_some()
        });
        // `systemctl reload` must not stop a service that has nothing to read.
        let is_a_service = OF_A_SERVICE.iter().any(|name| env::var_os(name).is_some());
        if !is_in_a_file && !is_a_service {
            return None;
        }
        let mut reload = Self {
            language: config.language,
            settings,
            log_level: cli.server_flags().log.log_level,
            entrance: config.entrance.clone(),
            glass_entrance: config.glass_entrance.clone(),
            certificate: config.door.certificate.clone(),
        };
        Some(move |admission: &Admission| reload.again(admission))
    }

    /// Reads all settings again, and logs what changed. Reads files.
    fn again(&mut self, admission: &Admission) {
        let read = parse(arguments()).map_err(|error| error.to_string());
        let checked = read.and_then(|(mut cli, settings)| {
            let (_, config) = cli.server_flags().checked(self.language)?;
            let log_file = cli.server_flags().log.open()?;
            Ok((cli, settings, config, log_file))
        });
        match checked {
            Ok((cli, settings, config, log_file)) => {
                let is_same_file = !is_unlike(&self.settings, &settings, "log_file");
                if let Some(file) = log_file.filter(|_| is_same_file) {
                    log::write_to(file);
                }
                self.change(cli, &settings, &config, admission);
            }
            Err(why) => {
                let why = why.trim().replace('\n', " ");
                tracing::error!(%why, "the settings are wrong; nothing was reloaded");
            }
        }
    }

    fn change(
        &mut self,
        mut cli: Cli,
        settings: &ArgMatches,
        config: &ServerConfig,
        admission: &Admission,
    ) {
        let mut changed = Vec::new();
        if self.entrance.follow(&config.entrance) {
            changed.push("password");
        }
        let mut restart = self.unlike(settings);
        match (&self.glass_entrance, &config.glass_entrance) {
            (Some(before), Some(now)) if before.follow(now) => changed.push("glass-for"),
            (Some(_), None) | (None, Some(_)) => restart.push("glass-for".to_owned()),
            _ => {}
        }
        match (&self.certificate, &config.door.certificate) {
            (Some(before), Some(now)) if before.follow(now) => changed.push("tls-cert"),
            (Some(_), None) | (None, Some(_)) => restart.push("tls-cert".to_owned()),
            _ => {}
        }
        if admission.limit_networks(config.per_network) {
            changed.push("clients-per-address");
        }
        let level = cli.server_flags().log.log_level;
        if std::mem::replace(&mut self.log_level, level) != level {
            log::set_level(level);
            changed.push("log-level");
        }
        if changed.is_empty() && restart.is_empty() {
            tracing::info!("the settings were read again, and nothing has changed");
        } else {
            let changed = changed.join(", ");
            tracing::info!(changed, "the settings were reloaded");
        }
        if !restart.is_empty() {
            let settings = restart.join(", ");
            tracing::warn!(settings, "these settings have changed, too, and need a restart");
        }
    }

    /// The flags that have another value now, and cannot change while the server runs.
    fn unlike(&self, now: &ArgMatches) -> Vec<String> {
        let ids = now.ids().chain(self.settings.ids()).map(clap::Id::as_str);
        let mut unlike: Vec<_> = ids
            .filter(|id| !CHANGES.contains(id) && *id != CONFIG)
            .filter(|id| is_unlike(&self.settings, now, id))
            .map(|id| id.replace('_', "-"))
            .collect();
        unlike.sort_unstable();
        unlike.dedup();
        unlike
    }
}

/// Whether a flag has different values in the two.
fn is_unlike(before: &ArgMatches, now: &ArgMatches, id: &str) -> bool {
    // Groups of flags have ids, too, but no values of their own.
    let values = |of: &ArgMatches| {
        let raw = of.try_get_raw(id).ok().flatten();
        raw.map(|values| values.map(ToOwned::to_owned).collect::<Vec<_>>())
    };
    values(before) != values(now)
}
