//! How many connections a rehearsal may have open: a share of what is free, worked out before any load.

use std::fmt;
use std::str::FromStr;

use crate::capacity::{WARNING_PERCENT, usable, used_percent};

/// Connections that every rehearsal needs: one that looks, one that works.
pub const LEAST: u32 = 2;

/// The share of the free slots that may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaxShare {
    /// In hundredths of a percent.
    basis_points: u32,
}

/// All there is, in hundredths of a percent.
const WHOLE: u32 = 10_000;

impl MaxShare {
    /// A quarter.
    pub const DEFAULT: Self = Self { basis_points: WHOLE / 4 };

    /// In percent.
    pub fn percent(self) -> f64 {
        f64::from(self.basis_points) / 100.0
    }

    /// That share of a number, rounded down.
    pub fn of(self, number: u32) -> u32 {
        let share = u64::from(number) * u64::from(self.basis_points) / u64::from(WHOLE);
        u32::try_from(share).unwrap_or(u32::MAX)
    }
}

impl fmt::Display for MaxShare {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} %", self.percent())
    }
}

/// A share that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a share is a percentage above 0 up to 100 (25, 25%) or a fraction up to 1 with a point (0.25)")]
pub struct NotAShare;

impl FromStr for MaxShare {
    type Err = NotAShare;

    /// `25` and `25%` are percentages; a number with a point up to 1 (`0.25`, `1.0`) is a fraction.
    fn from_str(text: &str) -> Result<Self, NotAShare> {
        let text = text.trim();
        let (number, is_percent) = text.strip_suffix('%').map_or((text, false), |number| (number.trim_end(), true));
        let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let value: f64 = if plain { number.parse().map_err(|_| NotAShare)? } else { return Err(NotAShare) };
        let is_fraction = !is_percent && number.contains('.') && value <= 1.0;
        let percent = if is_fraction { value * 100.0 } else { value };
        // Rounded down: less than was asked for is in order, more is not. The hair makes 0.29 * 100 the 29 that was meant.
        let basis_points = (percent * 100.0 + 1e-6).floor();
        if !(1.0..=f64::from(WHOLE)).contains(&basis_points) {
            return Err(NotAShare);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 10000")]
        Ok(Self { basis_points: basis_points as u32 })
    }
}

/// A limit, and what is taken of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The limit.
    pub limit: u32,
    /// What is taken.
    pub used: u32,
}

impl Taken {
    /// What is left.
    pub const fn free(self) -> u32 {
        self.limit.saturating_sub(self.used)
    }

    /// In percent; of nothing, all is taken.
    pub fn percent(self) -> u32 {
        used_percent(self.used, self.limit).unwrap_or(100)
    }
}

/// What stands between the endpoint and its limits, as measured before the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slots {
    /// `max_connections`.
    pub max_connections: u32,
    /// What ordinary roles cannot have of it.
    pub reserved: u32,
    /// Client backends, the one that looked among them.
    pub in_use: u32,
    /// The role's own limit, where it has one.
    pub role: Option<Taken>,
    /// The pooler's pool, where its size is known: what is busy in transaction mode, what is held in session mode.
    pub pool: Option<Taken>,
}

/// The limit that leaves the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Narrowest {
    /// The database's slots.
    Database,
    /// The role's own limit.
    Role,
    /// The pooler's pool.
    Pool,
}

impl Narrowest {
    /// In words.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Database => "the database's slots",
            Self::Role => "the role's connection limit",
            Self::Pool => "the pooler's pool",
        }
    }

    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Role => "role",
            Self::Pool => "pool",
        }
    }
}

impl Slots {
    /// The database's own.
    pub const fn database(&self) -> Taken {
        Taken { limit: usable(self.max_connections, self.reserved), used: self.in_use }
    }

    /// Every limit that is known.
    pub fn limits(&self) -> impl Iterator<Item = (Narrowest, Taken)> {
        let role = self.role.map(|taken| (Narrowest::Role, taken));
        let pool = self.pool.map(|taken| (Narrowest::Pool, taken));
        [Some((Narrowest::Database, self.database())), role, pool].into_iter().flatten()
    }

    /// What can still be taken, and the limit that says so.
    pub fn free(&self) -> (u32, Narrowest) {
        let free = self.limits().map(|(narrowest, taken)| (taken.free(), narrowest));
        free.min_by_key(|(free, _)| *free).unwrap_or((0, Narrowest::Database))
    }
}

/// Why no load may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// The endpoint is near a limit already.
    #[error("{} of {} are taken ({} %) of {}; from {WARNING_PERCENT} % on no load is added", .taken.used, .taken.limit, .taken.percent(), .narrowest.noun())]
    NearLimit {
        /// Which limit.
        narrowest: Narrowest,
        /// How far.
        taken: Taken,
    },
    /// The share is too small to do anything with.
    #[error("{share} of {free} free ({}) are {allowed} connections, and a rehearsal needs {LEAST}: one that looks, one that works", .narrowest.noun())]
    TooFew {
        /// What is free.
        free: u32,
        /// By which limit.
        narrowest: Narrowest,
        /// The share.
        share: MaxShare,
        /// What that allows.
        allowed: u32,
    },
}

/// What a rehearsal may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// What was free.
    pub free: u32,
    /// The limit that left the least.
    pub narrowest: Narrowest,
    /// The share.
    pub share: MaxShare,
    /// Connections at once, the one that looks among them.
    pub connections: u32,
}

impl Allowance {
    /// The share of what is free; no load at all near a limit, or where the share is too small.
    pub fn new(slots: &Slots, share: MaxShare) -> Result<Self, Forbidden> {
        let full = slots.limits().find(|(_, taken)| taken.percent() >= WARNING_PERCENT);
        if let Some((narrowest, taken)) = full {
            return Err(Forbidden::NearLimit { narrowest, taken });
        }
        let (free, narrowest) = slots.free();
        let connections = share.of(free);
        if connections < LEAST {
            return Err(Forbidden::TooFew { free, narrowest, share, allowed: connections });
        }
        Ok(Self { free, narrowest, share, connections })
    }

    /// Connections for the load.
    pub const fn load(&self) -> u32 {
        self.connections.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_share_is_a_percentage_or_a_fraction() {
        for (text, percent) in [
            ("25", 25.0),
            ("25%", 25.0),
            ("0.25", 25.0),
            ("0.29", 29.0),
            (" 100 % ", 100.0),
            ("1.0", 100.0),
            ("1", 1.0),
            ("12.5", 12.5),
            ("0.5%", 0.5),
            (".5", 50.0),
        ] {
            assert_eq!(text.parse::<MaxShare>().map(MaxShare::percent), Ok(percent), "{text}");
        }
        for text in [
            "", "0", "0.0", "101", "100.1%", "-5", "a", "25%%", "1e1", "inf", "NaN", "0.00001", "½", "1.2.3", "+5", ".",
        ] {
            assert_eq!(text.parse::<MaxShare>(), Err(NotAShare), "{text}");
        }
    }

    fn slots(in_use: u32) -> Slots {
        Slots { max_connections: 60, reserved: 3, in_use, role: None, pool: None }
    }

    #[test]
    fn a_quarter_of_what_is_free_is_taken_and_the_narrowest_limit_counts() {
        let allowance = Allowance::new(&slots(9), MaxShare::DEFAULT).unwrap();
        assert_eq!((allowance.free, allowance.connections, allowance.load()), (48, 12, 11));
        let pool = Slots { pool: Some(Taken { limit: 15, used: 3 }), ..slots(9) };
        let allowance = Allowance::new(&pool, MaxShare::DEFAULT).unwrap();
        assert_eq!((allowance.free, allowance.narrowest, allowance.connections), (12, Narrowest::Pool, 3));
        let role = Slots { role: Some(Taken { limit: 10, used: 1 }), ..pool };
        assert_eq!(Allowance::new(&role, MaxShare::DEFAULT).unwrap().narrowest, Narrowest::Role);
    }

    #[test]
    fn near_a_limit_nothing_is_taken() {
        let near = Allowance::new(&slots(40), MaxShare::DEFAULT).unwrap_err();
        assert!(matches!(near, Forbidden::NearLimit { narrowest: Narrowest::Database, .. }), "{near:?}");
        assert!(near.to_string().contains("40 of 57 are taken (70 %)"), "{near}");
        assert!(Allowance::new(&slots(39), MaxShare::DEFAULT).is_ok());
        let pool = Slots { pool: Some(Taken { limit: 2, used: 0 }), ..slots(9) };
        let few = Allowance::new(&pool, MaxShare::DEFAULT).unwrap_err();
        assert!(matches!(few, Forbidden::TooFew { allowed: 0, .. }), "{few:?}");
        assert!(few.to_string().contains("25 % of 2 free (the pooler's pool) are 0 connections"), "{few}");
    }

    fn taken() -> impl Strategy<Value = Option<Taken>> {
        prop::option::of((any::<u32>(), any::<u32>()).prop_map(|(limit, used)| Taken { limit, used }))
    }

    proptest! {
        #[test]
        fn an_allowance_never_exceeds_its_share_of_any_limit(
            max_connections: u32, reserved: u32, in_use: u32, role in taken(), pool in taken(), basis_points in 1..=WHOLE
        ) {
            let slots = Slots { max_connections, reserved, in_use, role, pool };
            let share = MaxShare { basis_points };
            if let Ok(allowance) = Allowance::new(&slots, share) {
                prop_assert!(allowance.connections >= LEAST);
                prop_assert_eq!(allowance.load() + 1, allowance.connections);
                for (_, taken) in slots.limits() {
                    prop_assert!(u64::from(allowance.connections) * u64::from(WHOLE) <= u64::from(taken.free()) * u64::from(basis_points));
                    prop_assert!(taken.percent() < WARNING_PERCENT);
                }
            }
        }
    }
}
