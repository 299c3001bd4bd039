//! Which environments and which methods are compared over environments.

use crate::report::comparison::Comparison;
use crate::report::findings::list;
use crate::report::variant_result::VariantResult;

/// What takes part: in each of the environments, every method has one variant with scores.
#[derive(Debug, Default, PartialEq)]
pub struct Selection {
    /// The indices of the environments' comparisons.
    pub environments: Vec<usize>,
    /// The methods, in the order of their variants.
    pub methods: Vec<String>,
    /// What is left out, and why.
    pub left_out: Vec<String>,
}

impl Selection {
    /// Selects the methods that were to run in at least two environments, and the environments in which all of them ran. Only final
    /// returns of the same kind are aggregated: where some environments were evaluated, the others do not count, and values of a given
    /// policy never do.
    ///
    /// `None` if there is nothing to aggregate: fewer than two environments have two methods in common.
    pub fn of(comparisons: &[Comparison]) -> Option<Selection> {
        let all: Vec<(usize, &Comparison)> = comparisons.iter().enumerate().collect();
        let (given, control): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, comparison)| comparison.prediction);
        let evaluated = control.iter().any(|(_, comparison)| comparison.evaluated);
        let (candidates, others): (Vec<_>, Vec<_>) =
            control.into_iter().partition(|(_, comparison)| comparison.evaluated == evaluated);
        let mut methods: Vec<&str> = Vec::new();
        for variant in candidates.iter().flat_map(|(_, comparison)| &comparison.variants) {
            if !methods.contains(&variant.method.as_str()) {
                methods.push(&variant.method);
            }
        }
        let environments_of = |method: &str| {
            candidates.iter().filter(|(_, comparison)| !variants_of(comparison, method).is_empty()).count()
        };
        let (shared, lone): (Vec<&str>, Vec<&str>) =
            methods.into_iter().partition(|method| environments_of(method) > 1);
        if shared.len() < 2 {
            return None;
        }
        let mut left_out = Vec::new();
        let mut note = |what: Vec<String>, why: &str| {
            if !what.is_empty() {
                left_out.push(format!("{}, {why}", list(what.into_iter())));
            }
        };
        let titles = |of: &[(usize, &Comparison)]| of.iter().map(|(_, comparison)| comparison.title.clone()).collect();
        note(titles(&given), "because the policy is given there, so returns do not measure what is learned");
        note(titles(&others), "because runs there were not evaluated");
        note(lone.into_iter().map(str::to_owned).collect(), "which ran in one environment only");
        let mut selected = Vec::new();
        for method in shared {
            let several = candidates.iter().find(|(_, comparison)| variants_of(comparison, method).len() > 1);
            match several {
                None => selected.push(method.to_owned()),
                Some((_, comparison)) => {
                    let names = variants_of(comparison, method).into_iter().map(|variant| variant.name.clone());
                    let why = format!(
                        "because it is the method of several variants in {}: {}",
                        comparison.title,
                        list(names)
                    );
                    note(vec![method.to_owned()], &why);
                }
            }
        }
        let mut environments = Vec::new();
        for (index, comparison) in candidates {
            let without = |is: &dyn Fn(&[&VariantResult]) -> bool| -> Vec<String> {
                selected.iter().filter(|method| is(&variants_of(comparison, method))).cloned().collect()
            };
            let absent = without(&|variants| variants.is_empty());
            let unscored = without(&|variants| variants.iter().any(|variant| variant.final_returns.is_empty()));
            let title = || vec![comparison.title.clone()];
            match (absent.is_empty(), unscored.is_empty()) {
                (true, true) => environments.push(index),
                (false, _) => note(title(), &format!("because {} did not run there", list(absent.into_iter()))),
                (true, false) => {
                    note(title(), &format!("because no run of {} has ended there", list(unscored.into_iter())))
                }
            }
        }
        Some(Selection { environments, methods: selected, left_out })
    }

    /// Whether there is something to compare.
    pub fn suffices(&self) -> bool {
        self.environments.len() > 1 && self.methods.len() > 1
    }
}

/// The variants of a method.
pub fn variants_of<'a>(comparison: &'a Comparison, method: &str) -> Vec<&'a VariantResult> {
    comparison.variants.iter().filter(|variant| variant.method == method).collect()
}
