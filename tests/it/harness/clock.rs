//! A wall clock for a server that the test can set, while the server runs.

use std::path::{Path, PathBuf};

/// The wall clock of a server in a test, from the library of the package faketime. What measures
/// how much time has passed goes on as ever.
pub struct FakeClock {
    library: String,
    file: PathBuf,
}

impl FakeClock {
    /// Makes a clock that is so far from the machine's, such as `-20d`. `None`: the library is not
    /// installed.
    pub fn at(name: &str, offset: &str) -> Option<Self> {
        let library = library()?;
        let file = format!("threadbare-clock-{name}-{}", std::process::id());
        let clock = Self { library, file: std::env::temp_dir().join(file) };
        clock.set(offset);
        Some(clock)
    }

    /// Sets it so far from the machine's.
    pub fn set(&self, offset: &str) {
        std::fs::write(&self.file, format!("{offset}\n")).unwrap();
    }

    /// The environment in which a server has this clock.
    pub fn environment(&self) -> [(&str, &str); 5] {
        [
            ("LD_PRELOAD", &self.library),
            ("FAKETIME_TIMESTAMP_FILE", self.file.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
        ]
    }
}

impl Drop for FakeClock {
    fn drop(&mut self) {
        std::fs::remove_file(&self.file).ok();
    }
}

/// The path at which distributions install the library that fakes the wall clock.
pub fn library() -> Option<String> {
    ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib/arm-linux-gnueabihf"]
        .map(|folder| format!("{folder}/faketime/libfaketimeMT.so.1"))
        .into_iter()
        .find(|library| Path::new(library).exists())
}
