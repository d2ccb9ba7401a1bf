//! The whole way of a setting through readers, rules and reports: no piece of the password is shown, whatever stands in
//! it and around it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use supascope::repair::repair;
use supascope::report::diff;
use supascope_fuzz::{argument, every_format, findings, report};

/// Settings with `{}` in the place of the password.
const TEMPLATES: &str = include_str!("../../tests/data/broken-settings.txt");

/// Four letters in a row of a password: none of them occurs in the templates or in what supascope says itself.
const PIECES: [&str; 6] = ["QzXk", "zXkV", "XkVw", "JqYp", "qYpG", "YpGf"];

/// Where the host is missing, a password like `a@b.com/c` makes a whole setting: nobody can tell it from one.
fn is_undecidable(template: &str, joint: &str) -> bool {
    let open = ["#{}", "postgres:{}", "{}@", "{}@/postgres", "={}", "{}"];
    open.iter().any(|end| template.ends_with(end)) && joint.contains(['@', '.', ':', '=', '/'])
}

fuzz_target!(|data: (u8, &str, &str)| {
    let (choice, joint, junk) = data;
    let templates: Vec<&str> = TEMPLATES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let template = templates[usize::from(choice) % templates.len()];
    // A password that holds a whole setting of its own has no one place.
    if joint.len() > 24 || is_undecidable(template, joint) || joint.contains(['.', ':']) && joint.contains('@') {
        return;
    }
    let password = format!("QzXkVw{joint}JqYpGf");
    let setting = template.replace("{}", &password) + &junk.chars().take(16).collect::<String>();
    let targets = vec![argument(&setting)];
    let mut shown = every_format(&report(targets.clone()));
    let repaired = repair(targets.clone(), &|targets| findings(targets)).remove(0);
    let before = supascope::conninfo::read_target(&targets[0]).text;
    let after = supascope::conninfo::read_target(&repaired.target).text;
    shown.push_str(&diff::setting("argument 1", 1, &before, &after, false));
    shown.push_str(&every_format(&report(vec![repaired.target])));
    for piece in PIECES {
        if let Some(at) = shown.find(piece) {
            let from = shown[..at].rfind('\n').map_or(0, |line| line + 1);
            let line: String = shown[from..].chars().take(300).collect();
            panic!("{piece:?} of {password:?} is shown for {setting:?}: {line}");
        }
    }
});
