//! Pictures of what was learned, on the page and as files.

use std::fs;
use std::io;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::comparison::Comparison;
use super::figures::unique_file_names;
use super::findings::list;
use super::media::{EnvironmentMedia, EpisodePicture, MapGroup};
use crate::chart::{Size, escaped, swatch};
use crate::rasterizer::Rasterizer;
use crate::results::write_atomically;

/// The most bytes of a page with pictures. Only tables and figures alone can make it larger.
pub const MAX_PAGE_BYTES: usize = 5_000_000;

/// Bytes for what is around the pictures: titles, captions and notes of an environment.
const AROUND: usize = 4_000;

/// The size of a map among others.
const MAP: Size = Size { width: 380.0, height: 270.0 };

/// The pictures of an environment, and what they are called.
pub struct Gallery<'a> {
    comparison: &'a Comparison,
    prefix: &'a str,
    media: &'a EnvironmentMedia,
    /// A part of the name of its files for each variant.
    files: Vec<String>,
}

/// The pictures of an environment as elements of the page; empty without any.
#[derive(Default)]
pub struct GalleryElements {
    /// The episodes, and the notes.
    pub episodes: String,
    /// The maps.
    pub maps: String,
}

impl<'a> Gallery<'a> {
    /// The pictures of a comparison. `prefix` begins the names of files.
    pub fn new(comparison: &'a Comparison, prefix: &'a str, media: &'a EnvironmentMedia) -> Gallery<'a> {
        let files = unique_file_names(comparison.variants.iter().map(|variant| variant.name.as_str()));
        Gallery { comparison, prefix, media, files }
    }

    /// Writes each picture as files into `folder`: stills as PNG, animations as GIF, and maps as SVG, PNG and CSV.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, folder: &Path, rasterizer: &Rasterizer) -> io::Result<()> {
        if !self.media.episodes.is_empty() || !self.media.maps.is_empty() {
            fs::create_dir_all(folder)?;
        }
        for episode in &self.media.episodes {
            let file = |kind: &str| folder.join(self.episode_file(episode, kind));
            write_atomically(&file("png"), &episode.still)?;
            if let Some(animation) = &episode.animation {
                write_atomically(&file("gif"), animation)?;
            }
        }
        for group in &self.media.maps {
            for (variant, chart) in &group.maps {
                let title = format!("{}: {}", self.name(*variant), group.title);
                for (kind, content) in chart.files(&title, rasterizer).map_err(io::Error::other)? {
                    write_atomically(&folder.join(self.map_file(group, *variant, kind)), &content)?;
                }
            }
        }
        Ok(())
    }

    fn name(&self, variant: usize) -> &str {
        &self.comparison.variants[variant].name
    }

    fn episode_file(&self, episode: &EpisodePicture, kind: &str) -> String {
        format!("{}-{}.{kind}", self.prefix, self.files[episode.variant])
    }

    fn map_file(&self, group: &MapGroup, variant: usize, kind: &str) -> String {
        format!("{}-{}-{}.{kind}", self.prefix, self.files[variant], group.id)
    }

    /// A picture with the name of its variant. The legend of the page can hide it.
    fn picture(&self, variant: usize, content: &str) -> String {
        format!(
            "<div class=\"picture variant\" data-variant=\"{variant}\"><h4>{}{}</h4>{content}</div>",
            swatch(variant),
            escaped(self.name(variant))
        )
    }

    /// The element of an episode: animated, or its last scene.
    fn episode(&self, episode: &EpisodePicture, animated: bool) -> String {
        let data = |kind: &str, bytes: &[u8]| format!("data:image/{kind};base64,{}", STANDARD.encode(bytes));
        let still = data("png", &episode.still);
        let (source, shown, file) = match episode.animation.as_ref().filter(|_| animated) {
            // Who asked the system for less motion sees the last scene, and so does a sheet of paper.
            Some(animation) => {
                let media = "(prefers-reduced-motion: reduce), print";
                (format!("<source media=\"{media}\" srcset=\"{still}\">"), data("gif", animation), "gif")
            }
            None => (String::new(), still, if episode.animation.is_some() { "gif" } else { "png" }),
        };
        let (width, height) = episode.size;
        let alternative = escaped(&format!("{}: {}", self.name(episode.variant), episode.caption));
        self.picture(
            episode.variant,
            &format!(
                "<a href=\"media/{}\"><picture>{source}<img src=\"{shown}\" alt=\"{alternative}\" width=\"{width}\" \
                 height=\"{height}\"></picture></a><p>{}</p>",
                self.episode_file(episode, file),
                escaped(&episode.caption)
            ),
        )
    }

    fn map(&self, group: &MapGroup, index: usize) -> String {
        let (variant, chart) = &group.maps[index];
        let title = format!("{}: {}", self.name(*variant), group.title);
        let files = ["svg", "png", "csv"].map(|kind| {
            format!("<a href=\"media/{}\">{}</a>", self.map_file(group, *variant, kind), kind.to_uppercase())
        });
        let files = format!("<p><span class=\"files\">{}</span></p>", files.join(" "));
        self.picture(*variant, &(chart.inline(MAP, "", &title) + &files))
    }

    /// The notes as a paragraph.
    fn notes(&self, more: &[String]) -> String {
        let notes: Vec<String> = self.media.notes.iter().chain(more).map(|note| escaped(note)).collect();
        if notes.is_empty() { String::new() } else { format!("<p class=\"settings\">{}</p>", notes.join(" ")) }
    }
}

/// The elements of one environment while it is decided which of them fit.
struct Fitting<'a> {
    gallery: &'a Gallery<'a>,
    /// How the episodes are shown, those of the best variants first; the others are left out.
    episodes: Vec<String>,
    animated: usize,
    /// The maps of each group that are shown.
    maps: Vec<Vec<String>>,
}

/// The elements of the galleries that fit on a page which has `bytes` bytes without them. First come the last scenes of episodes,
/// then maps, and then animations, each of them for the best variants first.
pub fn within(galleries: &[Gallery], bytes: usize) -> Vec<GalleryElements> {
    let mut left = MAX_PAGE_BYTES.saturating_sub(bytes + AROUND * galleries.len());
    let mut fitting: Vec<Fitting> = galleries.iter().map(Fitting::new).collect();
    let ranks = galleries.iter().map(|gallery| gallery.comparison.variants.len()).max().unwrap_or(0);
    for add in [Fitting::add_still, Fitting::add_maps, Fitting::animate] {
        for rank in 0..ranks {
            fitting.iter_mut().for_each(|one| add(one, rank, &mut left));
        }
    }
    fitting.into_iter().map(Fitting::elements).collect()
}

impl<'a> Fitting<'a> {
    fn new(gallery: &'a Gallery<'a>) -> Fitting<'a> {
        let maps = gallery.media.maps.iter().map(|_| Vec::new()).collect();
        Fitting { gallery, episodes: Vec::new(), animated: 0, maps }
    }

    fn add_still(&mut self, rank: usize, left: &mut usize) {
        let Some(episode) = self.gallery.media.episodes.get(rank) else { return };
        let element = self.gallery.episode(episode, false);
        if self.episodes.len() == rank && element.len() <= *left {
            *left -= element.len();
            self.episodes.push(element);
        }
    }

    fn add_maps(&mut self, rank: usize, left: &mut usize) {
        for (group, shown) in self.gallery.media.maps.iter().zip(&mut self.maps) {
            if shown.len() == rank && rank < group.maps.len() {
                let element = self.gallery.map(group, rank);
                if element.len() <= *left {
                    *left -= element.len();
                    shown.push(element);
                }
            }
        }
    }

    fn animate(&mut self, rank: usize, left: &mut usize) {
        let Some(still) = self.episodes.get_mut(rank) else { return };
        let episode = &self.gallery.media.episodes[rank];
        let element = self.gallery.episode(episode, true);
        let more = element.len() - still.len();
        if self.animated == rank && episode.animation.is_some() && more <= *left {
            *left -= more;
            self.animated += 1;
            *still = element;
        }
    }

    /// What is left out because the page would be too large.
    fn left_out(&self) -> Vec<String> {
        let media = self.gallery.media;
        let missing = |what: &str, variants: Vec<usize>| {
            let names = list(variants.iter().map(|variant| self.gallery.name(*variant).to_owned()));
            (!names.is_empty()).then(|| format!("the {what} of {names}"))
        };
        let episodes = &media.episodes;
        let animated = episodes[..self.episodes.len()].iter().take_while(|episode| episode.animation.is_some()).count();
        let mut parts: Vec<String> = [
            missing("episodes", episodes[self.episodes.len()..].iter().map(|episode| episode.variant).collect()),
            missing("animations", episodes[self.animated..animated].iter().map(|episode| episode.variant).collect()),
        ]
        .into_iter()
        .flatten()
        .collect();
        for (group, shown) in media.maps.iter().zip(&self.maps) {
            parts.extend(missing("maps", group.maps[shown.len()..].iter().map(|(variant, _)| *variant).collect()));
        }
        parts.dedup();
        if parts.is_empty() {
            return Vec::new();
        }
        vec![format!(
            "Left out so that this page stays small, and to be found in the folder media: {}.",
            parts.join("; ")
        )]
    }

    fn elements(self) -> GalleryElements {
        let Fitting { gallery, .. } = &self;
        let notes = gallery.notes(&self.left_out());
        let prefix = gallery.prefix;
        let episodes = match self.episodes.is_empty() {
            true => notes,
            false => format!(
                "<figure class=\"gallery\" id=\"{prefix}-episodes\"><h3>An episode of the best run of each variant</h3>\
                 <div class=\"pictures\">{}</div><figcaption>Each is the first episode of the last evaluation of the \
                 variant\u{2019}s best run, with the parameters of its newest checkpoint.</figcaption>{notes}</figure>",
                self.episodes.concat()
            ),
        };
        let group = |(group, shown): (&MapGroup, &Vec<String>)| match shown.is_empty() {
            true => String::new(),
            false => format!(
                "<figure class=\"gallery\" id=\"{prefix}-{}\"><h3>{}</h3><div class=\"pictures maps\">{}</div>\
                 <figcaption>{}</figcaption></figure>",
                group.id,
                escaped(&group.title),
                shown.concat(),
                escaped(&group.caption)
            ),
        };
        GalleryElements { maps: gallery.media.maps.iter().zip(&self.maps).map(group).collect(), episodes }
    }
}
