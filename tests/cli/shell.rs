//! `completions` and `man` follow the definition of the command line.

use crate::common::supascope;

#[test]
fn every_shell_gets_a_script_that_knows_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let outcome = supascope(&["completions", shell]);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""), "{shell}");
        for verb in ["inspect", "probe", "check", "plan", "explain", "list"] {
            assert!(outcome.stdout.contains(verb), "{shell}: {verb}");
        }
    }
    assert_eq!(supascope(&["completions", "tcsh"]).status, 2);
}

#[test]
fn bash_takes_its_script() {
    let script = supascope(&["completions", "bash"]).stdout;
    let checked = std::process::Command::new("bash").args(["-n", "-c", &script]).output();
    let Ok(checked) = checked else {
        eprintln!("SKIPPED: bash is not installed");
        return;
    };
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn the_manual_has_a_page_for_the_program_and_for_each_command() {
    let page = supascope(&["man"]).stdout;
    assert!(page.contains(".TH supascope") && page.contains("probe"), "{page}");
    let page = supascope(&["man", "probe"]).stdout;
    assert!(page.contains(".TH supascope-probe") && page.contains("connect\\-timeout"), "{page}");
    let unknown = supascope(&["man", "prob"]);
    assert_eq!(unknown.status, 2);
    assert!(unknown.stderr.contains("did you mean 'probe'"), "{}", unknown.stderr);
}
