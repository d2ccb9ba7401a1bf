//! The frame of every page: one file, no script, nothing from elsewhere; light or dark as the reader's system is.

use std::fmt::Write as _;

use crate::report::escape::escape;
use crate::rules::Severity;

const STYLE: &str = include_str!("page.css");

/// A page under construction. Whatever is not markup of ours goes through [`Page::text`] or [`text`].
pub struct Page {
    body: String,
    title: String,
}

/// What a mark on the page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Works today.
    Doubt,
    /// Does not work.
    Bad,
    /// Good to know.
    Note,
}

impl Tone {
    /// Its CSS class.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Doubt => "doubt",
            Self::Bad => "bad",
            Self::Note => "note",
        }
    }
}

impl Page {
    /// An empty page with a title.
    pub fn new(title: &str) -> Self {
        let title = text(title);
        Self { body: format!("<h1>{title}</h1>\n"), title }
    }

    /// Adds markup as it is.
    pub fn markup(&mut self, markup: &str) {
        self.body.push_str(markup);
        self.body.push('\n');
    }

    /// Adds an element with a text in it; `class` may be empty.
    pub fn element(&mut self, name: &str, class: &str, content: &str) {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        let _ = writeln!(self.body, "<{name}{class}>{}</{name}>", text(content));
    }

    /// Adds a heading with a coloured mark after it.
    pub fn heading(&mut self, content: &str, tone: Tone, mark: &str) {
        let _ = writeln!(
            self.body,
            "<h2>{} <span class=\"badge {}\">{}</span></h2>",
            text(content),
            tone.class(),
            text(mark)
        );
    }

    /// Adds a table; the columns whose head ends in a `#` hold numbers.
    pub fn table(&mut self, heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
        let class = |head: &str| if head.ends_with('#') { " class=\"number\"" } else { "" };
        self.body.push_str("<div class=\"scroll\"><table><thead><tr>");
        for head in heads {
            let _ = write!(self.body, "<th{}>{}</th>", class(head), text(head.trim_end_matches('#')));
        }
        self.body.push_str("</tr></thead><tbody>\n");
        for row in rows {
            self.body.push_str("<tr>");
            for (cell, head) in row.iter().zip(heads) {
                let _ = write!(self.body, "<td{}>{}</td>", class(head), text(cell));
            }
            self.body.push_str("</tr>\n");
        }
        self.body.push_str("</tbody></table></div>\n");
    }

    /// Adds a finding: the rule, the message, the fix, the source (either may be missing).
    pub fn finding(&mut self, severity: Severity, rule: &str, message: &str, fix: Option<&str>, source: &str) {
        let severity = severity.as_str();
        self.markup(&format!(
            "<div class=\"finding {severity}\"><p><strong>{severity}</strong> <code>{}</code></p>",
            text(rule)
        ));
        self.element("p", "", message);
        if let Some(fix) = fix {
            self.markup(&format!("<p><strong>Fix:</strong> {}</p>", text(fix)));
        }
        if !source.is_empty() {
            self.element("p", "faint small", &format!("Source: {source}"));
        }
        self.markup("</div>");
    }

    /// Adds a list of sentences.
    pub fn list(&mut self, sentences: impl IntoIterator<Item = String>) {
        self.markup("<ul>");
        for sentence in sentences {
            self.element("li", "", &sentence);
        }
        self.markup("</ul>");
    }

    /// The whole document.
    pub fn finish(self) -> String {
        let Self { body, title } = self;
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             {body}<footer>Written by supascope {}. Passwords are masked unless they were asked for.</footer>\n</body>\n</html>\n",
            env!("CARGO_PKG_VERSION")
        )
    }
}

/// A text as HTML: control characters written out, then everything that HTML reserves.
pub fn text(content: &str) -> String {
    let mut shown = String::with_capacity(content.len());
    for character in escape(content).chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#39;"),
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(text("<b a='1'>&\"\x1b"), "&lt;b a=&#39;1&#39;&gt;&amp;&quot;\\x1b");
        let mut page = Page::new("<script>");
        page.element("p", "", "</p><script>alert(1)</script>");
        page.table(&["a", "n#"], [vec!["<i>".to_owned(), "1".to_owned()]]);
        assert!(!page.finish().contains("<script"));
    }
}
