//! What would change, as a unified diff without context: the lines around a setting may hold other secrets.

use std::fmt::Write as _;

use super::escape::escape;
use crate::repair::patch::Change;
use crate::secret::SecretText;

/// Stands behind a hunk whose lines look alike.
const INSIDE: &str = " differs inside the masked password";

/// The changes of one file, in the order of its lines.
pub fn file(path: &str, text: &str, changes: &[Change], reveal: bool) -> String {
    let mut diff = head(path);
    let mut changes: Vec<&Change> = changes.iter().collect();
    changes.sort_by_key(|change| change.line);
    changes.dedup_by_key(|change| change.line);
    let mut added = 0;
    for change in changes {
        let lines: [Vec<String>; 2] = if reveal {
            change.clear(text).map(|text| text.split('\n').map(str::to_owned).collect())
        } else {
            change.shown.clone()
        };
        push_hunk(&mut diff, change.line, change.line + added, &lines);
        added += lines[1].len() - lines[0].len().min(lines[1].len());
    }
    diff
}

/// The change of a setting that stands in no `.env` file.
pub fn setting(place: &str, line: usize, before: &SecretText, after: &SecretText, reveal: bool) -> String {
    let shown = |text: &SecretText| vec![if reveal { text.reveal().to_owned() } else { text.masked() }];
    let mut diff = head(place);
    push_hunk(&mut diff, line, line, &[shown(before), shown(after)]);
    diff
}

fn head(path: &str) -> String {
    let path = escape(path);
    format!("--- {path}\n+++ {path}\n")
}

fn push_hunk(diff: &mut String, old_line: usize, new_line: usize, lines: &[Vec<String>; 2]) {
    let count = |lines: &[String]| if lines.len() == 1 { String::new() } else { format!(",{}", lines.len()) };
    let remark = if lines[0] == lines[1] { INSIDE } else { "" };
    let _ = writeln!(diff, "@@ -{old_line}{} +{new_line}{} @@{remark}", count(&lines[0]), count(&lines[1]));
    for (sign, lines) in ['-', '+'].into_iter().zip(lines) {
        for line in lines {
            let _ = writeln!(diff, "{sign}{}", escape(line));
        }
    }
}
