//! What rules ask of the stack profiles.

/// Whether a stack reads URLs of this scheme only. Filled from the stack profiles.
pub(super) fn wants_scheme(_stack: &str, _scheme: &str) -> bool {
    false
}
