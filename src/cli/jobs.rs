//! Jobs on an existing engine, for `tilde submit` and `tilde tune --engine`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::{Failure, in_columns, print, program};
use crate::cluster::{Engine, Request, TimeLimit, Work};
use crate::device::for_another_machine;
use crate::experiment::default_jobs;
use crate::results::{LOGS, REPORT, SUBMIT, write_atomically};
use crate::text::{counted, shell_quoted};

/// Workers on a cluster, unless asked otherwise.
const WORKERS: usize = 4;

/// How many jobs there are, and what their engine is told.
#[derive(clap::Args)]
pub struct Jobs {
    /// Jobs at the same time; each takes runs until none is left [default: 4, or the number of cores for `local`]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u64).range(1..), requires = "engine")]
    workers: Option<u64>,

    /// Time limit of a job in Slurm: 2h, 90m, 1h30m, 2d, or as sbatch has it [examples: 90 (minutes), 1:30:00, 2-12:00]. Before it,
    /// the job writes checkpoints, is queued again and goes on
    #[arg(long, value_name = "TIME", value_parser = str::parse::<TimeLimit>, requires = "engine")]
    time: Option<TimeLimit>,

    /// An option for sbatch or `hq submit`, as it is; may be given several times [example: --option=--partition=gpu]
    #[arg(long = "option", value_name = "OPTION", allow_hyphen_values = true, requires = "engine")]
    options: Vec<String>,

    /// Print the script that would be run, and write nothing
    #[arg(long, requires = "engine")]
    pub dry_run: bool,
}

/// What is submitted.
pub struct Submission {
    /// What the jobs work at.
    pub work: Work,
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// How many runs there can be at the same time.
    pub runs: usize,
}

impl Jobs {
    /// Creates the folder by `prepare`, which returns how many of the runs there are left, writes a script into it, and runs the script.
    pub fn submit(
        &self,
        engine: Engine,
        submission: Submission,
        prepare: impl FnOnce() -> Result<usize, Failure>,
    ) -> Result<(), Failure> {
        let mut request = self.request(engine, &submission)?;
        let script = |request: &Request| engine.script(request).map_err(|why| Failure::Usage(in_columns(&why)));
        let text = script(&request)?;
        if self.dry_run {
            return print(&text);
        }
        check_submitter(engine)?;
        let open = on_its_machine(engine, prepare)?;
        let folder = &submission.folder;
        if open == 0 {
            let (program, folder) = (program(), shell_quoted(&folder.display().to_string()));
            return print(&format!(
                "All runs are over, so nothing was submitted. Figures: {program} report {folder}\n"
            ));
        }
        request.workers = request.workers.min(open);
        let file = folder.join(SUBMIT);
        let text = script(&request)?;
        let written = fs::create_dir_all(folder.join(LOGS)).and_then(|()| write_atomically(&file, text.as_bytes()));
        written.map_err(|error| Failure::Running(in_columns(&format!("{}: {error}", file.display()))))?;
        match engine {
            Engine::Local => start_here(&file, folder, &request),
            Engine::Slurm | Engine::Hyperqueue => submit(&file, folder, engine),
        }
    }

    fn request(&self, engine: Engine, submission: &Submission) -> Result<Request, Failure> {
        let default = if engine == Engine::Local { default_jobs() } else { WORKERS };
        let workers = self.workers.map_or(default, |workers| usize::try_from(workers).unwrap_or(usize::MAX));
        let program = std::env::current_exe()
            .map_err(|error| Failure::Running(format!("the path of this program is unknown: {error}")))?;
        if !program.is_file() {
            let shown = program.display();
            return Err(Failure::Usage(in_columns(&format!(
                "{shown}: this program was moved or replaced: start it again"
            ))));
        }
        let folder = std::path::absolute(&submission.folder)
            .map_err(|error| Failure::Usage(format!("--out: {}: {error}", submission.folder.display())))?;
        Ok(Request {
            program: text_of(&program)?,
            folder: text_of(&folder)?,
            work: submission.work,
            name: submission.name.clone(),
            workers: workers.min(submission.runs).max(1),
            time: self.time,
            options: self.options.clone(),
        })
    }
}

/// Checks something where the runs will be: devices of a cluster need not be on this machine.
pub fn on_its_machine<T>(engine: Engine, work: impl FnOnce() -> T) -> T {
    if engine == Engine::Local { work() } else { for_another_machine(work) }
}

/// The values of `--engine`.
pub fn engines() -> impl TypedValueParser<Value = Engine> {
    PossibleValuesParser::new(Engine::ALL.map(Engine::name))
        .map(|name| Engine::ALL.into_iter().find(|engine| engine.name() == name).expect("a possible value"))
}

/// A path as text, which a script is.
fn text_of(path: &Path) -> Result<String, Failure> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Failure::Usage(format!("{}: cannot be written into a script: it is not UTF-8", path.display())))
}

/// Refuses an engine whose program is not here.
fn check_submitter(engine: Engine) -> Result<(), Failure> {
    let Some(submitter) = engine.submitter() else { return Ok(()) };
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|folder| folder.join(submitter).is_file()) {
        return Ok(());
    }
    Err(Failure::Usage(in_columns(&format!(
        "--engine {}: there is no program `{submitter}` on this machine: submit from one that has it, such as the login node of \
         the cluster, or add --dry-run to see the script",
        engine.name()
    ))))
}

/// Runs the script, which submits jobs and ends, and says how to follow them.
fn submit(file: &Path, folder: &Path, engine: Engine) -> Result<(), Failure> {
    let (script, shown) = (shell_quoted(&file.display().to_string()), shell_quoted(&folder.display().to_string()));
    let output = Command::new("bash").arg(file).output();
    let output = output.map_err(|error| Failure::Running(in_columns(&format!("bash cannot be started: {error}"))))?;
    print(&String::from_utf8_lossy(&output.stdout))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let submitter = engine.submitter().unwrap_or_default();
        return Err(Failure::Running(format!(
            "{submitter} refused ({}):\n{}\n{}",
            output.status,
            indented(&said),
            in_columns(&format!(
                "The folder is ready. Give other settings with --resume in the same command, or change the script \
                 and run it: bash {script}"
            ))
        )));
    }
    let _ = io::stderr().write_all(&output.stderr); // warnings of the engine
    let (look, stop) = match engine {
        Engine::Hyperqueue => ("hq job list", "hq job cancel JOB"),
        Engine::Slurm | Engine::Local => ("squeue --me", "scancel JOB"),
    };
    print(&format!(
        "\nTo follow:  {program} status {shown}\n            {look}\n            less {shown}/{LOGS}/…\n\
         To stop:    {stop}\nTo go on:   bash {script}\nReport:     {report}\n",
        program = program(),
        report = folder.join(REPORT).join("index.html").display(),
    ))
}

/// Runs the script in place of this process, so that signals reach it. Returns only if that fails.
fn start_here(file: &Path, folder: &Path, request: &Request) -> Result<(), Failure> {
    let (shown, program) = (shell_quoted(&folder.display().to_string()), program());
    print(&format!(
        "{} on this machine; their output is in {shown}/{LOGS}.\nTo follow: {program} status {shown}\nTo stop: Ctrl-C; \
         --resume goes on\n\n",
        counted(request.workers, "worker")
    ))?;
    in_place(Command::new("bash").arg(file))
}

#[cfg(unix)]
fn in_place(command: &mut Command) -> Result<(), Failure> {
    use std::os::unix::process::CommandExt;
    Err(Failure::Running(format!("bash cannot be started: {}", command.exec())))
}

#[cfg(not(unix))]
fn in_place(command: &mut Command) -> Result<(), Failure> {
    let ended = command.status().map_err(|error| Failure::Running(format!("bash cannot be started: {error}")))?;
    if ended.success() { Ok(()) } else { Err(Failure::Running(format!("the workers ended with {ended}"))) }
}

fn indented(text: &str) -> String {
    text.trim_end().lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
