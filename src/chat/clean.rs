//! What is kept of a text that somebody typed.
//!
//! Owns: that. It says the same in every format that has lines.
//! Must not know: how long it may be.
//!
//! Next: `chat/command.rs`.

/// The ends are trimmed, line ends are `\n`, and control characters, which steer
/// terminals and not people, are gone (I2).
pub fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept = |sign: &char| matches!(sign, '\n' | '\t') || !sign.is_control();
    let kept: String = text.chars().filter(kept).collect();
    kept.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn i2_lines_stay_lines_and_nothing_steers_a_terminal() {
        assert_eq!(clean(" one\r\ntwo\rthree\n "), "one\ntwo\nthree");
        assert_eq!(clean("a\u{1b}[31m\u{9b}2J\0\tb"), "a[31m2J\tb");
    }
}
