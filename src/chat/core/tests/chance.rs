//! Random test runs. Each of them can be repeated with its seed.
//!
//! Part: `chat/core/mod.rs`.

/// Random numbers from a seed (splitmix64).
pub(crate) struct Chance(u64);

impl Chance {
    /// Makes a generator. Two generators with the same seed give the same numbers.
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns `true` in one of `count` cases, on average.
    pub(crate) fn is_one_of(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a random number from 0 to `count - 1`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() >> 32).unwrap() % count
    }

    /// Returns one of these values, chosen at random.
    pub(crate) fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

/// Plays `count` runs. A run that fails prints its seed. If a seed is in the environment variable
/// `SEED`, the first run uses that seed.
#[expect(clippy::print_stdout, reason = "the seed, if a run fails anywhere")]
pub(crate) fn runs(count: u64, mut play: impl FnMut(&mut Chance)) {
    let given = std::env::var("SEED").ok().and_then(|text| text.parse().ok());
    let random = || crate::chat::token::random::<8>().map_or(7, u64::from_ne_bytes);
    let first: u64 = given.unwrap_or_else(random);
    println!("seed {first}, {count} runs");
    for run in 0..count {
        let seed = Seed(first.wrapping_add(run));
        play(&mut Chance(seed.0));
    }
}

/// The seed of the current run.
struct Seed(u64);

impl Drop for Seed {
    #[expect(clippy::print_stdout, reason = "the seed of the run that failed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("SEED={} begins with the run that failed", self.0);
        }
    }
}
