//! This machine: workers as processes of their own, which the script waits for.

use super::Request;
use crate::text::shell_quoted;

/// A script that starts the workers, waits for all of them, and reports.
pub fn script(request: &Request) -> Result<String, String> {
    if request.time.is_some() {
        return Err("--time is for Slurm: on this machine, workers run until they are stopped with Ctrl-C, and --resume goes on"
            .to_owned());
    }
    if let Some(option) = request.options.first() {
        return Err(format!("--option {option}: there is no other program here that could take it; leave it out"));
    }
    let Request { workers, folder, program, .. } = request;
    Ok(format!(
        r#"#!/bin/bash
# Makes the runs of {made} on this machine, with {said}, and reports.
# To start it again, for example after an interruption: bash submit.sh. Runs that are over stay as they are.
set -m # a process group for each worker: Ctrl-C reaches this shell alone, which passes it on once

logs={logs}
workers=()
trap 'signalled=yes; kill -TERM "${{workers[@]}}" 2> /dev/null' INT TERM HUP
for ((k = 0; k < {workers}; k++)); do
    {program} work {folder} --jobs 1 --wait < /dev/null > "$logs/local-$k.log" 2>&1 &
    workers+=($!)
done

worst=0
for worker in "${{workers[@]}}"; do
    while true; do
        signalled=
        wait "$worker"
        code=$?
        [ -n "$signalled" ] || break # a signal ends `wait`, and the worker still runs
    done
    [ "$code" -le "$worst" ] || worst=$code
done

case $worst in
    0 | 1) {program} report {folder} ;; # also if runs failed (1)
    130) echo "interrupted; to go on: bash $0" >&2 ;;
    *) echo "a worker ended with code $worst; its output is in $logs" >&2 ;;
esac
exit "$worst"
"#,
        made = request.made(),
        said = if *workers == 1 { "one worker".to_owned() } else { format!("{workers} workers") },
        program = shell_quoted(program),
        folder = shell_quoted(folder),
        logs = shell_quoted(&request.logs()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::test_scripts::{check_syntax, request, run_with_program};

    /// A stand-in for the program: it writes down how it was called and ends with the code in the file beside it.
    const PROGRAM: &str = r#"#!/bin/bash
echo "$*" >> "$(dirname "$0")/calls"
[ "$1" = report ] || exit "$(cat "$(dirname "$0")/code")"
"#;

    /// What the script calls, sorted, and its own exit code, when its workers end with `code`.
    fn calls(code: &str) -> (Vec<String>, Option<i32>) {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("code"), code).unwrap();
        let output = run_with_program(place.path(), PROGRAM, |request| script(&request).unwrap());
        let calls = std::fs::read_to_string(place.path().join("calls")).unwrap();
        let mut calls: Vec<String> = calls.lines().map(str::to_owned).collect();
        calls.sort();
        (calls, output.status.code())
    }

    #[test]
    fn every_worker_is_started_and_the_report_comes_last() {
        let (work, report) = ("work it's here/walk --jobs 1 --wait", "report it's here/walk");
        assert_eq!(calls("0"), (vec![report.to_owned(), work.into(), work.into(), work.into()], Some(0)));
        assert_eq!(calls("1").0.len(), 4, "failed runs are reported too");
        assert_eq!(calls("1").1, Some(1));
        assert_eq!(calls("130"), (vec![work.to_owned(); 3], Some(130)));
        assert_eq!(calls("2"), (vec![work.to_owned(); 3], Some(2)));
    }

    #[test]
    fn a_signal_is_passed_on_and_the_workers_are_waited_for() {
        // Each worker needs a while to stop. The first one asks the script to stop as soon as all three are there.
        let program = r#"#!/bin/bash
trap 'sleep 0.3; echo stopped >> "$(dirname "$0")/calls"; exit 130' TERM
echo up >> "$(dirname "$0")/up"
if mkdir "$(dirname "$0")/first" 2> /dev/null; then
    until [ "$(wc -l < "$(dirname "$0")/up")" = 3 ]; do sleep 0.05; done
    sleep 0.2
    kill -TERM "$PPID"
fi
for k in $(seq 200); do sleep 0.05; done
"#;
        let place = tempfile::tempdir().unwrap();
        let output = run_with_program(place.path(), program, |request| script(&request).unwrap());
        assert_eq!(output.status.code(), Some(130));
        assert_eq!(std::fs::read_to_string(place.path().join("calls")).unwrap(), "stopped\n".repeat(3));
        assert!(String::from_utf8_lossy(&output.stderr).contains("to go on: bash "));
    }

    #[test]
    fn bash_reads_the_script() {
        check_syntax(&script(&Request { folder: "/my runs/it's $HOME `x`/walk".to_owned(), ..request() }).unwrap());
    }

    #[test]
    fn what_only_a_cluster_has_is_refused() {
        assert!(script(&Request { time: Some("2h".parse().unwrap()), ..request() }).unwrap_err().contains("--resume"));
        assert!(script(&Request { options: vec!["-p gpu".to_owned()], ..request() }).unwrap_err().contains("-p gpu"));
    }
}
