//! The nonlinearities between layers.

use burn::tensor::{Tensor, activation};
use pulp::{Simd, WithSimd};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernels::elementary::{exp, tanh};
use crate::kernels::product::rectified;
use crate::kernels::simd::widest;

/// A nonlinearity, applied element by element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// max(0, z)
    #[default]
    Relu,
    /// tanh z
    Tanh,
    /// 1 / (1 + e⁻ᶻ)
    Sigmoid,
    /// z where z > 0, otherwise 0.01 z
    LeakyRelu,
    /// z where z > 0, otherwise eᶻ − 1 (Clevert et al. 2016, α = 1)
    Elu,
    /// z Φ(z), with the exact Gaussian distribution function Φ (Hendrycks & Gimpel 2016)
    Gelu,
    /// z / (1 + e⁻ᶻ) (Elfwing et al. 2018)
    Silu,
    /// ln(1 + eᶻ)
    Softplus,
    /// z: a network of such layers is linear
    Identity,
}

impl Activation {
    /// Every activation, for tests and listings.
    pub const ALL: [Activation; 9] = [
        Activation::Relu,
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::LeakyRelu,
        Activation::Elu,
        Activation::Gelu,
        Activation::Silu,
        Activation::Softplus,
        Activation::Identity,
    ];

    /// Its name in a config.
    pub fn name(self) -> String {
        let name = serde_json::to_value(self).expect("an activation is a name");
        name.as_str().map(str::to_owned).unwrap_or_default()
    }

    /// Applies the nonlinearity to pre-activations of any shape.
    pub fn forward<const D: usize>(self, z: Tensor<D>) -> Tensor<D> {
        match self {
            Activation::Relu => activation::relu(z),
            Activation::Tanh => activation::tanh(z),
            Activation::Sigmoid => activation::sigmoid(z),
            Activation::LeakyRelu => activation::leaky_relu(z, 0.01),
            Activation::Elu => activation::elu(z, 1.0),
            Activation::Gelu => activation::gelu(z),
            Activation::Silu => activation::silu(z),
            Activation::Softplus => activation::softplus(z, 1.0),
            Activation::Identity => z,
        }
    }

    /// a = f(z), number by number.
    pub fn apply(self, z: &[f32], a: &mut [f32]) {
        match self {
            Activation::Relu => each(z, a, rectified),
            Activation::Tanh => each(z, a, tanh),
            Activation::Sigmoid => each(z, a, sigmoid),
            Activation::LeakyRelu => each(z, a, |z| z.max(0.01 * z)),
            Activation::Elu => each(z, a, |z| if z > 0.0 { z } else { exp_minus_one(z) }),
            Activation::Gelu => each(z, a, |z| z * normal_distribution(z)),
            Activation::Silu => each(z, a, |z| z * sigmoid(z)),
            Activation::Softplus => each(z, a, |z| z.max(0.0) + exp(-z.abs()).ln_1p()), // never overflows
            Activation::Identity => a.copy_from_slice(z),
        }
    }

    /// δ ← δ f′(z), number by number, given z and a = f(z). At a kink it is burn's: 0 for the rectifier, 1 for
    /// the leaky one.
    pub fn multiply_by_slope(self, z: &[f32], a: &[f32], delta: &mut [f32]) {
        match self {
            Activation::Relu => scale(delta, z, a, |z, _| if z > 0.0 { 1.0 } else { 0.0 }),
            Activation::Tanh => scale(delta, z, a, |_, a| 1.0 - a * a),
            Activation::Sigmoid => scale(delta, z, a, |_, a| a * (1.0 - a)),
            Activation::LeakyRelu => scale(delta, z, a, |z, _| if z < 0.0 { 0.01 } else { 1.0 }),
            Activation::Elu => scale(delta, z, a, |z, a| if z > 0.0 { 1.0 } else { a + 1.0 }),
            Activation::Gelu => scale(delta, z, a, |z, _| normal_distribution(z) + z * normal_density(z)),
            Activation::Silu => scale(delta, z, a, |z, a| sigmoid(z) * (1.0 + z - a)),
            Activation::Softplus => scale(delta, z, a, |z, _| sigmoid(z)),
            Activation::Identity => {}
        }
    }
}

/// a ← f(z), one loop for each function, without branches inside, so that it is vectorised unless `f` calls a library.
fn each(z: &[f32], a: &mut [f32], f: impl Fn(f32) -> f32) {
    widest(Each { z, a, f });
}

struct Each<'a, F> {
    z: &'a [f32],
    a: &'a mut [f32],
    f: F,
}

impl<F: Fn(f32) -> f32> WithSimd for Each<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for (z, a) in self.z.iter().zip(self.a) {
            *a = (self.f)(*z);
        }
    }
}

/// δ ← δ f′, in the same way; f′ is given z and a.
fn scale(delta: &mut [f32], z: &[f32], a: &[f32], slope: impl Fn(f32, f32) -> f32) {
    widest(Scale { delta, z, a, slope });
}

struct Scale<'a, F> {
    delta: &'a mut [f32],
    z: &'a [f32],
    a: &'a [f32],
    slope: F,
}

impl<F: Fn(f32, f32) -> f32> WithSimd for Scale<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        for ((delta, z), a) in self.delta.iter_mut().zip(self.z).zip(self.a) {
            *delta *= (self.slope)(*z, *a);
        }
    }
}

#[inline(always)]
fn sigmoid(z: f32) -> f32 {
    1.0 / (1.0 + exp(-z))
}

/// eᶻ − 1 without the loss of digits near zero: with t = tanh(z / 2) it is 2 t / (1 − t).
#[inline(always)]
fn exp_minus_one(z: f32) -> f32 {
    let t = tanh(0.5 * z);
    2.0 * t / (1.0 - t)
}

/// φ(z), the density of the standard normal distribution.
fn normal_density(z: f32) -> f32 {
    exp(-0.5 * z * z) / std::f32::consts::TAU.sqrt()
}

/// Φ(z), its distribution function.
fn normal_distribution(z: f32) -> f32 {
    0.5 * (1.0 + libm::erff(z * std::f32::consts::FRAC_1_SQRT_2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::DeviceName;

    /// Values at z = −1 and z = 2, from the formulas in double precision.
    fn expected(activation: Activation) -> [f64; 2] {
        match activation {
            Activation::Relu => [0.0, 2.0],
            Activation::Tanh => [-0.761_594_155_955_765, 0.964_027_580_075_817],
            Activation::Sigmoid => [0.268_941_421_369_995, 0.880_797_077_977_882],
            Activation::LeakyRelu => [-0.01, 2.0],
            Activation::Elu => [-0.632_120_558_828_558, 2.0],
            Activation::Gelu => [-0.158_655_253_931_457, 1.954_499_736_103_642],
            Activation::Silu => [-0.268_941_421_369_995, 1.761_594_155_955_765],
            Activation::Softplus => [0.313_261_687_518_223, 2.126_928_011_042_973],
            Activation::Identity => [-1.0, 2.0],
        }
    }

    #[test]
    fn the_plain_form_is_the_formula_and_its_slope_the_derivative() {
        for activation in Activation::ALL {
            for (z, expected) in [-1.0_f32, 2.0].into_iter().zip(expected(activation)) {
                let value = |z: f32| {
                    let mut a = [0.0];
                    activation.apply(&[z], &mut a);
                    a[0]
                };
                let a = value(z);
                assert!((f64::from(a) - expected).abs() < 1e-6, "{activation:?}({z}) is {expected}, not {a}");
                let difference = (value(z + 1e-2) - value(z - 1e-2)) / 2e-2;
                let mut slope = [1.0];
                activation.multiply_by_slope(&[z], &[a], &mut slope);
                let [slope] = slope;
                assert!((slope - difference).abs() < 1e-4, "{activation:?}'({z}) is {difference}, not {slope}");
                assert!(value(-200.0).is_finite() && value(200.0).is_finite());
            }
        }
    }

    #[test]
    fn every_activation_is_its_formula_on_both_devices() {
        for device in [DeviceName::Flex, DeviceName::Ndarray] {
            let device = device.open().unwrap();
            for activation in Activation::ALL {
                let z = Tensor::<1>::from_floats([-1.0, 2.0], &device);
                let values = activation.forward(z).into_data().try_to_vec::<f32>().unwrap();
                for (value, expected) in values.iter().zip(expected(activation)) {
                    assert!((f64::from(*value) - expected).abs() < 1e-6, "{activation:?}: {value} is not {expected}");
                }
            }
        }
    }
}
