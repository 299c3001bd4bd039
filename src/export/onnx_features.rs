//! Feature maps as ONNX operators, from the constants that they tell.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::graph::{Attribute, Graph, Name};
use crate::approx::FeatureMap;

/// The features `[N, F]` of observations `[N, C]`.
///
/// # Errors
/// If the map has no form in ONNX here.
pub fn features(graph: &mut Graph, x: &Name, id: &str, map: &FeatureMap) -> Result<Name, String> {
    let constants = map.constants();
    match id {
        "identity" => Ok(x.clone()),
        "scaled" => read(constants).map(|constants| scaled(graph, x, &constants)),
        "one_hot" | "bins" => read(constants).map(|constants| cells(graph, x, &constants)),
        "fourier" => read(constants).map(|constants| fourier(graph, x, &constants)),
        "rbf" => read(constants).map(|constants| rbf(graph, x, &constants)),
        "polynomial" => read(constants).map(|constants| polynomial(graph, x, &constants)),
        _ => Err(format!(
            "the feature map `{id}` has no form in ONNX here: use --format safetensors, whose description has its constants"
        )),
    }
}

fn read<T: DeserializeOwned>(constants: serde_json::Value) -> Result<T, String> {
    serde_json::from_value(constants).map_err(|error| format!("the constants of the features are others: {error}"))
}

#[derive(Deserialize)]
struct Axis {
    low: f32,
    factor: f32,
    units: f32,
}

#[derive(Deserialize)]
struct Scaled {
    centre: Vec<f32>,
    factor: Vec<f32>,
}

#[derive(Deserialize)]
struct Cells {
    sides: Vec<Side>,
    len: usize,
}

#[derive(Deserialize)]
struct Side {
    axis: Axis,
    last: u32,
    stride: u32,
}

#[derive(Deserialize)]
struct Fourier {
    axes: Vec<Axis>,
    frequencies: Vec<u32>,
}

#[derive(Deserialize)]
struct Rbf {
    axes: Vec<Axis>,
    centres: Vec<u32>,
    width: f32,
    normalized: bool,
}

#[derive(Deserialize)]
struct Polynomial {
    axes: Vec<Axis>,
    powers: Vec<u32>,
}

fn row(graph: &mut Graph, values: &[f32]) -> Name {
    graph.floats(&[1, values.len()], values)
}

fn scaled(graph: &mut Graph, x: &Name, Scaled { centre, factor }: &Scaled) -> Name {
    let (centre, factor) = (row(graph, centre), row(graph, factor));
    let shifted = graph.apply("Sub", &[x, &centre], &[]);
    graph.apply("Mul", &[&shifted, &factor], &[])
}

/// Positions `[N, C]`, each in the units of its component's axis and within its range.
fn positions<'a>(graph: &mut Graph, x: &Name, axes: impl Iterator<Item = &'a Axis> + Clone) -> Name {
    let mut of_axes = |of: fn(&Axis) -> f32| row(graph, &axes.clone().map(of).collect::<Vec<_>>());
    let [low, factor, units] = [of_axes(|axis| axis.low), of_axes(|axis| axis.factor), of_axes(|axis| axis.units)];
    let zero = row(graph, &[0.0]);
    let above = graph.apply("Sub", &[x, &low], &[]);
    let position = graph.apply("Mul", &[&above, &factor], &[]);
    let position = graph.apply("Max", &[&position, &zero], &[]);
    graph.apply("Min", &[&position, &units], &[])
}

fn cells(graph: &mut Graph, x: &Name, Cells { sides, len }: &Cells) -> Name {
    let position = positions(graph, x, sides.iter().map(|side| &side.axis));
    let place = graph.apply("Cast", &[&position], &[Attribute::Int("to", 7)]); // whole numbers, towards zero
    let last = graph.ints(&sides.iter().map(|side| i64::from(side.last)).collect::<Vec<_>>());
    let stride = graph.ints(&sides.iter().map(|side| i64::from(side.stride)).collect::<Vec<_>>());
    let place = graph.apply("Min", &[&place, &last], &[]);
    let part = graph.apply("Mul", &[&place, &stride], &[]);
    let axes = graph.ints(&[1]);
    let number = graph.apply("ReduceSum", &[&part, &axes], &[Attribute::Int("keepdims", 0)]);
    let (depth, values) = (graph.ints(&[*len as i64]), graph.floats(&[2], &[0.0, 1.0]));
    graph.apply("OneHot", &[&number, &depth, &values], &[])
}

fn fourier(graph: &mut Graph, x: &Name, Fourier { axes, frequencies }: &Fourier) -> Name {
    let position = positions(graph, x, axes.iter());
    let angles = frequencies.iter().enumerate().map(|(component, &count)| {
        let position = column(graph, &position, component);
        let factors: Vec<f32> = (0..count).map(|frequency| std::f32::consts::PI * frequency as f32).collect();
        let factors = row(graph, &factors);
        graph.apply("Mul", &[&position, &factors], &[])
    });
    let angles = angles.collect();
    let angle = combined(graph, angles, frequencies, "Add");
    graph.apply("Cos", &[&angle], &[])
}

fn polynomial(graph: &mut Graph, x: &Name, Polynomial { axes, powers }: &Polynomial) -> Name {
    let position = positions(graph, x, axes.iter());
    let one = row(graph, &[1.0]);
    let centred = graph.apply("Sub", &[&position, &one], &[]);
    let parts = powers.iter().enumerate().map(|(component, &count)| {
        let base = column(graph, &centred, component);
        let exponents = row(graph, &(0..count).map(|power| power as f32).collect::<Vec<_>>());
        graph.apply("Pow", &[&base, &exponents], &[])
    });
    let parts = parts.collect();
    combined(graph, parts, powers, "Mul")
}

fn rbf(graph: &mut Graph, x: &Name, Rbf { axes, centres, width, normalized }: &Rbf) -> Name {
    let position = positions(graph, x, axes.iter());
    let (width, half) = (row(graph, &[*width]), row(graph, &[-0.5]));
    let parts = centres.iter().enumerate().map(|(component, &count)| {
        let position = column(graph, &position, component);
        let places: Vec<f32> = if count == 1 { vec![0.5] } else { (0..count).map(|centre| centre as f32).collect() };
        let places = row(graph, &places);
        let distance = graph.apply("Sub", &[&position, &places], &[]);
        let distance = graph.apply("Div", &[&distance, &width], &[]);
        let squared = graph.apply("Mul", &[&distance, &distance], &[]);
        let mut exponent = graph.apply("Mul", &[&squared, &half], &[]);
        if *normalized {
            // The largest cancels in the division by the sum; without this, narrow bumps would all be 0 between centres.
            let largest = graph.apply("ReduceMax", &[&exponent], &[Attribute::Ints("axes", &[1])]);
            exponent = graph.apply("Sub", &[&exponent, &largest], &[]);
        }
        graph.apply("Exp", &[&exponent], &[])
    });
    let parts = parts.collect();
    let bumps = combined(graph, parts, centres, "Mul");
    if !normalized {
        return bumps;
    }
    let last_axis = graph.ints(&[1]);
    let sum = graph.apply("ReduceSum", &[&bumps, &last_axis], &[Attribute::Int("keepdims", 1)]);
    graph.apply("Div", &[&bumps, &sum], &[])
}

/// Column number `index` of rows, `[N, 1]`.
fn column(graph: &mut Graph, rows: &Name, index: usize) -> Name {
    let index = graph.ints(&[index as i64]);
    graph.apply("Gather", &[rows, &index], &[Attribute::Int("axis", 1)])
}

/// All combinations of the components' parts `[N, size]`, joined by `operator`, `[N, product of the sizes]`: the last
/// component changes fastest. From the last component to the first, so that sums are rounded as ours are.
fn combined(graph: &mut Graph, parts: Vec<Name>, sizes: &[u32], operator: &str) -> Name {
    let mut parts = parts.into_iter().zip(sizes).rev();
    let (mut all, &size) = parts.next().expect("an observation has a component");
    let mut count = i64::from(size);
    for (part, &size) in parts {
        let (of_part, of_all) = (graph.ints(&[-1, i64::from(size), 1]), graph.ints(&[-1, 1, count]));
        count *= i64::from(size);
        let flat = graph.ints(&[-1, count]);
        let part = graph.apply("Reshape", &[&part, &of_part], &[]);
        all = graph.apply("Reshape", &[&all, &of_all], &[]);
        all = graph.apply(operator, &[&all, &part], &[]);
        all = graph.apply("Reshape", &[&all, &flat], &[]);
    }
    all
}
