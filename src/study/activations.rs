//! The nonlinearities and their derivatives.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Check, Figure, Findings, Picture, Study, Table};
use crate::approx::Activation;
use crate::chart::{Axis, Chart, Form, Panels, PlaneChart, Shape};
use crate::invalid_value::{InvalidValue, require};
use crate::registry::Part;

/// Value and derivative of every activation that networks offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Activations {
    /// Pre-activations from −`range` to `range` are shown.
    pub range: f64,
}

impl Default for Activations {
    fn default() -> Self {
        Activations { range: 4.0 }
    }
}

impl Part for Activations {
    const ID: &'static str = "activations";
    const SUMMARY: &'static str = "value and derivative of every nonlinearity (Prince 2023, section 3.5)";
}

/// Places at which values and derivatives are computed; an even number leaves out 0, where some have a kink.
const POINTS: usize = 400;

/// Half the distance of a central difference.
const STEP: f32 = 0.004;

/// How far a difference of 32-bit numbers over such a distance may be from the derivative.
const TOLERANCE: f32 = 2e-3;

impl Study for Activations {
    fn title(&self) -> &'static str {
        "Nonlinearities and their derivatives"
    }

    fn check(&self) -> Result<(), InvalidValue> {
        require(self.range.is_finite() && (0.1..=100.0).contains(&self.range), "range", || {
            format!("must lie between 0.1 and 100, not at {}", self.range)
        })
    }

    fn run(&self, _seed: u64, _progress: &dyn Fn(&str)) -> Findings {
        let place = |index: usize| (self.range * ((2 * index + 1) as f64 / POINTS as f64 - 1.0)) as f32;
        let z: Vec<f32> = (0..POINTS).map(place).collect();
        let mut data = Table::new(&["activation", "z", "value", "derivative"]);
        let (mut panels, mut checks) = (Vec::new(), Vec::new());
        for activation in Activation::ALL {
            let name = activation.name();
            let value = applied(activation, &z);
            let slope = slopes(activation, &z, &value);
            let [after, before] =
                [STEP, -STEP].map(|step| applied(activation, &z.iter().map(|z| z + step).collect::<Vec<_>>()));
            // Not across the kink.
            let smooth = (0..POINTS).filter(|&index| z[index].abs() > 2.0 * STEP);
            let error = |index: usize| ((after[index] - before[index]) / (2.0 * STEP) - slope[index]).abs();
            let error = smooth.map(error).fold(0.0, f32::max);
            checks.push(Check::new(
                format!("the derivative of {name} is the slope of its value"),
                format!("largest difference {error:.1e}"),
                error < TOLERANCE,
            ));
            for index in 0..POINTS {
                data.push(vec![name.clone(), z[index].to_string(), value[index].to_string(), slope[index].to_string()]);
            }
            let shape = |label: &str, colour: usize, numbers: &[f32]| Shape {
                name: label.to_owned(),
                colour,
                form: Form::Line,
                points: z.iter().zip(numbers).map(|(z, y)| (f64::from(*z), f64::from(*y))).collect(),
            };
            let (x, y) =
                (Axis::new("z").between(-self.range, self.range), Axis::new("").between(-1.5, self.range.min(4.0)));
            let shapes = vec![shape("f(z)", 0, &value), shape("f′(z)", 1, &slope)];
            panels.push((name, Chart::Plane(PlaneChart { x, y, equal: false, shapes })));
        }
        Findings {
            claim: "A network without nonlinearities is a line, however deep it is. The nonlinearity f decides what a unit can be, and \
                    its derivative f′ what reaches the layers before it: where f′ is near zero, the gradient vanishes, as at both \
                    ends of tanh and of the sigmoid, and left of zero with the rectifier."
                .to_owned(),
            method: format!(
                "Value and derivative of each, as networks compute them, at {POINTS} places; derivatives are compared with central \
                 differences of the values."
            ),
            checks,
            data,
            figures: vec![Figure {
                id: "activations",
                title: "Nonlinearities and their derivatives".to_owned(),
                caption: "Rectifiers and their smooth relatives grow without bound; sigmoid and tanh saturate, and their derivatives \
                          vanish at both ends. The sigmoid's is at most 1/4, so that ten layers of it let through less than a \
                          millionth."
                    .to_owned(),
                picture: Picture::from(Chart::Panels(Panels { columns: 3, panels })),
            }],
        }
    }
}

fn applied(activation: Activation, z: &[f32]) -> Vec<f32> {
    let mut a = vec![0.0; z.len()];
    activation.apply(z, &mut a);
    a
}

fn slopes(activation: Activation, z: &[f32], a: &[f32]) -> Vec<f32> {
    let mut slopes = vec![1.0; z.len()];
    activation.multiply_by_slope(z, a, &mut slopes);
    slopes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_derivative_is_the_slope_of_its_value() {
        let findings = Activations::default().run(0, &|_| {});
        assert!(findings.hold(), "{:?}", findings.checks);
        assert_eq!(findings.checks.len(), Activation::ALL.len());
    }
}
