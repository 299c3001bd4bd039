//! Slurm: a job array of workers, and a job for the report after it.

use super::{Request, TimeLimit};
use crate::text::shell_quoted;

/// How long before the time limit a worker is told to stop, in seconds. It needs the time for the step, or the evaluation, that it is
/// in, and for a checkpoint.
const NOTICE: u64 = 60;

/// A script that calls `sbatch` twice. All settings are options of `sbatch` rather than `#SBATCH` lines: variables of the environment,
/// such as `SBATCH_TIMELIMIT`, come before the lines of a script, but not before options.
pub fn script(request: &Request) -> Result<String, String> {
    let Request { name, workers, folder, program, .. } = request;
    let logs = pattern(&request.logs())?;
    let report_time = request.time.map(|time| time.min(TimeLimit::HOUR));
    let options: Vec<String> = request.options.iter().map(|option| shell_quoted(option)).collect();
    let time = |limit: Option<TimeLimit>| limit.map(|limit| format!("--time={limit}"));
    // Of an option that is given twice, sbatch takes the last.
    let of_workers: Vec<String> = [
        vec![
            "--parsable".to_owned(),
            format!("--job-name={}", shell_quoted(name)),
            format!("--array=0-{}", workers - 1),
            format!("--output={}", shell_quoted(&format!("{logs}/%A_%a.log"))),
            "--open-mode=append".to_owned(),
            "--requeue".to_owned(),
            format!("--signal=B:USR1@{}", notice(request.time)),
        ],
        time(request.time).into_iter().collect(),
        options.clone(),
    ]
    .concat();
    let of_report: Vec<String> = [
        vec!["--parsable".to_owned()],
        options,
        vec![
            format!("--job-name={}", shell_quoted(&format!("{name}-report"))),
            "--dependency=afterany:\"${workers%%;*}\"".to_owned(),
            format!("--output={}", shell_quoted(&format!("{logs}/%j-report.log"))),
        ],
        time(report_time).into_iter().collect(),
    ]
    .concat();
    Ok(format!(
        r#"#!/bin/bash
# Submits {made} to Slurm: {of_workers_said} its runs, and a report follows.
# To submit it again, for example after a cancellation: bash submit.sh. Runs that are over stay as they are.
set -euo pipefail

workers=$(sbatch {of_workers} <<'WORKER'
#!/bin/bash
# Before the time limit, Slurm sends USR1 to this shell. The program then writes checkpoints and ends with code 75.
trap 'signalled=yes; kill -USR1 "$worker" 2> /dev/null' USR1
# A cancelled job gets TERM: on some clusters this shell alone, on others every process. Twice at once is the same for the program.
trap 'signalled=yes cancelled=yes; kill -TERM "$worker" 2> /dev/null' TERM

{program} work {folder} --jobs "${{SLURM_CPUS_PER_TASK:-1}}"{wait} &
worker=$!
cancelled=
while true; do
    signalled=
    wait "$worker"
    code=$?
    [ -n "$signalled" ] || break # a signal ends `wait`, and the program still runs
done

trap '' TERM USR1 # requeueing sends TERM
if [ "$code" -eq 75 ] && [ -z "$cancelled" ]; then
    task=${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID
    if scontrol requeue "$task"; then
        echo "the time limit is near: $task is queued again and goes on from its checkpoints"
    else
        echo "the time limit is near and $task cannot be queued again: submit it again to go on" >&2
    fi
fi
exit "$code"
WORKER
)
echo "workers: job $workers"

report=$(sbatch {of_report} <<'REPORT'
#!/bin/bash
exec {program} report {folder}
REPORT
)
echo "report:  job $report"
"#,
        made = request.made(),
        wait = request.wait(),
        of_workers_said =
            if *workers == 1 { "one worker makes".to_owned() } else { format!("{workers} workers share") },
        of_workers = of_workers.join(" \\\n    "),
        of_report = of_report.join(" \\\n    "),
        program = shell_quoted(program),
        folder = shell_quoted(folder),
    ))
}

/// How long before a time limit workers are told, in seconds: of a short one, a quarter.
fn notice(time: Option<TimeLimit>) -> u64 {
    time.map_or(NOTICE, |time| NOTICE.min(time.seconds().div_ceil(4)))
}

/// A path in a pattern of `sbatch --output`, where `%` begins a placeholder.
fn pattern(path: &str) -> Result<String, String> {
    if path.contains('\\') {
        return Err(format!("{path}: Slurm takes no backslash in the path of a log: choose another folder with --out"));
    }
    Ok(path.replace('%', "%%"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::{Command, Output};

    use super::*;
    use crate::cluster::Work;
    use crate::cluster::test_scripts::{check_syntax, executable, request, run_with_program};

    /// Stand-ins for the programs of Slurm: `sbatch` keeps the job's script and its options, `scontrol` its arguments.
    const SBATCH: &str = r#"#!/bin/bash
here=$(dirname "$0")
count=$(ls "$here" | grep -c '^job')
cat > "$here/job-$count"
printf '%s\n' "$@" > "$here/options-$count"
echo "$((70 + count));cluster"
"#;
    const SCONTROL: &str = r#"#!/bin/bash
echo "$@" >> "$(dirname "$0")/scontrol-calls"
"#;

    /// Submits to the stand-ins, and runs the first task with a program of its own.
    fn task(place: &Path, program: &str) -> Output {
        executable(&place.join("sbatch"), SBATCH);
        executable(&place.join("scontrol"), SCONTROL);
        let submitted = run_with_program(place, program, |request| script(&request).unwrap());
        assert_eq!(String::from_utf8(submitted.stdout).unwrap(), "workers: job 70;cluster\nreport:  job 71;cluster\n");
        let path = format!("{}:{}", place.display(), std::env::var("PATH").unwrap());
        let mut job = Command::new("bash");
        job.arg("job-0").current_dir(place).env("PATH", path);
        job.env("SLURM_ARRAY_JOB_ID", "70").env("SLURM_ARRAY_TASK_ID", "1").output().unwrap()
    }

    #[test]
    fn a_task_whose_time_is_up_is_requeued_and_no_other() {
        for (code, calls) in [("75", Some("requeue 70_1\n".to_owned())), ("0", None), ("1", None), ("130", None)] {
            let place = tempfile::tempdir().unwrap();
            let output = task(place.path(), &format!("#!/bin/bash\nexit {code}\n"));
            assert_eq!(output.status.code().unwrap().to_string(), code);
            assert_eq!(fs::read_to_string(place.path().join("scontrol-calls")).ok(), calls, "code {code}");
        }
    }

    #[test]
    fn the_report_depends_on_the_workers() {
        let place = tempfile::tempdir().unwrap();
        task(place.path(), "#!/bin/bash\necho \"$*\" > called\n");
        assert_eq!(fs::read_to_string(place.path().join("called")).unwrap(), "work it's here/walk --jobs 1\n");
        let options = fs::read_to_string(place.path().join("options-1")).unwrap();
        assert!(options.contains("\n--dependency=afterany:70\n"), "{options}");
        let output = Command::new("bash").arg("job-1").current_dir(place.path()).output().unwrap();
        assert!(output.status.success());
        assert_eq!(fs::read_to_string(place.path().join("called")).unwrap(), "report it's here/walk\n");
    }

    /// A program that notes TERM and USR1, and ends half a second after the first; it sends `signal` to the shell above it.
    fn noting(signal: &str) -> String {
        format!(
            r#"#!/bin/bash
trap 'echo TERM >> signals; code=130' TERM
trap 'echo USR1 >> signals; code=75' USR1
(sleep 0.3; kill -{signal} $PPID) &
until [ -n "$code" ]; do sleep 0.05; done
sleep 0.5
exit $code
"#
        )
    }

    #[test]
    fn the_signal_before_the_time_limit_is_passed_on_and_the_program_waited_for() {
        let place = tempfile::tempdir().unwrap();
        let output = task(place.path(), &noting("USR1"));
        assert_eq!(output.status.code(), Some(75));
        assert_eq!(fs::read_to_string(place.path().join("signals")).unwrap(), "USR1\n");
        assert_eq!(fs::read_to_string(place.path().join("scontrol-calls")).unwrap(), "requeue 70_1\n");
    }

    #[test]
    fn a_cancelled_task_stays_an_end() {
        let place = tempfile::tempdir().unwrap();
        let output = task(place.path(), &noting("TERM"));
        assert_eq!(output.status.code(), Some(130));
        assert_eq!(fs::read_to_string(place.path().join("signals")).unwrap(), "TERM\n");
        assert!(!place.path().join("scontrol-calls").exists());
    }

    #[test]
    fn the_script_is_this_text() {
        let request = Request {
            time: Some("2h".parse().unwrap()),
            options: vec!["--partition=gpu".to_owned(), "--comment=it's mine".to_owned()],
            ..request()
        };
        let script = script(&request).unwrap();
        let (head, rest) = script.split_once("<<'WORKER'").unwrap();
        assert_eq!(
            head,
            r#"#!/bin/bash
# Submits the experiment walk to Slurm: 3 workers share its runs, and a report follows.
# To submit it again, for example after a cancellation: bash submit.sh. Runs that are over stay as they are.
set -euo pipefail

workers=$(sbatch --parsable \
    --job-name=walk \
    --array=0-2 \
    --output=/data/runs/walk/logs/%A_%a.log \
    --open-mode=append \
    --requeue \
    --signal=B:USR1@60 \
    --time=2:00:00 \
    --partition=gpu \
    '--comment=it'\''s mine' "#
        );
        assert!(rest.contains("\n/opt/tilde work /data/runs/walk --jobs \"${SLURM_CPUS_PER_TASK:-1}\" &\n"), "{rest}");
        let (_, report) = rest.split_once("\nWORKER\n").unwrap();
        assert_eq!(
            report,
            r#")
echo "workers: job $workers"

report=$(sbatch --parsable \
    --partition=gpu \
    '--comment=it'\''s mine' \
    --job-name=walk-report \
    --dependency=afterany:"${workers%%;*}" \
    --output=/data/runs/walk/logs/%j-report.log \
    --time=1:00:00 <<'REPORT'
#!/bin/bash
exec /opt/tilde report /data/runs/walk
REPORT
)
echo "report:  job $report"
"#
        );
    }

    #[test]
    fn the_workers_of_a_search_stay_to_its_end() {
        let script = script(&Request { work: Work::Search, ..request() }).unwrap();
        assert!(script.contains("\n# Submits the search walk to Slurm: "), "{script}");
        assert!(script.contains("/walk --jobs \"${SLURM_CPUS_PER_TASK:-1}\" --wait &\n"), "{script}");
        check_syntax(&script);
    }

    #[test]
    fn a_short_limit_has_a_short_notice() {
        for (time, seconds) in [("2h", 60), ("4m", 60), ("1m", 15), ("1s", 1)] {
            assert_eq!(notice(Some(time.parse().unwrap())), seconds, "{time}");
        }
        assert_eq!(notice(None), 60);
    }

    #[test]
    fn paths_may_have_spaces_quotes_and_percent_signs() {
        let request = Request { folder: "/my runs/it's 90 %/walk".to_owned(), ..request() };
        let script = script(&request).unwrap();
        assert!(script.contains(r"--output='/my runs/it'\''s 90 %%/walk/logs/%A_%a.log' "), "{script}");
        assert!(script.contains(r"work '/my runs/it'\''s 90 %/walk' --jobs"), "{script}");
        check_syntax(&script);
    }

    #[test]
    fn a_backslash_in_the_path_of_the_logs_is_refused() {
        let request = Request { folder: r"/runs\walk".to_owned(), ..request() };
        assert!(script(&request).unwrap_err().contains("--out"));
    }
}
