//! Whether the machine has CPU time left for one more request (`--cpu`).
//!
//! The load is measured only when a request comes, over the time since the last measurement. So a
//! server without visitors does not wake up to measure it.
//!
//! Owns: the last measurement of `/proc/stat`.
//! Must not know: requests.
//!
//! Part: `server/door/mod.rs`.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// The shortest span of time over which the server measures how busy the machine's processors are.
const CPU_SAMPLE_MIN: Duration = Duration::from_millis(250);
/// The longest span of time over which the server measures how busy the machine's processors are. A
/// longer span would say little about the present load.
const CPU_SAMPLE_MAX: Duration = Duration::from_secs(5);

/// CPU time since boot, in the kernel's ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ticks {
    busy: u64,
    all: u64,
}

impl Ticks {
    /// Reads the first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal.
    /// The CPU time of virtual machines (`guest`) is not added, because it is part of user and nice
    /// already. `None`: the text has another form.
    fn parse(stat: &str) -> Option<Self> {
        let line = stat.lines().next()?.strip_prefix("cpu ")?;
        let ticks: Vec<u64> =
            line.split_ascii_whitespace().take(8).map_while(|field| field.parse().ok()).collect();
        let idle = ticks.get(3)? + ticks.get(4).unwrap_or(&0);
        let all: u64 = ticks.iter().sum();
        Some(Self { busy: all.saturating_sub(idle), all })
    }

    fn now() -> Option<Self> {
        Self::parse(&std::fs::read_to_string("/proc/stat").ok()?)
    }

    /// Returns how busy the machine was since `before`, in thousandths. `None`: the kernel has
    /// counted no tick since `before`.
    fn permille_since(self, before: Self) -> Option<u32> {
        let all = self.all.checked_sub(before.all).filter(|&all| all > 0)?;
        let busy = self.busy.saturating_sub(before.busy);
        u32::try_from(busy.saturating_mul(1000) / all).ok()
    }
}

#[derive(Debug)]
struct Look {
    at: Instant,
    ticks: Ticks,
    permille: u32,
}

#[derive(Debug)]
pub(super) struct Load {
    permille_max: Option<u32>,
    last: Mutex<Option<Look>>,
}

impl Load {
    /// Makes a meter that has measured nothing yet. The bound is in thousandths. `None`: there is
    /// no bound, and the meter never measures.
    pub(super) fn new(permille_max: Option<u32>) -> Self {
        Self { permille_max, last: Mutex::new(None) }
    }

    /// Returns whether the machine is busier than the bound. Measures first, unless the last
    /// measurement is very new. Returns false if there is no bound, if no measurement is new enough
    /// to compare with, or if another thread measures now. Never blocks.
    pub(super) fn is_over(&self) -> bool {
        let Some(most) = self.permille_max else { return false };
        // Another thread is measuring. To admit one more request meanwhile does no harm.
        let Some(mut last) = self.last.try_lock() else { return false };
        let now = Instant::now();
        let age = last.as_ref().map(|look| now - look.at);
        if age.is_none_or(|age| age >= CPU_SAMPLE_MIN)
            && let Some(ticks) = Ticks::now()
        {
            let before = last.as_ref().filter(|_| age.is_some_and(|age| age <= CPU_SAMPLE_MAX));
            let permille = before.and_then(|look| ticks.permille_since(look.ticks)).unwrap_or(0);
            *last = Some(Look { at: now, ticks, permille });
        }
        last.as_ref().is_some_and(|look| look.permille > most)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{Load, Look, Ticks};

    #[test]
    fn the_load_is_what_was_not_idle_since_the_last_look() {
        let before = Ticks::parse("cpu  100 0 100 700 100 0 0 0 50 50\ncpu0 1").unwrap();
        assert_eq!(before, Ticks { busy: 200, all: 1000 });
        let after = Ticks::parse("cpu  175 0 100 725 100 0 0 0\n").unwrap();
        assert_eq!(after.permille_since(before), Some(750));
        assert_eq!(after.permille_since(after), None);
        assert_eq!(Ticks::parse("intr 1"), None);
        assert_eq!(Ticks::parse("cpu  1 2"), None);
        assert!(Ticks::now().is_some(), "this machine can be read");
    }

    #[test]
    fn classic_b3_requests_are_refused_above_the_bound_only() {
        let look = |permille| {
            Some(Look { at: Instant::now(), ticks: Ticks { busy: 0, all: 0 }, permille })
        };
        let load = Load::new(Some(500));
        *load.last.lock() = look(500);
        assert!(!load.is_over());
        *load.last.lock() = look(501);
        assert!(load.is_over());
        assert!(!Load::new(None).is_over());
    }
}
