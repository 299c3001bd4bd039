//! Keeps a process and the thread that asks it on one core. They take turns, and a wake-up of another core takes longer than a step of
//! a small environment: with both on one core an exchange with CartPole is about twice as fast.

/// Where the exchanges with one process take place.
#[cfg(target_os = "linux")]
pub(super) struct SameCore(Option<Placement>);

#[cfg(target_os = "linux")]
struct Placement {
    process: rustix::thread::Pid,
    /// All cores that this thread may use.
    allowed: rustix::thread::CpuSet,
    /// The core of the process, where it has been given one.
    core: Option<usize>,
    /// When the operating system last chose the core.
    chosen: std::time::Instant,
    /// Whether the last exchange was so short that the wake-up counts. Long ones may have threads of their own.
    is_short: bool,
}

#[cfg(target_os = "linux")]
impl SameCore {
    /// How long the two stay on one core before the operating system may choose another one, which may be idle by then.
    const STAY: std::time::Duration = std::time::Duration::from_millis(100);
    const SHORT: std::time::Duration = std::time::Duration::from_millis(1);

    /// For a process that was just started. Where this thread has one core only, there is nothing to do.
    pub(super) fn new(process: &std::process::Child) -> SameCore {
        let allowed = rustix::thread::sched_getaffinity(None).ok().filter(|cores| cores.count() > 1);
        SameCore(allowed.map(|allowed| Placement {
            process: rustix::thread::Pid::from_child(process),
            allowed,
            core: None,
            chosen: std::time::Instant::now(),
            is_short: false,
        }))
    }

    /// Makes an exchange. Meanwhile this thread stays on its core, and the process comes there.
    pub(super) fn exchange<T>(&mut self, exchange: impl FnOnce() -> T) -> T {
        let Some(placement) = &mut self.0 else { return exchange() };
        let began = std::time::Instant::now();
        let stays = placement.is_short && began - placement.chosen < Self::STAY;
        let placed = if stays { placement.hold() } else { placement.let_go(began) };
        let result = exchange();
        placement.is_short = began.elapsed() < Self::SHORT;
        let freed = if stays { rustix::thread::sched_setaffinity(None, &placement.allowed) } else { Ok(()) };
        if placed.and(freed).is_err() {
            self.0 = None; // not permitted here: then the operating system places them
        }
        result
    }
}

#[cfg(target_os = "linux")]
impl Placement {
    /// Holds this thread, and the process with it, on the core where the thread runs now.
    fn hold(&mut self) -> rustix::io::Result<()> {
        let here = rustix::thread::sched_getcpu();
        let mut only = rustix::thread::CpuSet::new();
        only.set(here.min(rustix::thread::CpuSet::MAX_CPU - 1));
        if self.core != Some(here) {
            rustix::thread::sched_setaffinity(Some(self.process), &only)?;
            self.core = Some(here);
        }
        rustix::thread::sched_setaffinity(None, &only)
    }

    /// Lets the operating system choose where this thread wakes up. The process follows, unless its steps are long: then it is free too.
    fn let_go(&mut self, now: std::time::Instant) -> rustix::io::Result<()> {
        self.chosen = now;
        if !self.is_short && self.core.take().is_some() {
            rustix::thread::sched_setaffinity(Some(self.process), &self.allowed)?;
        }
        Ok(())
    }
}

/// Elsewhere the operating system places them.
#[cfg(not(target_os = "linux"))]
pub(super) struct SameCore;

#[cfg(not(target_os = "linux"))]
impl SameCore {
    pub(super) fn new(_: &std::process::Child) -> SameCore {
        SameCore
    }

    pub(super) fn exchange<T>(&mut self, exchange: impl FnOnce() -> T) -> T {
        exchange()
    }
}
