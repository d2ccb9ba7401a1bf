//! pgjdbc: `Driver.parseURL` (42.7), of the URI with `jdbc:` before it, as people write it.

use super::{Parts, Read};
use crate::conninfo::{jdbc, uri};

/// Reads a URI.
pub fn read(text: &str) -> Read {
    let start = uri::prefix_len(text).ok_or("not accepted as jdbcUrl")?;
    let end = text[start..].find(['/', '?']).map_or(text.len(), |at| start + at);
    if text[start..end].contains('@') {
        return Err("takes everything before the last \":\" for the host; user and password are parameters");
    }
    jdbc::parse(text, start..text.len())
        .map(|options| Parts::of_options(text, &options))
        .map_err(|refusal| refusal.summary())
}
