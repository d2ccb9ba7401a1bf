//! A server's bytes: frames, messages, error fields, replies to a batch; bounded, and without a panic.
#![no_main]

use std::cell::OnceCell;
use std::io::Cursor;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use supascope::knowledge::errors::{Sender, refusal};
use supascope::wire::{Batch, Connection, Message, request_tls};
use tokio::runtime::Runtime;

thread_local! {
    static RUNTIME: OnceCell<Runtime> = const { OnceCell::new() };
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime")
}

fuzz_target!(|bytes: &[u8]| {
    let server = || tokio::io::join(Cursor::new(bytes.to_vec()), tokio::io::sink());
    let within = Duration::from_secs(5);
    RUNTIME.with(|kept| {
        kept.get_or_init(runtime).block_on(async {
            let _ = request_tls(&mut server()).await;
            let mut connection = Connection::new(server());
            while let Ok(message) = connection.receive(within, "fuzz").await {
                if let Message::Error(fields) = message {
                    let order = fields.order();
                    let _ =
                        (Sender::of(&order), refusal(fields.sqlstate(), fields.message(), &order), fields.is_fatal());
                }
            }
            let mut connection = Connection::new(server());
            let batch = Batch::new().query("select 1").prepare_and_run("s", "select 2").close("s");
            let _ = connection.run(batch, within, "fuzz").await;
        })
    });
});
