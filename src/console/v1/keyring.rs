//! Stores session tokens in files, so that a person has the same name in the next run of the
//! program. Beside each token it stores the rooms in which the person was, and how much of each log
//! they have seen.
//!
//! Each pair of a server and a typed name has a file of its own, which only its owner can read. The
//! file is in the person's state folder (`$XDG_STATE_HOME`, or `~/.local/state`) and is called
//! `threadbare/console/HOST:PORT/token-NAME`, or `token` if the person typed no name (`rooms-NAME`
//! and `rooms` for the rooms, `seen-NAME` and `seen` for what was seen; `last` says who spoke
//! last). For the server, all clients with the same token are the same person.
//!
//! Owns: where the files are, and how a file is written (completely, or not at all).
//! Must not know: what a token is used for.
//!
//! Part: `console/v1/mod.rs`.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::core::KnownPosition;
use super::from_server::LogKey;
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;

const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;
/// The file that says which of the files beside it has the token of the last conversation.
const LAST: &str = "last";
/// Most rooms into which the next run comes back.
const KEPT_ROOMS_MAX: usize = 20;

/// The file of one token. If `file` is `None`, there is no path for it, and the token is lost when
/// the program ends.
pub(super) struct Keyring {
    file: Option<PathBuf>,
}

impl Keyring {
    /// Makes the keyring for the server `server` (`HOST:PORT`), and for the name that the person
    /// typed; `None`: the person typed no name.
    pub(super) fn of(server: &str, name: Option<&str>) -> Self {
        let file = state_folder().and_then(|folder| token_file(&folder, server, name));
        // Who types no name is the person of the last conversation.
        let last = |file: &PathBuf| Some(file.with_file_name(last_name(file)?));
        let last = file.as_ref().filter(|_| name.is_none()).and_then(last);
        Self { file: last.or(file) }
    }

    /// Notes that this is the person of the last conversation at this server. An error is ignored:
    /// it only means that the next call needs the name.
    pub(super) fn note_as_last(&self) {
        let name = self.file.as_ref().and_then(|file| Some((file, file.file_name()?.to_str()?)));
        if let Some((file, name)) = name {
            write_whole(&file.with_file_name(LAST), name).ok();
        }
    }

    /// Moves the files of a person who has another name now. From now on they are under this name.
    /// Errors are ignored: a file that is not there need not be moved.
    pub(super) fn rename(&mut self, name: &str) {
        let Some(old) = self.file.clone() else { return };
        if !is_plain(name) {
            return;
        }
        let beside = |keyring: &Self| ["rooms", "seen"].map(|kind| keyring.file_beside(kind));
        let before = beside(self);
        let new = old.with_file_name(format!("token-{name}"));
        fs::rename(&old, &new).ok();
        self.file = Some(new);
        for (old, new) in before.into_iter().zip(beside(self)) {
            if let Some((old, new)) = old.zip(new) {
                fs::rename(old, new).ok();
            }
        }
        self.note_as_last();
    }

    /// Returns the token that the previous run stored. If there is no such file, or no token in it,
    /// or it cannot be read, returns a new token.
    ///
    /// # Errors
    /// The system returned no random numbers. It may have none in the first seconds after boot.
    pub(super) fn token(&self) -> io::Result<String> {
        self.kept().map_or_else(|| Token::new().map(|token| token.reveal()), Ok)
    }

    /// Returns the token that is in the file now; `None`: there is no file, it cannot be read, or
    /// it has no valid token. Perhaps another program of the same person has written this token.
    pub(super) fn kept(&self) -> Option<String> {
        let kept = fs::read_to_string(self.file.as_ref()?).ok()?;
        Token::parse(kept.trim()).map(|token| token.reveal())
    }

    /// Stores a token in the file, for the next run. Does nothing if `file` is `None`.
    ///
    /// # Errors
    /// The system's error. After an error the file still has the old token.
    pub(super) fn keep(&self, token: &str) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), |file| write_whole(file, token))
    }

    /// Returns the rooms in which the person was at the end of the last run. Typed lines went to
    /// the first of them. Empty: none is known, or the file cannot be read.
    pub(super) fn rooms(&self) -> Vec<String> {
        let kept = self.file_beside("rooms").and_then(|file| fs::read_to_string(file).ok());
        let kept = kept.unwrap_or_default();
        let rooms = kept.lines().filter_map(|line| RoomName::parse(line).ok());
        rooms.map(|room| room.as_str().to_owned()).take(KEPT_ROOMS_MAX).collect()
    }

    /// Stores the rooms for the next run. Does nothing if there is no path for the file.
    ///
    /// # Errors
    /// The system's error. After an error the file still has the rooms of before.
    pub(super) fn keep_rooms(&self, rooms: &[String]) -> io::Result<()> {
        let text = rooms.join("\n");
        self.file_beside("rooms").map_or(Ok(()), |file| write_whole(&file, &text))
    }

    /// Returns the positions at which the person had stopped to read at the end of the last run.
    /// Empty: none is known, or the file cannot be read.
    pub(super) fn seen(&self) -> Vec<(LogKey, KnownPosition)> {
        let kept = self.file_beside("seen").and_then(|file| fs::read_to_string(file).ok());
        kept.unwrap_or_default().lines().filter_map(seen_line).collect()
    }

    /// Stores these positions for the next run: a line for each, `EPOCH SEQ ROOM`, without a room
    /// for the private messages. Does nothing if there is no path for the file.
    ///
    /// # Errors
    /// The system's error. After an error the file still has the positions of before.
    pub(super) fn keep_seen(&self, seen: &[(LogKey, KnownPosition)]) -> io::Result<()> {
        let line = |(log, at): &(LogKey, KnownPosition)| {
            let room = match log {
                LogKey::Room(name) => name.as_str(),
                LogKey::Private => "",
            };
            format!("{} {} {room}", at.epoch, at.seq)
        };
        let text = seen.iter().map(line).collect::<Vec<_>>().join("\n");
        self.file_beside("seen").map_or(Ok(()), |file| write_whole(&file, text.trim_end()))
    }

    /// Returns the path of a file of this kind, beside the file of the token.
    fn file_beside(&self, kind: &str) -> Option<PathBuf> {
        let file = self.file.as_ref()?;
        let name = file.file_name()?.to_str()?.replacen("token", kind, 1);
        Some(file.with_file_name(name))
    }
}

/// Writes a file that only its owner can read: completely, or not at all. Does nothing if the file
/// has this text already.
fn write_whole(file: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(file).is_ok_and(|kept| kept.trim() == text) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)?;
    }
    // Two programs may write the file at the same time. So each writes a file of its own in
    // the same folder, and renames it to the final name.
    let mut beside = file.to_owned().into_os_string();
    beside.push(format!(".{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(FILE_MODE);
    writeln!(options.open(&beside)?, "{text}")?;
    fs::rename(&beside, file)
}

/// Returns the name of the file with the token of the last conversation at the server of `file`;
/// `None`: none is known, or there is no such file any more.
fn last_name(file: &Path) -> Option<String> {
    let name = fs::read_to_string(file.with_file_name(LAST)).ok()?;
    let name = name.trim();
    let is_one = name == "token" || name.starts_with("token-");
    (is_one && is_plain(name) && file.with_file_name(name).exists()).then(|| name.to_owned())
}

/// Reads a line of the file with the positions; `None`: it is no such line.
fn seen_line(line: &str) -> Option<(LogKey, KnownPosition)> {
    let (epoch, rest) = line.split_once(' ')?;
    let (seq, room) = rest.split_once(' ').unwrap_or((rest, ""));
    let at = KnownPosition { epoch: epoch.to_owned(), seq: seq.parse().ok()? };
    let log = match room {
        "" => LogKey::Private,
        name => LogKey::Room(RoomName::parse(name).ok()?.as_str().to_owned()),
    };
    Some((log, at))
}

/// Returns whether this text can be part of a file's name.
fn is_plain(text: &str) -> bool {
    !text.contains('/') && !text.chars().any(char::is_control)
}

fn state_folder() -> Option<PathBuf> {
    let folder = |key: &str| std::env::var_os(key).filter(|var| !var.is_empty()).map(PathBuf::from);
    let state = folder("XDG_STATE_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".local").join("state")));
    state.map(|state| state.join("threadbare").join("console"))
}

/// Returns the path of a token's file. `None`: the text of the server or of the name cannot be part
/// of a path.
fn token_file(folder: &Path, server: &str, name: Option<&str>) -> Option<PathBuf> {
    // In a typed name, the part after the `#` is the secret, so it must not become a part of the
    // file's name.
    let shown = name.map(|name| name.split('#').next().unwrap_or_default().trim());
    if !is_plain(server) || !shown.is_none_or(is_plain) {
        return None;
    }
    let file = shown.map_or_else(|| "token".to_owned(), |name| format!("token-{name}"));
    Some(folder.join(server).join(file))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::{Keyring, KnownPosition, LogKey, last_name, token_file};

    #[test]
    fn a_token_is_kept_for_its_owner_only_and_given_back() {
        let folder = std::env::temp_dir().join(format!("threadbare-keys-{}", std::process::id()));
        let place = token_file(&folder, "127.0.0.1:8080", Some("Ann#swordfish")).unwrap();
        assert!(place.ends_with("127.0.0.1:8080/token-Ann"), "{place:?}");
        let keyring = Keyring { file: Some(place.clone()) };
        let token = keyring.token().unwrap();
        assert_ne!(keyring.token().unwrap(), token, "nothing is kept yet");
        keyring.keep(&token).unwrap();
        assert_eq!(keyring.token().unwrap(), token);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&place), 0o600);
        assert_eq!(mode(place.parent().unwrap()), 0o700);
        std::fs::write(&place, "no token").unwrap();
        assert_ne!(keyring.token().unwrap(), token);
        keyring.keep(&token).unwrap();
        assert_eq!(std::fs::read_dir(place.parent().unwrap()).unwrap().count(), 1);
        assert_eq!(keyring.rooms(), [""; 0], "no rooms are kept yet");
        keyring.keep_rooms(&["kitchen".into(), "lobby".into()]).unwrap();
        assert_eq!(keyring.rooms(), ["kitchen", "lobby"]);
        assert_eq!(keyring.token().unwrap(), token, "a file of its own");
        let at = |seq| KnownPosition { epoch: "5b05".into(), seq };
        let seen = [(LogKey::Room("lobby".into()), at(41)), (LogKey::Private, at(7))];
        keyring.keep_seen(&seen).unwrap();
        assert_eq!(keyring.seen(), seen);
        let mut keyring = keyring;
        keyring.rename("../Max");
        keyring.rename("Max");
        let moved = Keyring { file: token_file(&folder, "127.0.0.1:8080", Some("Max")) };
        assert_eq!(
            (moved.token().unwrap(), moved.rooms().len(), moved.seen().len()),
            (token, 2, 2)
        );
        assert_eq!(last_name(&place).as_deref(), Some("token-Max"));
        assert!(!place.exists(), "nobody else is that person");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let folder = Path::new("/state");
        assert_eq!(token_file(folder, "h:1", Some("../x")), None);
        assert_eq!(token_file(folder, "h:1", None), Some("/state/h:1/token".into()));
        let odd = token_file(folder, "h:1", Some("..")).unwrap();
        assert_eq!(odd, Path::new("/state/h:1/token-.."));
    }
}
