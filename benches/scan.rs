//! `scan` on a repository as large as a monorepo, against `rg -l postgres` over the same files, as whole processes.
//!
//! The repository is made in a temporary directory and removed; `SCAN_BENCH_FILES` changes its size (100,000 files).
//! Without ripgrep on the path (or in `RG`) the bench says so and prints its own time.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on fails, and prints its result")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: u32 = 5;

/// Files in one directory; directories stand three deep.
const FILES_EACH: usize = 20;

/// One file in this many is about Postgres.
const POSTGRES_EACH: usize = 50;

/// Ends of names with what stands in such files: as in a repository of several languages.
const KINDS: &[(&str, &str)] = &[
    ("ts", "import { thing } from './thing';\nexport const value = (x: number): number => thing(x) + 1;\n"),
    ("tsx", "export const View = ({ name }: { name: string }) => <div className=\"view\">{name}</div>;\n"),
    ("py", "import os\n\n\ndef value(x: int) -> int:\n    \"\"\"Adds one.\"\"\"\n    return x + 1\n"),
    ("go", "package thing\n\n// Value adds one.\nfunc Value(x int) int {\n\treturn x + 1\n}\n"),
    ("rs", "/// Adds one.\npub fn value(x: u32) -> u32 {\n    x + 1\n}\n"),
    ("java", "class Thing {\n    int value(int x) {\n        return x + 1;\n    }\n}\n"),
    ("kt", "fun value(x: Int): Int {\n    val text = \"${x + 1}\"\n    return text.toInt()\n}\n"),
    ("cs", "public static class Thing\n{\n    public static int Value(int x) => x + 1;\n}\n"),
    ("rb", "class Thing\n  def value(x)\n    \"#{x + 1}\".to_i\n  end\nend\n"),
    ("ex", "defmodule Thing do\n  def value(x), do: x + 1\nend\n"),
    ("json", "{\"name\": \"thing\", \"values\": [1, 2, 3]}\n"),
    ("yml", "name: thing\nvalues:\n  - 1\n  - 2\n"),
    ("md", "# A thing\n\nIt adds one to what it is given, and says so.\n"),
    ("css", ".view { margin: 0 auto; padding: 1rem; }\n"),
    ("svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0h24v24H0z\"/></svg>\n"),
];

/// What the files about Postgres hold, by the ends of their names.
const POSTGRES: &[(&str, &str)] = &[
    (
        "ts",
        "import { Pool } from 'pg';\n// postgres\nexport const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 5 });\n",
    ),
    (
        "py",
        "import os\n# postgres\nimport asyncpg\n\n\nasync def pool():\n    return await asyncpg.create_pool(os.environ[\"DATABASE_URL\"], max_size=5)\n",
    ),
    ("rb", "require \"pg\" # postgres\nCONN = PG.connect(ENV[\"DATABASE_URL\"])\n"),
    (
        "cs",
        "using Npgsql; // postgres\nvar source = NpgsqlDataSource.Create(Environment.GetEnvironmentVariable(\"PG_DSN\")!);\n",
    ),
];

fn main() {
    let files: usize = std::env::var("SCAN_BENCH_FILES").ok().and_then(|size| size.parse().ok()).unwrap_or(100_000);
    let directory = tempfile::tempdir().unwrap();
    make(directory.path(), files);
    let supascope = env!("CARGO_BIN_EXE_supascope");
    let ours = best(|| run(supascope, &["scan", "--format", "json", "--fail-on", "never"], directory.path()));
    println!("scan, {files} files: {:.3} s", ours.as_secs_f64());
    let rg = std::env::var("RG").unwrap_or_else(|_| "rg".to_owned());
    if Command::new(&rg).arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("rg is not installed: nothing to compare with");
        return;
    }
    // A hidden file is a setting like another, so rg is told to look at them too.
    let theirs = best(|| run(&rg, &["--hidden", "-l", "postgres", "."], directory.path()));
    println!("rg -l postgres: {:.3} s", theirs.as_secs_f64());
    println!("scan takes {:.2} times as long", ours.as_secs_f64() / theirs.as_secs_f64());
}

fn best(run: impl Fn() -> Duration) -> Duration {
    run();
    (0..RUNS).map(|_| run()).min().unwrap()
}

fn run(program: &str, arguments: &[&str], directory: &Path) -> Duration {
    let begun = Instant::now();
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory).stdin(Stdio::null());
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "{program}: {status}");
    begun.elapsed()
}

/// Makes the repository: files of one to fifty times the text of their kind.
fn make(root: &Path, files: usize) {
    fs::create_dir(root.join(".git")).unwrap();
    fs::write(root.join(".gitignore"), ".env\n/build\n").unwrap();
    fs::write(
        root.join(".env"),
        "DATABASE_URL=postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres\n",
    )
    .unwrap();
    let mut folder = root.to_owned();
    for at in 0..files {
        if at % FILES_EACH == 0 {
            let number = at / FILES_EACH;
            folder = root.join(format!("team{}/service{}/module{}", number % 20, number / 20 % 20, number / 400));
            fs::create_dir_all(&folder).unwrap();
        }
        let (end, text) = if at % POSTGRES_EACH == 7 {
            POSTGRES[at / POSTGRES_EACH % POSTGRES.len()]
        } else {
            let (end, text) = KINDS[at * 7 % KINDS.len()];
            (end, text)
        };
        let times = if at % POSTGRES_EACH == 7 { 1 } else { 1 + at * 31 % 50 };
        fs::write(folder.join(format!("file{at}.{end}")), text.repeat(times)).unwrap();
    }
}
