//! `--alert used=70,idle_in_transaction=60s`: when the exit status is 1, and events follow.

use super::{Full, Link, Picture};

/// What is measured against a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Used slots, in percent.
    Used,
    /// Free slots: fewer than.
    Free,
    /// The fullest pool, in percent.
    Pool,
    /// The longest idle in a transaction, in seconds.
    IdleInTransaction,
    /// The oldest transaction, in seconds.
    Transaction,
    /// Clients that wait for a server connection.
    Waiting,
    /// Sessions that wait for a lock.
    Blocked,
    /// Suspected leaks.
    Leak,
    /// How long there has been no look, in seconds.
    Unreachable,
}

impl Measure {
    /// All of them, with their names on the command line.
    const ALL: [(&'static str, Self); 9] = [
        ("used", Self::Used),
        ("free", Self::Free),
        ("pool", Self::Pool),
        ("idle_in_transaction", Self::IdleInTransaction),
        ("transaction", Self::Transaction),
        ("waiting", Self::Waiting),
        ("blocked", Self::Blocked),
        ("leak", Self::Leak),
        ("unreachable", Self::Unreachable),
    ];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, measure)| *measure == self).map_or("", |(name, _)| name)
    }

    const fn is_time(self) -> bool {
        matches!(self, Self::IdleInTransaction | Self::Transaction | Self::Unreachable)
    }

    const fn is_percent(self) -> bool {
        matches!(self, Self::Used | Self::Pool)
    }
}

/// One alert.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alert {
    /// What.
    pub measure: Measure,
    /// From here on; for [`Measure::Free`] below.
    pub limit: f64,
}

/// An alert that cannot be understood. It quotes nothing: a setting may stand there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AlertError {
    /// No measure has this name.
    #[error("there is no such measure; those that are: {}", names())]
    Measure,
    /// A limit that is none.
    #[error("{0} needs {1}")]
    Limit(&'static str, &'static str),
}

fn names() -> String {
    let names: Vec<&str> = Measure::ALL.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// Reads `used=70,idle_in_transaction=60s`.
pub fn parse(text: &str) -> Result<Vec<Alert>, AlertError> {
    text.split(',').map(str::trim).filter(|piece| !piece.is_empty()).map(parse_one).collect()
}

fn parse_one(piece: &str) -> Result<Alert, AlertError> {
    let (name, limit) = piece.split_once('=').map_or((piece, None), |(name, limit)| (name, Some(limit)));
    let name = name.trim().replace('-', "_");
    let &(name, measure) = Measure::ALL.iter().find(|(known, _)| *known == name).ok_or(AlertError::Measure)?;
    let limit = limit.map(str::trim).or_else(|| (measure == Measure::Leak).then_some("1"));
    let (read, wanted): (fn(&str) -> Option<f64>, _) = if measure.is_time() {
        (seconds, "a time such as 60s, 5m or 500ms")
    } else if measure.is_percent() {
        (percent, "a share from 1 to 100, such as 70 or 70%")
    } else {
        (count, "a number from 1 to 1000000")
    };
    let limit = limit.and_then(read).ok_or(AlertError::Limit(name, wanted))?;
    Ok(Alert { measure, limit })
}

fn count(text: &str) -> Option<f64> {
    text.parse::<u32>().ok().filter(|count| (1..=1_000_000).contains(count)).map(f64::from)
}

fn percent(text: &str) -> Option<f64> {
    count(text.strip_suffix('%').unwrap_or(text)).filter(|percent| *percent <= 100.0)
}

/// `60s`, `5m`, `2h`, `500ms`, or seconds alone.
pub fn seconds(text: &str) -> Option<f64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u32 = text[..digits].parse().ok()?;
    let factor = match text[digits..].trim() {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let seconds = f64::from(number) * factor;
    (seconds > 0.0 && seconds <= 31_536_000.0).then_some(seconds)
}

impl Alert {
    /// What it stands at; `None` when it is not known.
    pub fn value(&self, picture: &Picture) -> Option<f64> {
        if self.measure == Measure::Unreachable {
            return Some(picture.unreachable_s());
        }
        if let Link::Down { trouble, .. } = &picture.link {
            // What an old picture shows is not so now; a refusal for want of room says enough.
            return match (trouble.full?, self.measure) {
                (Full::Slots, Measure::Used) | (Full::Pool, Measure::Pool) => Some(100.0),
                (Full::Slots, Measure::Free) => Some(0.0),
                _ => None,
            };
        }
        let slots = picture.slots.as_ref()?;
        match self.measure {
            Measure::Used => slots.used_percent.map(f64::from),
            Measure::Free => Some(f64::from(slots.free)),
            Measure::Pool => picture.pools.iter().filter_map(super::PoolGauge::used_percent).max().map(f64::from),
            Measure::IdleInTransaction => Some(picture.longest_idle_s.unwrap_or(0.0)),
            Measure::Transaction => Some(picture.oldest_transaction_s.unwrap_or(0.0)),
            Measure::Waiting => picture.waiting.clients().map(f64::from),
            Measure::Blocked => Some(f64::from(picture.blocked)),
            Measure::Leak => u32::try_from(picture.suspects.len()).ok().map(f64::from),
            Measure::Unreachable => None,
        }
    }

    /// Whether it is raised.
    pub fn is_raised(&self, picture: &Picture) -> bool {
        self.value(picture).is_some_and(|value| match self.measure {
            Measure::Free => value < self.limit,
            _ => value >= self.limit,
        })
    }

    /// `used is 84 % (limit 70)`
    pub fn words(&self, picture: &Picture) -> String {
        let value = self.value(picture).unwrap_or_default();
        let unit = if self.measure.is_time() {
            " s"
        } else if self.measure.is_percent() {
            " %"
        } else {
            ""
        };
        format!("{} is {value:.0}{unit} (limit {:.0})", self.measure.as_str(), self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_is_read_in_its_own_unit() {
        let alerts =
            parse("used=70, idle_in_transaction=60s,transaction=5m,waiting=1,pool=90%,leak,free=5,unreachable=500ms")
                .unwrap();
        let limits: Vec<f64> = alerts.iter().map(|alert| alert.limit).collect();
        assert_eq!(limits, [70.0, 60.0, 300.0, 1.0, 90.0, 1.0, 5.0, 0.5]);
    }

    #[test]
    fn what_is_wrong_is_said_and_not_quoted() {
        for (text, part) in [
            ("usde=70", "no such measure"),
            ("used", "a share"),
            ("used=170", "a share"),
            ("idle_in_transaction=soon", "60s"),
            ("waiting=0", "number"),
            ("postgres://u:s3cret@h/d", "no such measure"),
            ("used=s3cret", "a share"),
            ("idle_in_transaction=99999999999999s", "60s"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("s3cret"), "{text}: {error}");
        }
    }
}
