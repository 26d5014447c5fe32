//! The mask of a recording: what stands in it in place of texts, names, rooms, secrets, addresses
//! and ids.
//!
//! A thread puts the mask on while it writes an event (`with_mask`). While it is on, each type that
//! could tell something about a person asks it for a stand-in (`chat/codec/mod.rs`). The same value
//! always has the same stand-in. People's names, rooms and networks are numbered in the order in
//! which they come. For digests and ids the stand-in is a hash with a random key, which is never
//! written, so that no table grows with the messages.
//!
//! Owns: the stand-ins, and the limit on how many there are.
//! Must not know: JSON, events, files.
//!
//! Part: `chat/mod.rs`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hash;
use std::io;
use std::net::{IpAddr, Ipv4Addr};

use blake2::digest::consts::U32;
use blake2::{Blake2s, Digest as _};

use crate::chat::entry::{REMOVED_NAME, SERVER_NAME};
use crate::chat::name::{Name, Skeleton};
use crate::chat::room_name::RoomName;
use crate::chat::token::random;

/// Most names, most rooms and most networks that one recording tells apart. A table of this size
/// takes about 15 MB. With more, the recording ends.
pub(crate) const STAND_INS_MAX: usize = 100_000;

thread_local! {
    static MASK: RefCell<Option<Mask>> = const { RefCell::new(None) };
}

/// The stand-ins of one recording.
#[derive(Debug)]
pub(crate) struct Mask {
    names: Numbers<Skeleton>,
    rooms: Numbers<RoomName>,
    addrs: Numbers<IpAddr>,
    key: [u8; 16],
}

/// Numbers for values, in the order in which the values come.
#[derive(Debug)]
struct Numbers<T> {
    by_value: HashMap<T, usize>,
    /// Whether a value came that has no number, because there are too many.
    is_overrun: bool,
}

impl<T: Clone + Eq + Hash> Numbers<T> {
    fn new() -> Self {
        Self { by_value: HashMap::new(), is_overrun: false }
    }

    /// Returns the number of a value; 0 if it is new and there are too many.
    fn number_of(&mut self, value: &T) -> usize {
        if let Some(number) = self.by_value.get(value) {
            return *number;
        }
        if self.by_value.len() >= STAND_INS_MAX {
            self.is_overrun = true;
            return 0;
        }
        self.by_value.insert(value.clone(), self.by_value.len() + 1);
        self.by_value.len()
    }
}

impl Mask {
    /// Makes a mask without stand-ins.
    ///
    /// # Errors
    /// The system gives no random bytes for the key.
    pub(crate) fn new() -> io::Result<Self> {
        let (names, rooms, addrs) = (Numbers::new(), Numbers::new(), Numbers::new());
        Ok(Self { names, rooms, addrs, key: random()? })
    }

    /// Returns whether a value came for which there was no stand-in any more.
    pub(crate) fn is_overrun(&self) -> bool {
        self.names.is_overrun || self.rooms.is_overrun || self.addrs.is_overrun
    }

    /// Returns the stand-in of a name. Names that look alike share one. Names that the server gives
    /// stand for themselves.
    pub(super) fn name(&mut self, name: &Name) -> String {
        if is_of_server(name) {
            return name.shown().to_owned();
        }
        format!("person{}", self.names.number_of(name.skeleton()))
    }

    /// Like [`name`](Self::name), for words that may be a name. If nobody was called so yet, it is
    /// the same stand-in for all such words.
    pub(super) fn possible_name(&self, name: &Name) -> String {
        match self.names.by_value.get(name.skeleton()) {
            _ if is_of_server(name) => name.shown().to_owned(),
            Some(number) => format!("person{number}"),
            None => "nobody".to_owned(),
        }
    }

    pub(super) fn room(&mut self, room: &RoomName) -> String {
        if *room == RoomName::lobby() {
            return room.as_str().to_owned();
        }
        format!("room{}", self.rooms.number_of(room))
    }

    /// Returns the stand-in of an IP address: 10.0.0.1 for the first one, and so on.
    pub(super) fn addr(&mut self, addr: IpAddr) -> IpAddr {
        let number = u32::try_from(self.addrs.number_of(&addr.to_canonical())).unwrap_or(0);
        Ipv4Addr::from_bits(Ipv4Addr::new(10, 0, 0, 0).to_bits() | number).into()
    }

    /// Returns bytes that stand for these bytes. `kind` says what the bytes are, so that two kinds
    /// of values never share a stand-in.
    pub(super) fn hash(&self, kind: &str, bytes: &[u8]) -> [u8; 32] {
        let keyed = Blake2s::<U32>::new().chain_update(self.key).chain_update(kind.as_bytes());
        keyed.chain_update([0]).chain_update(bytes).finalize().into()
    }

    /// Like [`hash`](Self::hash), as a number.
    pub(super) fn number(&self, kind: &str, bytes: &[u8]) -> u64 {
        let hash = self.hash(kind, bytes);
        hash[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

fn is_of_server(name: &Name) -> bool {
    let shown = name.shown();
    let is_user = || {
        let number = shown.strip_prefix("user");
        number.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|it| it.is_ascii_digit()))
    };
    name.guest_number().is_some() || is_user() || [REMOVED_NAME, SERVER_NAME].contains(&shown)
}

/// Calls `write` while the calling thread has this mask on.
pub(crate) fn with_mask<T>(mask: &mut Option<Mask>, write: impl FnOnce() -> T) -> T {
    MASK.with_borrow_mut(|on| std::mem::swap(on, mask));
    let written = write();
    MASK.with_borrow_mut(|on| std::mem::swap(on, mask));
    written
}

/// Returns what the mask of the calling thread makes; `None`: no mask is on.
pub(super) fn stand_in<T>(make: impl FnOnce(&mut Mask) -> T) -> Option<T> {
    MASK.with_borrow_mut(|mask| mask.as_mut().map(make))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::{Mask, STAND_INS_MAX};
    use crate::chat::name::Name;
    use crate::chat::room_name::RoomName;

    #[test]
    fn names_that_look_alike_share_a_stand_in_and_those_of_the_server_keep_theirs() {
        let mut mask = Mask::new().unwrap();
        for (shown, stand_in) in [
            ("Ann", "person1"),
            ("Bo", "person2"),
            ("ANN", "person1"),
            ("Аnn", "person1"),
            ("guest-041", "guest-041"),
            ("user7", "user7"),
            ("@removed", "@removed"),
        ] {
            assert_eq!(mask.name(&Name::stored(shown)), stand_in, "{shown}");
            assert_eq!(mask.possible_name(&Name::stored(shown)), stand_in, "{shown}");
        }
        assert_eq!(mask.possible_name(&Name::stored("Ann is here")), "nobody");
        assert_eq!(mask.room(&RoomName::stored("kitchen")), "room1");
        assert_eq!(mask.room(&RoomName::lobby()), "lobby");
    }

    #[test]
    fn two_kinds_or_two_masks_share_no_hash() {
        let (mask, other) = (Mask::new().unwrap(), Mask::new().unwrap());
        assert_eq!(mask.hash("token", b"a"), mask.hash("token", b"a"));
        assert_ne!(mask.hash("token", b"a"), mask.hash("secret", b"a"));
        assert_ne!(mask.hash("token", b"a"), other.hash("token", b"a"));
    }

    #[test]
    fn a_mask_numbers_so_many_and_not_one_more() {
        let mut mask = Mask::new().unwrap();
        let of = |number: usize| Ipv4Addr::from_bits(u32::try_from(number).unwrap()).into();
        for number in 0..STAND_INS_MAX {
            mask.addr(of(number));
        }
        assert!(!mask.is_overrun());
        mask.addr(of(0));
        assert!(!mask.is_overrun());
        mask.addr(of(STAND_INS_MAX));
        assert!(mask.is_overrun());
    }
}
