//! The matcher of host templates: `db.{ref}.supabase.co` and its like.
//!
//! Matching is generous about what fills a gap, because a placeholder (`db.[YOUR-REF].supabase.co`) does not change
//! which door a setting knocks on, and strict about everything else: a look-alike host matches nothing.

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{Endpoints, HostPattern};

/// Longest host name that is looked at, in bytes. DNS allows 253; placeholders may be longer than what they stand for.
const MAX_HOST_BYTES: usize = 512;

/// A host template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Gap(Gap),
}

/// What a template may leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    Ref,
    Cloud,
    Cluster,
    Region,
    Name,
    Any,
}

impl Gap {
    const ALL: [Self; 6] = [Self::Ref, Self::Cloud, Self::Cluster, Self::Region, Self::Name, Self::Any];

    const fn name(self) -> &'static str {
        match self {
            Self::Ref => "ref",
            Self::Cloud => "cloud",
            Self::Cluster => "cluster",
            Self::Region => "region",
            Self::Name => "name",
            Self::Any => "any",
        }
    }

    /// Whether the text may fill the gap at all.
    fn takes(self, text: &str) -> bool {
        if text.is_empty() {
            return false;
        }
        let placeholder = looks_like_placeholder(text);
        match self {
            Self::Any => text.split('.').all(|label| !label.is_empty()),
            Self::Ref | Self::Name | Self::Region => !text.contains('.'),
            Self::Cloud => placeholder || text.bytes().all(|byte| byte.is_ascii_lowercase()),
            Self::Cluster => placeholder || text.bytes().all(|byte| byte.is_ascii_digit()),
        }
    }
}

/// Whether letters beyond ASCII stand in placeholders only: `aws-0-<região>.pooler.supabase.com`.
fn is_ascii_outside_brackets(host: &str) -> bool {
    let mut depth = 0_i32;
    host.is_ascii()
        || host.chars().all(|c| {
            depth += i32::from(matches!(c, '[' | '<' | '{')) - i32::from(matches!(c, ']' | '>' | '}'));
            c.is_ascii() || (depth > 0 && c.is_alphabetic())
        })
}

/// Whether a piece of a host name stands for something to be filled in: `[region]`, `<ref>`, `{ref}`, `$ref`.
fn looks_like_placeholder(text: &str) -> bool {
    let bracketed = [('[', ']'), ('<', '>'), ('{', '}')]
        .iter()
        .any(|(open, close)| text.starts_with(*open) && text.ends_with(*close));
    (bracketed || text.starts_with('$')) && !text.contains('.')
}

/// What stood in the gaps, lower-cased.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captures {
    /// `{ref}`: a project ref, a replica's identifier, or a placeholder.
    pub project_ref: Option<String>,
    /// `{cloud}`, for example `aws`.
    pub cloud: Option<String>,
    /// `{cluster}`: the pooler cluster's number.
    pub cluster: Option<String>,
    /// `{region}`, for example `us-east-1`.
    pub region: Option<String>,
    /// `{name}` or `{any}`.
    pub name: Option<String>,
}

impl Captures {
    fn slot(&mut self, gap: Gap) -> &mut Option<String> {
        match gap {
            Gap::Ref => &mut self.project_ref,
            Gap::Cloud => &mut self.cloud,
            Gap::Cluster => &mut self.cluster,
            Gap::Region => &mut self.region,
            Gap::Name | Gap::Any => &mut self.name,
        }
    }

    fn get(&self, gap: Gap) -> Option<&str> {
        match gap {
            Gap::Ref => self.project_ref.as_deref(),
            Gap::Cloud => self.cloud.as_deref(),
            Gap::Cluster => self.cluster.as_deref(),
            Gap::Region => self.region.as_deref(),
            Gap::Name | Gap::Any => self.name.as_deref(),
        }
    }

    /// The pooler cluster as reports name it, for example `aws-0`.
    pub fn cluster_label(&self) -> Option<String> {
        Some(format!("{}-{}", self.cloud.as_deref()?, self.cluster.as_deref()?))
    }
}

/// A host that matched a pattern.
#[derive(Debug, Clone)]
pub struct HostMatch<'a> {
    /// The pattern, with its family, its installation and what was meant.
    pub pattern: &'a HostPattern,
    /// What stood in the gaps.
    pub captures: Captures,
    /// Whether the name ends in a dot, which DNS allows and certificates do not.
    pub trailing_dot: bool,
}

impl HostMatch<'_> {
    /// The host that was probably meant, for patterns that cannot exist.
    pub fn meant(&self) -> Option<String> {
        self.pattern.meant.as_ref().and_then(|template| template.fill(&self.captures))
    }
}

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            if open > 0 {
                pieces.push(Piece::Literal(rest[..open].to_owned()));
            }
            let close = rest[open..].find('}').ok_or_else(|| format!("`{{` without `}}` in template `{text}`"))? + open;
            let name = &rest[open + 1..close];
            let gap = Gap::ALL.into_iter().find(|gap| gap.name() == name);
            let gap = gap.ok_or_else(|| format!("unknown gap {{{name}}} in template `{text}`"))?;
            if matches!(pieces.last(), Some(Piece::Gap(_))) {
                return Err(format!("two gaps without text between them in template `{text}`"));
            }
            pieces.push(Piece::Gap(gap));
            rest = &rest[close + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        if text.is_empty() || text.chars().any(|c| c.is_ascii_uppercase() || c.is_whitespace()) {
            return Err(format!("template `{text}` must be lower case, without white space, and not empty"));
        }
        Ok(Self { text: text.to_owned(), pieces })
    }

    /// The template as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The names of its gaps.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Gap(gap) => Some(gap.name()),
            Piece::Literal(_) => None,
        })
    }

    /// What stands in the gaps of a lower-case host, if it matches.
    fn matches(&self, host: &str) -> Option<Captures> {
        let mut captures = Captures::default();
        match_pieces(&self.pieces, host, &mut captures).then_some(captures)
    }

    /// The template with its gaps filled; `None` when one of them is not known.
    fn fill(&self, captures: &Captures) -> Option<String> {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(literal) => Some(literal.as_str()),
                Piece::Gap(gap) => captures.get(*gap),
            })
            .collect()
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Matches the pieces against the whole of `rest`, each gap as short as possible.
fn match_pieces(pieces: &[Piece], rest: &str, captures: &mut Captures) -> bool {
    match pieces {
        [] => rest.is_empty(),
        [Piece::Literal(literal), tail @ ..] => {
            rest.strip_prefix(literal.as_str()).is_some_and(|rest| match_pieces(tail, rest, captures))
        }
        [Piece::Gap(gap)] => {
            let fits = gap.takes(rest);
            if fits {
                *captures.slot(*gap) = Some(rest.to_owned());
            }
            fits
        }
        [Piece::Gap(gap), tail @ ..] => {
            let Some(Piece::Literal(literal)) = tail.first() else { return false };
            rest.match_indices(literal.as_str()).any(|(end, _)| {
                let fits = gap.takes(&rest[..end]) && match_pieces(tail, &rest[end..], captures);
                if fits {
                    *captures.slot(*gap) = Some(rest[..end].to_owned());
                }
                fits
            })
        }
    }
}

impl Endpoints {
    /// The pattern that a host name matches: pure, in any case, one trailing dot allowed and reported. `None` means that
    /// nothing is known about the host; a name that only looks like Supabase's matches nothing.
    pub fn match_host(&self, host: &str) -> Option<HostMatch<'_>> {
        if host.len() > MAX_HOST_BYTES
            || !is_ascii_outside_brackets(host)
            || host.bytes().any(|byte| byte <= b' ' || byte == 0x7f)
        {
            return None;
        }
        let lower = host.to_ascii_lowercase();
        let (name, trailing_dot) = lower.strip_suffix('.').map_or((lower.as_str(), false), |name| (name, true));
        self.hosts.iter().find_map(|pattern| {
            let captures = pattern.template.matches(name)?;
            Some(HostMatch { pattern, captures, trailing_dot })
        })
    }

    /// The Supabase domain that a host imitates without being under it: as labels in the middle
    /// (`db.x.supabase.co.evil.example`), or misspelt at the end (`pooler.supabse.com`).
    pub fn imitated_domain(&self, host: &str) -> Option<&str> {
        if host.len() > MAX_HOST_BYTES {
            return None;
        }
        let lower = host.to_ascii_lowercase();
        let name = lower.strip_suffix('.').unwrap_or(&lower);
        let labels: Vec<&str> = name.split('.').collect();
        let own = || self.domains.own.iter().map(String::as_str);
        if own().any(|domain| name == domain || name.ends_with(&format!(".{domain}"))) {
            return None;
        }
        let inside = own().find(|domain| {
            let wanted: Vec<&str> = domain.split('.').collect();
            labels.windows(wanted.len()).any(|window| window == wanted)
        });
        inside.or_else(|| {
            let [.., brand, top] = labels.as_slice() else { return None };
            own().find(|domain| {
                domain.split_once('.').is_some_and(|(own_brand, own_top)| {
                    *top == own_top && *brand != own_brand && near(brand, own_brand)
                })
            })
        })
    }
}

/// Whether a label is a slip of the pen away from another, or carries it as one of its hyphenated words.
fn near(label: &str, brand: &str) -> bool {
    super::detect::distance(label, brand) <= 2 || label.split('-').any(|word| word == brand)
}
