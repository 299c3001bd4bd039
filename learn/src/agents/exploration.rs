//! How an agent that learns action values acts while it learns: ε-greedily, or by Boltzmann's distribution.
//!
//! Equal greatest values are a tie, and a tie is broken uniformly at random. A table starts with equal values everywhere. If
//! the first of them always won, its agent would repeat one action until a random one was drawn. A network has no ties at the
//! start: its random weights differ.

use rand::Rng as _;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::invalid_value::{InvalidValue, require};
use crate::losses::{argmax, at_share, boltzmann_value, boltzmann_weights, epsilon_greedy_value, max_value};
use crate::rng::{Rng, Stream, stream};
use crate::schedule::Linear;

/// How actions are chosen while learning: `{ initial = …, final = …, fraction = … }` is the probability ε of a random action, and
/// `{ boltzmann = { initial = …, final = …, fraction = … } }` the temperature of Boltzmann's distribution. `steps` in place of
/// `fraction` counts environment steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "Written")]
pub enum Exploration {
    /// With probability ε a random action, else the greedy one (Sutton & Barto 2018, section 2.2).
    EpsilonGreedy(Linear),
    /// Each action u with probability ∝ exp(Q̃(x, u) / T), T being the temperature (Sutton & Barto 2018, eq. 13.2, with the values
    /// as preferences).
    Boltzmann(Linear),
}

/// The form of a config file.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = two_forms)]
struct Written {
    /// Probability ε of a random action at step 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    initial: Option<f64>,
    /// ε where its line ends, and after.
    #[serde(default, rename = "final", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    end: Option<f64>,
    /// Where the line ends, as a fraction of the budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    fraction: Option<f64>,
    /// Where the line ends, in environment steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    steps: Option<u64>,
    /// The temperature of Boltzmann's distribution, in place of ε: each action u has a probability ∝ exp(Q̃(x, u) / temperature).
    /// It is at least 1e-6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    boltzmann: Option<Linear>,
}

/// Makes two forms of a schema of all the keys: those of ε's line, and the temperature's alone.
fn two_forms(schema: &mut Schema) {
    let Some(Value::Object(mut line)) = schema.remove("properties") else { return };
    let boltzmann = line.remove("boltzmann");
    let form = |title: &str, properties: Value, required: &[&str]| {
        json!({
            "title": title, "type": "object", "properties": properties, "required": required,
            "additionalProperties": false,
        })
    };
    let mut greedy = form("ε-greedy", Value::Object(line), &["initial", "final"]);
    greedy["oneOf"] = json!([{ "required": ["fraction"] }, { "required": ["steps"] }]);
    let forms = json!([greedy, form("Boltzmann", json!({ "boltzmann": boltzmann }), &["boltzmann"])]);
    schema.remove("additionalProperties");
    schema.insert("oneOf".to_owned(), forms);
}

impl TryFrom<Written> for Exploration {
    type Error = String;

    fn try_from(written: Written) -> Result<Exploration, String> {
        let Written { initial, end, fraction, steps, boltzmann } = written;
        match (boltzmann, initial, end) {
            (Some(line), None, None) if fraction.is_none() && steps.is_none() => Ok(Exploration::Boltzmann(line)),
            (Some(_), _, _) => {
                Err("`boltzmann` takes the place of ε: the other keys belong inside its table, or go".to_owned())
            }
            (None, Some(initial), Some(end)) => {
                Ok(Exploration::EpsilonGreedy(Linear { initial, end, fraction, steps }))
            }
            (None, None, None) => Err("missing field `initial` or `boltzmann`".to_owned()),
            (None, None, Some(_)) => Err("missing field `initial`".to_owned()),
            (None, _, None) => Err("missing field `final`".to_owned()),
        }
    }
}

impl From<Exploration> for Written {
    fn from(exploration: Exploration) -> Written {
        match exploration {
            Exploration::EpsilonGreedy(Linear { initial, end, fraction, steps }) => {
                Written { initial: Some(initial), end: Some(end), fraction, steps, boltzmann: None }
            }
            Exploration::Boltzmann(line) => {
                Written { initial: None, end: None, fraction: None, steps: None, boltzmann: Some(line) }
            }
        }
    }
}

/// ε-greedy exploration, which is what a line alone stands for.
impl From<Linear> for Exploration {
    fn from(line: Linear) -> Exploration {
        Exploration::EpsilonGreedy(line)
    }
}

impl Exploration {
    /// ε-greedy exploration with the same ε throughout.
    pub fn constant(epsilon: f64) -> Exploration {
        Linear::constant(epsilon).into()
    }

    /// Checks every range.
    pub fn check(&self) -> Result<(), InvalidValue> {
        match self {
            Exploration::EpsilonGreedy(line) => line.check_probability(),
            Exploration::Boltzmann(line) => check_temperature(line).map_err(|e| e.within("boltzmann")),
        }
    }

    /// The schedule of ε or of the temperature.
    pub fn schedule(&self) -> &Linear {
        match self {
            Exploration::EpsilonGreedy(line) | Exploration::Boltzmann(line) => line,
        }
    }
}

/// At lower temperatures than this the actions are greedy, and the division by T overflows.
const LOWEST_TEMPERATURE: f64 = 1e-6;

fn check_temperature(line: &Linear) -> Result<(), InvalidValue> {
    line.check()?;
    for (key, value) in [("initial", line.initial), ("final", line.end)] {
        require(value.is_finite() && value >= LOWEST_TEMPERATURE, key, || {
            format!(
                "a temperature is at least {LOWEST_TEMPERATURE:e}, not {value}: for greedy actions lower it towards that"
            )
        })?;
    }
    Ok(())
}

/// Draws the actions of a run: its schedule, and the run's exploration stream.
pub struct Explorer {
    exploration: Exploration,
    budget: u64,
    actions: usize,
    /// What was drawn for the actions of a vector step.
    choices: Vec<Choice>,
    /// The run's exploration stream.
    pub rng: Rng,
}

/// What was drawn for one action, before its values are computed.
///
/// Every choice draws the same numbers, needed or not: the stream's position depends on the number of choices alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Choice {
    /// This action, whatever the values are.
    Action(usize),
    /// The greedy action; among equal ones, the word chooses.
    Greedy(u32),
    /// By Boltzmann's distribution at this temperature; the number in [0, 1) chooses.
    Boltzmann(f64, f64),
}

impl Choice {
    /// The action, given the values of all actions.
    #[inline]
    pub fn among(self, values: &[f32]) -> usize {
        match self {
            Choice::Action(action) => action,
            Choice::Greedy(word) => greedy(values, word),
            Choice::Boltzmann(temperature, draw) => by_boltzmann(values, temperature, draw),
        }
    }
}

impl Explorer {
    /// Exploration among `actions` actions in a run of `budget` environment steps.
    pub fn new(exploration: &Exploration, actions: usize, budget: u64, seed: u64) -> Explorer {
        let (exploration, rng) = (exploration.clone(), stream(seed, Stream::Explore));
        Explorer { exploration, budget, actions, choices: Vec::new(), rng }
    }

    /// Chooses `actions` for the environment steps after `step`, one each. Before step `start` they are uniformly random.
    /// `values` computes the values of all actions, a row for each choice; it is called only if a choice depends on them.
    pub fn act<'a>(&mut self, step: u64, start: u64, actions: &mut [usize], values: impl FnOnce() -> &'a [f32]) {
        self.choices.clear();
        for step in (step..).take(actions.len()) {
            let choice = if step < start { self.draw_uniform() } else { self.draw(step) };
            self.choices.push(choice);
        }
        let choices = actions.iter_mut().zip(&self.choices);
        if self.choices.iter().all(|choice| matches!(choice, Choice::Action(_))) {
            return choices.for_each(|(action, choice)| *action = choice.among(&[]));
        }
        let rows = values().chunks_exact(self.actions);
        choices.zip(rows).for_each(|((action, choice), values)| *action = choice.among(values));
    }

    /// ε or the temperature after `step` environment steps.
    #[inline]
    fn level(&self, step: u64) -> f64 {
        self.exploration.schedule().value(step, self.budget)
    }

    /// ε after `step` environment steps, where exploration is ε-greedy.
    #[inline]
    pub fn epsilon(&self, step: u64) -> Option<f64> {
        matches!(self.exploration, Exploration::EpsilonGreedy(_)).then(|| self.level(step))
    }

    /// The temperature after `step` environment steps, where exploration is by Boltzmann's distribution.
    #[inline]
    pub fn temperature(&self, step: u64) -> Option<f64> {
        matches!(self.exploration, Exploration::Boltzmann(_)).then(|| self.level(step))
    }

    /// Draws for the action after `step` environment steps.
    #[inline]
    pub fn draw(&mut self, step: u64) -> Choice {
        let (coin, word) = self.numbers();
        let level = self.level(step);
        match self.exploration {
            Exploration::EpsilonGreedy(_) if coin < level => Choice::Action(share(word, self.actions)),
            Exploration::EpsilonGreedy(_) => Choice::Greedy(word),
            Exploration::Boltzmann(_) => Choice::Boltzmann(level, coin),
        }
    }

    /// Draws for an action that is uniformly random, whatever the schedule says.
    #[inline]
    pub fn draw_uniform(&mut self) -> Choice {
        Choice::Action(share(self.numbers().1, self.actions))
    }

    #[inline]
    fn numbers(&mut self) -> (f64, u32) {
        (self.rng.random(), self.rng.next_u32())
    }

    /// Probability of each action after `step` environment steps, where `values` are theirs.
    pub fn probabilities(&self, values: &[f32], step: u64) -> Vec<f64> {
        let level = self.level(step);
        match self.exploration {
            Exploration::EpsilonGreedy(_) => epsilon_greedy(values, level),
            Exploration::Boltzmann(_) => {
                let sum: f64 = boltzmann_weights(values, level).sum();
                boltzmann_weights(values, level).map(|weight| weight / sum).collect()
            }
        }
    }

    /// Σᵤ π(u | x) Q̃(x, u) of the policy π that is followed after `step` environment steps.
    #[inline]
    pub fn expected_value(&self, values: &[f32], step: u64) -> f32 {
        match self.exploration {
            Exploration::EpsilonGreedy(_) => epsilon_greedy_value(values, self.level(step) as f32),
            Exploration::Boltzmann(_) => boltzmann_value(values, self.level(step)),
        }
    }
}

/// A number in 0..`count`, each for an equal share of all words: the upper half of a widening multiplication (Lemire 2019,
/// without his rejection step: shares differ by at most one word in 2³²).
#[inline]
fn share(word: u32, count: usize) -> usize {
    ((u64::from(word) * count as u64) >> 32) as usize
}

/// The index of the greatest value. Among equal ones the word chooses, each with the same probability.
#[inline]
fn greedy(values: &[f32], word: u32) -> usize {
    let (mut first, mut best, mut ties) = (0, values[0], 1);
    for (action, &value) in values.iter().enumerate().skip(1) {
        let (greater, equal) = (value > best, value == best);
        first = if greater { action } else { first };
        best = if greater { value } else { best };
        ties = if greater { 1 } else { ties + usize::from(equal) };
    }
    if ties == 1 { first } else { tied(values, best, share(word, ties)) }
}

/// The index of value number `rank` among those equal to `best`.
#[cold]
fn tied(values: &[f32], best: f32, rank: usize) -> usize {
    let mut equal = values.iter().enumerate().filter(|&(_, &value)| value == best).map(|(action, _)| action);
    equal.nth(rank).expect("the rank is below the number of equal values")
}

/// Probabilities of the ε-greedy policy: the greatest values share 1 − ε, and all share ε.
fn epsilon_greedy(values: &[f32], epsilon: f64) -> Vec<f64> {
    let best = max_value(values);
    let ties = values.iter().filter(|&&value| value == best).count().max(1) as f64;
    let of_greedy = |value: f32| if value == best { (1.0 - epsilon) / ties } else { 0.0 };
    values.iter().map(|&value| of_greedy(value) + epsilon / values.len() as f64).collect()
}

/// The action whose part of the unit interval contains `draw`.
fn by_boltzmann(values: &[f32], temperature: f64, draw: f64) -> usize {
    let goal = draw * boltzmann_weights(values, temperature).sum::<f64>();
    at_share(boltzmann_weights(values, temperature), goal).unwrap_or_else(|| argmax(values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    fn explorer(exploration: Exploration, actions: usize) -> Explorer {
        Explorer::new(&exploration, actions, 1_000, 3)
    }

    fn boltzmann(temperature: f64) -> Exploration {
        Exploration::Boltzmann(Linear::constant(temperature))
    }

    #[test]
    fn one_of_epsilon_and_temperature_is_there() {
        let line = Linear { initial: 2.0, end: 1.0, fraction: Some(1.0), steps: None };
        let boltzmann = explorer(Exploration::Boltzmann(line.clone()), 2);
        assert_eq!((boltzmann.epsilon(500), boltzmann.temperature(500)), (None, Some(1.5)));
        let greedy = explorer(Exploration::EpsilonGreedy(line), 2);
        assert_eq!((greedy.epsilon(500), greedy.temperature(500)), (Some(1.5), None));
    }

    fn shares(exploration: Exploration, values: &[f32]) -> Vec<f64> {
        let (mut explorer, mut counts) = (explorer(exploration, values.len()), vec![0; values.len()]);
        const DRAWS: u32 = 40_000;
        (0..DRAWS).for_each(|_| counts[explorer.draw(0).among(values)] += 1);
        counts.into_iter().map(|count| f64::from(count) / f64::from(DRAWS)).collect()
    }

    #[test]
    fn ties_are_broken_uniformly_and_only_among_the_greatest() {
        for (values, expected) in [
            ([0.0, 0.0, 0.0, 0.0], [0.25; 4]),
            ([1.0, 2.0, 2.0, 0.0], [0.0, 0.5, 0.5, 0.0]),
            ([3.0, 2.0, 2.0, 3.0], [0.5, 0.0, 0.0, 0.5]),
            ([-0.0, -1.0, 0.0, -1.0], [0.5, 0.0, 0.5, 0.0]),
        ] {
            for (share, expected) in shares(Exploration::constant(0.0), &values).iter().zip(expected) {
                assert!((share - expected).abs() < 0.01, "{values:?}: {share} for {expected}");
            }
        }
    }

    #[test]
    fn actions_have_the_probabilities_that_the_policy_says() {
        let values = [0.5, 1.0, 1.0, -0.25];
        for exploration in [Exploration::constant(0.4), boltzmann(0.5), boltzmann(1e-6)] {
            let said = explorer(exploration.clone(), 4).probabilities(&values, 7);
            assert!((said.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            for (share, said) in shares(exploration.clone(), &values).iter().zip(&said) {
                assert!((share - said).abs() < 0.01, "{exploration:?}: {share} for {said}");
            }
            let expected: f64 = said.iter().zip(values).map(|(p, q)| p * f64::from(q)).sum();
            let value = explorer(exploration, 4).expected_value(&values, 7);
            assert!((f64::from(value) - expected).abs() < 1e-6, "{value} for {expected}");
        }
        // Worked out by hand: e^(0.5/0.5) : e^(1/0.5) twice : e^(−0.25/0.5) = 2.71828 : 7.38906 twice : 0.60653.
        let said = explorer(boltzmann(0.5), 4).probabilities(&values, 0);
        assert!((said[1] - 7.38906 / 18.10293).abs() < 1e-5 && (said[3] - 0.60653 / 18.10293).abs() < 1e-5);
        assert_eq!(explorer(Exploration::constant(0.4), 4).probabilities(&values, 0), [0.1, 0.4, 0.4, 0.1]);
    }

    #[test]
    fn every_choice_moves_the_stream_by_the_same_numbers() {
        let after = |exploration: Exploration, values: &[f32]| {
            let mut explorer = explorer(exploration, values.len());
            for step in 0..50 {
                explorer.draw(step).among(values);
            }
            explorer.rng
        };
        let reference = after(Exploration::constant(0.0), &[1.0, 2.0]);
        for exploration in [Exploration::constant(1.0), Exploration::constant(0.3), boltzmann(2.0)] {
            assert_eq!(after(exploration, &[0.0, 0.0, 0.0]), reference);
        }
        let mut uniform = explorer(boltzmann(2.0), 2);
        (0..50).for_each(|_| _ = uniform.draw_uniform());
        assert_eq!(uniform.rng, reference);
    }

    #[test]
    fn a_share_of_words_is_what_a_uniform_range_draws() {
        let (mut words, mut ranges) = (stream(5, Stream::Explore), stream(5, Stream::Explore));
        for _ in 0..1_000 {
            assert_eq!(share(words.next_u32(), 4), ranges.random_range(0..4_usize));
        }
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Table {
        exploration: Exploration,
    }

    fn parse(text: &str) -> Result<Exploration, String> {
        let table: Result<Table, _> = toml::from_str(&format!("exploration = {text}"));
        table.map(|table| table.exploration).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_line_is_epsilon_and_boltzmann_is_a_table_of_its_own() {
        for (text, expected) in [
            ("{ initial = 0.1, final = 0.1, fraction = 1.0 }", Exploration::constant(0.1)),
            ("{ boltzmann = { initial = 0.1, final = 0.1, fraction = 1.0 } }", boltzmann(0.1)),
        ] {
            let parsed = parse(text).unwrap();
            assert_eq!(parsed, expected);
            let written = toml::to_string(&Table { exploration: parsed.clone() }).unwrap();
            assert_eq!(toml::from_str::<Table>(&written).unwrap().exploration, parsed);
        }
        for (text, words) in [
            ("{ final = 0.1, fraction = 1.0 }", "`initial`"),
            ("{ initial = 0.1, fraction = 1.0 }", "`final`"),
            ("{ boltzmann = { initial = 1.0, final = 0.1, fraction = 1.0 }, fraction = 0.5 }", "inside its table"),
            ("{ temperature = 1.0 }", "`boltzmann`"),
        ] {
            assert!(parse(text).unwrap_err().contains(words), "{text}: {}", parse(text).unwrap_err());
        }
        let error =
            parse("{ boltzmann = { initial = 1.0, final = 0.0, fraction = 1.0 } }").unwrap().check().unwrap_err();
        assert_eq!(error.key, "boltzmann.final");
        assert_eq!(
            parse("{ initial = 2.0, final = 0.1, fraction = 1.0 }").unwrap().check().unwrap_err().key,
            "initial"
        );
    }
}
