//! Versions of packages: what a user says (`asyncpg@0.30`), and the ranges that an entry of a profile is limited to.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// Numbers with dots, such as `0.30.1`; what follows the numbers (`-rc.1`, `.x`) is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    numbers: Vec<u32>,
}

/// More components than any package has: what is longer is no version.
const LONGEST: usize = 6;

impl Version {
    /// Reads a version; `None` for a text that does not begin with a number (a `v` before it is allowed).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let mut numbers = Vec::new();
        for piece in text.split('.') {
            let digits: &str = &piece[..piece.bytes().take_while(u8::is_ascii_digit).count()];
            if digits.is_empty() {
                break;
            }
            numbers.push(digits.parse().ok()?);
            if digits.len() < piece.len() {
                break;
            }
        }
        (1..=LONGEST).contains(&numbers.len()).then_some(Self { numbers })
    }

    /// The first number.
    pub fn major(&self) -> u32 {
        self.numbers.first().copied().unwrap_or_default()
    }
}

impl Ord for Version {
    /// By number, not by letter; what is missing counts as 0, so that `8` and `8.0` are the same.
    fn cmp(&self, other: &Self) -> Ordering {
        let at = |version: &Self, place: usize| version.numbers.get(place).copied().unwrap_or(0);
        let places = 0..self.numbers.len().max(other.numbers.len());
        places
            .map(|place| at(self, place).cmp(&at(other, place)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, number) in self.numbers.iter().enumerate() {
            let dot = if place == 0 { "" } else { "." };
            write!(formatter, "{dot}{number}")?;
        }
        Ok(())
    }
}

/// The versions of one package from a first one on, up to another that is not among them: in a profile
/// `asyncpg <0.31`, `sqlalchemy >=2.1` or `laravel >=11, <13`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRange {
    /// The package, in lower case.
    pub package: String,
    /// The first version of the range.
    pub from: Option<Version>,
    /// The first version after the range.
    pub before: Option<Version>,
}

impl VersionRange {
    /// Reads a range.
    pub fn parse(text: &str) -> Option<Self> {
        let (package, bounds) = text.trim().split_once(' ')?;
        let mut range = Self { package: package.to_ascii_lowercase(), from: None, before: None };
        for bound in bounds.split(',').map(str::trim) {
            let (place, version) = match (bound.strip_prefix(">="), bound.strip_prefix('<')) {
                (Some(version), _) => (&mut range.from, version),
                (None, Some(version)) => (&mut range.before, version),
                (None, None) => return None,
            };
            if place.is_some() {
                return None;
            }
            *place = Some(Version::parse(version)?);
        }
        Some(range)
    }

    /// Whether a version lies in the range.
    pub fn contains(&self, version: &Version) -> bool {
        self.from.as_ref().is_none_or(|from| from <= version)
            && self.before.as_ref().is_none_or(|before| version < before)
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let package = &self.package;
        match (&self.from, &self.before) {
            (Some(from), Some(before)) => write!(formatter, "{package} from {from} to before {before}"),
            (Some(from), None) => write!(formatter, "{package} {from} and later"),
            (None, Some(before)) => write!(formatter, "{package} before {before}"),
            (None, None) => write!(formatter, "any {package}"),
        }
    }
}

impl<'de> Deserialize<'de> for VersionRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(format!("`{text}` is no range of versions; write `asyncpg <0.31` or `prisma >=7, <8`"))
        })
    }
}

/// The versions that a user said of the packages of a stack; none of them need be known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    known: Vec<(String, Version)>,
}

impl Versions {
    /// Adds what was said; what was said of the same package before is forgotten.
    pub fn set(&mut self, package: &str, version: Version) {
        let package = package.to_ascii_lowercase();
        self.known.retain(|(known, _)| *known != package);
        self.known.push((package, version));
    }

    /// The version of a package.
    pub fn of(&self, package: &str) -> Option<&Version> {
        self.known.iter().find(|(known, _)| known == package).map(|(_, version)| version)
    }

    /// Whether an entry with this limit is for these versions: yes when it has no limit, unknown (`None`) when the
    /// version of its package was not said.
    pub fn within(&self, range: Option<&VersionRange>) -> Option<bool> {
        range.map_or(Some(true), |range| self.of(&range.package).map(|version| range.contains(version)))
    }

    /// Whether nothing was said.
    pub const fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (package, version)) in self.known.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(formatter, "{comma}{package} {version}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(version("0.9") < version("0.30") && version("0.30.9") < version("0.31"));
        assert!(version("8") >= version("8.0.0") && version("v7.10") > version("7.9"));
        assert_eq!(version("11-preview.2").to_string(), "11");
        assert_eq!(version("42.7.x").to_string(), "42.7");
    }

    #[test]
    fn what_is_no_version_is_none() {
        for text in ["", "x", "latest", ".1", "99999999999", "1.2.3.4.5.6.7", "-1", "ü"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_range_has_a_package_and_up_to_two_bounds() {
        let range = |text: &str| VersionRange::parse(text).unwrap();
        assert!(range("asyncpg <0.31").contains(&version("0.30.0")));
        assert!(!range("asyncpg <0.31").contains(&version("0.31")));
        assert!(range("laravel >=11, <13").contains(&version("12.4")));
        assert!(!range("laravel >=11, <13").contains(&version("13")));
        assert_eq!(range("asyncpg <0.31").to_string(), "asyncpg before 0.31");
        assert_eq!(range("SQLAlchemy >=2.1").to_string(), "sqlalchemy 2.1 and later");
        for text in ["asyncpg", "<0.31", "asyncpg 0.31", "asyncpg <", "asyncpg <1, <2", "asyncpg >1"] {
            assert_eq!(VersionRange::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_unknown_version_is_neither_inside_nor_outside() {
        let range = VersionRange::parse("libpq >=17");
        let mut versions = Versions::default();
        assert_eq!(versions.within(None), Some(true));
        assert_eq!(versions.within(range.as_ref()), None);
        versions.set("LIBPQ", version("15"));
        assert_eq!(versions.within(range.as_ref()), Some(false));
        versions.set("libpq", version("18"));
        assert_eq!((versions.within(range.as_ref()), versions.to_string()), (Some(true), "libpq 18".to_owned()));
    }
}
