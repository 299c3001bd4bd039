//! The weights of an agent's functions by name, as a safetensors file has them.

use super::Agent;
use crate::approx::{Function, ParameterTensor};
use crate::safetensors::{Tensor, Tensors};

/// All parameters of an agent, each tensor under its function's prefix and its own name, such as `q.layers.0.weight`.
pub fn named_weights(agent: &dyn Agent) -> Tensors {
    let mut weights = Tensors::new();
    for ((_, function), prefix) in agent.functions().into_iter().zip(prefixes(agent)) {
        let parameters = function.weights();
        let mut rest = &parameters[..];
        for tensor in function.tensors() {
            let (own, others) = rest.split_at(tensor.len());
            rest = others;
            let name = format!("{prefix}.{}", tensor.name);
            weights.insert(name, Tensor { values: tensor.to_file(own), shape: tensor.shape });
        }
        assert!(rest.is_empty(), "the tensors of `{prefix}` are all of its parameters");
    }
    weights
}

/// Gives function number `index` of an agent that has not learned yet the weights of that function in a file. Its target
/// weights, where it has some, become the same.
///
/// # Errors
/// If the file lacks a tensor of the function, has one that the function lacks, or one has another shape; the message
/// follows the name of the file.
pub fn set_weights(agent: &mut dyn Agent, index: usize, weights: &Tensors) -> Result<(), String> {
    let prefix = format!("{}.", prefixes(agent)[index]);
    let function = &mut *agent.functions_mut()[index];
    let tensors = function.tensors();
    let unknown = weights.keys().find(|name| {
        let own = name.strip_prefix(&prefix);
        own.is_some_and(|own| tensors.iter().all(|tensor| tensor.name != own))
    });
    let parameters =
        tensors.iter().map(|tensor| stored_values(tensor, &prefix, weights)).collect::<Result<Vec<_>, _>>();
    let parameters = parameters?.concat();
    if let Some(name) = unknown {
        return Err(format!("has the tensor `{name}`, which the config's approximator lacks: {REMEDY}"));
    }
    replace_parameters(function, parameters).map_err(|error| format!("does not fit: {error}"))
}

const REMEDY: &str =
    "use the features, the network and the `hidden` layers that the weights were learned with, or another file";

/// The numbers of a tensor as the function stores them.
fn stored_values(tensor: &ParameterTensor, prefix: &str, weights: &Tensors) -> Result<Vec<f32>, String> {
    let ParameterTensor { name, shape, .. } = tensor;
    let name = format!("{prefix}{name}");
    let Some(found) = weights.get(&name) else {
        let names = weights.keys().take(6).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let more = if weights.len() > 6 { ", …" } else { "" };
        return Err(format!("lacks the tensor `{name}` with the shape {shape:?}; it has {names}{more}: {REMEDY}"));
    };
    if found.shape != *shape {
        return Err(format!(
            "has the tensor `{name}` with the shape {:?}, where {shape:?} is needed: {REMEDY}",
            found.shape
        ));
    }
    Ok(tensor.to_stored(&found.values))
}

fn replace_parameters(function: &mut dyn Function, parameters: Vec<f32>) -> Result<(), tilde_envs::StateError> {
    let state = function.save();
    let target = state.target.as_ref().map(|_| parameters.clone());
    function.load(crate::approx::FunctionState { parameters, target, ..state })
}

/// A short name of each function of an agent, such as `q` of the Q-function and `value` of the value function.
pub fn prefixes(agent: &dyn Agent) -> Vec<String> {
    short_names(&agent.functions().iter().map(|(name, _)| *name).collect::<Vec<_>>())
}

fn short_names(names: &[&str]) -> Vec<String> {
    let short = |name: &&str| {
        let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let mut words: Vec<String> = words.map(str::to_lowercase).collect();
        if words.len() > 1 && words.last().is_some_and(|last| last == "function") {
            words.pop();
        }
        words.join("_")
    };
    let short: Vec<String> = names.iter().map(short).collect();
    let is_unique = |index: usize| short.iter().filter(|other| **other == short[index]).count() == 1;
    let numbered =
        |index: usize| if is_unique(index) { short[index].clone() } else { format!("{}_{index}", short[index]) };
    (0..short.len()).map(numbered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_short_and_differ() {
        let found = short_names(&["Q-function", "value function", "actor", "first Q-function", "function"]);
        assert_eq!(found, ["q", "value", "actor", "first_q", "function"]);
        assert_eq!(short_names(&["Q-function", "q"]), ["q_0", "q_1"]);
    }
}
