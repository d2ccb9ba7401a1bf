//! What every stack does, whatever its way of asking.

use std::error::Error;
use std::fmt::Write;

pub type AnyError = Box<dyn Error + Send + Sync>;
pub type Pair = (i32, i32);

pub fn variable(name: &str) -> String {
    std::env::var(format!("DRIVERS_{name}")).unwrap_or_else(|_| panic!("DRIVERS_{name} is not set"))
}

pub fn number(name: &str) -> i32 {
    variable(name).parse().unwrap()
}

/// The URL without its query: tokio-postgres refuses libpq's TLS keys.
pub fn bare_url() -> String {
    variable("URL").split('?').next().unwrap().to_owned()
}

/// The pairs of a task, and whether they go into one transaction: the hot texts again and again, then many cold ones.
pub fn steps(task: i32) -> Vec<(Vec<Pair>, bool)> {
    let (rounds, hot, cold) = (number("ROUNDS"), number("HOT"), number("COLD"));
    let mut steps: Vec<(Vec<Pair>, bool)> = (0..rounds)
        .map(|turn| ((0..hot).map(|k| (k, task * 1000 + turn)).collect(), turn % 2 == 1))
        .collect();
    for start in (hot..hot + cold).step_by(10) {
        steps.push(((start..start + 10).map(|k| (k, task)).collect(), false));
    }
    steps
}

/// A statement that another process has prepared under the same name gives a wrong number.
pub fn check(pairs: &[Pair], values: &[i32]) -> Result<(), AnyError> {
    let expected: Vec<i32> = pairs.iter().map(|(k, n)| k + n).collect();
    if values == expected { Ok(()) } else { Err(format!("wrong result: {values:?} for {expected:?}").into()) }
}

/// An error with its causes, as anyhow and eyre print them.
pub fn text(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            let _ = write!(text, ": {words}");
        }
        next = cause.source();
    }
    text
}

pub fn report(task: i32, outcome: Result<(), AnyError>) {
    let error = outcome.err().map(|error| text(error.as_ref()));
    println!("{}", serde_json::json!({"task": task, "ok": error.is_none(), "error": error}));
}

/// The statements of the mode `once`.
pub fn statements() -> Vec<String> {
    serde_json::from_str(&variable("ONCE")).unwrap()
}

/// Does `$single` and `$transaction` for every step of `$task`; both are expressions that await.
macro_rules! steps {
    ($task:expr, |$pairs:ident| $transaction:expr, |$k:ident, $n:ident| $single:expr) => {{
        let one = async {
            for ($pairs, in_transaction) in $crate::work::steps($task) {
                let values: Vec<i32> = if in_transaction {
                    $transaction
                } else {
                    let mut values = Vec::new();
                    for &($k, $n) in &$pairs {
                        values.push($single);
                    }
                    values
                };
                $crate::work::check(&$pairs, &values)?;
            }
            Ok::<(), $crate::work::AnyError>(())
        };
        $crate::work::report($task, one.await);
    }};
}

/// Runs the tasks side by side.
pub async fn tasks<F>(one: impl Fn(i32) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let running: Vec<_> = (0..number("TASKS")).map(|task| tokio::spawn(one(task))).collect();
    for task in running {
        let _ = task.await;
    }
}

/// What stopped everything before the first task.
pub fn nothing(error: AnyError) {
    let text = text(error.as_ref());
    for task in 0..number("TASKS") {
        report(task, Err(text.clone().into()));
    }
}
