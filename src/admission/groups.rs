//! The limits of this process's control group, in version 1 or 2 of Linux control groups.
//!
//! Owns: in which files the kernel shows these limits. A group also has the limits of all groups
//! above it.
//! Must not know: what a client needs.
//!
//! Part: `admission/mod.rs`.

use super::machine_limits::read_number;

/// Returns the limit on the memory of this process's control group, in bytes: the smallest of the
/// limits of the group and the groups above it. `None`: no limit can be read.
pub(super) fn memory_limit() -> Option<usize> {
    smallest("memory", "memory.limit_in_bytes", "memory.max")
}

/// Returns the limit on the threads of this process's control group: the smallest of the limits of
/// the group and the groups above it. `None`: no limit can be read.
pub(super) fn thread_limit() -> Option<usize> {
    smallest("pids", "pids.max", "pids.max")
}

fn smallest(controller: &str, v1_file: &str, v2_file: &str) -> Option<usize> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    let folders = folders(&groups, &mounts, controller);
    let files = [v1_file, v2_file];
    let paths = folders.iter().flat_map(|folder| files.map(|file| format!("{folder}/{file}")));
    paths.filter_map(|path| read_number(&path)).min()
}

/// Returns the folders in which the kernel shows this process's control group for `controller`
/// (such as `memory`), and the groups above it.
fn folders(groups: &str, mounts: &str, controller: &str) -> Vec<String> {
    let mut found = Vec::new();
    for group in groups.lines() {
        let mut fields = group.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let is_v2 = controllers.is_empty();
        if !is_v2 && !controllers.split(',').any(|name| name == controller) {
            continue;
        }
        for (root, place) in mounts.lines().filter_map(|mount| mounted(mount, is_v2, controller)) {
            // `root` is the group at the top of this mount. `inside` is the path from there to the
            // process's group. If the group's path does not begin with `root`, we assume that
            // `root` is the process's group.
            let inside = path.strip_prefix(root.trim_end_matches('/')).unwrap_or_default();
            let mut folder = format!("{place}{}", inside.trim_end_matches('/'));
            while folder.len() >= place.len() {
                found.push(folder.clone());
                let Some(slash) = folder.rfind('/') else { break };
                folder.truncate(slash);
            }
        }
    }
    found
}

/// Reads one line of the kernel's file `mountinfo`, which describes a mount. Returns the control
/// group at the top of the mount, and the mount's folder. `None`: the mount does not show control
/// groups of version 2 (if `is_v2` is true), or of version 1 for `controller` (if not).
fn mounted<'a>(mount: &'a str, is_v2: bool, controller: &str) -> Option<(&'a str, &'a str)> {
    let (place_fields, type_fields) = mount.split_once(" - ")?;
    let mut place_fields = place_fields.split(' ').skip(3);
    let (root, place) = (place_fields.next()?, place_fields.next()?);
    let mut type_fields = type_fields.split(' ');
    let (kind, options) = (type_fields.next()?, type_fields.nth(1)?);
    let fits = match kind {
        "cgroup2" => is_v2,
        "cgroup" => !is_v2 && options.split(',').any(|option| option == controller),
        _ => false,
    };
    fits.then_some((root, place))
}

#[cfg(test)]
mod tests {
    use super::folders;

    const MOUNTS: &str = "\
        30 25 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755\n\
        31 30 0:27 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw\n\
        32 30 0:28 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n\
        33 30 0:29 /box /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";

    #[test]
    fn both_versions_of_control_groups_are_asked_and_all_groups_above() {
        let groups = "12:pids:/chat\n3:cpu:/x\n0::/slice/chat.service\n";
        assert_eq!(
            folders(groups, MOUNTS, "pids"),
            [
                "/sys/fs/cgroup/pids/chat",
                "/sys/fs/cgroup/pids",
                "/sys/fs/cgroup/unified/slice/chat.service",
                "/sys/fs/cgroup/unified/slice",
                "/sys/fs/cgroup/unified",
            ]
        );
    }

    #[test]
    fn a_container_sees_its_own_group_as_the_top() {
        let memory = "/sys/fs/cgroup/memory";
        assert_eq!(folders("4:memory:/box", MOUNTS, "memory"), [memory]);
        assert_eq!(folders("4:memory:/", MOUNTS, "memory"), [memory]);
        let inner = format!("{memory}/inner");
        assert_eq!(folders("4:memory:/box/inner", MOUNTS, "memory"), [&inner, memory]);
    }
}
