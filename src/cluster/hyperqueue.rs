//! HyperQueue: a task array of workers, and one worker more that stays until all runs are over and writes the report.

use super::Request;
use crate::text::shell_quoted;

/// A script that calls `hq submit`: once for one worker, twice for several.
///
/// HyperQueue's command line knows no order between jobs. So the report is made by a task that works too and waits for the others.
pub fn script(request: &Request) -> Result<String, String> {
    if request.time.is_some() {
        return Err("--time is for Slurm: HyperQueue gives a task the time that its worker has, so set it there, as in \
                    `hq alloc add slurm --time-limit 2h` or `hq worker start --time-limit 2h`. A task whose worker ends \
                    starts again on another and goes on"
            .to_owned());
    }
    let Request { name, workers, folder, program, .. } = request;
    let logs = request.logs();
    if logs.contains("%{") {
        return Err(format!("{logs}: HyperQueue takes %{{ for a placeholder: choose another folder with --out"));
    }
    let (program, folder) = (shell_quoted(program), shell_quoted(folder));
    let submit = |name: &str, array: Option<String>| {
        let log = |stream: &str| {
            shell_quoted(&format!("--{stream}={logs}/hq-%{{JOB_ID}}_%{{TASK_ID}}_%{{INSTANCE_ID}}.{stream}"))
        };
        let first = format!("hq submit --name={}", shell_quoted(name));
        let options = request.options.iter().map(|option| shell_quoted(option));
        let own = array.into_iter().chain(["stdout", "stderr"].map(log));
        [first].into_iter().chain(own).chain(options).collect::<Vec<_>>().join(" \\\n    ")
    };
    let others = match workers - 1 {
        0 => String::new(),
        others => {
            let range = if others == 1 { "1".to_owned() } else { format!("1-{others}") };
            let submit = submit(name, Some(format!("--array={range}")));
            format!("\n{submit} \\\n    -- {program} work {folder} --jobs 1{}\n", request.wait())
        }
    };
    Ok(format!(
        r#"#!/bin/bash
# Submits {made} to HyperQueue: {said} its runs, and a report follows.
# To submit it again, for example after a cancellation: bash submit.sh. Runs that are over stay as they are.
set -euo pipefail
{others}
# This worker stays until all runs are over. Then it writes the report, also if runs failed (code 1), but not if it was stopped.
{submit} \
    -- bash -c '"$0" work "$1" --jobs 1 --wait; code=$?; [ $code -le 1 ] || exit $code; exec "$0" report "$1"' \
    {program} {folder}
"#,
        said = if *workers == 1 { "one worker makes".to_owned() } else { format!("{workers} workers share") },
        made = request.made(),
        submit = submit(&format!("{name}-report"), None),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Work;
    use crate::cluster::test_scripts::{check_syntax, request};

    #[test]
    fn the_script_is_this_text() {
        let request = Request { options: vec!["--cpus=2".to_owned()], folder: "/my runs/walk".to_owned(), ..request() };
        assert_eq!(
            script(&request).unwrap(),
            r#"#!/bin/bash
# Submits the experiment walk to HyperQueue: 3 workers share its runs, and a report follows.
# To submit it again, for example after a cancellation: bash submit.sh. Runs that are over stay as they are.
set -euo pipefail

hq submit --name=walk \
    --array=1-2 \
    '--stdout=/my runs/walk/logs/hq-%{JOB_ID}_%{TASK_ID}_%{INSTANCE_ID}.stdout' \
    '--stderr=/my runs/walk/logs/hq-%{JOB_ID}_%{TASK_ID}_%{INSTANCE_ID}.stderr' \
    --cpus=2 \
    -- /opt/tilde work '/my runs/walk' --jobs 1

# This worker stays until all runs are over. Then it writes the report, also if runs failed (code 1), but not if it was stopped.
hq submit --name=walk-report \
    '--stdout=/my runs/walk/logs/hq-%{JOB_ID}_%{TASK_ID}_%{INSTANCE_ID}.stdout' \
    '--stderr=/my runs/walk/logs/hq-%{JOB_ID}_%{TASK_ID}_%{INSTANCE_ID}.stderr' \
    --cpus=2 \
    -- bash -c '"$0" work "$1" --jobs 1 --wait; code=$?; [ $code -le 1 ] || exit $code; exec "$0" report "$1"' \
    /opt/tilde '/my runs/walk'
"#
        );
    }

    #[test]
    fn all_workers_of_a_search_stay_to_its_end() {
        let script = script(&Request { work: Work::Search, ..request() }).unwrap();
        assert!(script.contains("# Submits the search walk to HyperQueue"), "{script}");
        assert!(script.contains("-- /opt/tilde work /data/runs/walk --jobs 1 --wait\n"), "{script}");
        check_syntax(&script);
    }

    #[test]
    fn a_lone_worker_is_the_one_that_reports() {
        let script = script(&Request { workers: 1, ..request() }).unwrap();
        assert_eq!(script.matches("hq submit").count(), 1, "{script}");
        check_syntax(&script);
    }

    #[test]
    fn paths_may_have_spaces_and_quotes() {
        let odd =
            Request { folder: "/my runs/it's $HOME/walk".to_owned(), program: "/a b/tilde".to_owned(), ..request() };
        check_syntax(&script(&odd).unwrap());
    }

    #[test]
    fn a_time_limit_is_refused_with_the_place_for_it() {
        let request = Request { time: Some("2h".parse().unwrap()), ..request() };
        assert!(script(&request).unwrap_err().contains("hq alloc add slurm --time-limit 2h"));
    }

    #[test]
    fn a_placeholder_in_a_path_is_refused() {
        let request = Request { folder: "/runs/%{CWD}/walk".to_owned(), ..request() };
        assert!(script(&request).unwrap_err().contains("--out"));
    }
}
