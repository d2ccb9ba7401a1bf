//! Comments that accept a finding where it stands: `# supascope: ignore[rule, rule] reason`, on the line of the setting
//! or on the comment lines right above it.

/// What opens such a comment, after the comment sign of the language.
const MARK: &str = "supascope: ignore[";

/// One comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The rules, as written.
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
    /// Its line, counted from 1.
    pub line: usize,
}

/// The comments that belong to the setting on `line` (counted from 1) of a file.
pub fn beside(text: &str, line: usize) -> Vec<Comment> {
    let lines: Vec<&str> = text.lines().take(line).collect();
    let Some((own, above)) = lines.split_last().filter(|_| lines.len() == line) else { return Vec::new() };
    let mut found: Vec<Comment> = comment(own, line).into_iter().collect();
    for (index, text) in above.iter().enumerate().rev() {
        if !is_comment_line(text) {
            break;
        }
        found.extend(comment(text, index + 1));
    }
    found
}

/// A line that is a comment in a `.env` file, in YAML and scripts (`#`), in most languages (`//`), in SQL (`--`) and in
/// INI files (`;`).
fn is_comment_line(line: &str) -> bool {
    let line = line.trim_start();
    ["#", "//", "--", ";", "/*", "*"].iter().any(|sign| line.starts_with(sign))
}

fn comment(line: &str, number: usize) -> Option<Comment> {
    let (before, after) = line.split_once(MARK)?;
    let sign = before.trim_end();
    if !["#", "//", "--", ";", "/*", "*"].iter().any(|known| sign.ends_with(known)) {
        return None;
    }
    let (rules, reason) = after.split_once(']')?;
    let rules: Vec<String> =
        rules.split(',').map(|rule| rule.trim().to_owned()).filter(|rule| !rule.is_empty()).collect();
    let reason = reason.trim().trim_end_matches("*/").trim().to_owned();
    (!rules.is_empty()).then_some(Comment { rules, reason, line: number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_counts_on_the_line_and_right_above_it() {
        let text = "# supascope: ignore[a, b] why\n# more\nX=1 # supascope: ignore[c] here\n\n# supascope: ignore[d] far\n\nY=2\n";
        let found = beside(text, 3);
        assert_eq!(found.iter().map(|comment| comment.rules.join("+")).collect::<Vec<_>>(), ["c", "a+b"]);
        assert_eq!((found[0].reason.as_str(), found[1].reason.as_str(), found[1].line), ("here", "why", 1));
        assert!(beside(text, 7).is_empty(), "an empty line is between");
        assert!(beside(text, 99).is_empty());
    }

    #[test]
    fn other_languages_have_other_signs_and_a_value_is_no_comment() {
        assert_eq!(beside("  // supascope: ignore[a] x\nlet y;", 2).len(), 1);
        assert_eq!(beside("/* supascope: ignore[a] x */\ny", 2)[0].reason, "x");
        assert!(beside("X=supascope: ignore[a] x", 1).is_empty());
        assert!(beside("# supascope: ignore[] x\nX", 2).is_empty());
    }
}
