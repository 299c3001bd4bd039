// `tilde schema` against Ajv, which knows nothing of us: TILDE=path/of/tilde node --test schema.test.mjs

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import Ajv from "ajv/dist/2020.js";
import { parse } from "smol-toml";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const tilde = process.env.TILDE ?? join(root, "target/release/tilde");
const skip = existsSync(tilde) ? false : `no ${tilde}: build it with cargo build --release, or name one with TILDE`;

// Formats such as uint64 are annotations to Ajv: the ranges beside them say the same.
const schema = skip ? {} : JSON.parse(execFileSync(tilde, ["schema"], { encoding: "utf8" }));
const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
const configs = readdirSync(join(root, "configs")).filter((name) => name.endsWith(".toml"));
const read = (name) => parse(readFileSync(join(root, "configs", name), "utf8"));

test("every config validates, as it is written and with everything filled in", { skip }, () => {
  assert.ok(configs.length >= 8);
  for (const name of configs) assert.ok(validate(read(name)), `${name}: ${JSON.stringify(validate.errors)}`);
  const resolved = process.env.RESOLVED;
  if (resolved) assert.ok(validate(parse(readFileSync(resolved, "utf8"))), JSON.stringify(validate.errors));
});

const line = { initial: 1.0, final: 0.1, fraction: 0.5 };

test("every form of a key is accepted", { skip }, () => {
  const forms = {
    "a probability": (config) => { config.algorithm.dqn.exploration = line; },
    "a temperature": (config) => { config.algorithm.dqn.exploration = { boltzmann: line }; },
    "features by name": (config) => { config.approximator.features = "tiles"; },
    "features with settings": (config) => { config.approximator.features = { tiles: { tilings: 4 } }; },
    "a first value": (config) => { config.approximator.initialization = { constant: 1.0 }; },
    "a schedule": (config) => { config.optimizer = { sgd: { learning_rate: { cosine: { initial: 1.0, steps: 9 } } } }; },
    "a grid in quotes": (config) => { config.grid = { "algorithm.dqn.gamma": [0.9] }; },
    "a grid of tables": (config) => { config.grid = { algorithm: { dqn: { gamma: [0.9] } } }; },
  };
  for (const [what, change] of Object.entries(forms)) {
    const config = read("cart_pole.toml");
    change(config);
    assert.ok(validate(config), `${what}: ${JSON.stringify(validate.errors)}`);
  }
});

test("what the program refuses for its form, the schema refuses too", { skip }, () => {
  const good = () => read("cart_pole.toml");
  assert.ok(validate(good()));
  const broken = {
    "an unknown key": (config) => { config.sedes = config.seeds; },
    "an unknown key within a slot": (config) => { config.algorithm.dqn.gama = 0.9; },
    "an unknown environment": (config) => { config.env = { cart_poll: {} }; },
    "two algorithms": (config) => { config.algorithm.random = {}; },
    "a word for a number": (config) => { config.budget.steps = "many"; },
    "an unknown feature map": (config) => { config.approximator.features = "tile"; },
    "a schedule without its key": (config) => { config.optimizer = { adam: { learning_rate: { initial: 1, final: 0 } } }; },
    "a schedule with two ends": (config) => { config.algorithm.dqn.exploration = { initial: 1, final: 0, fraction: 1, steps: 1 }; },
    "an exploration of two kinds": (config) => { config.algorithm.dqn.exploration = { ...line, boltzmann: line }; },
    "an exploration of no kind": (config) => { config.algorithm.dqn.exploration = {}; },
    "a name that needs a number": (config) => { config.approximator.initialization = "constant"; },
    "seeds that are neither": (config) => { config.seeds = 5; },
    "no budget": (config) => { delete config.budget; },
    "a grid of single values": (config) => { config.grid = { "algorithm.dqn.gamma": 0.9 }; },
  };
  for (const [what, change] of Object.entries(broken)) {
    const config = good();
    change(config);
    assert.ok(!validate(config), `${what} got through`);
  }
});
