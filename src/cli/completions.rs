//! `tilde completions`.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::{Cli, Failure, print};

/// Print what makes a shell complete commands and options, such as `source <(tilde completions bash)`
#[derive(clap::Args)]
pub struct Args {
    /// The shell
    shell: Shell,
}

/// Prints the shell's script.
pub fn completions(args: &Args) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "tilde", &mut script);
    print(&String::from_utf8_lossy(&script))
}
