//! `SQLAlchemy`: the regular expression of `_parse_url` in `sqlalchemy/engine/url.py` 2.1.9.

use super::{Parts, Read};
use crate::conninfo::{sqlalchemy, uri};

/// Reads a URI.
pub fn read(text: &str) -> Read {
    let start = uri::prefix_len(text).ok_or("no such dialect")?;
    sqlalchemy::parse(text, start..text.len())
        .map(|options| Parts::of_options(text, &options))
        .map_err(|_| "invalid literal for int() (the port)")
}
