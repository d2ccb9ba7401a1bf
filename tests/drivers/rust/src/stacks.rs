//! One stack a file.

/// The function of the module that `supascope env --code` wrote for the endpoint of this run.
macro_rules! by_endpoint {
    ($stack:ident :: $function:ident $(. $wait:tt)?) => {
        match $crate::work::variable("ENDPOINT").as_str() {
            "direct" => $crate::generated::direct::$stack::$function() $(. $wait)?,
            "session" => $crate::generated::session::$stack::$function() $(. $wait)?,
            "transaction-untracked" => $crate::generated::transaction_untracked::$stack::$function() $(. $wait)?,
            _ => $crate::generated::transaction_tracked_pgbouncer::$stack::$function() $(. $wait)?,
        }
    };
}

pub mod deadpool_postgres;
pub mod diesel;
pub mod diesel_async;
pub mod seaorm;
pub mod sqlx;
pub mod tokio_postgres;
