//! How many more connections a probe may take where each takes a slot: in session mode, and at the database itself.
//!
//! It is counted by the first batch, after the first connection has its slot. The one after it is taken only when a
//! further one stays free for others; when that cannot be told, it is not taken.

/// What sets the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// `max_connections`, without the reserved slots.
    Database,
    /// The role's own limit.
    Role,
    /// The pool's size, as given by `--pool-size` or `--tier`.
    Pool,
    /// The pool's size, as it is by default on the smallest tier that has this `max_connections`.
    DefaultPool,
}

/// The slots that are free, and by which limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The slots; `None` when they could not be counted.
    free: Option<(u32, Limit)>,
}

impl Room {
    /// Nothing could be counted.
    pub const UNKNOWN: Self = Self { free: None };

    /// The tightest of the limits; `pool` is `None` when there is a pool and its size is not known.
    pub fn new(limits: impl IntoIterator<Item = (u32, Limit)>) -> Self {
        Self { free: limits.into_iter().min_by_key(|(free, _)| *free) }
    }

    /// Whether so many more connections leave a slot free for others; why not.
    pub fn admits(self, more: u32) -> Result<(), String> {
        let Some((free, limit)) = self.free else {
            return Err("how many slots are free could not be counted, and a further connection would take one \
                        (--pool-size tells)"
                .to_owned());
        };
        if free > more {
            return Ok(());
        }
        let slots = if free == 1 { "slot is" } else { "slots are" };
        let of = match limit {
            Limit::Database => "max_connections",
            Limit::Role => "the role's own connection limit",
            Limit::Pool => "the pool's size",
            Limit::DefaultPool => "the default pool size of this tier (--pool-size tells another)",
        };
        Err(format!(
            "only {free} more {slots} free by {of}: a further connection was not opened, to leave it to others"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_free_slot_is_left_to_others() {
        let room = Room::new([(9, Limit::Database), (2, Limit::Pool)]);
        assert_eq!(room.admits(1), Ok(()));
        assert!(room.admits(2).unwrap_err().contains("the pool's size"));
        assert!(Room::new([(1, Limit::Role)]).admits(1).unwrap_err().contains("only 1 more slot is free"));
        assert!(Room::new([(0, Limit::DefaultPool)]).admits(1).unwrap_err().contains("--pool-size"));
    }

    #[test]
    fn what_cannot_be_counted_is_not_taken() {
        assert!(Room::UNKNOWN.admits(1).is_err());
        assert!(Room::new([]).admits(1).is_err());
    }
}
