//! How likely the part of a URI after the credentials is to be just that, and no piece of a password.

use super::layout::{Netloc, Tail, is_double_port, squeezed};
use super::plausible::{self, Plausibility};
use super::{AnomalyKind, Span};

impl Tail {
    /// How sure one can be that this is a tail and no piece of a password. `has_password` says whether a password, or
    /// the place for one, stands before it.
    pub(crate) fn plausibility(&self, text: &str, has_password: bool) -> Plausibility {
        let database = self.database.as_ref().map(|span| text[span.clone()].trim());
        let mut fragments = self.anomalies.iter().filter(|anomaly| anomaly.kind == AnomalyKind::UrlFragment);
        let behind = |anomaly: &super::Anomaly| anomaly.span.clone().is_some_and(|span| text[span].contains('@'));
        if database.is_some_and(|name| name.contains('@')) || fragments.any(behind) {
            return Plausibility::No;
        }
        let sound_keys = self.query.iter().all(|(key, _)| is_key(&text[key.clone()]));
        let sound = sound_keys && database.is_none_or(is_database_name);
        let least = self.netlocs.iter().map(|netloc| self.judge(text, netloc, has_password, sound)).min();
        least.unwrap_or(Plausibility::No)
    }

    /// Judges one `host[:port]`; `sound` says that nothing speaks against what follows.
    fn judge(&self, text: &str, netloc: &Netloc, has_password: bool, sound: bool) -> Plausibility {
        let host = squeezed(&text[netloc.host.clone()]);
        let port = netloc.port.as_ref().map(|span| text[span.clone()].trim());
        let database = self.database.as_ref().map(|span| text[span.clone()].trim());
        let sound = sound && port.is_none_or(is_port);
        if host.is_empty() {
            return if sound { self.without_host(text, has_password, database) } else { Plausibility::No };
        }
        let verdict = match plausible::host(&host) {
            // `postgres` before a `:` with no number after it is the user.
            _ if host == "postgres" && port == Some("") => Plausibility::No,
            verdict if plausible::is_cut_off(&host) => verdict.max(Plausibility::Name),
            verdict => verdict,
        };
        let anchored =
            port.is_some_and(|port| !port.is_empty()) || (database == Some("postgres") && self.netlocs.len() == 1);
        match verdict {
            Plausibility::Word if has_password && !anchored && !plausible::reads_like_a_host(&host) => Plausibility::No,
            // Only the dotted name of a well-known host is believed whatever comes behind it: a bare word before
            // something that is no port is a user before a password.
            Plausibility::Certain if sound || host.contains('.') => verdict,
            _ if !sound => Plausibility::No,
            verdict => verdict,
        }
    }

    /// No host means a local socket, or one that the query names.
    fn without_host(&self, text: &str, has_password: bool, database: Option<&str>) -> Plausibility {
        let named = self.query.iter().any(|(key, _)| matches!(&text[key.clone()], "host" | "hostaddr"));
        let usual = match database {
            Some(name) => name == "postgres",
            None => self.query.is_empty() && self.anomalies.is_empty(),
        };
        let usual = usual && self.netlocs.len() == 1;
        if named || !has_password || usual { Plausibility::Word } else { Plausibility::No }
    }

    /// Parts against whose showing something speaks: a port that is no port, a key that is no word.
    pub(crate) fn doubtful(&self, text: &str) -> Vec<Span> {
        let mut doubtful = Vec::new();
        for netloc in &self.netlocs {
            if let Some(port) = netloc.port.as_ref().filter(|span| !is_port(text[(*span).clone()].trim())) {
                let end = self.database.as_ref().map_or(port.end, |database| database.end.max(port.end));
                doubtful.push(port.start..end);
            }
        }
        for (key, value) in self.query.iter().filter(|(key, _)| !is_key(&text[key.clone()])) {
            doubtful.push(key.start..value.as_ref().map_or(key.end, |value| value.end));
        }
        doubtful
    }
}

/// Whether a text may be shown as a port: a number, none, two of them, or a template.
fn is_port(port: &str) -> bool {
    let port = port.trim_end_matches(plausible::ELLIPSIS);
    let number = port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
    let inner = port.trim_start_matches(['$', '[', '<', '{', '(', '%']).trim_end_matches([']', '>', '}', ')', 's']);
    let template = inner.len() < port.len() && inner.to_ascii_uppercase().contains("PORT") && inner.len() <= 24;
    number || is_double_port(port) || template || matches!(port, "PORT" | "port")
}

/// Whether a query key is a word, as far as it is written in clear.
fn is_key(key: &str) -> bool {
    !key.is_empty() && key.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.%;".contains(&byte))
}

fn is_database_name(name: &str) -> bool {
    // A port behind the database is a port in the wrong place.
    let name = match name.rsplit_once(':') {
        Some((name, port)) if (2..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    };
    let lower = name.to_ascii_lowercase();
    name.chars().all(|c| c.is_alphanumeric() || "_-.~$%{}<>[]\"'".contains(c))
        && !["%40", "%3a", "%2f"].iter().any(|delimiter| lower.contains(delimiter))
}

#[cfg(test)]
mod tests {
    use super::super::layout::tail;
    use super::*;

    fn judged(text: &str) -> Plausibility {
        tail(text, 0..text.len()).plausibility(text, true)
    }

    #[test]
    fn hosts_with_sound_company_are_believed() {
        assert_eq!(judged("localhost:5432/db?sslmode=require"), Plausibility::Certain);
        assert_eq!(judged("db.example.com/app"), Plausibility::Name);
        assert_eq!(judged("web:5432/app"), Plausibility::Word);
        assert_eq!(judged("a:5432,b:5432/app"), Plausibility::Word);
        assert_eq!(judged("/db?host=/tmp"), Plausibility::Word);
    }

    #[test]
    fn pieces_of_passwords_are_not() {
        for text in [
            "word",
            "word/more",
            "word:more",
            "localhost/x@host",
            "postgres:",
            "postgres:more/db",
            "localhost:5432/db?a b=c",
            "h.com#x@y",
        ] {
            assert_eq!(judged(text), Plausibility::No, "{text}");
        }
    }

    #[test]
    fn a_port_that_is_none_is_not_shown() {
        let text = "db.abcdefghijklmnopqrst.supabase.co:secret/x";
        assert_eq!(tail(text, 0..text.len()).doubtful(text), [36..44]);
    }
}
