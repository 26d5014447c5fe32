//! The system call in which a thread sleeps, by name.
//!
//! Owns: the names of the calls in which threads of this program can sleep, for each kind of
//! machine that it is built for, and which of them have a file descriptor first.
//! Must not know: threads.
//!
//! Part: `glass/mod.rs`.

/// A system call that a thread has made and that has not returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemCall {
    /// The kernel's number of the call, which differs between kinds of machines.
    pub number: u64,
    /// The call's name, such as `recvfrom`; for a call that is not in our list, `call N`.
    pub name: String,
    /// The file descriptor that the call has as its first argument, if it has one.
    pub fd: Option<u64>,
}

/// Parses a line of `/proc/PID/task/TID/syscall` (proc(5)): the call's number, and then its
/// arguments in hexadecimal. `None`: the thread runs, or is in no call, or the kernel denies it.
pub(super) fn parsed(line: &str) -> Option<SystemCall> {
    let mut parts = line.split_ascii_whitespace();
    let number: u64 = parts.next()?.parse().ok()?;
    let known = CALLS.iter().find(|(known, ..)| *known == number);
    let first =
        parts.next().and_then(|hex| u64::from_str_radix(hex.trim_start_matches("0x"), 16).ok());
    Some(SystemCall {
        number,
        name: known.map_or_else(|| format!("call {number}"), |(_, name, _)| (*name).to_owned()),
        fd: first.filter(|_| known.is_some_and(|(.., has_fd)| *has_fd)),
    })
}

/// The calls: number, name, and whether the first argument is a file descriptor.
#[cfg(target_arch = "x86_64")]
const CALLS: [(u64, &str, bool); 19] = [
    (0, "read", true),
    (1, "write", true),
    (7, "poll", false),
    (20, "writev", true),
    (35, "nanosleep", false),
    (42, "connect", true),
    (43, "accept", true),
    (44, "sendto", true),
    (45, "recvfrom", true),
    (46, "sendmsg", true),
    (47, "recvmsg", true),
    (61, "wait4", false),
    (74, "fsync", true),
    (75, "fdatasync", true),
    (202, "futex", false),
    (219, "restart_syscall", false),
    (230, "clock_nanosleep", false),
    (281, "epoll_pwait", true),
    (288, "accept4", true),
];

#[cfg(any(target_arch = "aarch64", target_arch = "riscv64"))]
const CALLS: [(u64, &str, bool); 16] = [
    (22, "epoll_pwait", true),
    (63, "read", true),
    (64, "write", true),
    (66, "writev", true),
    (73, "ppoll", false),
    (82, "fsync", true),
    (83, "fdatasync", true),
    (98, "futex", false),
    (101, "nanosleep", false),
    (115, "clock_nanosleep", false),
    (128, "restart_syscall", false),
    (202, "accept", true),
    (206, "sendto", true),
    (207, "recvfrom", true),
    (211, "sendmsg", true),
    (242, "accept4", true),
];

#[cfg(target_arch = "arm")]
const CALLS: [(u64, &str, bool); 17] = [
    (0, "restart_syscall", false),
    (3, "read", true),
    (4, "write", true),
    (118, "fsync", true),
    (146, "writev", true),
    (148, "fdatasync", true),
    (162, "nanosleep", false),
    (168, "poll", false),
    (240, "futex", false),
    (265, "clock_nanosleep", false),
    (283, "connect", true),
    (285, "accept", true),
    (290, "sendto", true),
    (292, "recvfrom", true),
    (296, "sendmsg", true),
    (366, "accept4", true),
    (422, "futex", false),
];

#[cfg(not(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    target_arch = "riscv64",
    target_arch = "arm"
)))]
const CALLS: [(u64, &str, bool); 0] = [];

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::{SystemCall, parsed};

    #[test]
    fn a_line_of_the_kernel_is_read() {
        let call = |number, name: &str, fd| Some(SystemCall { number, name: name.to_owned(), fd });
        let line = "45 0x1f 0x7f12 0x4000 0x0 0x0 0x0 0x7ffd 0x7f4a\n";
        assert_eq!(parsed(line), call(45, "recvfrom", Some(31)));
        assert_eq!(
            parsed("202 0x55d0 0x189 0x0 0x0 0x0 0xffffffff 0x7f 0x7f"),
            call(202, "futex", None)
        );
        assert_eq!(parsed("999 0x1"), call(999, "call 999", None));
        assert_eq!(parsed("running\n"), None);
        assert_eq!(parsed("-1 0x7ffd 0x7f4a\n"), None, "in no call");
        assert_eq!(parsed(""), None);
    }
}
