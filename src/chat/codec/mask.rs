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
struct Numbers<T>(HashMap<T, usize>);

impl<T: Clone + Eq + Hash> Numbers<T> {
    fn number_of(&mut self, value: &T) -> usize {
        let next = self.0.len() + 1;
        // A recording that has too many ends, so this only bounds the memory.
        if next > STAND_INS_MAX {
            return self.0.get(value).copied().unwrap_or(0);
        }
        *self.0.entry(value.clone()).or_insert(next)
    }

    fn is_full(&self) -> bool {
        self.0.len() >= STAND_INS_MAX
    }
}

impl Mask {
    /// Makes a mask without stand-ins.
    ///
    /// # Errors
    /// The system gives no random bytes for the key.
    pub(crate) fn new() -> io::Result<Self> {
        let (names, rooms, addrs) =
            (Numbers(HashMap::new()), Numbers(HashMap::new()), Numbers(HashMap::new()));
        Ok(Self { names, rooms, addrs, key: random()? })
    }

    /// Returns whether the mask can make no more stand-ins of some kind.
    pub(crate) fn is_full(&self) -> bool {
        self.names.is_full() || self.rooms.is_full() || self.addrs.is_full()
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
        match self.names.0.get(name.skeleton()) {
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
