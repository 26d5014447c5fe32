//! Random numbers that can be repeated.

/// A generator of random numbers; it prints its seed.
pub struct Rng(u64);

impl Rng {
    /// Begins with `STREET_SEED`, to repeat a failed test; otherwise with the time.
    pub fn new() -> Self {
        let given = std::env::var("STREET_SEED").ok().map(|seed| seed.parse().unwrap());
        let seed = given.unwrap_or_else(|| {
            u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap()
        });
        println!("STREET_SEED={seed}");
        Self(seed | 1)
    }

    /// Another generator, for a thread of its own.
    pub fn fork(&mut self) -> Self {
        Self(self.below(u64::MAX >> 11) | 1)
    }

    /// Any number below this one.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}
