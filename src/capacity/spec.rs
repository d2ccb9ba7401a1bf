//! `--service NAME=key:value,...`

use super::{Demand, PlanEndpoint, SearchPath, Service, Traffic};
use crate::knowledge;

/// The largest number that a plan takes: beyond, it is a slip.
pub const MAX_NUMBER: u32 = 1_000_000;

/// The longest name of a role, a database or a schema: `PostgreSQL` cuts at 63 bytes (`NAMEDATALEN` - 1).
const MAX_IDENTIFIER_BYTES: usize = 63;

const KEYS: &[&str] = &[
    "instances",
    "replicas",
    "workers",
    "engines",
    "pool",
    "overflow",
    "endpoint",
    "qps",
    "query_ms",
    "user",
    "db",
    "search_path",
    "stack",
];

/// Another word for each endpoint, beside its own.
const ENDPOINT_ALIASES: &[(&str, PlanEndpoint)] =
    &[("shared-session", PlanEndpoint::Session), ("shared-transaction", PlanEndpoint::Transaction)];

/// A service that cannot be planned. What was typed is not repeated unless it is a plain word: it may be a setting in
/// the wrong place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// No name, or not a name.
    #[error(
        "a service is written NAME=key:value,..., with a name of 1 to 40 letters, digits, '-', '_' or '.', for example \
         web=replicas:3,workers:2,pool:5,overflow:10,endpoint:session"
    )]
    Shape,
    /// A piece that is no `key:value`.
    #[error("{service}: '{piece}' is no key:value")]
    Piece {
        /// The service.
        service: String,
        /// The piece.
        piece: String,
    },
    /// A key that does not exist.
    #[error("{service}: no key is called '{key}'; {hint}")]
    UnknownKey {
        /// The service.
        service: String,
        /// The key.
        key: String,
        /// The nearest, or all.
        hint: String,
    },
    /// A key, or two words for the same, twice.
    #[error("{service}: {key} is given twice{also}")]
    Twice {
        /// The service.
        service: String,
        /// The key.
        key: &'static str,
        /// The two words for it.
        also: &'static str,
    },
    /// A value that does not do.
    #[error("{service}: {key} takes {wanted}{found}")]
    Value {
        /// The service.
        service: String,
        /// The key.
        key: &'static str,
        /// What it takes.
        wanted: String,
        /// What was given, if that can be shown.
        found: String,
    },
    /// A key that must be there.
    #[error("{service}: {key} is missing: {what}")]
    Missing {
        /// The service.
        service: String,
        /// The key.
        key: &'static str,
        /// What it is.
        what: &'static str,
    },
    /// Numbers that together are beyond counting.
    #[error("{service}: {demand} comes to more connections than can be counted")]
    TooMany {
        /// The service.
        service: String,
        /// The product.
        demand: String,
    },
    /// A stack that nobody knows, or that tells no pool.
    #[error("{service}: {problem}")]
    Stack {
        /// The service.
        service: String,
        /// What is wrong.
        problem: String,
    },
}

/// Reads one service.
pub fn parse_service(text: &str) -> Result<Service, SpecError> {
    let (name, rest) = text.split_once('=').ok_or(SpecError::Shape)?;
    let name = name.trim();
    if !is_plain(name) || name.is_empty() {
        return Err(SpecError::Shape);
    }
    let mut reader = Reader { service: name, values: Vec::new() };
    for piece in rest.split(',').map(str::trim).filter(|piece| !piece.is_empty()) {
        reader.take(piece)?;
    }
    reader.service()
}

/// The values of one service, by their key.
struct Reader<'a> {
    service: &'a str,
    values: Vec<(&'static str, &'a str)>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, piece: &'a str) -> Result<(), SpecError> {
        let (key, value) = piece.split_once(':').ok_or_else(|| self.no_pair(piece))?;
        let (written, value) = (key.trim(), value.trim());
        let lower = written.to_ascii_lowercase().replace('-', "_");
        let known = match lower.as_str() {
            // Words for the same.
            "replicas" => "instances",
            "database" => "db",
            other => KEYS.iter().copied().find(|key| *key == other).ok_or_else(|| self.unknown_key(written))?,
        };
        if self.value(known).is_some() {
            let also = if known == "instances" { " (replicas is another word for it)" } else { "" };
            return Err(SpecError::Twice { service: self.service.to_owned(), key: known, also });
        }
        self.values.push((known, value));
        Ok(())
    }

    fn service(&self) -> Result<Service, SpecError> {
        let endpoint = self.endpoint()?;
        let search_path = self.search_path()?;
        let demand = self.demand(&search_path)?;
        Ok(Service {
            name: self.service.to_owned(),
            endpoint,
            demand,
            traffic: self.traffic()?,
            user: self.identifier("user")?.unwrap_or("postgres").to_owned(),
            database: self.identifier("db")?.unwrap_or("postgres").to_owned(),
            search_path,
        })
    }

    fn endpoint(&self) -> Result<PlanEndpoint, SpecError> {
        let what = "session (shared pooler, 5432), transaction (shared pooler, 6543), dedicated (PgBouncer on \
                    db.<ref>.supabase.co:6543) or direct (db.<ref>.supabase.co:5432)";
        let Some(value) = self.value("endpoint") else {
            return Err(SpecError::Missing { service: self.service.to_owned(), key: "endpoint", what });
        };
        let own = PlanEndpoint::ALL.map(|endpoint| (endpoint.as_str(), endpoint));
        let mut known = own.iter().chain(ENDPOINT_ALIASES);
        known
            .find(|(name, _)| name.eq_ignore_ascii_case(value))
            .map(|(_, endpoint)| *endpoint)
            .ok_or_else(|| self.bad("endpoint", value, what))
    }

    fn demand(&self, search_path: &SearchPath) -> Result<Demand, SpecError> {
        let (pool, overflow) = self.pool()?;
        let listed = match search_path {
            SearchPath::Listed(paths) => u32::try_from(paths.len()).ok(),
            SearchPath::Same(_) | SearchPath::Distinct => None,
        };
        let engines = self.number("engines", 1)?;
        if let (Some(listed), Some(engines)) = (listed, engines)
            && listed != engines
        {
            let wanted = format!("the number of search paths, {listed}, when they are listed (or leave it out)");
            return Err(self.bad("engines", &engines.to_string(), wanted));
        }
        let demand = Demand {
            instances: self.number("instances", 1)?.unwrap_or(1),
            workers: self.number("workers", 1)?.unwrap_or(1),
            engines: engines.or(listed).unwrap_or(1),
            pool,
            overflow,
        };
        let factors = [demand.instances, demand.workers, demand.engines, pool.saturating_add(overflow)];
        factors
            .into_iter()
            .try_fold(1_u32, u32::checked_mul)
            .map(|_| demand)
            .ok_or_else(|| SpecError::TooMany { service: self.service.to_owned(), demand: demand.to_string() })
    }

    /// Pool and overflow, as given or by the stack's defaults.
    fn pool(&self) -> Result<(u32, u32), SpecError> {
        let (pool, overflow) = (self.number("pool", 1)?, self.number("overflow", 0)?);
        let Some(stack) = self.value("stack") else {
            let what = "the most connections that one pool opens, or stack:ID for a driver's default";
            let missing = || SpecError::Missing { service: self.service.to_owned(), key: "pool", what };
            return Ok((pool.ok_or_else(missing)?, overflow.unwrap_or(0)));
        };
        let problem = |problem| SpecError::Stack { service: self.service.to_owned(), problem };
        let shown = if is_plain(stack) { stack } else { crate::secret::MASK };
        let profile = knowledge::require_stack(shown).map_err(|error| problem(error.to_string()))?;
        let default = profile.pool.as_ref().filter(|default| default.by_default && !default.unbounded);
        let size = pool.or_else(|| default.and_then(|default| default.default_size));
        let none = || problem(format!("{} has no pool of a fixed size by default: give pool:N", profile.id));
        // A pool that is given replaces the stack's pool, its overflow stays.
        let of_stack = default.map_or(0, |default| default.default_overflow);
        Ok((size.ok_or_else(none)?, overflow.unwrap_or(of_stack)))
    }

    fn traffic(&self) -> Result<Option<Traffic>, SpecError> {
        let (qps, query_ms) = (self.thousandths("qps")?, self.thousandths("query_ms")?);
        let missing = |key, what| Err(SpecError::Missing { service: self.service.to_owned(), key, what });
        match (qps, query_ms) {
            (Some(qps_milli), Some(query_us)) => Ok(Some(Traffic { qps_milli, query_us })),
            (None, None) => Ok(None),
            (Some(_), None) => missing("query_ms", "how long a transaction holds its connection, on average"),
            (None, Some(_)) => missing("qps", "transactions per second of the whole service"),
        }
    }

    fn search_path(&self) -> Result<SearchPath, SpecError> {
        let Some(value) = self.identifier_of("search_path", 1000)? else { return Ok(SearchPath::Same(None)) };
        if value == "distinct" {
            return Ok(SearchPath::Distinct);
        }
        let paths: Vec<String> = value.split('+').map(|path| path.trim().to_owned()).collect();
        let repeated = paths.iter().enumerate().any(|(index, path)| path.is_empty() || paths[..index].contains(path));
        if repeated {
            let wanted =
                "one value for all engines, different values joined by '+', one for each engine, or 'distinct'";
            return Err(self.bad("search_path", value, wanted));
        }
        Ok(match paths.as_slice() {
            [only] => SearchPath::Same(Some(only.clone())),
            _ => SearchPath::Listed(paths),
        })
    }

    /// A whole number from `least` on.
    fn number(&self, key: &'static str, least: u32) -> Result<Option<u32>, SpecError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let hint = match (key, value) {
            ("pool", "0") | ("overflow", "-1") => " (no limit cannot be planned; give the most that you want)",
            _ => "",
        };
        let number = value.parse::<u32>().ok().filter(|number| (least..=MAX_NUMBER).contains(number));
        number
            .map(Some)
            .ok_or_else(|| self.bad(key, value, format!("a whole number from {least} to {MAX_NUMBER}{hint}")))
    }

    /// A number with at most three decimals, in thousandths.
    fn thousandths(&self, key: &'static str) -> Result<Option<u64>, SpecError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let read = || {
            let (whole, decimals) = value.split_once('.').unwrap_or((value, "0"));
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if !digits(whole) || !digits(decimals) || decimals.len() > 3 {
                return None;
            }
            let whole = whole.parse::<u32>().ok().filter(|whole| *whole <= MAX_NUMBER)?;
            let thousandths = u64::from(whole) * 1000 + format!("{decimals:0<3}").parse::<u64>().ok()?;
            (thousandths > 0 && thousandths <= u64::from(MAX_NUMBER) * 1000).then_some(thousandths)
        };
        let wanted = || format!("a number above 0 and up to {MAX_NUMBER}, with at most three decimals");
        read().map(Some).ok_or_else(|| self.bad(key, value, wanted()))
    }

    fn identifier(&self, key: &'static str) -> Result<Option<&'a str>, SpecError> {
        self.identifier_of(key, MAX_IDENTIFIER_BYTES)
    }

    fn identifier_of(&self, key: &'static str, max_bytes: usize) -> Result<Option<&'a str>, SpecError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        if value.is_empty() || value.len() > max_bytes || value.contains(char::is_control) {
            return Err(self.bad(key, value, format!("a name of 1 to {max_bytes} bytes")));
        }
        Ok(Some(value))
    }

    fn value(&self, key: &str) -> Option<&'a str> {
        self.values.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }

    fn bad(&self, key: &'static str, value: &str, wanted: impl Into<String>) -> SpecError {
        let found = match value {
            "" => ", and nothing stands there".to_owned(),
            value if is_plain(value) => format!(", not '{value}'"),
            _ => String::new(),
        };
        SpecError::Value { service: self.service.to_owned(), key, wanted: wanted.into(), found }
    }

    fn no_pair(&self, piece: &str) -> SpecError {
        let piece = if is_plain(piece) { piece } else { crate::secret::MASK };
        SpecError::Piece { service: self.service.to_owned(), piece: piece.to_owned() }
    }

    fn unknown_key(&self, key: &str) -> SpecError {
        // No key is longer, and the time grows with the length.
        let lower: String = key.chars().take(64).collect::<String>().to_ascii_lowercase();
        let nearest = KEYS.iter().map(|known| (knowledge::distance(&lower, known), known)).min();
        let hint = match nearest {
            Some((distance, known)) if distance * 3 <= known.len().max(3) => format!("did you mean '{known}'?"),
            _ => format!("known are {}", KEYS.join(", ")),
        };
        let key = if is_plain(key) { key } else { crate::secret::MASK };
        SpecError::UnknownKey { service: self.service.to_owned(), key: key.to_owned(), hint }
    }
}

/// A word that cannot be a setting or a part of one that matters.
fn is_plain(text: &str) -> bool {
    text.len() <= 40 && text.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character))
}
