//! Locks on folders. A process holds one while it works there; the operating system releases it when the process ends, even if it
//! is killed, so a lock is never stale.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek, Write};
use std::path::Path;
use std::time::Duration;

use super::manifest::host;

/// The file that is locked. It stays when the lock is released.
pub const LOCK: &str = ".lock";

/// Who may work in a folder at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockKind {
    /// All who take a shared lock.
    Shared,
    /// One process.
    Exclusive,
}

/// A lock on a folder.
#[derive(Debug)]
pub struct Lock {
    file: File,
    /// Whether the file system has locks. Some network file systems have none.
    pub is_real: bool,
}

impl Lock {
    /// Locks `folder`, which is made if it is not there. `None` if another process has a lock that excludes this one.
    ///
    /// Without locks on the file system, there is always one; [`Lock::is_real`] is `false` then.
    ///
    /// # Errors
    /// If the folder or its file cannot be made.
    pub fn take(folder: &Path, kind: LockKind) -> io::Result<Option<Lock>> {
        std::fs::create_dir_all(folder)?;
        // To read and to write: NFS makes locks of byte ranges of these, and an exclusive one needs a file that can be written.
        let open = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(folder.join(LOCK));
        let lock = Lock { file: open?, is_real: true };
        Ok(lock.change(kind))
    }

    /// The same lock as one of another kind; `None` if another process has one that excludes it, and none is held then.
    ///
    /// Between the old one and the new one, another process may have taken one: what was read before has to be read again.
    pub fn change(mut self, kind: LockKind) -> Option<Lock> {
        let attempt = || match kind {
            LockKind::Shared => self.file.try_lock_shared(),
            LockKind::Exclusive => self.file.try_lock(),
        };
        let tried = match attempt() {
            Err(TryLockError::WouldBlock) => {
                // One that asks `is_locked` holds a lock for microseconds.
                std::thread::sleep(Duration::from_millis(20));
                attempt()
            }
            tried => tried,
        };
        match tried {
            Ok(()) => Some(self),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(_)) => {
                self.is_real = false;
                Some(self)
            }
        }
    }

    /// Writes a line for people into the file, in place of what it has. Nothing depends on it.
    pub fn note(&mut self, text: &str) {
        let rewound = self.file.set_len(0).and_then(|()| self.file.rewind());
        let _ = rewound.and_then(|()| self.file.write_all(text.as_bytes()));
    }
}

/// Whether a process has a lock on `folder`; `None` where that is unknown, because the folder or the file system has no locks.
pub fn is_locked(folder: &Path) -> Option<bool> {
    let file = OpenOptions::new().read(true).write(true).open(folder.join(LOCK)).ok()?;
    match file.try_lock() {
        Ok(()) => Some(false),
        Err(TryLockError::WouldBlock) => Some(true),
        Err(TryLockError::Error(_)) => None,
    }
}

/// The name of this process for a lock's note.
pub fn this_process() -> String {
    format!("{}, process {}\n", host(), std::process::id())
}

/// The machine and the process that have locked `folder`, as they noted it.
pub fn worker(folder: &Path) -> Option<String> {
    let note = std::fs::read_to_string(folder.join(LOCK)).ok()?;
    Some(note.trim().to_owned()).filter(|note| !note.is_empty())
}

#[cfg(test)]
mod tests {
    use super::LockKind::{Exclusive, Shared};
    use super::*;

    #[test]
    fn shared_locks_exclude_an_exclusive_one() {
        let folder = tempfile::tempdir().unwrap();
        let take = |kind| Lock::take(folder.path(), kind).unwrap();
        assert_eq!(is_locked(folder.path()), None);
        let (one, two) = (take(Shared).unwrap(), take(Shared).unwrap());
        assert!(take(Exclusive).is_none());
        assert_eq!(is_locked(folder.path()), Some(true));
        drop(one);
        assert!(two.change(Exclusive).is_some()); // dropped again at once
        assert_eq!(is_locked(folder.path()), Some(false));
        let alone = take(Exclusive).unwrap();
        assert!(take(Shared).is_none() && take(Exclusive).is_none());
        let shared = alone.change(Shared).unwrap();
        assert!(shared.is_real && take(Shared).is_some());
    }

    #[test]
    fn a_note_replaces_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let mut lock = Lock::take(folder.path(), Exclusive).unwrap().unwrap();
        lock.note("a long note");
        lock.note("short");
        assert_eq!(std::fs::read_to_string(folder.path().join(LOCK)).unwrap(), "short");
    }
}
