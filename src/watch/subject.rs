//! What is watched: an experiment, one of its variants, or one run.

use std::path::{Path, PathBuf};

use crate::report::{Plan, experiments_in, read_plan};
use crate::results::EXPERIMENT;

/// An experiment's folder, and which of its runs are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The folder of the experiment.
    pub folder: PathBuf,
    /// Only this variant.
    pub variant: Option<String>,
    /// Only this seed.
    pub seed: Option<u64>,
}

impl Subject {
    /// What the folder at `path` is: that of an experiment, of a variant or of a run, or a folder with one experiment in it.
    ///
    /// # Errors
    /// If it is none of these; the message has the remedy.
    pub fn open(path: &Path) -> Result<Subject, String> {
        let whole = |folder: PathBuf| Subject { folder, variant: None, seed: None };
        let subject = match part_of_experiment(path) {
            Some(part) => part?,
            None => match &experiments_in(path)?[..] {
                [folder] => whole(folder.clone()),
                several => {
                    let (shown, first) = (path.display(), several[0].display());
                    return Err(format!(
                        "{shown}: has {} experiments: name one of them, such as {first}",
                        several.len()
                    ));
                }
            },
        };
        let plan = read_plan(&subject.folder)?;
        if subject.runs(&plan).next().is_none() {
            return Err(format!("{}: is not among the variants and seeds of {EXPERIMENT}", path.display()));
        }
        Ok(subject)
    }

    /// The variants (by their index) and seeds that are shown.
    pub fn runs<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = (usize, u64)> + 'a {
        let variants = plan.variants.iter().enumerate();
        let shown = variants.filter(|(_, variant)| self.shows(&variant.name));
        let seeds = |index| plan.seeds.iter().map(move |seed| (index, *seed));
        shown.flat_map(move |(index, _)| seeds(index)).filter(|(_, seed)| self.seed.is_none_or(|only| only == *seed))
    }

    /// Whether runs of this variant are shown.
    pub fn shows(&self, variant: &str) -> bool {
        self.variant.as_ref().is_none_or(|only| only == variant)
    }

    /// The folder of a run.
    pub fn run_folder(&self, variant: &str, seed: u64) -> PathBuf {
        self.folder.join(variant).join(format!("seed-{seed}"))
    }
}

/// The variant or the run at `path`, if it is in the folder of an experiment.
fn part_of_experiment(path: &Path) -> Option<Result<Subject, String>> {
    // Names are taken from the whole path: `path` may be `.`. A run that waits has no folder yet.
    let full = path.canonicalize().or_else(|_| std::path::absolute(path)).ok()?;
    if full.join(EXPERIMENT).is_file() || full.file_name()? == EXPERIMENT {
        return None;
    }
    let levels = full.ancestors().skip(1).take(2).position(|above| above.join(EXPERIMENT).is_file())?;
    let folder = full.ancestors().nth(levels + 1)?.to_owned();
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    if levels == 0 {
        return Some(Ok(Subject { folder, variant: name(&full), seed: None }));
    }
    let seed = name(&full)?.strip_prefix("seed-").and_then(|seed| seed.parse().ok());
    Some(match seed {
        Some(seed) => Ok(Subject { folder, variant: name(full.parent()?), seed: Some(seed) }),
        None => Err(format!("{}: is not the folder of a run, whose name is seed-0 for example", path.display())),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const TEXT: &str = "name = 'x'\nseeds = [3, 4]\n[budget]\nsteps = 9\n[env.gridworld]\n[[variant]]\nname = 'a'\n\
        [[variant]]\nname = 'b'\n";

    fn experiment() -> (tempfile::TempDir, PathBuf) {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().canonicalize().unwrap().join("x");
        fs::create_dir_all(folder.join("a/seed-3/checkpoint")).unwrap();
        fs::write(folder.join(EXPERIMENT), TEXT).unwrap();
        (out, folder)
    }

    /// The variants and seeds that are shown of the folder at `path`.
    fn shown(path: &Path) -> Result<Vec<(usize, u64)>, String> {
        let subject = Subject::open(path)?;
        let plan = read_plan(&subject.folder)?;
        Ok(subject.runs(&plan).collect())
    }

    #[test]
    fn an_experiment_a_variant_and_a_run_can_be_watched() {
        let (out, folder) = experiment();
        let all = vec![(0, 3), (0, 4), (1, 3), (1, 4)];
        assert_eq!(shown(&folder), Ok(all.clone()));
        assert_eq!(shown(out.path()), Ok(all), "a folder with one experiment");
        assert_eq!(shown(&folder.join("a")), Ok(vec![(0, 3), (0, 4)]));
        assert_eq!(shown(&folder.join("a/seed-3")), Ok(vec![(0, 3)]));
        assert_eq!(shown(&folder.join("b/seed-4")), Ok(vec![(1, 4)]), "a run that waits");
    }

    #[test]
    fn another_folder_is_refused_with_a_remedy() {
        let (out, folder) = experiment();
        let why = |path: &Path| shown(path).unwrap_err();
        assert!(why(&folder.join("a/seed-9")).ends_with("is not among the variants and seeds of experiment.toml"));
        assert!(why(&folder.join("a/seed-3/checkpoint")).contains("give the folder that `tilde train` named"));
        assert!(why(&folder.join("a/notes")).contains("is not the folder of a run, whose name is seed-0 for example"));
        assert!(why(&out.path().join("y")).contains("there is no such folder; the nearest name is"));
        let empty = tempfile::tempdir().unwrap();
        assert!(why(empty.path()).contains("give the folder that `tilde train` named"));
        fs::create_dir(out.path().join("z")).unwrap();
        fs::write(out.path().join("z").join(EXPERIMENT), TEXT).unwrap();
        assert!(why(out.path()).contains("has 2 experiments: name one of them, such as"));
        fs::write(folder.join(EXPERIMENT), "name = 'x'").unwrap();
        assert!(why(&folder).contains("`budget` is missing"));
    }
}
