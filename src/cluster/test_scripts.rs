//! What the tests of the engines share.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use super::{Request, Work};

/// Three workers without further wishes.
pub fn request() -> Request {
    Request {
        program: "/opt/tilde".to_owned(),
        work: Work::Experiment,
        folder: "/data/runs/walk".to_owned(),
        name: "walk".to_owned(),
        workers: 3,
        time: None,
        options: Vec::new(),
    }
}

/// Lets `bash` read a script without running it.
pub fn check_syntax(script: &str) {
    let output = Command::new("bash").args(["-n", "-c", script]).output().unwrap();
    assert!(output.status.success(), "{}\n{script}", String::from_utf8_lossy(&output.stderr));
}

/// Runs the script of a request in `place`, with a shell script as the program. The paths have a space and a quote in them.
pub fn run_with_program(place: &Path, program: &str, script: impl FnOnce(Request) -> String) -> Output {
    fs::create_dir_all(place.join("it's here/walk/logs")).unwrap();
    executable(&place.join("pro gram"), program);
    let request = Request { program: "./pro gram".to_owned(), folder: "it's here/walk".to_owned(), ..request() };
    fs::write(place.join("submit.sh"), script(request)).unwrap();
    let path = format!("{}:{}", place.display(), std::env::var("PATH").unwrap());
    Command::new("bash").arg("submit.sh").current_dir(place).env("PATH", path).output().unwrap()
}

/// Writes a program that can be started.
pub fn executable(file: &Path, text: &str) {
    fs::write(file, text).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}
