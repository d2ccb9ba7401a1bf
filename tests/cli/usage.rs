//! Bad usage is exit status 2, said on standard error, with a way out.

use crate::common::{good, supascope, supascope_with};

#[test]
fn help_and_version_go_to_standard_output() {
    for arguments in [&["--help"][..], &["--version"], &["inspect", "--help"], &["probe", "-h"], &["plan", "--help"]] {
        let outcome = supascope(arguments);
        assert_eq!(outcome.status, 0, "{arguments:?}");
        assert!(outcome.stdout.contains("supascope"), "{arguments:?}");
        assert_eq!(outcome.stderr, "", "{arguments:?}");
    }
}

#[test]
fn help_says_how_to_keep_a_setting_out_of_the_process_list() {
    for arguments in [&["--help"][..], &["inspect", "--help"], &["probe", "--help"]] {
        let help = supascope(arguments).stdout;
        assert!(help.contains("list of"), "{arguments:?}: {help}");
        assert!(help.contains("env:NAME"), "{arguments:?}: {help}");
    }
}

#[test]
fn without_a_command_the_help_is_shown() {
    let outcome = supascope(&[]);
    assert_eq!(outcome.status, 2);
    assert!(outcome.stderr.contains("inspect"), "{}", outcome.stderr);
}

#[test]
fn without_a_setting_anywhere_it_says_where_it_looked() {
    for verb in ["inspect", "probe"] {
        let outcome = supascope(&[verb]);
        assert_eq!(outcome.status, 2);
        assert_eq!(outcome.stdout, "");
        for place in ["environment", ".env.production", "env:NAME", "@FILE"] {
            assert!(outcome.stderr.contains(place), "{place} is missing: {}", outcome.stderr);
        }
    }
}

#[test]
fn an_unknown_rule_is_refused_and_the_nearest_is_named() {
    for option in ["--only", "--skip"] {
        let outcome = supascope(&["inspect", &good(), option, "no-such-rule-at-all"]);
        assert_eq!(outcome.status, 2, "{option}");
        assert!(outcome.stderr.contains("no-such-rule-at-all"), "{}", outcome.stderr);
    }
}

#[test]
fn a_slip_in_a_command_is_understood() {
    let outcome = supascope(&["inspct"]);
    assert_eq!(outcome.status, 2);
    assert!(outcome.stderr.contains("did you mean 'inspect'"), "{}", outcome.stderr);
}

#[test]
fn numbers_are_checked() {
    for arguments in [["--pool-size", "0"], ["--pool-size", "many"], ["--connect-timeout", "0"], ["--deadline", "-1"]] {
        let outcome = supascope_with(&[&["probe"], &arguments[..]].concat(), &[], "");
        assert_eq!(outcome.status, 2, "{arguments:?}");
    }
}

#[test]
fn quiet_and_verbose_exclude_each_other() {
    assert_eq!(supascope(&["inspect", "-q", "-v", &good()]).status, 2);
}
