//! The configs and commands of a page: written and run in a fresh folder, in their order.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::page::{Block, blocks};

/// What a block may be. Others are most likely typing errors, and would not be checked. A `console` shows a command with its output.
const KINDS: [&str; 11] =
    ["toml", "sh", "sh,ignore", "text", "console", "python", "rust,ignore", "json", "yaml", "csv", "bibtex"];

/// How long a command of a page may take.
const LONGEST: Duration = Duration::from_secs(120);

/// Writes the configs of a page and runs its commands, in a folder that has the repository's `configs` and `examples`.
///
/// # Errors
/// At the first thing that is not as the page says: the page, the line, what was done there and what came of it.
pub fn run(root: &Path, page: &Path, text: &str) -> Result<(), String> {
    let at = |line: usize, message: &str| format!("{}:{line}: {message}", page.display());
    let blocks = blocks(text).map_err(|message| format!("{}: {message}", page.display()))?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let needs_folder = blocks.iter().any(|block| !commands(block).is_empty() || file_name(block).is_some());
    if needs_folder {
        for name in ["configs", "examples"] {
            copy(&root.join(name), &folder.path().join(name)).map_err(|error| error.to_string())?;
        }
    }
    for block in &blocks {
        if !KINDS.contains(&&*block.kind) {
            let kinds = KINDS.join("`, `");
            return Err(at(block.line - 1, &format!("a block is one of `{kinds}`, not `{}`", block.kind)));
        }
        let written = match file_name(block) {
            Some(name) => {
                let path = folder.path().join(name);
                fs::create_dir_all(path.parent().unwrap_or(&path)).map_err(|error| error.to_string())?;
                fs::write(&path, &block.text).map_err(|error| at(block.line, &error.to_string()))?;
                Some(name)
            }
            None => None,
        };
        if block.kind == "toml" {
            let table: toml::Table =
                block.text.parse().map_err(|error| at(block.line, &format!("is no TOML: {error}")))?;
            if let (Some(name), true) = (written, table.contains_key("name")) {
                run_one(folder.path(), &format!("tilde check '{name}'")).map_err(|error| at(block.line, &error))?;
            }
        }
        for (line, command) in commands(block) {
            run_one(folder.path(), &command).map_err(|error| at(line, &error))?;
        }
    }
    Ok(())
}

/// The file that a block is: its first line is a comment with nothing but the name.
pub fn file_name(block: &Block) -> Option<&str> {
    let ending = match &*block.kind {
        "toml" => ".toml",
        "python" => ".py",
        _ => return None,
    };
    let name = block.text.lines().next()?.strip_prefix("# ")?.trim();
    let is_plain = name.chars().all(|next| next.is_ascii_alphanumeric() || "-_./".contains(next));
    (is_plain && name.ends_with(ending) && !name.starts_with('/') && !name.contains("..")).then_some(name)
}

/// The commands of a block that are run, each with its line: those of the program, in blocks `sh`.
pub fn commands(block: &Block) -> Vec<(usize, String)> {
    let mut commands: Vec<(usize, String)> = Vec::new();
    if block.kind != "sh" {
        return commands;
    }
    let mut continues = false;
    for (index, line) in block.text.lines().enumerate() {
        let is_command = line.starts_with("tilde ");
        if continues {
            if let Some((_, command)) = commands.last_mut() {
                command.push('\n');
                command.push_str(line);
            }
        } else if is_command {
            commands.push((block.line + index, line.to_owned()));
        }
        continues = (continues || is_command) && line.ends_with('\\');
    }
    commands
}

/// Runs a command of a page in a shell.
///
/// # Errors
/// If it fails, or takes too long.
fn run_one(folder: &Path, command: &str) -> Result<(), String> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_tilde"));
    let before = std::env::var_os("PATH").unwrap_or_default();
    let folders = [program.parent().unwrap().to_owned()].into_iter().chain(std::env::split_paths(&before));
    let said = folder.join(".output");
    let output = File::create(&said).map_err(|error| error.to_string())?;
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(folder).env("PATH", std::env::join_paths(folders).unwrap());
    shell.env("NO_COLOR", "1").env("COLUMNS", "80").env_remove("RUST_LOG");
    shell.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
    let ended = wait(&mut shell)?;
    let said = fs::read(&said).unwrap_or_default();
    match ended {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(format!("`{command}` ended with {status}:\n{}", String::from_utf8_lossy(&said))),
        None => Err(format!("`{command}` took more than {} s: mark its block `sh,ignore`", LONGEST.as_secs())),
    }
}

/// Waits for a command; nothing if it takes too long, when it is ended.
fn wait(command: &mut Command) -> Result<Option<ExitStatus>, String> {
    let begun = Instant::now();
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => return Ok(Some(status)),
            None if begun.elapsed() > LONGEST => {
                child.kill().and_then(|()| child.wait()).map_err(|error| error.to_string())?;
                return Ok(None);
            }
            None => sleep(Duration::from_millis(5)),
        }
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true if entry.file_name() == "target" => {}
            true => copy(&entry.path(), &target)?,
            false => _ = fs::copy(entry.path(), target)?,
        }
    }
    Ok(())
}
