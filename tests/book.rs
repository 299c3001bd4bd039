//! The book: its pages are linked and can be reached, its configs and commands work, and its reference is what the program says.
//!
//! `TILDE_PAGE=tutorial cargo test --release --test book` runs the commands of one page alone, or of those whose path has this text.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

#[path = "book/commands.rs"]
mod commands;
#[path = "book/keys.rs"]
mod keys;
#[path = "book/links.rs"]
mod links;
#[path = "book/page.rs"]
mod page;
#[path = "book/ranges.rs"]
mod ranges;
#[path = "book/reference.rs"]
mod reference;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

/// The files beside the book whose links are checked too.
const BESIDE: [&str; 3] = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<PathBuf> {
    let pages = links::markdown_files(root(), "docs");
    assert!(pages.len() > 5, "{pages:?}");
    pages
}

#[test]
fn every_page_is_in_the_summary_once_and_every_entry_is_a_page() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let links = page::links(&summary).into_iter().filter(|link| !link.target.is_empty()); // `[Recipes]()` is a heading
    let entries: Vec<PathBuf> = links.map(|link| Path::new("docs").join(link.target)).collect();
    let mut unique = BTreeSet::new();
    let wrong: Vec<String> = entries
        .iter()
        .filter_map(|entry| match (root().join(entry).is_file(), unique.insert(entry)) {
            (false, _) => Some(format!("{} is in SUMMARY.md and not there", entry.display())),
            (_, false) => Some(format!("{} is in SUMMARY.md twice", entry.display())),
            _ => None,
        })
        .collect();
    let left_out: Vec<PathBuf> =
        pages().into_iter().filter(|page| !page.ends_with("SUMMARY.md") && !unique.contains(page)).collect();
    assert!(wrong.is_empty() && left_out.is_empty(), "{wrong:#?}\nnot in SUMMARY.md: {left_out:#?}");
}

#[test]
fn every_link_leads_to_a_page_and_a_heading() {
    let files = pages().into_iter().chain(BESIDE.map(PathBuf::from));
    let there = files.filter(|file| root().join(file).is_file());
    let wrong: Vec<String> = there.flat_map(|file| links::mistakes(root(), &file)).collect();
    assert!(wrong.is_empty(), "{} links are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn configs_and_commands_of_the_book_work() {
    let only = std::env::var("TILDE_PAGE").unwrap_or_default();
    let pages = pages().into_iter().filter(|page| page.display().to_string().contains(&only));
    let waiting = Mutex::new(pages.collect::<Vec<_>>());
    let failures = Mutex::new(Vec::new());
    let work = || {
        loop {
            let Some(page) = waiting.lock().unwrap().pop() else { return };
            let text = fs::read_to_string(root().join(&page)).unwrap();
            let begun = Instant::now();
            let done = commands::run(root(), &page, &text);
            println!("{:6.2} s {}", begun.elapsed().as_secs_f64(), page.display());
            failures.lock().unwrap().extend(done.err());
        }
    };
    thread::scope(|scope| (0..2).for_each(|_| _ = scope.spawn(work)));
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} pages fail:\n\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn configs_of_the_readme_are_toml() {
    for file in BESIDE {
        let Ok(text) = fs::read_to_string(root().join(file)) else { continue };
        for block in page::blocks(&text).unwrap().iter().filter(|block| block.kind == "toml") {
            let parsed = block.text.parse::<toml::Table>();
            assert!(parsed.is_ok(), "{file}:{}: {}", block.line, parsed.unwrap_err());
        }
    }
}

/// A reference page is what is generated now. `TILDE_BOOK=write` writes it.
fn is_up_to_date(page: &str, generated: &str) {
    let path = root().join(page);
    if std::env::var("TILDE_BOOK").is_ok_and(|value| value == "write") {
        fs::write(&path, generated).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let mut lines = written.lines().zip(generated.lines()).enumerate();
    let first = lines.find(|(_, (written, generated))| written != generated);
    let first = first.map_or("the end".to_owned(), |(index, (written, generated))| {
        format!("line {}\nis:     {written}\nshould: {generated}", index + 1)
    });
    assert!(
        written == generated,
        "{page} is not what the program says, from {first}\nWrite it with `TILDE_BOOK=write cargo test --release --test book`."
    );
}

fn schema() -> serde_json::Value {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tilde"));
    let output = program.arg("schema").stdin(Stdio::null()).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_reference_of_keys_is_that_of_the_schema() {
    is_up_to_date("docs/keys.md", &keys::page(&schema()));
}

/// Bounds at which a number is refused because of something else, which its text or the message says.
const BOUND_BY_OTHERS: [(&str, f64); 9] = [
    ("approximator.features.bins.bins", 16_777_216.0), // so many features are more than a map may have
    ("approximator.features.fourier.order", 16_777_216.0),
    ("approximator.features.polynomial.order", 16_777_216.0),
    ("approximator.features.rbf.centres", 16_777_216.0),
    ("approximator.features.tiles.memory", 1e8), // so many parameters are more than a function may have
    ("approximator.features.tiles.tiles", 16_777_216.0),
    ("approximator.network.conv.kernel_size", 4_096.0), // larger than the board
    ("approximator.network.conv.padding", 4_096.0),     // makes more numbers than a convolution may
    ("search.steps", 1.0),                              // at least those of one trial
];

/// Numbers without a bound in the schema that another key bounds.
const FREE_BUT_FOR_OTHERS: [&str; 19] = [
    "algorithm.dqn.exploration.boltzmann.final", // a line, whose values have no bounds in themselves
    "algorithm.dqn.exploration.boltzmann.initial",
    "approximator.features.bins.high", // above `low`
    "approximator.features.bins.low",
    "approximator.features.fourier.high",
    "approximator.features.fourier.low",
    "approximator.features.polynomial.high",
    "approximator.features.polynomial.low",
    "approximator.features.rbf.high",
    "approximator.features.rbf.low",
    "approximator.features.scaled.high",
    "approximator.features.scaled.low",
    "approximator.features.tiles.high",
    "approximator.features.tiles.low",
    "env.random_walk.jump",                               // at most as many as there are states
    "search.space.optimizer.sgd.max_grad_norm.integer",   // what the key that is searched takes
    "search.space.optimizer.sgd.max_grad_norm.quantized", // at most the width of the range
    "search.space.optimizer.sgd.max_grad_norm.uniform",
    "search.steps", // in place of `trials`
];

#[test]
fn the_ranges_of_the_schema_are_those_that_are_checked() {
    let schema = schema();
    let numbers = ranges::numbers(&schema);
    let (mut wrong, mut bounds) = (Vec::new(), 0);
    for number in &numbers {
        let name = number.name();
        let needs_process = name.starts_with("env.gymnasium") || name.starts_with("env.program");
        let (inside, outside) = ranges::at_bounds(number.schema());
        bounds += outside.len();
        for value in outside {
            match number.refusal(value) {
                None => wrong.push(format!("{name} = {value} is accepted, and the schema says it is not")),
                Some(why) if !why.contains(&name) => {
                    wrong.push(format!("{name} = {value} is refused for another reason: {why}"))
                }
                Some(_) => {}
            }
        }
        let far = if FREE_BUT_FOR_OTHERS.contains(&&*name) { Vec::new() } else { ranges::far_away(number.schema()) };
        let inside = inside.into_iter().filter(|value| !BOUND_BY_OTHERS.contains(&(&*name, *value)));
        for value in inside.chain(far).filter(|_| !needs_process) {
            if let Some(why) = number.refusal(value) {
                wrong.push(format!("{name} = {value} is refused, and the schema says it is not: {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} numbers, {bounds} bounds: {}", wrong.len(), numbers.len(), wrong.join("\n"));
    assert!(numbers.len() > 100 && bounds > 100, "{} numbers, {bounds} bounds", numbers.len());
}

#[test]
fn the_reference_of_commands_is_their_help() {
    is_up_to_date("docs/command-reference.md", &reference::page());
}

#[test]
fn a_command_that_fails_is_reported_with_its_page_line_and_output() {
    let text = "# A page\n\n```sh\ncd elsewhere\ntilde envs   # works\ntilde envs \\\n  no_such_environment\n```\n";
    let message = commands::run(root(), Path::new("docs/made.md"), text).unwrap_err();
    let parts = [
        "docs/made.md:6: ",
        "`tilde envs \\\n  no_such_environment` ended with exit status: 2",
        "error: unknown environment",
    ];
    for part in parts {
        assert!(message.contains(part), "no {part:?} in: {message}");
    }
}

#[test]
fn a_config_that_is_refused_is_reported_with_its_page_and_line() {
    let page = |toml: &str| format!("Text.\n\n```toml\n{toml}\n```\n\n```sh\ntilde check walk.toml\n```\n");
    let run = |toml: &str| commands::run(root(), Path::new("docs/made.md"), &page(toml));
    let whole = "name = \"walk\"\nseeds = [0]\nbudget.steps = 100\nenv = \"random_walk\"\nalgorithm = \"td_prediction\"\napproximator = {}\n\
                 optimizer.sgd.learning_rate = 0.1";
    assert_eq!(run(&format!("# walk.toml\n{whole}")), Ok(()));
    let wrong = run(&format!("# walk.toml\n{whole}\nnonsense = 1")).unwrap_err();
    assert!(wrong.starts_with("docs/made.md:4: ") && wrong.contains("unknown key `nonsense`"), "{wrong}");
    let fragment = run("nonsense = ").unwrap_err();
    assert!(fragment.starts_with("docs/made.md:4: is no TOML"), "{fragment}");
    let missing = run("gamma = 0.9").unwrap_err();
    assert!(missing.starts_with("docs/made.md:8: ") && missing.contains("walk.toml"), "{missing}");
}

#[test]
fn blocks_that_are_not_tested_are_left_alone_and_unknown_ones_are_refused() {
    let run = |text: &str| commands::run(root(), Path::new("docs/made.md"), text);
    assert_eq!(
        run("```sh,ignore\ntilde nonsense\n```\n\n```text\ntilde nonsense\n```\n\n```sh\npip install x\n```\n"),
        Ok(())
    );
    let unknown = run("Text.\n\n```bash\ntilde envs\n```\n").unwrap_err();
    assert!(unknown.starts_with("docs/made.md:3: ") && unknown.contains("not `bash`"), "{unknown}");
    let open = run("Text.\n\n```sh\ntilde envs\n").unwrap_err();
    assert_eq!(open, "docs/made.md: the block at line 3 is not closed");
}

#[test]
fn links_headings_and_blocks_are_found() {
    let text = "# Two `words`, one\n\nA [link](to.md#part \"title\"), `no [link](in.code)`,\n![picture](a(1).png) and <a href=\"x.md\">y</a>.\n\n\
                ````text\n```sh\n[no](link.md)\n```\n````\n\n## Same\n\n## Same\n\n### Own {#its-own}\n\n- a\n  ```sh\n  tilde envs\n  ```\n\
                <a id=\"set\"></a> [last]\n\n[last]: last.md\n";
    let found: Vec<(usize, String)> = page::links(text).into_iter().map(|link| (link.line, link.target)).collect();
    let expected = [(3, "to.md#part"), (4, "a(1).png"), (4, "x.md"), (24, "last.md")];
    assert_eq!(found, expected.map(|(line, target)| (line, target.to_owned())));
    let anchors: Vec<String> = page::anchors(text).into_iter().collect();
    assert_eq!(anchors, ["its-own", "same", "same-1", "set", "two-words-one"]);
    let blocks = page::blocks(text).unwrap();
    let found: Vec<(&str, usize, &str)> = blocks.iter().map(|block| (&*block.kind, block.line, &*block.text)).collect();
    assert_eq!(found, [("text", 7, "```sh\n[no](link.md)\n```\n"), ("sh", 20, "tilde envs\n")]);
}
