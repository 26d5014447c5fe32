//! The program starts itself a second time, in the same process, before it makes a thread.
//!
//! Some things make thousands of threads costly, and a process cannot change them after it has
//! started. Rust gives each thread a signal stack, which is two memory maps, unless SIGSEGV and
//! SIGBUS were ignored from the start. Unless its environment says otherwise, glibc keeps a cache
//! of freed memory for each thread, and space on the thread's stack for libraries that are loaded
//! later. So the program sets the environment and execs `/bin/sh`. The shell ignores the two
//! signals and execs the program again. A thread with a real fault still ends the process, because
//! the kernel does not let a real fault be ignored.
//!
//! Owns: how this is done, that it is done only once, and why it failed.
//! Must not know: flags, what the server does.
//!
//! Part: `base/mod.rs`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Resource, getrlimit};
use signal_hook::consts::{SIGBUS, SIGSEGV};

/// The size of the stack of each thread that a library starts, in bytes. Used only if the process's
/// address space is limited and the operator has set no other size. By default such a thread would
/// have 2 MiB.
const FOREIGN_STACK_BYTES: usize = 256 * 1024;
/// glibc keeps the stacks of ended threads for new threads, up to this many bytes of address space.
/// glibc's default is 40 MiB. With half of this number, each new client took more CPU time.
const STACK_CACHE_BYTES: usize = 16 * 1024 * 1024;
/// An allocation of at least this many bytes gets its own memory map. When it is freed, the memory
/// goes back to the kernel. glibc begins with the same number, but raises it later if the
/// environment does not fix it.
const LARGE_ALLOCATION_BYTES: usize = 128 * 1024;

/// The name of an environment variable that says that the program was started a second time in this
/// process. Its value begins with the process id: a child process inherits the variable, but has
/// another id. If the shell could not be used, the value ends with the reason.
const DONE: &str = "THREADBARE_REEXEC";

/// The name of glibc's setting for the size from which an allocation gets its own memory map.
const LARGE: &str = "glibc.malloc.mmap_threshold";

const SHELL: &str = "/bin/sh";
/// What the shell runs: `$0` is the program, and `$@` are its arguments.
const SCRIPT: &str = "trap '' SEGV BUS; exec \"$0\" \"$@\"";

/// Starts the program a second time in the same process. If that succeeds, this function does not
/// return. Blocks while one or two trial starts of the program run. `Ok`: nothing is left to do,
/// because this is the second start already, or because a second start would change nothing. The
/// caller must call this before there are threads.
///
/// # Errors
/// Words that say why the program could not be started a second time, or why the shell could not be
/// used.
pub fn once() -> Result<(), String> {
    let environment = environment();
    if ignores_faults() && environment.is_empty() {
        return Ok(());
    }
    let pid = std::process::id().to_string();
    if let Some(done) = env::var(DONE).ok().filter(|done| done.split(' ').next() == Some(&pid)) {
        // This is the second start already. If a setting is still missing now, a third start would
        // not set it either.
        return done.split_once(' ').map_or(Ok(()), |(_, why)| Err(why.to_owned()));
    }
    let program = program()?;
    let Err(why) = can_start(&through_shell(&program, &environment)) else {
        let mut command = through_shell(&program, &environment);
        let error = command.args(env::args_os().skip(1)).env(DONE, &pid).exec();
        return Err(error.to_string());
    };
    // The shell cannot be used, so the signals cannot be ignored. But the environment can be set
    // without a shell.
    let mut command = Command::new(&program);
    command.envs(environment.iter().cloned());
    if environment.is_empty() || can_start(&command).is_err() {
        return Err(why);
    }
    let mut args = env::args_os();
    command.arg0(args.next().unwrap_or_default()).args(args);
    let error = command.env(DONE, format!("{pid} {why}")).exec();
    Err(error.to_string())
}

/// Returns whether this process ignores SIGSEGV and SIGBUS. If it has ignored them since its start,
/// its threads have no signal stacks.
pub fn ignores_faults() -> bool {
    [SIGSEGV, SIGBUS].into_iter().all(is_ignored)
}

/// Returns whether all threads allocate from one arena, a piece of address space. Without glibc
/// that is always so. With glibc it is so only if the environment says it. Otherwise there are many
/// arenas, and each takes 64 MiB of address space.
pub fn has_one_arena() -> bool {
    let set = env::var_os("GLIBC_TUNABLES").unwrap_or_default();
    let set = set.to_string_lossy();
    let mut set = set.split(':').filter_map(|pair| pair.strip_prefix("glibc.malloc.arena_max="));
    let by_variable = env::var("MALLOC_ARENA_MAX").is_ok_and(|count| count == "1");
    !cfg!(target_env = "gnu") || by_variable || set.any(|count| count == "1")
}

/// Returns whether a large allocation goes back to the kernel when it is freed. With glibc this is
/// true only if the environment fixes the size from which an allocation is large.
pub fn gives_large_pieces_back() -> bool {
    let set = env::var_os("GLIBC_TUNABLES").unwrap_or_default();
    !cfg!(target_env = "gnu") || set.to_string_lossy().contains(LARGE)
}

/// Returns whether this process ignores the signal. A process inherits from its parent which
/// signals it ignores.
pub fn is_ignored(signal: i32) -> bool {
    let page = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = page.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

fn through_shell(program: &Path, environment: &[(&'static str, OsString)]) -> Command {
    let mut command = Command::new(SHELL);
    command.args(["-c", SCRIPT]).arg(program).envs(environment.iter().cloned());
    command
}

/// Runs the command with `--version`, and returns an error if the answer is not that of this
/// program. The caller tries this before it execs the shell. After that exec, it would be too late
/// to notice that the shell cannot start the program.
fn can_start(command: &Command) -> Result<(), String> {
    let mut trial = Command::new(command.get_program());
    trial.args(command.get_args()).arg("--version");
    let set = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
    trial.envs(set).stdin(Stdio::null()).stderr(Stdio::null());
    let program = Path::new(command.get_program()).display();
    let said = trial.output().map_err(|error| format!("{program}: {error}"))?;
    let version = format!("{} {}\n", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    let is_ours = said.stdout == version.as_bytes();
    if is_ours { Ok(()) } else { Err(format!("{program} cannot start it")) }
}

/// Returns a path of this program. If possible, it is the path by which the program was started,
/// because the kernel takes the name of the process from that path.
fn program() -> Result<PathBuf, String> {
    let binary = std::fs::metadata("/proc/self/exe").map_err(|_| "there is no /proc".to_owned())?;
    let is_running = |path: &PathBuf| {
        std::fs::metadata(path)
            .is_ok_and(|file| (binary.dev(), binary.ino()) == (file.dev(), file.ino()))
    };
    let mut found = Vec::new();
    match env::args_os().next() {
        Some(name) if name.as_encoded_bytes().contains(&b'/') => found.push(PathBuf::from(name)),
        Some(name) => {
            let folders = env::var_os("PATH").unwrap_or_default();
            let nonempty =
                |folder: PathBuf| if folder.as_os_str().is_empty() { ".".into() } else { folder };
            found.extend(env::split_paths(&folders).map(|folder| nonempty(folder).join(&name)));
        }
        None => {}
    }
    found.extend(env::current_exe());
    found.into_iter().find(is_running).ok_or_else(|| "its file is gone".to_owned())
}

/// Returns the environment variables that still have to be set, with their values.
fn environment() -> Vec<(&'static str, OsString)> {
    let is_bounded = [Resource::As, Resource::Data]
        .into_iter()
        .any(|resource| getrlimit(resource).current.is_some());
    let mut wanted = Vec::new();
    if cfg!(target_env = "gnu") {
        let set = env::var_os("GLIBC_TUNABLES").unwrap_or_default();
        // If address space is limited, all threads share one arena, because each arena takes 64 MiB
        // of address space.
        let with_one_arena = is_bounded && env::var_os("MALLOC_ARENA_MAX").is_none();
        wanted.extend(tunables(set, with_one_arena).map(|value| ("GLIBC_TUNABLES", value)));
    }
    if is_bounded && env::var_os("RUST_MIN_STACK").is_none() {
        wanted.push(("RUST_MIN_STACK", FOREIGN_STACK_BYTES.to_string().into()));
    }
    wanted
}

/// Returns the operator's tunables of glibc, followed by those of this program that the operator
/// has not set. `None`: the operator has set all of them.
fn tunables(mut set: OsString, with_one_arena: bool) -> Option<OsString> {
    // glibc's cache for each thread is useful only to programs with few threads that allocate much.
    let mut ours = vec![("glibc.malloc.tcache_count", 0)];
    // By default glibc keeps up to 40 MiB of stacks of ended threads. Each such stack has two or
    // three pages in use.
    ours.push(("glibc.pthread.stack_cache_size", STACK_CACHE_BYTES));
    // At the top of each stack, glibc reserves 1,664 bytes for variables of libraries that are
    // loaded later, in up to four namespaces. This program loads none.
    ours.extend([("glibc.rtld.nns", 1), ("glibc.rtld.optional_static_tls", 0)]);
    ours.extend(with_one_arena.then_some(("glibc.malloc.arena_max", 1)));
    // `LARGE_ALLOCATION_BYTES` is also glibc's own first value. But if the value is not fixed,
    // glibc raises it when the program has freed a larger allocation.
    ours.push((LARGE, LARGE_ALLOCATION_BYTES));
    let has = |name: &str| {
        let set = set.to_string_lossy();
        set.split(':').any(|pair| pair.split('=').next() == Some(name))
    };
    ours.retain(|(name, _)| !has(name));
    let missing = ours.into_iter().map(|(name, value)| format!("{name}={value}"));
    let missing = missing.collect::<Vec<_>>().join(":");
    if missing.is_empty() {
        return None;
    }
    if !set.is_empty() {
        set.push(":");
    }
    set.push(OsStr::new(&missing));
    Some(set)
}

#[cfg(test)]
mod tests {
    use super::{LARGE, LARGE_ALLOCATION_BYTES, STACK_CACHE_BYTES, tunables};

    #[test]
    fn an_operator_s_own_tunables_are_kept_and_ours_come_behind_them() {
        let with = |own: &str, one| tunables(own.into(), one).map(|all| all.into_string().unwrap());
        let stacks = format!("glibc.pthread.stack_cache_size={STACK_CACHE_BYTES}");
        let large = format!("{LARGE}={LARGE_ALLOCATION_BYTES}");
        let stacks = format!("{stacks}:glibc.rtld.nns=1:glibc.rtld.optional_static_tls=0");
        let cache = "glibc.malloc.tcache_count=0";
        let arena = "glibc.malloc.arena_max=1";
        assert_eq!(with("", false).unwrap(), format!("{cache}:{stacks}:{large}"));
        assert_eq!(with("", true).unwrap(), format!("{cache}:{stacks}:{arena}:{large}"));
        let own = "glibc.malloc.tcache_count=7";
        assert_eq!(with(own, false).unwrap(), format!("{own}:{stacks}:{large}"));
        assert_eq!(with(&format!("{cache}:{stacks}:{arena}:{large}"), true), None);
        let other = "glibc.malloc.check=1:glibc.malloc.arena_max=4";
        assert_eq!(with(other, true).unwrap(), format!("{other}:{cache}:{stacks}:{large}"));
    }
}
