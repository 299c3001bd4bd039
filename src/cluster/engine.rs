//! The engines, by name.

use super::{Request, hyperqueue, local, slurm};

/// What starts the workers of an experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A Slurm cluster: a job array, and a job for the report after it.
    Slurm,
    /// A running HyperQueue server: a task array, and a task that waits for its end and writes the report.
    Hyperqueue,
    /// Processes on this machine.
    Local,
}

impl Engine {
    /// All engines, in the order of messages.
    pub const ALL: [Engine; 3] = [Engine::Slurm, Engine::Hyperqueue, Engine::Local];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Slurm => "slurm",
            Engine::Hyperqueue => "hyperqueue",
            Engine::Local => "local",
        }
    }

    /// The program that submits jobs, if there is one.
    pub fn submitter(self) -> Option<&'static str> {
        match self {
            Engine::Slurm => Some("sbatch"),
            Engine::Hyperqueue => Some("hq"),
            Engine::Local => None,
        }
    }

    /// The script that submits or starts the workers of a request, for `bash`.
    ///
    /// # Errors
    /// If the engine has no such setting, or cannot be given a path of the request. The message names the remedy.
    pub fn script(self, request: &Request) -> Result<String, String> {
        request.check()?;
        match self {
            Engine::Slurm => slurm::script(request),
            Engine::Hyperqueue => hyperqueue::script(request),
            Engine::Local => local::script(request),
        }
    }
}
