//! The one query of a tick.
//!
//! It goes out as one simple-query message, so that it is one transaction for every pooler: nothing is named, nothing stays.
//! `SET LOCAL` ends with it. No session's query text is looked at: it may hold what is nobody's business.

use super::sample::MAX_SESSIONS;
use crate::probe::names::APPLICATION_NAME;

/// How long the server may work on it, in milliseconds.
pub const STATEMENT_TIMEOUT_MS: u32 = 2000;

/// `pg_control_*` are for everybody by default, and a provider may take the right away.
const CONTROL: &str = "'system_id',(SELECT system_identifier::text FROM pg_catalog.pg_control_system()),\
'timeline',(SELECT timeline_id FROM pg_catalog.pg_control_checkpoint()),";

/// `usesysid` and `datid` tell client backends apart for a role that may not see `backend_type` of others' sessions
/// (PostgreSQL 15, `pg_stat_get_activity`: role, database and application name are shown to everybody).
const TEXT: &str = "SET LOCAL statement_timeout=TIMEOUT;\
SELECT pg_catalog.json_build_object(\
'now_s',EPOCH(pg_catalog.clock_timestamp()),\
'server',pg_catalog.json_build_object('version',pg_catalog.current_setting('server_version'),\
CONTROL'in_recovery',pg_catalog.pg_is_in_recovery(),\
'read_only',pg_catalog.current_setting('transaction_read_only')='on',\
'started_s',EPOCH(pg_catalog.pg_postmaster_start_time())),\
'limits',pg_catalog.json_build_object('max_connections',pg_catalog.current_setting('max_connections')::int,\
'reserved',pg_catalog.current_setting('superuser_reserved_connections')::int\
+coalesce(pg_catalog.current_setting('reserved_connections',true)::int,0),\
'roles',coalesce((SELECT pg_catalog.json_agg(l) FROM (SELECT rolname::text AS role,rolconnlimit AS \"limit\" \
FROM pg_catalog.pg_roles WHERE rolconnlimit>=0 AND rolcanlogin ORDER BY 1 LIMIT 50) l),'[]'::json)),\
'observer',pg_catalog.json_build_object('role',current_user::text,'database',pg_catalog.current_database()::text,\
'pid',pg_catalog.pg_backend_pid(),'sees_all',pg_catalog.pg_has_role(current_user,'pg_read_all_stats','USAGE')),\
'in_use',(SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity WHERE CLIENTS),\
'sessions',coalesce((SELECT pg_catalog.json_agg(s.r) FROM (SELECT pg_catalog.json_build_array(\
pid,coalesce(usename::text,''),pg_catalog.left(coalesce(application_name,''),63),pg_catalog.host(client_addr),\
coalesce(datname::text,''),state,EPOCH(backend_start),EPOCH(state_change),EPOCH(xact_start),\
coalesce(wait_event_type='Lock',false),\
pid=pg_catalog.pg_backend_pid() OR coalesce(application_name,'')='APPLICATION',\
coalesce(client_addr IS NOT DISTINCT FROM pg_catalog.inet_client_addr() AND usename=current_user \
AND datname=pg_catalog.current_database(),false)) AS r FROM pg_catalog.pg_stat_activity WHERE CLIENTS \
ORDER BY xact_start NULLS LAST LIMIT SESSIONS) s),'[]'::json),\
'server_ms',pg_catalog.round((extract(epoch FROM pg_catalog.clock_timestamp()-pg_catalog.statement_timestamp())*1000)\
::numeric,3))::text";

const CLIENTS: &str =
    "coalesce(backend_type,'client backend')='client backend' AND usesysid IS NOT NULL AND datid IS NOT NULL";

/// The text; `with_control` where the role may see the system identifier and the time line.
pub fn text(with_control: bool) -> String {
    let text = TEXT
        .replace("TIMEOUT", &STATEMENT_TIMEOUT_MS.to_string())
        .replace("SESSIONS", &MAX_SESSIONS.to_string())
        .replace("CONTROL", if with_control { CONTROL } else { "" })
        .replace("CLIENTS", CLIENTS)
        .replace("APPLICATION", APPLICATION_NAME);
    epochs(&text)
}

/// `EPOCH(x)`: seconds since 1970, to the millisecond.
fn epochs(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 256);
    let mut rest = text;
    while let Some(at) = rest.find("EPOCH(") {
        let inner = &rest[at + "EPOCH(".len()..];
        let mut depth = 1;
        let end = inner.bytes().position(|byte| {
            depth += match byte {
                b'(' => 1,
                b')' => -1,
                _ => 0,
            };
            depth == 0
        });
        let Some(end) = end else { break };
        out.push_str(&rest[..at]);
        out.push_str("pg_catalog.round(extract(epoch FROM ");
        out.push_str(&inner[..end]);
        out.push_str(")::numeric,3)");
        rest = &inner[end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_complete_and_writes_nothing() {
        let text = text(true);
        for left in ["EPOCH", "CLIENTS", "APPLICATION", "TIMEOUT", "SESSIONS", "CONTROL"] {
            assert!(!text.contains(left), "{left}");
        }
        assert_eq!(text.matches('(').count(), text.matches(')').count());
        assert_eq!(text.matches(';').count(), 1, "two statements");
        for word in ["INSERT", "UPDATE", "DELETE", "CREATE", "pg_terminate", "pg_cancel"] {
            assert!(!text.contains(word), "{word}");
        }
        // The column is called that; a session's query is not.
        assert!(!text.contains(",query"));
    }
}
