//! What can go wrong while settings are looked for. No message holds a value.

/// Why the targets could not be found. Every text names the place and never what stands there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The file cannot be opened or read.
    #[error("read {path}: {reason}")]
    Unreadable {
        /// The file, as the user named it.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// A directory, a pipe, a socket or a device.
    #[error("read {path}: it is {what}, not a regular file")]
    NotAFile {
        /// The file, as the user named it.
        path: String,
        /// What it is, with its article.
        what: &'static str,
    },
    /// More than anybody writes by hand.
    #[error("read {path}: it has more than {limit_bytes} bytes")]
    TooLong {
        /// The file, as the user named it.
        path: String,
        /// The most that is read.
        limit_bytes: u64,
    },
    /// Some bytes are no UTF-8.
    #[error("read {path}: line {line} is not valid UTF-8")]
    NotUtf8 {
        /// The file, as the user named it.
        path: String,
        /// The first such line, counted from 1.
        line: usize,
    },
    /// `env:NAME` names nothing.
    #[error("find the variable {name} in the environment or in {places}")]
    NoSuchVariable {
        /// The name asked for.
        name: String,
        /// The files that were looked at.
        places: String,
    },
    /// `@` or `env:` with nothing behind it.
    #[error("find a target: {form} needs a name after it")]
    NameMissing {
        /// `@` or `env:`.
        form: &'static str,
    },
    /// More settings than a run takes.
    #[error("take more than {limit} targets in one run")]
    TooMany {
        /// The most that a run takes.
        limit: usize,
    },
}
