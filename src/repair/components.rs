//! Groups of component variables. Rules offer corrections of one text, and a group has none: the group is written as
//! libpq's keyword form, that is corrected, and the parts that differ say which variables change.

use super::Judge;
use crate::conninfo::{self, Conninfo};
use crate::secret::{MASK, Secret, SecretText};
use crate::target::{Component, ComponentRole, Setting, Target};

/// The group with the variables changed that a rule's correction changes; `None` when it has none, or when it needs a
/// variable that the group lacks.
pub(super) fn repaired(target: &Target, rule: &str, judge: Judge<'_>) -> Option<Vec<Component>> {
    let Setting::Components(parts) = &target.setting else { return None };
    let reading = conninfo::read(&target.setting);
    let as_text = conninfo::print_keyword(reading.conninfo()?);
    let as_target = Target { setting: Setting::Text(SecretText::opaque(as_text.reveal())), ..target.clone() };
    let mut findings = judge(std::slice::from_ref(&as_target)).pop()?;
    let at = findings.iter().position(|finding| finding.rule == rule)?;
    let corrected = conninfo::read_text(findings.swap_remove(at).repaired?.reveal());
    let before = conninfo::read_text(as_text.reveal());
    let changed = with_changes(parts, before.conninfo()?, corrected.conninfo()?)?;
    let same = changed.iter().zip(parts).all(|(new, old)| new.value == old.value);
    (!same).then_some(changed)
}

/// The parts with everything changed that differs between two readings.
fn with_changes(parts: &[Component], before: &Conninfo, after: &Conninfo) -> Option<Vec<Component>> {
    let mut parts = parts.to_vec();
    let roles = [
        ComponentRole::Host,
        ComponentRole::Port,
        ComponentRole::User,
        ComponentRole::Password,
        ComponentRole::Database,
        ComponentRole::SslMode,
        ComponentRole::SslRootCert,
    ];
    for role in roles {
        let (old, new) = (value(before, role), value(after, role));
        if old == new {
            continue;
        }
        let new = new.filter(|new| new.reveal() != MASK)?;
        // The last one counts, as in the reading.
        let part = parts.iter_mut().rev().find(|part| part.role == role && !part.value.reveal().trim().is_empty())?;
        part.value = new;
    }
    Some(parts)
}

fn value(conninfo: &Conninfo, role: ComponentRole) -> Option<Secret> {
    let parameter = |key: &str| conninfo.parameter(key).map(|parameter| parameter.value.as_str());
    let field = |field: &Option<conninfo::Field>| field.as_ref().map(|field| Secret::new(field.value.as_str()));
    match role {
        ComponentRole::Host => conninfo.first_host().and_then(|host| field(&host.host)),
        ComponentRole::Port => conninfo.first_host().and_then(|host| field(&host.port)),
        ComponentRole::User => field(&conninfo.user),
        ComponentRole::Password => conninfo.password.value.clone(),
        ComponentRole::Database => field(&conninfo.database),
        ComponentRole::SslMode => parameter("sslmode").map(Secret::new),
        ComponentRole::SslRootCert => parameter("sslrootcert").map(Secret::new),
    }
}
