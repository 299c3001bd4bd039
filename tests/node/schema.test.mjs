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
