//! A program that serves an environment, as `docs/environment-protocol.md` describes it: a corridor whose first cell is drawn, and
//! whose right end is the goal.
//!
//! The setting `fault` makes it go wrong in its fourth step, for tests: `exception`, `exit`, `hang` or `nonsense`; with `random`, a
//! resumed episode cannot be repeated.

use std::io::{self, Read, Write};

const LENGTH: u64 = 9;
const ACTIONS: usize = 2; // left, right

/// Requests and replies.
const RESET: u8 = 1;
const DESCRIPTION: u8 = 1;
const RESULT: u8 = 2;
const FAILURE: u8 = 3;

fn main() -> io::Result<()> {
    let (_, settings) = receive()?;
    let settings = String::from_utf8_lossy(&settings).into_owned();
    let fault = ["exception", "exit", "hang", "nonsense", "random"].into_iter().find(|fault| settings.contains(fault));
    let bounds = format!(r#"{{"box": {{"low": [0], "high": [{}]}}}}"#, LENGTH - 1);
    let description = format!(r#"{{"observation_space": {bounds}, "actions": {ACTIONS}, "reward_threshold": 1}}"#);
    send(DESCRIPTION, description.as_bytes())?;
    let (mut cells, mut steps) = (Vec::new(), 0);
    while let Ok((kind, content)) = receive() {
        let mut result = Vec::new();
        if kind == RESET {
            let slot = u32_at(&content, 0);
            cells.resize(cells.len().max(slot + 1), 0);
            cells[slot] = first_cell(u64_at(&content, 4), fault);
            result.extend((cells[slot] as f32).to_le_bytes());
        } else {
            for step in content.chunks_exact(16) {
                steps += 1;
                if steps == 4 && fault.is_some() {
                    go_wrong(fault)?;
                }
                let (slot, action, seed) = (u32_at(step, 0), u32_at(step, 4), u64_at(step, 8));
                let cell = cells[slot];
                cells[slot] = if action == 1 { cell + 1 } else { cell.saturating_sub(1) };
                let is_over = cells[slot] == LENGTH - 1;
                result.extend(f64::from(u8::from(is_over)).to_le_bytes());
                result.push(u8::from(is_over));
                result.extend((cells[slot] as f32).to_le_bytes());
                if is_over {
                    cells[slot] = first_cell(seed, fault);
                    result.extend((cells[slot] as f32).to_le_bytes());
                }
            }
        }
        send(RESULT, &result)?;
    }
    Ok(())
}

/// The cell in which an episode begins.
fn first_cell(seed: u64, fault: Option<&str>) -> u64 {
    let seed = if fault == Some("random") { u64::from(std::process::id()) + seed } else { seed };
    seed % (LENGTH - 1)
}

fn go_wrong(fault: Option<&str>) -> io::Result<()> {
    match fault {
        Some("exception") => send(FAILURE, b"the corridor has collapsed"),
        Some("exit") => {
            eprintln!("out of torches");
            std::process::exit(3)
        }
        Some("hang") => loop {
            std::thread::park();
        },
        Some("nonsense") => io::stdout().write_all(b"step 4\n"),
        _ => Ok(()),
    }
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    bytes[at..at + 4].iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + 8].iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// The kind and the content of the next frame; an error at the end of the input.
fn receive() -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    io::stdin().read_exact(&mut head)?;
    let mut content = vec![0; u32_at(&head, 0) - 1];
    io::stdin().read_exact(&mut content)?;
    Ok((head[4], content))
}

fn send(kind: u8, content: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(&(content.len() as u32 + 1).to_le_bytes())?;
    out.write_all(&[kind])?;
    out.write_all(content)?;
    out.flush()
}
