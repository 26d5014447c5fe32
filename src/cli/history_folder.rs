//! The folder of the history, if the operator names none, and where there must be none by accident.
//!
//! A router keeps its files in a few megabytes of flash memory. Each write wears it out, and a full
//! one may keep the router from starting. So a history is there only if the operator says so.
//!
//! Owns: this choice, and the sentence about it.
//! Must not know: the files in that folder.
//!
//! Part: `cli/mod.rs`.

use std::path::{Path, PathBuf};

use crate::status::find::Meant;

/// The file systems of raw flash memory.
const OF_RAW_FLASH: [&str; 2] = ["jffs2", "ubifs"];
/// Where OpenWrt mounts the flash memory in which all changes to its files are.
const CHANGES: &str = "/overlay";

const ROOT_IS_HOME: &str = "HOME is `/`, where the system's own files are";
const IS_FLASH: &str = "The usual folder is in flash memory, which each write wears out";

/// Why the server has no folder for its history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoDataFolder {
    /// The operator wants none, or no environment variable names a usual folder.
    Unnamed,
    /// The usual folder is not a good place. The words are the first half of a sentence.
    BadPlace(&'static str),
}

/// Returns the folder of the history: the folder `given`, or else the usual folder for a program's
/// state.
pub(super) fn history_folder(given: Option<&Path>) -> Result<PathBuf, NoDataFolder> {
    let folder = |key: &str| std::env::var_os(key).filter(|var| !var.is_empty()).map(PathBuf::from);
    match given {
        Some(none) if none.as_os_str() == "none" => return Err(NoDataFolder::Unnamed),
        Some(given) => return Ok(given.to_owned()),
        None => {}
    }
    // Only a service manager sets this variable, and the folder in it was made for the server.
    if let Some(folder) = folder("STATE_DIRECTORY") {
        return Ok(folder);
    }
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    usual_folder(folder("XDG_STATE_HOME"), folder("HOME"), &mounts)
}

/// Returns the folder for a command that reads a history: the folder `given`, or else that of the
/// server that runs on this machine; `Unnamed` if that server keeps no history. If none runs, or
/// several, or another user's, it is the usual folder of this user. So root, at a terminal, reads
/// the history of a unit of systemd, whose server has a folder and a user of its own. Blocks until
/// the servers have answered, some seconds at most for each.
pub(super) fn folder_to_read(given: Option<&Path>) -> Result<PathBuf, NoDataFolder> {
    let is_named = given.is_some() || std::env::var_os("STATE_DIRECTORY").is_some();
    match if is_named { OfServer::Unknown } else { of_server() } {
        OfServer::Folder(folder) => Ok(folder),
        OfServer::KeepsNone => Err(NoDataFolder::Unnamed),
        OfServer::Unknown => history_folder(given),
    }
}

/// Returns the folder for a command that replaces a history: the folder `given`, or else the usual
/// folder of this user. Blocks as [`folder_to_read`] does.
///
/// # Errors
/// There is no such folder; or a server runs that has another one. That is mostly the history that
/// is meant, and the operator must say so. The words say how.
pub(super) fn folder_to_replace(given: Option<&Path>) -> Result<PathBuf, String> {
    let is_named = given.is_some() || std::env::var_os("STATE_DIRECTORY").is_some();
    if let OfServer::Folder(folder) = if is_named { OfServer::Unknown } else { of_server() } {
        let folder = folder.display();
        return Err(format!(
            "a server runs here, and its history is in {folder}: stop it first, then restore with \
             --data {folder}"
        ));
    }
    history_folder(given).map_err(|_| "name the folder of the history with --data".to_owned())
}

/// The history of the only server that runs on this machine.
enum OfServer {
    /// It is in this folder.
    Folder(PathBuf),
    /// The server keeps nothing on the disk.
    KeepsNone,
    /// There is not one server alone, or it cannot be known where its folder is.
    Unknown,
}

fn of_server() -> OfServer {
    let Ok((_, status)) = (Meant { at: None, port: None }).find() else { return OfServer::Unknown };
    let Some(history) = status.history else { return OfServer::KeepsNone };
    let file = PathBuf::from(history.file);
    // A server that was given `--data chat` may run in another folder than this command.
    let folder = file.parent().filter(|_| file.is_absolute());
    folder.map_or(OfServer::Unknown, |folder| OfServer::Folder(folder.to_owned()))
}

fn usual_folder(
    state: Option<PathBuf>,
    home: Option<PathBuf>,
    mounts: &str,
) -> Result<PathBuf, NoDataFolder> {
    let folder = match (state, home) {
        (Some(state), _) => state.join("threadbare"),
        (None, Some(home)) if home == Path::new("/") => {
            return Err(NoDataFolder::BadPlace(ROOT_IS_HOME));
        }
        (None, Some(home)) => home.join(".local/state/threadbare"),
        (None, None) => return Err(NoDataFolder::Unnamed),
    };
    if is_raw_flash(&folder, mounts) { Err(NoDataFolder::BadPlace(IS_FLASH)) } else { Ok(folder) }
}

/// Returns whether the folder is in raw flash memory. `mounts` is the text of `/proc/self/mounts`.
fn is_raw_flash(folder: &Path, mounts: &str) -> bool {
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((Path::new(words.next()?), words.next()?))
    });
    let mounts: Vec<_> = mounts.collect();
    // Of two mounts at the same place, the later one is seen.
    let places = mounts.iter().filter(|(place, _)| folder.starts_with(place));
    let Some((place, kind)) = places.max_by_key(|(place, _)| place.as_os_str().len()) else {
        return false;
    };
    let is_flash = |kind: &str| OF_RAW_FLASH.contains(&kind);
    let changes_go_to_flash =
        || mounts.iter().any(|(place, kind)| *place == Path::new(CHANGES) && is_flash(kind));
    is_flash(kind) || *place == Path::new("/") && *kind == "overlay" && changes_go_to_flash()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{IS_FLASH, NoDataFolder, ROOT_IS_HOME, is_raw_flash, usual_folder};

    /// The mounts of a router with OpenWrt: its files are in a read-only image, its changes in the
    /// rest of the flash memory, and a stick is at `/mnt/stick`.
    const ROUTER: &str = "/dev/root /rom squashfs ro,relatime 0 0\n\
        proc /proc proc rw,nosuid 0 0\n\
        tmpfs /tmp tmpfs rw,nosuid 0 0\n\
        /dev/mtdblock6 /overlay jffs2 rw,noatime 0 0\n\
        overlayfs:/overlay / overlay rw,noatime,lowerdir=/,upperdir=/overlay/upper 0 0\n\
        /dev/sda1 /mnt/stick ext4 rw,relatime 0 0\n";
    const CONTAINER: &str = "overlay / overlay rw,relatime,lowerdir=/a,upperdir=/b 0 0\n";
    const PI: &str = "/dev/mmcblk0p2 / ext4 rw,noatime 0 0\n";

    #[test]
    fn row_117_a_router_s_flash_memory_is_told_from_other_places() {
        assert!(is_raw_flash(Path::new("/root/.local/state/threadbare"), ROUTER));
        assert!(is_raw_flash(Path::new("/overlay/chat"), ROUTER));
        assert!(!is_raw_flash(Path::new("/tmp/chat"), ROUTER));
        assert!(!is_raw_flash(Path::new("/mnt/stick/chat"), ROUTER));
        for others in [CONTAINER, PI, ""] {
            assert!(!is_raw_flash(Path::new("/root/.local/state/threadbare"), others));
        }
    }

    #[test]
    fn row_117_without_a_word_of_the_operator_no_history_is_in_a_bad_place() {
        let folder = |text: &str| Some(PathBuf::from(text));
        let usual = |state, home, mounts| usual_folder(state, home, mounts);
        let of_ann = PathBuf::from("/home/ann/.local/state/threadbare");
        assert_eq!(usual(None, folder("/home/ann"), PI), Ok(of_ann));
        assert_eq!(usual(folder("/s"), folder("/"), PI), Ok(PathBuf::from("/s/threadbare")));
        assert_eq!(usual(None, folder("/"), PI), Err(NoDataFolder::BadPlace(ROOT_IS_HOME)));
        assert_eq!(usual(None, folder("/root"), ROUTER), Err(NoDataFolder::BadPlace(IS_FLASH)));
        assert_eq!(usual(None, None, ROUTER), Err(NoDataFolder::Unnamed));
    }
}
