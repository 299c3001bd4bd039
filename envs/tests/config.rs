//! Configurations as a TOML file has them.

#![allow(clippy::unwrap_used)] // a test may panic

use serde::{Deserialize, Serialize};
use tilde_envs::registry::Entry;
use tilde_envs::{
    CartPoleConfig, EnvConfig, Environment, FrozenLakeConfig, GridworldConfig, GymnasiumConfig, MapSource, environments,
};

#[derive(Serialize, Deserialize)]
struct File {
    env: EnvConfig,
}

fn read(text: &str) -> Result<EnvConfig, String> {
    toml::from_str(text).map(|file: File| file.env).map_err(|error| error.to_string())
}

/// The default of every environment, or the least that has to be written.
fn configs() -> Vec<EnvConfig> {
    let config = |entry: &Entry<dyn Environment>| match entry.id {
        "gymnasium" => GymnasiumConfig::of_id("CartPole-v1").into(),
        "program" => read("[env.program]\ncommand = ['true']").unwrap(),
        _ => entry.default().unwrap(),
    };
    environments().all().into_iter().map(config).collect()
}

#[test]
fn an_environment_is_a_table_with_one_key() {
    let cart_pole = read("[env.cart_pole]\ntime_limit = 200").unwrap();
    assert_eq!(cart_pole, EnvConfig::from(CartPoleConfig { time_limit: 200 }));
    assert_eq!(read("[env.cart_pole]").unwrap(), EnvConfig::from(CartPoleConfig { time_limit: 500 }));
    assert_eq!(read("env.probe_two_step = {}").unwrap().id(), "probe_two_step");
}

#[test]
fn a_map_is_a_name_or_a_list_of_rows() {
    let rows = read("[env.gridworld]\nmap = [\"SFF\", \"F#G\"]").unwrap();
    let source = MapSource::Rows(vec!["SFF".to_owned(), "F#G".to_owned()]);
    assert_eq!(rows, EnvConfig::from(GridworldConfig::of_map(source)));
    let name = read("[env.gridworld]\nmap = \"maze\"").unwrap();
    assert_eq!(name, EnvConfig::from(GridworldConfig::of_map(MapSource::Name("maze".to_owned()))));
}

#[test]
fn the_time_limit_follows_the_map_unless_it_is_given() {
    let limit = |text: &str| read(text).unwrap().downcast_ref::<GridworldConfig>().unwrap().time_limit;
    assert_eq!(limit("[env.gridworld]"), 100);
    assert_eq!(limit("[env.gridworld]\nmap = \"8x8\""), 200);
    assert_eq!(limit("[env.gridworld]\nmap = [\"SFF\", \"F#G\"]"), 24);
    assert_eq!(limit("[env.gridworld]\nmap = \"8x8\"\ntime_limit = 7"), 7);
    let limit = |text: &str| read(text).unwrap().downcast_ref::<FrozenLakeConfig>().unwrap().time_limit;
    assert_eq!(limit("[env.frozen_lake]"), 100);
    assert_eq!(limit("[env.frozen_lake]\nmap_name = \"8x8\""), 200);
    assert_eq!(limit("[env.frozen_lake]\nmap_name = \"8x8\"\ntime_limit = 7"), 7);
}

#[test]
fn a_written_configuration_says_everything_and_reads_back_equal() {
    let text = toml::to_string(&File { env: read("[env.gridworld]\nmap = \"8x8\"").unwrap() }).unwrap();
    for key in [
        "map = \"8x8\"",
        "slip = 0.0",
        "step_reward",
        "goal_reward = 1.0",
        "hole_reward",
        "time_limit = 200",
        "observation = \"position\"",
    ] {
        assert!(text.contains(key), "{key:?} is missing in {text:?}");
    }
    for config in configs() {
        let text = toml::to_string(&File { env: config.clone() }).unwrap();
        assert_eq!(read(&text).unwrap(), config, "{text:?}");
    }
}

#[test]
fn wrong_files_are_errors_that_say_what_would_be_right() {
    let cases = [
        ("[env.cart_pole]\ntime_limits = 3", "time_limit"),
        ("[env.cart_pole]\ntime_limit = -1", "u32"),
        ("[env.cartpole]", "cart_pole"),
        ("[env.gridworld]\nmap = 4", "a map's name or a list of rows"),
        ("[env.gridworld]\nmaps = \"4x4\"", "map"),
        ("[env.gridworld]\nobservation = \"pixels\"", "`position`, `number`, `planes`"),
        ("[env.catch]\nheight = 3", "rows"),
        ("[env.frozen_lake]\nmap_name = \"cliff\"", "`4x4` or `8x8`"),
        ("[env.taxi]\nraining = true", "is_rainy"),
        ("[env.blackjack]\ntime_limit = 3", "`natural` or `sab`"),
        ("[env.probe_two_step]\ntime_limit = 3", "time_limit"),
    ];
    for (text, expected) in cases {
        let message = read(text).unwrap_err();
        assert!(message.contains(expected), "{message:?} should mention {expected:?}");
    }
}

#[test]
fn a_time_limit_of_zero_is_an_error() {
    for text in ["[env.cart_pole]\ntime_limit = 0", "[env.probe_truncation]\ntime_limit = 0"] {
        assert_eq!(read(text).unwrap().build().err().unwrap().key, "time_limit");
    }
}

#[test]
fn what_is_no_probability_is_an_error_under_its_key() {
    for (env, key) in [
        ("gridworld", "slip"),
        ("chain", "slip"),
        ("frozen_lake", "success_rate"),
        ("taxi", "rainy_probability"),
        ("taxi", "fickle_probability"),
    ] {
        for wrong in ["-0.1", "1.1", "nan"] {
            let error = read(&format!("env.{env} = {{ {key} = {wrong} }}")).unwrap().build().err().unwrap();
            assert_eq!(error.key, key, "{error}");
        }
    }
}

#[test]
fn a_board_without_room_to_fall_is_an_error() {
    let key = |text| read(text).unwrap().build().err().unwrap().key;
    assert_eq!(key("env.catch = { rows = 1 }"), "rows");
    assert_eq!(key("env.catch = { columns = 0 }"), "columns");
    assert_eq!(key("env.catch = { columns = 1_001 }"), "columns");
    read("env.catch = { rows = 2, columns = 1 }").unwrap().build().unwrap();
}

#[test]
fn names_may_have_underscores() {
    assert_eq!(environments().find("cart_pole").unwrap().name(), "cart-pole");
    assert_eq!(environments().find("cart-pole").unwrap().id, "cart_pole");
    assert!(environments().find("tennis").is_none());
}

#[test]
fn an_entry_and_its_configuration_have_the_same_name() {
    let ids: Vec<&str> = environments().all().iter().map(|entry| entry.id).collect();
    assert_eq!(configs().iter().map(|config| config.id()).collect::<Vec<_>>(), ids);
}
