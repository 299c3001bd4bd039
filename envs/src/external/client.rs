//! The environments that one process serves: requests for them, and the outcomes that have arrived.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::description::Description;
use super::frames::{Content, DESCRIPTION, FAILURE, Frame, Generator, REFUSAL, RESET, RESULT, STEP};
use super::process::{Process, Start};
use crate::{ConfigError, Ending, EnvFailure};

/// The environments of one run. The process is started with the first reset.
pub(super) struct Client {
    start: Start,
    /// What a message calls it.
    name: String,
    description: Arc<Description>,
    process: Option<Process>,
    /// Why nothing goes on.
    failure: Option<String>,
    /// The steps that were announced and not sent yet.
    announced: Vec<Announced>,
    outcomes: Vec<Outcome>,
    request: Vec<u8>,
    reply: Vec<u8>,
}

struct Announced {
    slot: usize,
    action: usize,
    seed: u64,
}

/// The outcome of a step in one environment.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    /// Whether it has arrived and was not taken yet.
    is_ready: bool,
    pub(super) action: usize,
    pub(super) reward: f64,
    pub(super) ending: Ending,
    pub(super) observation: Vec<f32>,
    /// Where the episode has ended: the generator's state after it, if there is a generator, and the first observation of the next
    /// episode.
    pub(super) generator: Generator,
    pub(super) first: Vec<f32>,
}

/// What a reset begins with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ResetWith {
    pub(super) seed: u64,
    pub(super) generator: Generator,
}

impl Client {
    /// The `count` environments of a process that is not started yet.
    pub(super) fn new(start: Start, name: String, description: Arc<Description>, count: usize) -> Client {
        let none = vec![0.0; description.space.len()];
        let outcome = Outcome {
            is_ready: false,
            action: 0,
            reward: 0.0,
            ending: Ending::Continues,
            observation: none.clone(),
            generator: Generator::default(),
            first: none,
        };
        Client {
            start,
            name,
            description,
            process: None,
            failure: None,
            announced: Vec::with_capacity(count),
            outcomes: vec![outcome; count],
            request: Vec::new(),
            reply: Vec::new(),
        }
    }

    /// Starts an episode in one environment.
    pub(super) fn reset(&mut self, slot: usize, with: ResetWith, observation: &mut [f32]) {
        let mut frame = Frame::new(&mut self.request, RESET);
        frame.u32(slot as u32);
        frame.u64(with.seed);
        with.generator.iter().for_each(|&number| frame.u64(number));
        frame.finish();
        self.ask();
        let mut content = Content(&self.reply);
        let read = content.observation(self.description.in_bytes(), observation);
        if read.is_none() || !content.0.is_empty() {
            self.fail("its answer to a reset has another length than an observation".to_owned());
        }
        self.outcomes[slot].is_ready = false;
    }

    /// Tells of the next step of one environment, which is sent together with the others. `seed` is for the reset after it.
    pub(super) fn announce(&mut self, slot: usize, action: usize, seed: u64) {
        self.outcomes[slot].is_ready = false;
        self.announced.retain(|known| known.slot != slot);
        self.announced.push(Announced { slot, action, seed });
    }

    /// Whether the next step of this environment was announced or has been made.
    pub(super) fn knows(&self, slot: usize) -> bool {
        self.outcomes[slot].is_ready || self.announced.iter().any(|announced| announced.slot == slot)
    }

    /// The outcome of the step that was announced for this environment.
    pub(super) fn outcome(&mut self, slot: usize) -> &Outcome {
        if !self.outcomes[slot].is_ready {
            self.step_announced();
        }
        let outcome = &mut self.outcomes[slot];
        assert!(outcome.is_ready, "a step is announced before its outcome is asked for");
        outcome.is_ready = false;
        outcome
    }

    /// Sends all steps that were announced, and reads their outcomes.
    fn step_announced(&mut self) {
        let mut frame = Frame::new(&mut self.request, STEP);
        for Announced { slot, action, seed } in &self.announced {
            frame.u32(*slot as u32);
            frame.u32(*action as u32);
            frame.u64(*seed);
        }
        frame.finish();
        self.ask();
        if self.read_outcomes().is_none() {
            self.fail("its answer to a step has another length than the outcomes".to_owned());
        }
        self.announced.clear();
    }

    fn read_outcomes(&mut self) -> Option<()> {
        let (mut content, in_bytes) = (Content(&self.reply), self.description.in_bytes());
        for Announced { slot, action, .. } in &self.announced {
            let outcome = &mut self.outcomes[*slot];
            outcome.reward = content.f64()?;
            outcome.ending = match content.u8()? {
                0 => Ending::Continues,
                1 => Ending::Terminated,
                2 => Ending::Truncated,
                _ => return None,
            };
            content.observation(in_bytes, &mut outcome.observation)?;
            if outcome.ending.is_over() {
                if self.description.generator {
                    // PCG64's increments are odd: others are no state of a stream.
                    outcome.generator = content.generator().filter(|numbers| numbers[3] % 2 == 1)?;
                }
                content.observation(in_bytes, &mut outcome.first)?;
            }
            (outcome.is_ready, outcome.action) = (true, *action);
        }
        content.0.is_empty().then_some(())
    }

    /// Sends the request and waits for its result.
    fn ask(&mut self) {
        if let Some(failure) = &self.failure {
            EnvFailure(failure.clone()).unwind();
        }
        if self.process.is_none() {
            match begin(&self.start) {
                Ok((process, _)) => self.process = Some(process),
                Err(error) => self.fail(error.message),
            }
        }
        let Some(process) = &mut self.process else { unreachable!("it was started above") };
        match process.ask(&self.request, &mut self.reply) {
            Ok(RESULT) => {}
            Ok(FAILURE) => self.fail(format!("an exception\n{}", String::from_utf8_lossy(&self.reply).trim_end())),
            Ok(kind) => self.fail(format!("an answer of the kind {kind}, which is not a result")),
            Err(why) => self.fail(why),
        }
    }

    /// Ends the process and unwinds, now and whenever something is asked again.
    fn fail(&mut self, why: String) -> ! {
        self.process = None;
        let failure = format!("{}: {why}", self.name);
        self.failure = Some(failure.clone());
        EnvFailure(failure).unwind()
    }
}

/// The description of the environments of a process. It is asked once, and then remembered for the rest of this program.
///
/// # Errors
/// If the process cannot be started, or refuses the settings; the key is that of a setting.
pub(super) fn describe(start: &Start) -> Result<Arc<Description>, ConfigError> {
    type Known = HashMap<Start, Result<Arc<Description>, ConfigError>>;
    static KNOWN: Mutex<Option<Known>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(described) = known.get(start) {
        return described.clone();
    }
    let described = begin(start).and_then(|(_, json)| {
        let read = Description::read(&json);
        read.map(Arc::new).map_err(|why| ConfigError::new("", format!("its description cannot be used: {why}")))
    });
    known.insert(start.clone(), described.clone());
    described
}

/// Starts a process with its settings. Returns it, and what it says of its environments.
///
/// # Errors
/// If it cannot be started, or refuses the settings. The key of the error is empty where it is about the command.
pub(super) fn begin(start: &Start) -> Result<(Process, Vec<u8>), ConfigError> {
    let of_command = |why: String| ConfigError::new("", why);
    let mut process = Process::start(start).map_err(|error| of_command(format!("cannot be started: {error}")))?;
    let (mut request, mut reply) = (Vec::new(), Vec::new());
    let mut frame = Frame::new(&mut request, 0);
    frame.bytes(start.settings.as_bytes());
    match process.ask(frame.finish(), &mut reply).map_err(of_command)? {
        DESCRIPTION => Ok((process, reply)),
        REFUSAL => Err(match serde_json::from_slice(&reply) {
            Ok((key, message)) => ConfigError { key, message },
            Err(_) => of_command(String::from_utf8_lossy(&reply).into_owned()),
        }),
        FAILURE => {
            Err(of_command(format!("cannot make it: an exception\n{}", String::from_utf8_lossy(&reply).trim_end())))
        }
        kind => Err(of_command(format!("its first answer is of the kind {kind}, and not a description"))),
    }
}
