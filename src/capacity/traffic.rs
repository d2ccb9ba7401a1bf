//! Little's law: the connections that are busy on average are the arrivals per second times the seconds that each
//! stays (J. D. C. Little, "A Proof for the Queuing Formula L = λW", Operations Research 9 (3), 1961).

/// What an application asks of its database. Whole numbers, so that a sum over services is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Transactions per second of the whole service, in thousandths.
    pub qps_milli: u64,
    /// How long one transaction holds its server connection on average, in microseconds; the client's own time between
    /// two statements of a transaction counts.
    pub query_us: u64,
}

impl Traffic {
    /// Server connections that are busy on average, in billionths.
    pub const fn busy_nano(&self) -> u64 {
        self.qps_milli.saturating_mul(self.query_us)
    }
}

/// Whole connections for a number of billionths, rounded up.
pub(super) fn whole(busy_nano: u64) -> u32 {
    u32::try_from(busy_nano.div_ceil(1_000_000_000)).unwrap_or(u32::MAX)
}
