//! `tilde completions`.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::{Cli, Failure, print, program};

/// Print a script that completes commands and options in a shell: `source <(tilde completions bash)`
#[derive(clap::Args)]
pub struct Args {
    /// Shell
    shell: Shell,
}

/// Prints the script.
pub fn completions(args: &Args) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), program(), &mut script);
    print(&String::from_utf8_lossy(&script))
}
