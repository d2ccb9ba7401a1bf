//! libpq: `conninfo_uri_parse_options` in `fe-connect.c` of PostgreSQL 15.

use super::{Parts, Read};
use crate::conninfo::uri;

/// Reads a URI.
pub fn read(text: &str) -> Read {
    let start = uri::prefix_len(text).ok_or("not a URI to libpq")?;
    // A foreign key in the query is another rule's affair.
    uri::parse_parts(text, start..text.len())
        .map(|options| Parts::of_options(text, &options))
        .map_err(|refusal| refusal.summary())
}
