//! What a page has that a test can check: its fenced blocks, its headings' anchors and its links, each with its line.

use std::collections::{BTreeMap, BTreeSet};

/// A fenced block.
#[derive(Debug, PartialEq)]
pub struct Block {
    /// What stands behind the fence, such as `sh` or `sh,ignore`.
    pub kind: String,
    /// The line of the file at which its text begins, from 1.
    pub line: usize,
    pub text: String,
}

/// A link or a picture.
#[derive(Debug, PartialEq)]
pub struct Link {
    pub line: usize,
    pub target: String,
}

/// The fenced blocks of a page.
///
/// # Errors
/// If a fence is not closed.
pub fn blocks(text: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, usize, Block)> = None;
    for (index, line) in text.lines().enumerate() {
        let content = line.trim_start();
        let fence = fence(content);
        match &mut open {
            None => {
                let Some(fence) = fence else { continue };
                let kind = content[fence.len()..].trim().to_owned();
                let indent = line.len() - content.len();
                open = Some((fence.to_owned(), indent, Block { kind, line: index + 2, text: String::new() }));
            }
            Some((opening, ..))
                if fence.is_some_and(|fence| fence.starts_with(&**opening) && fence == content.trim()) =>
            {
                blocks.extend(open.take().map(|(.., block)| block));
            }
            Some((_, indent, block)) => {
                let spaces = line.len() - content.len();
                block.text += &line[spaces.min(*indent)..];
                block.text.push('\n');
            }
        }
    }
    match open {
        Some((.., block)) => Err(format!("the block at line {} is not closed", block.line - 1)),
        None => Ok(blocks),
    }
}

/// The fence that a line begins with.
fn fence(line: &str) -> Option<&str> {
    let mark = line.chars().next().filter(|mark| "`~".contains(*mark))?;
    let length = line.chars().take_while(|next| *next == mark).count();
    // With another backtick behind it, it is code within a line.
    (length >= 3 && !(mark == '`' && line[length..].contains('`'))).then(|| &line[..length])
}

/// The lines of a page that are no block; those of a block are empty, and so are its fences.
fn outside_blocks(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    for block in blocks(text).unwrap_or_default() {
        let opening = block.line - 2;
        lines[opening..=opening + block.text.lines().count() + 1].fill("");
    }
    lines
}

/// A text in which code within lines is blank.
fn without_code(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let length = rest[start..].chars().take_while(|next| *next == '`').count();
        let (before, from) = rest.split_at(start);
        plain += before;
        let (ticks, behind) = from.split_at(length);
        // Code does not go beyond its paragraph.
        let paragraph = behind.find("\n\n").map_or(behind, |end| &behind[..end]);
        match closing(paragraph, length) {
            Some(end) => {
                plain.extend(behind[..end].chars().map(|next| if next == '\n' { '\n' } else { ' ' }));
                rest = &behind[end + length..];
            }
            None => {
                plain += ticks;
                rest = behind;
            }
        }
    }
    plain + rest
}

/// Where a run of exactly `length` backticks begins.
fn closing(text: &str, length: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find('`') {
        let run = text[at + found..].chars().take_while(|next| *next == '`').count();
        if run == length {
            return Some(at + found);
        }
        at += found + run;
    }
    None
}

/// The links and pictures of a page, in Markdown and in HTML.
pub fn links(text: &str) -> Vec<Link> {
    let plain = without_code(&outside_blocks(text).join("\n"));
    let mut links = Vec::new();
    let marks = [("](", ')'), ("href=\"", '"'), ("src=\"", '"')];
    for (mark, end) in marks {
        for (start, _) in plain.match_indices(mark) {
            let behind = &plain[start + mark.len()..];
            let target = match end {
                ')' => destination(behind),
                end => behind.split(end).next().unwrap_or_default(),
            };
            let line = 1 + plain[..start].matches('\n').count();
            links.push(Link { line, target: target.to_owned() });
        }
    }
    for (index, line) in plain.lines().enumerate() {
        // A definition: `[name]: target`.
        let Some((name, target)) = line.trim_start().strip_prefix('[').and_then(|line| line.split_once("]: ")) else {
            continue;
        };
        if !name.contains(']') {
            links.push(Link { line: index + 1, target: destination(target.trim()).to_owned() });
        }
    }
    links
}

/// The target at the start of what stands in the parentheses of a link: what comes before a title and the closing one.
fn destination(text: &str) -> &str {
    if let Some((target, _)) = text.strip_prefix('<').and_then(|text| text.split_once('>')) {
        return target;
    }
    let mut depth = 0;
    let end = text.find(|next: char| {
        depth += i32::from(next == '(') - i32::from(next == ')');
        depth < 0 || next.is_whitespace()
    });
    &text[..end.unwrap_or(text.len())]
}

/// The anchors of a page: of its headings, as mdBook and GitHub name them, and those that it sets itself.
pub fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for line in outside_blocks(text) {
        let level = line.chars().take_while(|next| *next == '#').count();
        if (1..=6).contains(&level) && line[level..].starts_with(' ') {
            let heading = line[level..].trim();
            if let Some((_, own)) = heading.strip_suffix('}').and_then(|heading| heading.rsplit_once("{#")) {
                anchors.insert(own.trim().to_owned());
                continue;
            }
            let slug = slug(heading);
            let count = seen.entry(slug.clone()).or_default();
            anchors.insert(if *count == 0 { slug } else { format!("{slug}-{count}") });
            *count += 1;
        }
        for mark in [" id=\"", " name=\""] {
            let parts = line.split(mark).skip(1);
            anchors.extend(parts.filter_map(|part| part.split_once('"')).map(|(name, _)| name.to_owned()));
        }
    }
    anchors
}

/// A heading as an anchor: small letters, digits, `-` and `_`, with `-` for each space.
pub fn slug(heading: &str) -> String {
    let mut shown = String::new();
    let mut rest = heading;
    // Of a link, its text.
    while let Some((before, behind)) = rest.split_once("](") {
        shown += before;
        rest = behind.split_once(')').map_or("", |(_, behind)| behind);
    }
    shown += rest;
    let kept = shown.trim().chars().filter(|next| next.is_alphanumeric() || "-_ ".contains(*next));
    kept.map(|next| if next == ' ' { '-' } else { next.to_ascii_lowercase() }).collect()
}
