//! What `watch` writes when it does not draw: a page for one look, a line a look, exposition text, the summary in JSON.

mod line;
mod page;
mod prometheus;
mod summary;

pub use super::html::watch::Film;
pub use line::{write_event, write_line};
pub use page::write as write_page;
pub use prometheus::write as write_prometheus;
pub use summary::summary;
