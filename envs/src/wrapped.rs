//! An environment in its wrappers, as one more environment.

use std::any::Any;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::frame_stack::newest_places;
use crate::registry::{AnyPart, Slot};
use crate::render::{Render, Scene, TextDrawing};
use crate::{ActionRepeat, Component, ConfigError, Env, EnvConfig, Environment, FrameStack, TimeLimit};

/// Wrappers around an environment. They apply in the order of the fields: the time limit counts steps of the environment, actions
/// are repeated within it, and what is stacked are the observations after each repeated action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EnvWrappers {
    /// Cuts episodes off after so many steps of the environment ([`TimeLimit`]). A limit of the environment's own stays.
    pub time_limit: Option<u32>,
    /// Takes each action so many times ([`ActionRepeat`]).
    pub action_repeat: Option<u32>,
    /// Shows so many of the latest observations ([`FrameStack`]).
    pub frame_stack: Option<usize>,
}

/// The most observations of a stack. A larger number is most likely a typing error.
const MAX_FRAMES: usize = 1_000;

impl EnvWrappers {
    /// Checks every range.
    ///
    /// # Errors
    /// If a number is out of range; the error names its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        if let Some(limit) = self.time_limit {
            crate::time_limit::check(limit)?;
        }
        if self.action_repeat == Some(0) {
            return Err(ConfigError::new(
                "action_repeat",
                "must be at least 1, not 0: an action is taken at least once",
            ));
        }
        match self.frame_stack {
            Some(frames) if !(1..=MAX_FRAMES).contains(&frames) => {
                let message = format!("must lie between 1 and {MAX_FRAMES} observations, not at {frames}");
                Err(ConfigError::new("frame_stack", message))
            }
            _ => Ok(()),
        }
    }

    /// An environment in these wrappers: the same one, if there are none. It has the name and the settings of the one inside.
    pub fn wrap(&self, env: &EnvConfig) -> EnvConfig {
        if *self == EnvWrappers::default() {
            return env.clone();
        }
        Slot::erased(Arc::new(Wrapped { env: env.clone(), wrappers: *self }))
    }

    /// The same of an environment that has been built. The settings were checked.
    pub fn wrap_built(&self, env: Box<dyn Env>) -> Box<dyn Env> {
        let mut env = env;
        if let Some(limit) = self.time_limit {
            env = Box::new(TimeLimit::new(env, limit));
        }
        if let Some(times) = self.action_repeat {
            env = Box::new(ActionRepeat::new(env, times));
        }
        if let Some(frames) = self.frame_stack {
            env = Box::new(FrameStack::new(env, frames));
        }
        env
    }
}

/// An environment with its wrappers.
#[derive(Clone, Debug, PartialEq)]
struct Wrapped {
    env: EnvConfig,
    wrappers: EnvWrappers,
}

impl Wrapped {
    /// Where the newest of stacked observations stands, if they are stacked.
    fn newest(&self) -> Option<Vec<usize>> {
        let frames = self.wrappers.frame_stack?;
        Some(newest_places(self.env.build().ok()?.observation_space(), frames))
    }
}

impl Serialize for Wrapped {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        erased_serde::serialize(&*self.env, serializer)
    }
}

impl AnyPart for Wrapped {
    fn id(&self) -> &'static str {
        self.env.id()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Wrapped>() == Some(self)
    }
}

impl Environment for Wrapped {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        self.wrappers.check()?;
        Ok(self.wrappers.wrap_built(self.env.build()?))
    }

    fn build_all(&self, count: usize) -> Result<Vec<Box<dyn Env>>, ConfigError> {
        self.wrappers.check()?;
        Ok(self.env.build_all(count)?.into_iter().map(|env| self.wrappers.wrap_built(env)).collect())
    }

    fn name(&self) -> String {
        self.env.name()
    }

    fn has_time_limit(&self) -> bool {
        self.wrappers.time_limit.is_some() || self.env.has_time_limit()
    }

    fn reward_threshold(&self) -> Option<f64> {
        self.env.reward_threshold()
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        let inner = self.env.renderer()?;
        Some(match self.newest() {
            Some(newest) => Box::new(OfNewest { inner, newest }),
            None => inner,
        })
    }

    /// Those of a stack say how many steps ago they were seen.
    fn components(&self) -> Vec<Component> {
        let own = self.env.components();
        let frames = self.wrappers.frame_stack.unwrap_or(1);
        let ago = |component: &Component, steps: usize| match steps {
            0 => component.clone(),
            _ => Component { name: format!("{}, {steps} before", component.name), ..component.clone() },
        };
        (0..frames).rev().flat_map(|steps| own.iter().map(move |component| ago(component, steps))).collect()
    }

    fn action_names(&self) -> Vec<String> {
        self.env.action_names()
    }

    fn map_axes(&self) -> Option<[usize; 2]> {
        let axes = self.env.map_axes()?;
        match self.newest() {
            Some(newest) => Some([*newest.get(axes[0])?, *newest.get(axes[1])?]),
            None => Some(axes),
        }
    }
}

/// Draws the newest of stacked observations. The values of a single one are unknown, so none are asked for.
struct OfNewest {
    inner: Box<dyn Render>,
    newest: Vec<usize>,
}

impl OfNewest {
    fn with<T>(&self, scene: &Scene, draw: impl FnOnce(&Scene) -> T) -> T {
        let of = |stack: &[f32]| self.newest.iter().map(|&place| stack[place]).collect::<Vec<f32>>();
        let path: Vec<Vec<f32>> = scene.path.iter().map(|stack| of(stack)).collect();
        draw(&Scene { path: &path, observation: &of(scene.observation), ..*scene })
    }
}

impl Render for OfNewest {
    fn size(&self) -> (u32, u32) {
        self.inner.size()
    }

    fn seconds_per_step(&self) -> f64 {
        self.inner.seconds_per_step()
    }

    fn stage(&self) -> [f64; 4] {
        self.inner.stage()
    }

    fn text(&self, scene: &Scene, columns: usize, rows: usize) -> Option<TextDrawing> {
        self.with(scene, |scene| self.inner.text(scene, columns, rows))
    }

    fn draw(&self, scene: &Scene) -> String {
        self.with(scene, |scene| self.inner.draw(scene))
    }
}
