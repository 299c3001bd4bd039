//! A config file of any bytes is an error or an experiment.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    match tilde::config::parse(&text, "fuzzed.toml", &[]) {
        Err(error) => assert!(error.to_string().starts_with("fuzzed.toml")),
        // What was accepted is written down in full and read back as the same.
        Ok(experiment) => {
            let resolved = experiment.to_toml();
            let again = tilde::config::parse(&resolved, "resolved.toml", &[]).expect("a resolved experiment reads back");
            assert_eq!(again, experiment);
        }
    }
});
