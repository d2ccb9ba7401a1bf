//! Settings that belong together: `DATABASE_URL` and `DIRECT_URL`, and their likes.

use super::Subject;

/// Whether the variable's name says that this setting goes around the pooler, or is for migrations.
pub(super) fn is_direct_name(subject: &Subject<'_>) -> bool {
    let Some(name) = subject.target.source.variable.as_deref() else { return false };
    let name = name.to_ascii_uppercase().replace("NON_POOLING", "NONPOOLING");
    let words = ["DIRECT", "UNPOOLED", "NONPOOLING", "MIGRATION", "MIGRATIONS", "MIGRATE", "SHADOW"];
    name.split('_').any(|word| words.contains(&word))
}

/// Whether two settings stand in one place and are for one project, as far as both say.
pub(super) fn belong_together(one: &Subject<'_>, other: &Subject<'_>) -> bool {
    let refs = (one.endpoint.project_ref.as_deref(), other.endpoint.project_ref.as_deref());
    one.stands_beside(other) && !matches!(refs, (Some(mine), Some(theirs)) if mine != theirs)
}
