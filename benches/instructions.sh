#!/usr/bin/env bash
# Instructions of one gradient step (4-120-84-2, batch 128) and one environment step (cart-pole), by callgrind: they
# do not depend on what else the machine does, so a regression shows on a noisy one. What they were stands in
# `instructions.txt`; they differ between processors with other vectors.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release -p tilde-benches --bin work

# Instructions of the whole program doing COUNT steps: `instructions KIND COUNT`.
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null target/release/work "$1" "$2" 2>&1 |
        sed -n 's/.*Collected : //p'
}

# What they cost each is the difference of a long and a short run.
for kind in "gradient-step 50 250" "environment-step 10000 110000"; do
    read -r name short long <<<"$kind"
    echo "$name $((($(instructions "$name" "$long") - $(instructions "$name" "$short")) / (long - short)))"
done
