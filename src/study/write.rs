//! The files of a study.

use std::fs;
use std::io;
use std::path::Path;

use super::{Check, Figure, Findings, Picture, StudyConfig};
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
             are in `data.csv`, those of each chart in its CSV file. This page was made by\n\n```sh\n{command}\n```\n",
            study.title(),
            self.claim,
            self.method,
            self.checks.iter().map(check).collect::<String>(),
            self.figures.iter().map(figure).collect::<String>()
        )
    }
}

impl Figure {
    /// Its files, each as its extension and its content.
    ///
    /// # Errors
    /// If the drawing cannot be turned into pixels.
    fn files(&self, rasterizer: &Rasterizer) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
        Ok(match &self.picture {
            Picture::Chart(chart) => chart.files(&self.title, rasterizer)?.into(),
            Picture::Svg(svg) => vec![("svg", svg.clone().into_bytes()), ("png", rasterizer.png(svg)?)],
            Picture::Gif(gif) => vec![("gif", gif.clone())],
        })
    }
}
