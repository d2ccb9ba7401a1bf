//! A search for leaks: settings broken in every known way, wrapped in what people paste around them, with passwords
//! that look like settings themselves. No piece of one of them is in any output of any format.
//!
//! `SUPASCOPE_SECRECY_LINES` and `SUPASCOPE_SECRECY_SEED` make the search longer, and another one.

use std::fmt::Write as _;

use clap::{Parser as _, ValueEnum as _};

use super::output::render;
use super::pipeline::Run;
use crate::cli::{Cli, Command, Format, SharedArgs};
use crate::conninfo;
use crate::policy::Policy;
use crate::repair::{Repaired, patch, repair};
use crate::report::human::{Detail, Look};
use crate::report::{Report, diff};
use crate::secret::SecretText;
use crate::target::{self, Neighbours, Setting, Source, SourceKind, Target};

/// Settings with `{}` in the place of the password.
const BROKEN: &str = include_str!("../../tests/data/broken-settings.txt");

const MORE: &[&str] = &[
    "Host=db.abcdefghijklmnopqrst.supabase.co;Username=postgres;Password={};Database=postgres",
    "host=h user=u password={} dbname=d",
    "psql -h h -U u --password={}",
    "PGPASSWORD={} psql -h h",
    "h.example.com:5432:d:u:{}",
    "jdbc:postgresql://h:5432/d?user=u&password={}",
    "ecto://u:{}@h/d",
    "r2dbc:postgresql://u:{}@h/d",
    "postgresql://postgres:{}@db.abcdefghijklmnopqrst.supabase.co/postgres:6543",
    "postgresql://postgres:{}@https://db.abcdefghijklmnopqrst.supabase.co:5432/postgres",
    "DATABASE_PASSWORD={} DATABASE_URL=postgresql://u@h/d",
    "PGHOST=h PGUSER=u PGPASSWORD={} npm start",
    "{\"host\": \"h\", \"user\": \"u\", \"password\": \"{}\"}",
];

/// What passwords hold to confuse a reader.
const JOINTS: &[&str] = &[
    "",
    "@",
    "/",
    ":",
    "#",
    "?",
    "%",
    "&",
    "=",
    "[",
    "]",
    " ",
    "'",
    "\"",
    ";",
    "\\",
    "@@",
    "/@",
    "?a=",
    "%40",
    "${",
    "é",
    "$(",
    "`",
    ",",
    "(",
    ")",
    "<",
    ">",
    "{",
    "}",
    "|",
    "\t",
    "//",
    "://",
    "postgresql://",
    "@h:5432/",
    "\u{200b}",
    "...",
    "****",
    " psql ",
    " -h ",
    ":5432:",
    "@localhost/",
    ";Host=",
    " host=",
    "&user=",
    "?sslmode=",
    "\u{a0}",
    "+",
    " # ",
    "export ",
    "\r",
    "%3A",
    "//u:",
    "=\"",
    "'; ",
];

/// What stands around a setting.
const WRAPPERS: &[&str] = &[
    "{}",
    "const url = \"{}\";",
    "const url = '{}'",
    "DATABASE_URL: {}",
    "DATABASE_URL: \"{}\"",
    "- DATABASE_URL={}",
    "\"DATABASE_URL\": \"{}\",",
    "postgres('{}')",
    "create_engine(\"{}\", pool_size=5)",
    "docker run -e DATABASE_URL={} img",
    "export DATABASE_URL={} && npm start",
    "psql \"{}\" -c 'select 1'",
    "url = env(\"X\") or \"{}\"",
    "f\"{}\"",
    "<{}>",
    "`{}`",
    "ENV DATABASE_URL {}",
    "DATABASE_URL = {}  # comment",
    "{};",
    "({})",
    "key: value, url: {}",
    "Error connecting to {} failed",
    "{} {}",
    "let s: &str = \"{}\".into();",
    "spring.datasource.url={}",
    "url='{}' user=x",
    "export A={}; psql -h h",
    "psql {}",
    "pg_dump -d {} -f x",
    "\u{201c}{}\u{201d}",
    "[{}]({})",
    "{},",
    "{}.",
    "{}|{}",
    "DIRECT_URL={} DATABASE_URL={}",
    "export PGPASSWORD={}; psql -h h; export PGPASSWORD={}; psql -h h",
];

/// Three letters in a row of a password; they occur in nothing else.
const PIECES: &[&str] = &["QzX", "zXk", "XkV", "kVw", "JqY", "qYp", "YpG", "pGf"];

/// `SplitMix64`, so that a seed means the same lines everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 33).unwrap() % end
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    fn password(&mut self) -> String {
        let (a, b) = (self.pick(JOINTS), self.pick(JOINTS));
        match self.below(6) {
            0 => format!("QzXkVw{a}JqYpGf"),
            1 => format!("{a}QzXkVw{b}JqYpGf"),
            2 => format!("QzXkVw{a}JqYpGf{b}"),
            3 => format!("{a}QzXkVwJqYpGf{b}"),
            4 => format!("QzXkVw{a}{b}JqYpGf"),
            _ => format!("{a}QzXkVw{b}JqYpGf{a}"),
        }
    }

    fn line(&mut self, templates: &[&str]) -> String {
        let setting = loop {
            let (template, password) = (self.pick(templates), self.password());
            if !is_undecidable(template, &password) {
                break template.replace("{}", &password);
            }
        };
        self.pick(WRAPPERS).replace("{}", &setting).replace('\n', " ")
    }
}

/// Whether the password makes a whole and sound setting of a template that lacks the part: nobody can tell it from one,
/// and what it says has to be read.
fn is_undecidable(template: &str, password: &str) -> bool {
    let without_host = ["{}", "postgres:{}", "{}@", "{}@/postgres", "#{}", "{}%40localhost:5432/postgres"];
    let completed = password.contains('@') && without_host.iter().any(|end| template.ends_with(end));
    let keyword = |key: &str| password.contains(&format!("{key}=")) && !template.contains(&format!("{key}="));
    let with_keys = template == "{}" || template.contains("password=") || template.contains("pasword");
    completed
        || (with_keys && ["host", "user", "sslmode"].into_iter().any(keyword))
        || (with_keys && password.contains("Host=") && !template.contains("Host="))
}

fn shared() -> SharedArgs {
    match Cli::try_parse_from(["supascope", "inspect"]).unwrap().command {
        Command::Inspect(args) => args.shared,
        _ => unreachable!("the verb above"),
    }
}

fn of_line(line: &str, number: usize) -> Target {
    let source = Source { kind: SourceKind::Stdin, variable: None, path: None, line: Some(number), column: Some(1) };
    Target { source, setting: Setting::Text(SecretText::opaque(line)), neighbours: Neighbours::default() }
}

fn rendered(report: &Report, formats: &[Format], out: &mut String) {
    let look = Look { detail: Detail::Verbose, ..Look::PLAIN };
    for format in formats {
        let mut bytes = Vec::new();
        render(report, *format, &look, &mut bytes).unwrap();
        out.push_str(&String::from_utf8_lossy(&bytes));
    }
}

/// All that is printed about some targets, and about what is repaired of them.
fn shown(run: &Run<'_>, targets: &[Target], formats: &[Format]) -> String {
    let mut out = String::new();
    let report = run.report(targets.to_vec());
    for target in &report.targets {
        let _ = writeln!(out, "{:?} {:?}", target.reading.literal, target.reading.intended);
    }
    rendered(&report, formats, &mut out);
    out
}

/// What `--fix` and `--diff` print.
fn repaired(run: &Run<'_>, targets: &[Target], formats: &[Format]) -> String {
    let repaired = repair(targets.to_vec(), &|targets| run.findings(targets));
    let mut out = String::new();
    for (before, after) in targets.iter().zip(&repaired) {
        let text = |target: &Target| conninfo::read_target(target).text;
        out.push_str(&diff::setting("list", 1, &text(before), &text(&after.target), false));
    }
    let after = repaired.into_iter().map(|repaired| repaired.target).collect();
    rendered(&run.report(after), formats, &mut out);
    out
}

/// The same of a setting in an `.env` file, with the file's own diff.
fn env_file(run: &Run<'_>, file: &str) -> String {
    let targets = target::settings_of_text(file);
    let mut out = shown(run, &targets, &[Format::Human, Format::Json]);
    let text = patch::Text::new(file);
    let named = |mut target: Target| {
        target.source.path = Some(".env".to_owned());
        target
    };
    let targets: Vec<Target> = targets.into_iter().map(named).collect();
    let repaired: Vec<Repaired> = repair(targets.clone(), &|targets| run.findings(targets));
    let mut changes = Vec::new();
    for (before, after) in targets.iter().zip(&repaired).filter(|(_, after)| !after.rules.is_empty()) {
        match patch::changes(&text, before, after) {
            Ok(more) => changes.extend(more),
            Err(error) => out.push_str(&error.to_string()),
        }
    }
    out.push_str(&diff::file(".env", file, &changes, false));
    out
}

fn leak(shown: &str) -> Option<String> {
    let at = PIECES.iter().find_map(|piece| shown.find(piece))?;
    let from = shown[..at].rfind('\n').map_or(0, |line| line + 1);
    let before = shown[from..at].chars().count().saturating_sub(150);
    Some(shown[from..].lines().next()?.chars().skip(before).take(300).collect())
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn no_format_shows_a_piece_of_a_password_however_broken_its_setting_is() {
    let lines = usize::try_from(number("SUPASCOPE_SECRECY_LINES", 2_000)).unwrap();
    let mut random = Random(number("SUPASCOPE_SECRECY_SEED", 2026));
    let templates: Vec<&str> =
        BROKEN.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).chain(MORE.iter().copied()).collect();
    let (args, policy) = (shared(), Policy::default());
    let run = Run::new(&args, &policy).unwrap();
    let mut leaks = Vec::new();
    let mut batch = Vec::new();
    for number in 1..=lines {
        let line = random.line(&templates);
        let target = of_line(&line, number);
        let one = [target.clone()];
        let mut found = leak(&shown(&run, &one, &[Format::Ndjson, Format::Human]));
        if number % 8 == 0 {
            found = found.or_else(|| leak(&repaired(&run, &one, &[Format::Human, Format::Markdown])));
            let quoted = line.replace(['"', '\r'], "");
            for file in [format!("DATABASE_URL={line}\n"), format!("export DIRECT_URL = \"{quoted}\" # x\nPGHOST=h\n")]
            {
                found = found.or_else(|| leak(&env_file(&run, &file)).map(|shown| format!("{shown}\n  .env {file:?}")));
            }
        }
        if let Some(shown) = found {
            leaks.push(format!("{line:?}\n  {shown:?}"));
        } else {
            batch.push(target);
        }
        if batch.len() == 500 || number == lines {
            // Every format, of many at once: the single lines are known to be silent.
            let every = Format::value_variants();
            leaks.extend(leak(&shown(&run, &std::mem::take(&mut batch), every)));
        }
    }
    assert!(leaks.is_empty(), "{} of {lines} lines leak:\n{}", leaks.len(), leaks.join("\n"));
}
