//! Exposition text (Prometheus documentation, "Exposition formats", text format 0.0.4).

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::watch::{Link, Picture};

/// Writes one picture.
pub fn write(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Exposition::default();
    text.gauge("up", "1 when the database answered.", &[(String::new(), f64::from(picture.link == Link::Up))]);
    if picture.link == Link::Up
        && let Some(slots) = &picture.slots
    {
        let all = |value: u32| [(String::new(), f64::from(value))];
        text.gauge("slots_usable", "Connections that ordinary roles can have.", &all(slots.usable));
        text.gauge("slots_used", "Client connections, without those of supascope.", &all(slots.used));
        text.gauge("slots_own", "Connections of supascope.", &all(slots.own));
        text.gauge("slots_free", "Connections that ordinary roles can still take.", &all(slots.free));
        text.gauge("max_connections", "max_connections of the database.", &all(slots.max_connections));
        text.sessions(picture);
        text.gauge("blocked_sessions", "Sessions that wait for a lock.", &all(picture.blocked));
        let suspects = u32::try_from(picture.suspects.len()).unwrap_or(u32::MAX);
        text.gauge("suspected_leaks", "Holders that only grow and whose sessions are not used again.", &all(suspects));
        text.gauge(
            "longest_idle_in_transaction_seconds",
            "The longest idle in a transaction, 0 when there is none.",
            &[(String::new(), picture.longest_idle_s.unwrap_or(0.0))],
        );
        text.gauge(
            "oldest_transaction_seconds",
            "The oldest open transaction, 0 when there is none.",
            &[(String::new(), picture.oldest_transaction_s.unwrap_or(0.0))],
        );
        text.pools(picture);
        text.gauge(
            "query_seconds",
            "What the look cost: from the query to its answer.",
            &[(String::new(), picture.cost.round_trip_ms / 1000.0)],
        );
    }
    out.write_all(text.text.as_bytes())
}

#[derive(Default)]
struct Exposition {
    text: String,
}

impl Exposition {
    fn gauge(&mut self, name: &str, help: &str, values: &[(String, f64)]) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "# HELP supascope_{name} {help}\n# TYPE supascope_{name} gauge");
        for (labels, value) in values {
            let _ = writeln!(self.text, "supascope_{name}{labels} {value}");
        }
    }

    fn sessions(&mut self, picture: &Picture) {
        let value = |it: &crate::watch::holder::Holding| {
            let labels = labels(&[
                ("service", it.service.unwrap_or("other")),
                ("role", &it.key.role),
                ("application", &it.key.application),
                ("client", &it.key.address),
                ("state", it.state.as_deref().unwrap_or("not visible")),
            ]);
            (labels, f64::from(it.count))
        };
        let holdings: Vec<(String, f64)> = picture.holdings.iter().filter(|it| !it.own).map(value).collect();
        self.gauge("sessions", "Client connections by holder and state.", &holdings);
    }

    fn pools(&mut self, picture: &Picture) {
        if !picture.pools.is_empty() {
            let backends: Vec<(String, f64)> = picture
                .pools
                .iter()
                .map(|it| (labels(&[("role", &it.role), ("database", &it.database)]), f64::from(it.backends)))
                .collect();
            self.gauge("pool_backends", "Server connections that the pooler holds.", &backends);
        }
        if let Some(waiting) = picture.waiting.clients() {
            let help = "Clients that wait for a server connection.";
            self.gauge("waiting_clients", help, &[(String::new(), f64::from(waiting))]);
        }
    }
}

/// `{role="postgres",database="postgres"}`. Values escape the backslash, the quote and the line feed; what else steers a
/// terminal is written out first.
fn labels(pairs: &[(&str, &str)]) -> String {
    let mut text = String::from("{");
    for (at, (name, value)) in pairs.iter().enumerate() {
        let shown = crate::report::escape::escape(value);
        let escaped = shown.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(text, "{comma}{name}=\"{escaped}\"");
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Model;
    use crate::watch::testing::{at, look, own, session, setup};

    #[test]
    fn names_from_the_server_cannot_forge_a_metric() {
        let evil = "a\"} 1\nsupascope_up 0\\";
        let picture = Model::new(setup(), 0).take(look(9, vec![own(9), session(7, "app_user", evil, "idle", at(0))]));
        let mut out = Vec::new();
        write(&picture, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text.lines().filter(|line| line.starts_with("supascope_up")).collect::<Vec<_>>(),
            ["supascope_up 1"]
        );
        assert!(text.contains(r#"application="a\"} 1\\nsupascope_up 0\\""#), "{text}");
        assert!(text.contains("supascope_slots_used 1\n"));
    }
}
