//! What is wrong with files, in as few messages as possible.

/// Problems, each with the runs that have it: a problem of many runs is one message.
#[derive(Default)]
pub struct Warnings(Vec<(String, Vec<String>)>);

impl Warnings {
    /// Adds a problem of `whose`, the name of a run or a file.
    pub fn add(&mut self, whose: String, problem: String) {
        match self.0.iter_mut().find(|(known, _)| *known == problem) {
            Some((_, all)) => all.push(whose),
            None => self.0.push((problem, vec![whose])),
        }
    }

    /// One message for each problem.
    pub fn messages(self) -> Vec<String> {
        let message = |(problem, whose): (String, Vec<String>)| match &whose[..] {
            [first, second, rest @ ..] if !rest.is_empty() => {
                format!("{first}, {second} and {} more: {problem}", rest.len())
            }
            few => format!("{}: {problem}", few.join(", ")),
        };
        self.0.into_iter().map(message).collect()
    }
}
