//! Optimizers against an independent implementation in double precision, on both devices.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use tilde::device::DeviceName;
use tilde::optim::{AdamConfig, Optimizer, OptimizerConfig};
use tilde::schedule::LearningRate;

/// Two parameters, so that a norm over each of them differs from the norm over both.
#[derive(Module, Debug)]
struct Weights {
    matrix: Param<Tensor<2>>,
    vector: Param<Tensor<1>>,
}

impl Weights {
    fn new(device: &Device) -> Weights {
        Weights {
            matrix: Param::from_data(TensorData::from([[1.0_f32, -2.0], [0.5, 3.0]]), device),
            vector: Param::from_data(TensorData::from([0.25_f32, -1.5]), device),
        }
    }

    fn flat(&self) -> Vec<f64> {
        let matrix = self.matrix.val().into_data().try_into_vec::<f32>().unwrap();
        let vector = self.vector.val().into_data().try_into_vec::<f32>().unwrap();
        matrix.into_iter().chain(vector).map(f64::from).collect()
    }

    /// Σ cᵢ θᵢ⁴ / 4, whose gradient is cᵢ θᵢ³: it changes in size and sign along the way.
    fn loss(&self) -> Tensor<1> {
        let matrix = self.matrix.val().powi_scalar(4).sum().mul_scalar(0.25);
        let vector = self.vector.val().powi_scalar(4).sum().mul_scalar(0.5);
        matrix + vector
    }
}

fn gradient(theta: &[f64]) -> Vec<f64> {
    theta.iter().enumerate().map(|(i, t)| if i < 4 { t.powi(3) } else { 2.0 * t.powi(3) }).collect()
}

fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// Adam by the letter of Kingma & Ba's algorithm 1, after clipping as PyTorch does it.
fn adam_by_the_paper(theta: &mut [f64], steps: i32, rate: f64, max_norm: Option<f64>) {
    let (beta_1, beta_2, epsilon) = (0.9, 0.999, 1e-8);
    let (mut m, mut v) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
    for t in 1..=steps {
        let gradient = gradient(theta);
        let factor = max_norm.map_or(1.0, |max| (max / norm(&gradient)).min(1.0));
        for i in 0..theta.len() {
            let g = factor * gradient[i];
            m[i] = beta_1 * m[i] + (1.0 - beta_1) * g;
            v[i] = beta_2 * v[i] + (1.0 - beta_2) * g * g;
            let (m_hat, v_hat) = (m[i] / (1.0 - f64::powi(beta_1, t)), v[i] / (1.0 - f64::powi(beta_2, t)));
            theta[i] -= rate * m_hat / (v_hat.sqrt() + epsilon);
        }
    }
}

fn adam(max_grad_norm: Option<f64>) -> OptimizerConfig {
    OptimizerConfig::Adam(AdamConfig {
        learning_rate: LearningRate::Constant(0.02),
        beta_1: 0.9,
        beta_2: 0.999,
        epsilon: 1e-8,
        max_grad_norm,
    })
}

#[test]
fn adam_is_the_papers_for_a_hundred_steps_with_and_without_clipping() {
    for device in [DeviceName::Flex, DeviceName::Ndarray].map(|name| name.open().unwrap().autodiff()) {
        for max_grad_norm in [None, Some(5.0), Some(0.1)] {
            let mut weights = Weights::new(&device);
            let mut expected = weights.flat();
            let mut optimizer = Optimizer::new(&adam(max_grad_norm));
            for _ in 0..100 {
                let gradients = weights.loss().backward();
                let before = norm(&gradient(&weights.flat()));
                let reported = optimizer.step(&mut weights, gradients, 0.02);
                assert!((reported / before - 1.0).abs() < 1e-5, "the norm is that before clipping");
            }
            adam_by_the_paper(&mut expected, 100, 0.02, max_grad_norm);
            for (got, expected) in weights.flat().iter().zip(&expected) {
                assert!((got - expected).abs() < 1e-4, "{max_grad_norm:?}: {got} is not {expected}");
            }
        }
    }
}

#[test]
fn a_saved_optimizer_goes_on_exactly() {
    for device in [DeviceName::Flex, DeviceName::Ndarray].map(|name| name.open().unwrap().autodiff()) {
        let mut weights = Weights::new(&device);
        let mut optimizer = Optimizer::new(&adam(None));
        let step = |weights: &mut Weights, optimizer: &mut Optimizer| {
            let gradients = weights.loss().backward();
            optimizer.step(weights, gradients, 0.02);
        };
        (0..5).for_each(|_| step(&mut weights, &mut optimizer));
        let (saved, mut other_weights) = (optimizer.save(), weights.clone());
        let mut other = Optimizer::new(&adam(None));
        other.load(saved).unwrap();
        (0..5).for_each(|_| step(&mut weights, &mut optimizer));
        (0..5).for_each(|_| step(&mut other_weights, &mut other));
        assert_eq!(weights.flat(), other_weights.flat());
    }
}

#[test]
fn bytes_that_are_no_optimizer_are_refused() {
    assert!(Optimizer::new(&adam(None)).load(vec![1, 2, 3]).is_err());
}
