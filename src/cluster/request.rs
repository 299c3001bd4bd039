//! What is to be submitted.

use super::TimeLimit;

/// What workers work at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// An experiment, all of whose runs are known.
    Experiment,
    /// A search: there are more runs when others are over, so its workers wait for them.
    Search,
}

/// The workers of one experiment or search, and where they work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The program: an absolute path, which has to be the same on every machine.
    pub program: String,
    /// What it is that they work at.
    pub work: Work,
    /// The folder of the experiment or the search: an absolute path, which has to be the same on every machine.
    pub folder: String,
    /// Its name, for the names of jobs.
    pub name: String,
    /// How many workers there are; at least one.
    pub workers: usize,
    /// How long one job may take.
    pub time: Option<TimeLimit>,
    /// Options for the program that submits jobs, as it wants them.
    pub options: Vec<String>,
}

impl Request {
    /// The folder for the output of workers.
    pub fn logs(&self) -> String {
        format!("{}/{}", self.folder, crate::results::LOGS)
    }

    /// What the workers make, in words.
    pub(super) fn made(&self) -> String {
        match self.work {
            Work::Experiment => format!("the experiment {}", self.name),
            Work::Search => format!("the search {}", self.name),
        }
    }

    /// The option, with a space before it, of workers that end when nothing is left: those of a search stay to its end.
    pub(super) fn wait(&self) -> &'static str {
        match self.work {
            Work::Experiment => "",
            Work::Search => " --wait",
        }
    }

    /// Refuses what no script can hold: a line in a here-document is a line.
    pub(super) fn check(&self) -> Result<(), String> {
        assert!(self.workers > 0, "an experiment has at least one worker");
        let texts = [("the path of the program", &self.program), ("the folder", &self.folder)];
        let options = self.options.iter().map(|option| ("--option", option));
        let broken = texts.into_iter().chain(options).find(|(_, text)| text.contains(char::is_control));
        broken.map_or(Ok(()), |(what, text)| {
            Err(format!("{what} {text:?} has a line break or another control character: choose another"))
        })
    }
}
