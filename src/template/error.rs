//! Why nothing is written.

/// Why a template cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// No endpoint suits the stack under this workload.
    #[error("find an endpoint that suits {stack} under the workload `{workload}`: {why}")]
    NoEndpoint {
        /// The stack's id.
        stack: String,
        /// The workload.
        workload: &'static str,
        /// What the profile says.
        why: String,
    },
    /// More processes than connections.
    #[error(
        "fit {instances} processes of {stack}: even with one connection each they are more than the {limit} of the \
         {noun} ({from}); {instead}"
    )]
    DoesNotFit {
        /// The stack's id.
        stack: String,
        /// The processes.
        instances: u32,
        /// What there is.
        limit: u32,
        /// Of what.
        noun: &'static str,
        /// Where that is known from.
        from: String,
        /// The way out.
        instead: String,
    },
    /// A value that the readers of `.env` files read differently, however it is quoted.
    #[error(
        "write {variable}: its value holds characters (line ends, or ' beside one of $ ` \" \\) that the readers of \
         .env files read differently; change the password, or put it in by hand"
    )]
    NotWritable {
        /// The variable.
        variable: String,
    },
    /// The existing file cannot be changed in this place.
    #[error("change {variable} on line {line}: {why}")]
    NotLiteral {
        /// The variable.
        variable: String,
        /// Its line, counted from 1.
        line: usize,
        /// Why.
        why: &'static str,
    },
}
