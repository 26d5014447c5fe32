//! What somebody knows: the secret behind a name, the password of a room.
//!
//! Owns: how it becomes a digest that gives nothing of it away (argon2id, RFC
//! 9106), and the mark of a name's that everybody may see.
//! Must not know: what a digest opens. The words are dropped here; neither they
//! nor a digest are ever logged, told or shown.
//!
//! Next: `chat/secret/turns.rs`.

mod turns;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

pub use turns::{Asker, TooManySecrets};

use super::room_name::RoomName;
use crate::limits;
use turns::Turn;

/// What is left of a secret: equal for equal ones, and nothing else can be told
/// from it but by trying, which is slow.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest(#[serde(with = "super::codec::hex")] [u8; BYTES]);

const BYTES: usize = 32;

/// Eight letters and digits that go with a name's secret: the same ones as long
/// as it is the same, on every box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mark(#[serde(with = "super::codec::hex")] [u8; MARK_SIGNS]);

const MARK_SIGNS: usize = 8;
/// None that is easily taken for another.
const MARK_ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// What a digest is made in: [`limits::SECRET_KIB`], taken for the first one and kept, at
/// least as long as others wait. One at a time, for a crowd that gives secrets must not take a small box's memory or
/// all of its cores. A piece for each would be as many pieces as there are threads: the
/// allocator keeps what a thread gave back where only that thread finds it.
static MEMORY: Mutex<Vec<Block>> = Mutex::new(Vec::new());

/// Whether the allocator gives it back to the kernel at once.
static IS_GIVEN_BACK: AtomicBool = AtomicBool::new(false);

/// Says that the allocator gives large pieces of memory back as soon as they are freed. If
/// it does not, to free it would be to lose it to the threads that share an arena.
pub fn large_memory_is_given_back() {
    IS_GIVEN_BACK.store(true, Ordering::Relaxed);
}

/// Nobody waits for a digest.
fn rest() {
    // Whoever is at it by now goes on with it.
    if IS_GIVEN_BACK.load(Ordering::Relaxed)
        && let Some(mut memory) = MEMORY.try_lock()
    {
        *memory = Vec::new();
    }
}

impl Asker {
    /// The digest of the secret behind a name. Takes about 10 ms of a core, and waits for
    /// its turn.
    ///
    /// # Errors
    /// Too many wait for theirs.
    pub fn name(self, secret: &str) -> Result<Digest, TooManySecrets> {
        let _turn = Turn::wait(self)?;
        Ok(Digest::of_name(secret))
    }

    /// The digest of a room's password. As [`name`](Self::name).
    ///
    /// # Errors
    /// Too many wait for their turn.
    pub fn room(self, room: &RoomName, password: &str) -> Result<Digest, TooManySecrets> {
        let _turn = Turn::wait(self)?;
        Ok(Digest::of_room(room, password))
    }
}

impl Digest {
    /// Of the secret behind a name. Whoever is not alone takes turns by an [`Asker`].
    pub fn of_name(secret: &str) -> Self {
        Self::of(secret, b"threadbare: the secret behind a name")
    }

    /// Of a room's password, which opens no other room.
    pub fn of_room(room: &RoomName, password: &str) -> Self {
        let salt = format!("threadbare: the password of {}", room.as_str());
        Self::of(password, salt.as_bytes())
    }

    /// One that was kept; `None` if it is none.
    pub fn kept(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Of what nobody can know: it stays closed until the host says otherwise.
    pub fn sealed() -> Self {
        Self([0; BYTES])
    }

    /// As it is kept.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What others may see of it.
    pub fn mark(&self) -> Mark {
        // Forty of its bits, five a sign.
        let bits = self.0[..5].iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let sign = |place| MARK_ALPHABET[usize::try_from(bits >> (5 * place) & 31).unwrap_or(0)];
        Mark(std::array::from_fn(sign))
    }

    #[inline(never)]
    fn of(words: &str, salt: &[u8]) -> Self {
        let mut digest = [0; BYTES];
        // A fuzzer has better things to do than to wait.
        let kib = if cfg!(fuzzing) { 8 } else { limits::SECRET_KIB };
        let cost = Params::new(kib, limits::SECRET_PASSES, 1, Some(BYTES));
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
    /// Reads what [`Display`](fmt::Display) wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let signs: [u8; MARK_SIGNS] = text.as_bytes().try_into().ok()?;
        signs.iter().all(|sign| MARK_ALPHABET.contains(sign)).then_some(Self(signs))
    }
}

/// So that it cannot slip into a log line.
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
    use crate::chat::room_name::RoomName;

    #[test]
    fn one_secret_is_one_digest_and_another_is_another() {
        let [first, again, other] = ["swordfish", "swordfish", "Swordfish"].map(Digest::of_name);
        assert_eq!(first, again);
        assert_eq!(first.mark(), again.mark());
        assert_ne!(first, other);
        assert_ne!(first.mark(), other.mark());
        // Stable: people know each other by it.
        assert_eq!(first.mark().to_string(), "p8cwhmph");
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
