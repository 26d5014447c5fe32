//! A semaphore with a few places, for work of doors that only so many may do at once: a door that
//! talks to tiny_http holds one, and one that does the arithmetic of a TLS handshake holds another.
//! The first kind bounds tiny_http's threads, file descriptors and memory, and costs no speed: a
//! measurement showed that four places are as fast as no bound. The second leaves processors to the
//! chat when many browsers come back at once.
//!
//! Blocks: `take` waits on a condition until a place is given back or the deadline passes.
//!
//! Owns: the number of free places.
//! Must not know: what a door does while it holds a place.
//!
//! Part: `server/door/mod.rs`.

use std::time::Instant;

use parking_lot::{Condvar, Mutex};

#[derive(Debug)]
pub(super) struct DoorPlaces {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A place of one door. Dropping this value gives the place back.
#[derive(Debug)]
pub(super) struct DoorPlace<'a> {
    places: &'a DoorPlaces,
}

impl DoorPlaces {
    pub(super) fn new(places: usize) -> Self {
        Self { free: Mutex::new(places), freed: Condvar::new() }
    }

    /// Takes a place. Blocks until one is free, or until `deadline`: then it returns `None`.
    pub(super) fn take(&self, deadline: Instant) -> Option<DoorPlace<'_>> {
        let mut free = self.free.lock();
        self.freed.wait_while_until(&mut free, |free| *free == 0, deadline);
        *free = free.checked_sub(1)?;
        Some(DoorPlace { places: self })
    }
}

impl Drop for DoorPlace<'_> {
    fn drop(&mut self) {
        *self.places.free.lock() += 1;
        self.places.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::DoorPlaces;

    #[test]
    fn whoever_finds_no_place_waits_for_one_but_not_for_ever() {
        let places = DoorPlaces::new(1);
        let place = places.take(Instant::now()).unwrap();
        assert!(places.take(Instant::now() + Duration::from_millis(20)).is_none());
        std::thread::scope(|scope| {
            let waiting =
                scope.spawn(|| places.take(Instant::now() + Duration::from_secs(5)).is_some());
            drop(place);
            assert!(waiting.join().unwrap());
        });
        assert_eq!(*places.free.lock(), 1);
    }
}
