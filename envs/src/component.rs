//! The components of an observation, as people speak of them.

/// One component of an observation.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Its name, with the unit in parentheses: `angle (rad)`.
    pub name: String,
    /// Where an episode goes on, if the space is wider: beyond it, what is learned means nothing.
    pub range: Option<(f32, f32)>,
    /// Whether it counts from the top downwards, as rows do.
    pub downwards: bool,
}

impl Component {
    /// A component as wide as the space.
    pub fn new(name: &str) -> Component {
        Component { name: name.to_owned(), range: None, downwards: false }
    }

    /// With this range.
    pub fn between(self, low: f32, high: f32) -> Component {
        Component { range: Some((low, high)), ..self }
    }

    /// Counting from the top downwards.
    pub fn downwards(self) -> Component {
        Component { downwards: true, ..self }
    }
}
