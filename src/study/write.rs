//! The files of a study.

use std::fs;
use std::io;
use std::path::Path;

use tilde_envs::render::{CARD, GREY, INK, MUTED};

use super::{Check, Figure, Findings, Picture, StudyConfig};
use crate::chart::Theme;
use crate::rasterizer::Rasterizer;
use crate::results::write_atomically;

impl Findings {
    /// Writes `study.md`, `data.csv` and the figures into the folder `out`. `command` is what makes them again.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, out: &Path, study: &StudyConfig, command: &str) -> io::Result<()> {
        fs::create_dir_all(out)?;
        let rasterizer = Rasterizer::new();
        for figure in &self.figures {
            for (kind, content) in figure.files(&rasterizer).map_err(io::Error::other)? {
                write_atomically(&out.join(format!("{}.{kind}", figure.id)), &content)?;
            }
        }
        write_atomically(&out.join("data.csv"), self.data.csv().as_bytes())?;
        write_atomically(&out.join("study.md"), self.markdown(study, command).as_bytes())
    }

    /// The page: the claim, what was measured, whether it held, and the figures.
    pub fn markdown(&self, study: &StudyConfig, command: &str) -> String {
        let verdict = if self.hold() { "The claim holds." } else { "The claim does not hold." };
        let check = |check: &Check| {
            let holds = if check.holds { "yes" } else { "**no**" };
            format!("| {} | {} | {holds} |\n", check.claim, check.measured)
        };
        let figure = |figure: &Figure| {
            let Figure { id, title, caption, picture } = figure;
            let kind = if matches!(picture, Picture::Gif(_)) { "gif" } else { "png" };
            format!("## {title}\n\n{caption}\n\n![{title}]({id}.{kind})\n\n")
        };
        format!(
            "# {}\n\n{}\n\n## What was measured\n\n{}\n\n| claim | measured | holds |\n|---|---|---|\n{}\n{verdict}\n\n{}The numbers \
             are in `data.csv`, those of each chart in its CSV file. Each drawing is also there for a dark slide, as `.dark.png` and \
             `.dark.svg`. This page was made by\n\n```sh\n{command}\n```\n",
            study.title(),
            self.claim,
            self.method,
            self.checks.iter().map(check).collect::<String>(),
            self.figures.iter().map(figure).collect::<String>()
        )
    }
}

/// A drawing in the colours of `tilde_envs::render`, on dark paper. Blue, orange, green and red are legible on both.
fn on_dark(svg: &str) -> String {
    let pairs = [("#ffffff", "#15171a"), (INK, "#e8eaed"), (MUTED, "#a2a8b2"), (GREY, "#565d68"), (CARD, "#1d2024")];
    pairs.iter().fold(svg.to_owned(), |svg, (light, dark)| svg.replace(light, dark))
}

impl Figure {
    /// Its files, each as its extension and its content. A drawing has light and dark colours; an animation has light ones alone.
    ///
    /// # Errors
    /// If the drawing cannot be turned into pixels.
    fn files(&self, rasterizer: &Rasterizer) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
        let dark = |svg: String| -> Result<_, String> {
            let png = rasterizer.png(&svg)?;
            Ok([("dark.svg", svg.into_bytes()), ("dark.png", png)])
        };
        Ok(match &self.picture {
            Picture::Chart(chart) => {
                let light = chart.files(&self.title, rasterizer)?;
                light.into_iter().chain(dark(chart.standalone(&self.title, Theme::Dark))?).collect()
            }
            Picture::Svg(svg) => {
                let light = [("svg", svg.clone().into_bytes()), ("png", rasterizer.png(svg)?)];
                light.into_iter().chain(dark(on_dark(svg))?).collect()
            }
            Picture::Gif(gif) => vec![("gif", gif.clone())],
        })
    }
}
