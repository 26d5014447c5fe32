//! Secrets: the secret that protects a name, and the password of a room.
//!
//! Owns: how a secret becomes a digest (argon2id, RFC 9106); and the public mark of a name's
//! secret, by which other people recognise the person.
//! Must not know: who has a name, who is in a room, where digests are stored. Secrets and digests
//! must not be logged, sent or shown.
//!
//! Part: `chat/mod.rs`.

mod turns;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use blake2::digest::consts::U5;
use blake2::{Blake2s, Digest as _};
use parking_lot::Mutex;
pub use turns::{SecretSource, TooManySecrets};

use super::name::Skeleton;
use super::room_name::RoomName;
use turns::SecretTurn;

/// How much memory making one digest of a secret takes, in KiB. One digest is made at a time. More
/// memory would be safer (RFC 9106 says 64 MiB), but some machines have only 64 MiB in all.
const SECRET_KIB: u32 = 4 * 1024;
/// How many passes over the [`SECRET_KIB`] of memory make one digest. On a usual machine, all
/// passes together take about 10 ms.
const SECRET_PASSES: u32 = 3;

/// The digest of a name's secret or of a room's password, 32 bytes, which is stored in place of it.
/// Equal secrets of names have equal digests. To find the secret of a digest, an attacker must try
/// one text after the other, which is slow.
#[derive(Clone, PartialEq, Eq)]
pub struct Digest([u8; BYTES]);

const BYTES: usize = 32;

/// The public mark of a name with its secret: eight letters and digits that everybody sees. On one
/// server, the same name with the same secret always has the same mark, so people recognise a
/// person who knows the secret. Without the server's key, nobody can test guesses against a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mark([u8; MARK_SIGNS]);

const MARK_SIGNS: usize = 8;
/// The letters and digits of a mark. None of them looks like another one.
const MARK_ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// The memory in which digests are made.
///
/// There is only one such memory, so digests are made one at a time. Otherwise many secrets at once
/// could take all memory or all cores of a small machine.
static MEMORY: Mutex<Vec<Block>> = Mutex::new(Vec::new());

static IS_GIVEN_BACK: AtomicBool = AtomicBool::new(false);

/// Tells this module that the allocator gives large pieces of memory back to the kernel as soon as
/// they are freed. After this call, the memory in which digests are made may be freed while no
/// thread needs it. Without this call it is never freed, because the allocator would keep it for
/// one thread.
pub fn large_memory_is_given_back() {
    IS_GIVEN_BACK.store(true, Ordering::Relaxed);
}

fn free_digest_memory() {
    // If another thread has the lock, it makes a digest now and needs the memory.
    if IS_GIVEN_BACK.load(Ordering::Relaxed)
        && let Some(mut memory) = MEMORY.try_lock()
    {
        *memory = Vec::new();
    }
}

/// Makes the digest of a name's secret. Takes about 10 ms of a core. Before that, blocks until this
/// thread may make a digest, for about [`DIGEST_WAIT`](crate::base::limits::DIGEST_WAIT) at most.
///
/// # Errors
/// Too many secrets wait, this thread has waited too long, or too many secrets came from the
/// network of `source`.
pub fn digest_of_name(source: SecretSource, secret: &str) -> Result<Digest, TooManySecrets> {
    let _turn = SecretTurn::wait(source)?;
    Ok(Digest::of_name(secret))
}

/// Makes the digest of a room's password. Blocks as [`digest_of_name`] does.
///
/// # Errors
/// Like those of [`digest_of_name`].
pub fn digest_of_password(
    source: SecretSource,
    room: &RoomName,
    password: &str,
) -> Result<Digest, TooManySecrets> {
    let _turn = SecretTurn::wait(source)?;
    Ok(Digest::of_room(room, password))
}

impl Digest {
    /// Makes the digest of a name's secret, without waiting in a queue first. Blocks while another
    /// thread makes a digest. Code that several threads can run at the same time calls
    /// [`digest_of_name`] instead.
    pub fn of_name(secret: &str) -> Self {
        Self::of(secret, b"threadbare: the secret behind a name")
    }

    /// Makes the digest of a room's password, without waiting in a queue first. Blocks while
    /// another thread makes a digest. The same password has different digests for different rooms.
    pub fn of_room(room: &RoomName, password: &str) -> Self {
        let salt = format!("threadbare: the password of {}", room.as_str());
        Self::of(password, salt.as_bytes())
    }

    /// Restores a digest from its stored bytes; `None`: the number of bytes is not 32.
    pub fn stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Makes a digest that no secret has. So no secret opens a name or room with this digest. The
    /// operator can open it with `--unseal`.
    pub fn sealed() -> Self {
        Self([0; BYTES])
    }

    /// Returns the bytes to store, which [`stored`](Self::stored) reads.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the public mark of this name with the secret that has this digest, on the server
    /// with this key. Names with the same skeleton have the same mark.
    ///
    /// Everybody sees marks, so a mark must not be of use to a person who guesses secrets. Without
    /// the key, nobody can compute the mark of a guess. With the name in it, a person who sets a
    /// guess as the own secret cannot compare marks, either.
    pub fn mark(&self, server_key: u64, name: &Skeleton) -> Mark {
        let keyed = Blake2s::<U5>::new().chain_update(server_key.to_le_bytes());
        let bytes = keyed.chain_update(self.0).chain_update(name.as_str()).finalize();
        // Forty bits, five for each character of the mark.
        let bits = bytes.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let sign = |place| MARK_ALPHABET[usize::try_from(bits >> (5 * place) & 31).unwrap_or(0)];
        Mark(std::array::from_fn(sign))
    }

    #[inline(never)]
    fn of(words: &str, salt: &[u8]) -> Self {
        let mut digest = [0; BYTES];
        // In a fuzzer the digest is cheap, so that the fuzzer can try more inputs.
        let kib = if cfg!(fuzzing) { 8 } else { SECRET_KIB };
        let cost = Params::new(kib, SECRET_PASSES, 1, Some(BYTES));
        let cost = cost.unwrap_or_default();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost);
        let mut memory = MEMORY.lock();
        memory.resize(argon2.params().block_count(), Block::new());
        let made = argon2.hash_password_into_with_memory(
            words.as_bytes(),
            salt,
            &mut digest,
            &mut **memory,
        );
        #[expect(clippy::expect_used, reason = "it fails for lengths only, and ours are fixed")]
        made.expect("the lengths fit");
        Self(digest)
    }
}

impl Mark {
    /// Parses the text that [`Display`](fmt::Display) writes for a mark; `None`: the text is not a
    /// mark.
    pub fn parse(text: &str) -> Option<Self> {
        let signs: [u8; MARK_SIGNS] = text.as_bytes().try_into().ok()?;
        signs.iter().all(|sign| MARK_ALPHABET.contains(sign)).then_some(Self(signs))
    }
}

/// Hides the bytes, so that they cannot get into the server's log.
impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Digest(..)")
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|sign| write!(formatter, "{}", char::from(*sign)))
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;
    use crate::chat::name::Name;
    use crate::chat::room_name::RoomName;

    #[test]
    fn one_secret_is_one_digest_and_another_is_another() {
        let [first, again, other] = ["swordfish", "swordfish", "Swordfish"].map(Digest::of_name);
        assert_eq!(first, again);
        assert_ne!(first, other);
    }

    #[test]
    fn one_name_with_one_secret_has_one_mark_on_one_server() {
        let [swordfish, catfish] = ["swordfish", "catfish"].map(Digest::of_name);
        let [ann, bo, also_ann] = ["Ann", "Bo", "ANN"].map(|name| Name::parse(name).unwrap());
        let mark = |secret: &Digest, key, name: &Name| secret.mark(key, name.skeleton());
        let first = mark(&swordfish, 1, &ann);
        assert_eq!(first, mark(&swordfish, 1, &also_ann));
        assert_ne!(first, mark(&catfish, 1, &ann));
        // Nobody learns from the marks that two people have the same secret.
        assert_ne!(first, mark(&swordfish, 1, &bo));
        // Nobody can compute the mark of a guess without the server's key.
        assert_ne!(first, mark(&swordfish, 2, &ann));
        // A mark must be the same in every version of the program, because people recognise each
        // other by their marks.
        assert_eq!(first.to_string(), "6t3katx4");
    }

    #[test]
    fn a_password_opens_one_room_and_is_no_name_s_secret() {
        let [den, attic] = ["den", "attic"].map(|room| RoomName::parse(room).unwrap());
        assert_ne!(Digest::of_room(&den, "x"), Digest::of_room(&attic, "x"));
        assert_ne!(Digest::of_room(&den, "x"), Digest::of_name("x"));
    }

    #[test]
    fn i3_a_digest_is_not_in_what_a_log_would_show() {
        assert_eq!(format!("{:?}", Digest::of_name("x")), "Digest(..)");
    }
}
