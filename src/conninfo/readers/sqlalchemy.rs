//! `SQLAlchemy`: the regular expression of `_parse_url` in `sqlalchemy/engine/url.py` 2.1.9.

use super::{Parts, Read, part};
use crate::conninfo::{sqlalchemy, uri};

/// Reads a URI.
pub fn read(text: &str) -> Read {
    let start = uri::prefix_len(text).ok_or("no such dialect")?;
    sqlalchemy::parse(text, start..text.len())
        .map(|options| {
            let mut parts = Parts::of_options(text, &options);
            // A list of hosts is one odd name here.
            if let Some(host) = options.iter().find(|option| option.keyword == "host" && option.key_span.is_none()) {
                let port = parts.hosts.iter_mut().find_map(|(_, port)| port.take());
                let name = part(String::from_utf8_lossy(&host.value), host.span.clone());
                parts.hosts = vec![(name, port)];
            }
            parts
        })
        .map_err(|_| "invalid literal for int() (the port)")
}
