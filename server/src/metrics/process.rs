//! What the system says of this process: memory and open files, as Linux tells them (proc(5)). On
//! other systems nothing is known.

/// Resident memory in bytes.
pub(super) fn resident() -> Option<i64> {
    resident_of(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn resident_of(status: &str) -> Option<i64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Open file descriptors.
pub(super) fn open_files() -> Option<i64> {
    i64::try_from(std::fs::read_dir("/proc/self/fd").ok()?.count()).ok()
}

/// How many may be open at once.
pub(super) fn most_open_files() -> Option<i64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes() {
        assert_eq!(resident_of("Name:\tpatchbay\nVmRSS:\t   18432 kB\nThreads:\t4\n"), Some(18_874_368));
        assert_eq!(resident_of("VmRSS:\t many kB\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_memory_and_files() {
        assert!(resident().is_some_and(|bytes| bytes > 100_000));
        assert!(open_files() > Some(2) && most_open_files() >= open_files());
    }
}
