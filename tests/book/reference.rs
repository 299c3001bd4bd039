//! The reference of commands, from their help.

use std::process::{Command, Stdio};

const INTRODUCTION: &str = "\
# All commands

What `tilde COMMAND --help` prints, for every command. This page is generated. [Commands](commands.md) explains what they are for.

";

const EXIT_CODES: &str = "
## Exit codes {#exit-codes}

A command that fails says on standard error what is wrong, in a message that begins with `error:`. Its exit code says of what kind it is:

- `0`: no failure.
- `1`: something failed while it ran.
- `2`: the command line, the config or the folder for the results is wrong. Nothing was written.
- `75`: the time of a cluster's job is nearly up. Checkpoints are written, and the same command goes on.
- `130`: a signal stopped it, such as Ctrl-C. Checkpoints are written, and `--resume` goes on.
";

/// The page.
pub fn page() -> String {
    let overview = help(&[]);
    let commands = commands(&overview);
    assert!(commands.len() > 10, "the list of commands is read from the help: {overview}");
    let mut text = INTRODUCTION.to_owned();
    for name in &commands {
        text += &format!("- [`tilde {name}`](#{name})\n");
    }
    text += EXIT_CODES;
    text += &format!("\n## `tilde` {{#tilde}}\n\n{}", block(&overview));
    for name in &commands {
        text += &format!("\n## `tilde {name}` {{#{name}}}\n\n{}", block(&help(&[name])));
    }
    text
}

fn block(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    format!("```text\n{}\n```\n", lines.join("\n"))
}

/// The long help of a command, in 80 columns.
fn help(command: &[&str]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tilde"));
    program.args(command).arg("--help").env("COLUMNS", "80").env("NO_COLOR", "1");
    let output = program.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The names of the commands, from the list of them; `help` only prints what is here.
fn commands(overview: &str) -> Vec<String> {
    let list = overview.split_once("Commands:\n").unwrap().1.split("\n\n").next().unwrap();
    let entries = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = entries.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}
