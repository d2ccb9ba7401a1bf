//! The Rust drivers: `supascope-drivers STACK SETTING` does the same work in several tasks, and prints one JSON line a
//! task. Each query is the text `select <k> + $1::int`, so k counts the distinct texts; every number is checked.

mod generated;
#[macro_use]
mod work;
mod stacks;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (stack, setting) = (arguments[0].as_str(), arguments[1].as_str());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match stack {
        "tokio-postgres" => runtime.block_on(stacks::tokio_postgres::run(setting)),
        "deadpool-postgres" => runtime.block_on(stacks::deadpool_postgres::run(setting)),
        "sqlx" => runtime.block_on(stacks::sqlx::run(setting)),
        "diesel" => stacks::diesel::run(setting),
        "diesel-async" => runtime.block_on(stacks::diesel_async::run(setting)),
        "seaorm" => runtime.block_on(stacks::seaorm::run(setting)),
        _ => panic!("no such stack: {stack}"),
    }
    // Whatever still holds a connection goes with the process.
    std::process::exit(0);
}
