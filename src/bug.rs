//! What happens when supascope itself is wrong: a fixed text with the place, never the panic's message, which could
//! quote a piece of a setting.

use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit;

/// Whether any thread or task has panicked; a panic in a task of the probe is caught by the runtime.
static SEEN: AtomicBool = AtomicBool::new(false);

/// The panic hook.
pub fn report(info: &PanicHookInfo<'_>) {
    SEEN.store(true, Ordering::Relaxed);
    let place = info.location().map(|location| format!(" ({}:{})", location.file(), location.line()));
    // Standard error may be closed; `eprintln!` would panic again.
    let _ = writeln!(
        std::io::stderr(),
        "this is a bug in supascope {}{}: please report it with this line and without your password",
        env!("CARGO_PKG_VERSION"),
        place.unwrap_or_default()
    );
}

/// The exit status of the run, or that of a bug when one was met on the way.
pub fn status(status: u8) -> u8 {
    if SEEN.load(Ordering::Relaxed) { exit::BUG } else { status }
}
