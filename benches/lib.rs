//! Nothing but a place for the benchmarks in `benches/`: `cargo bench -p tilde-benches`.
