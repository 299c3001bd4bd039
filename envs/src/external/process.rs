//! A process that serves environments: its pipes, its time-out, and its end.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::frames::{HEAD, LARGEST};
use super::same_core::SameCore;

/// A running process. It ends when this is dropped, and when this program ends in any way: its standard input is closed then.
pub(super) struct Process {
    requests: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
    same_core: SameCore,
    watched: Arc<Watched>,
    errors: Arc<Mutex<VecDeque<String>>>,
    /// Reads standard error.
    reader: Option<JoinHandle<()>>,
    timeout: Duration,
}

/// How a process is started.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Start {
    pub(super) command: Vec<String>,
    /// What it reads before the first frame.
    pub(super) script: &'static str,
    /// The content of the first frame.
    pub(super) settings: String,
    pub(super) timeout: Duration,
}

/// What the thread that watches over the time-out shares.
struct Watched {
    child: Mutex<Child>,
    started: Instant,
    /// Milliseconds after `started` when an answer was asked for; 0 while none is awaited.
    asked: AtomicU64,
    has_timed_out: AtomicBool,
    is_over: AtomicBool,
}

/// The last lines of standard error that are kept for a message.
const LINES: usize = 20;

/// How often the time-out is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How long a process has to end by itself.
const PATIENCE: Duration = Duration::from_secs(2);

impl Process {
    /// Starts it, and sends nothing yet but the script.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub(super) fn start(start: &Start) -> io::Result<Process> {
        let (program, arguments) = start.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if std::env::var_os("OMP_NUM_THREADS").is_none() {
            command.env("OMP_NUM_THREADS", "1"); // runs are made in parallel
        }
        // Ctrl-C is for this program, which finishes its step and writes a checkpoint.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let same_core = SameCore::new(&child);
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(mut requests), Some(replies), Some(errors)) = pipes else { unreachable!("all three are pipes") };
        let _ = requests.write_all(start.script.as_bytes()); // where this fails, there is no answer either
        let watched = Arc::new(Watched {
            child: Mutex::new(child),
            started: Instant::now(),
            asked: AtomicU64::new(0),
            has_timed_out: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        });
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let (kept, name) = (Arc::clone(&lines), program.clone());
        let reader = thread::spawn(move || keep_lines(errors, &name, &kept));
        let (watching, timeout) = (Arc::clone(&watched), start.timeout);
        thread::spawn(move || watching.watch(timeout));
        let replies = BufReader::with_capacity(1 << 16, replies);
        let (requests, reader) = (Some(requests), Some(reader));
        Ok(Process { requests, replies, same_core, watched, errors: lines, reader, timeout })
    }

    /// Sends a frame and reads the kind and the content of the answer into `reply`.
    ///
    /// # Errors
    /// If the process has ended or does not answer in time; the message says how.
    pub(super) fn ask(&mut self, frame: &[u8], reply: &mut Vec<u8>) -> Result<u8, String> {
        let now = self.watched.started.elapsed().as_millis() as u64;
        self.watched.asked.store(now.max(1), Ordering::Relaxed);
        let Process { requests, replies, same_core, .. } = self;
        let answered = same_core.exchange(|| exchange(requests.as_mut(), replies, frame, reply));
        self.watched.asked.store(0, Ordering::Relaxed);
        answered.map_err(|error| self.end(&error))
    }

    /// Ends the process after `error`, and says how it ended.
    fn end(&mut self, error: &io::Error) -> String {
        let nonsense = error.kind() == io::ErrorKind::InvalidData;
        let status = self.close(if nonsense { Duration::ZERO } else { PATIENCE });
        let how = match status {
            _ if self.watched.has_timed_out.load(Ordering::Relaxed) => {
                format!("gave no answer within {} s, the `timeout`, and was ended", self.timeout.as_secs_f64())
            }
            _ if nonsense => error.to_string(),
            Some(status) => format!("ended with {status}"),
            None => "ended".to_owned(),
        };
        let lines = locked(&self.errors).iter().map(|line| format!("\n  {line}")).collect::<String>();
        how + &lines
    }

    /// Closes the pipe, lets the process end, and ends it after `patience`.
    fn close(&mut self, patience: Duration) -> Option<std::process::ExitStatus> {
        self.requests = None;
        let began = Instant::now();
        let status = loop {
            let mut child = locked(&self.watched.child);
            match child.try_wait() {
                Ok(None) if began.elapsed() < patience => drop(child),
                Ok(None) => {
                    let _ = child.kill(); // it may have ended just now
                    break child.wait().ok();
                }
                Ok(status) => break status,
                Err(_) => break None,
            }
            thread::sleep(Duration::from_millis(5));
        };
        self.watched.is_over.store(true, Ordering::Relaxed);
        // A process that it has left behind may keep the pipe open: then nobody waits for the rest.
        if let Some(reader) = self.reader.take_if(|_| status.is_some()) {
            let patience = Instant::now() + LOOK_EVERY;
            while !reader.is_finished() && Instant::now() < patience {
                thread::sleep(Duration::from_millis(1));
            }
        }
        status
    }
}

/// Sends a frame and reads the kind and the content of the answer into `reply`.
fn exchange(
    requests: Option<&mut ChildStdin>,
    replies: &mut impl Read,
    frame: &[u8],
    reply: &mut Vec<u8>,
) -> io::Result<u8> {
    requests.ok_or(io::ErrorKind::BrokenPipe)?.write_all(frame)?;
    let mut head = [0; HEAD];
    replies.read_exact(&mut head)?;
    let [length @ .., kind] = head;
    let length = u32::from_le_bytes(length);
    if !(1..=LARGEST).contains(&length) {
        let why = format!("what it wrote to standard output is not a frame: {:?}", String::from_utf8_lossy(&head));
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    reply.resize(length as usize - 1, 0);
    replies.read_exact(reply)?;
    Ok(kind)
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.requests.is_some() {
            self.close(PATIENCE);
        }
    }
}

impl Watched {
    /// Ends the process once an answer is overdue.
    fn watch(&self, timeout: Duration) {
        while !self.is_over.load(Ordering::Relaxed) {
            thread::sleep(LOOK_EVERY.min(timeout));
            let asked = self.asked.load(Ordering::Relaxed);
            if asked > 0 && self.started.elapsed() > Duration::from_millis(asked) + timeout {
                self.has_timed_out.store(true, Ordering::Relaxed);
                let _ = locked(&self.child).kill(); // it may have ended just now
                return;
            }
        }
    }
}

/// Reads standard error to its end. Each line is logged, and the last ones are kept.
fn keep_lines(errors: impl Read, program: &str, kept: &Mutex<VecDeque<String>>) {
    for line in BufReader::new(errors).split(b'\n') {
        let Ok(line) = line else { return };
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        tracing::debug!("{program}: {line}");
        let mut kept = locked(kept);
        if kept.len() == LINES {
            kept.pop_front();
        }
        kept.push_back(line);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
