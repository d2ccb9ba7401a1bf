//! What nearly every rule needs.

pub(super) use super::{Check, Finding, Group, Rule, Severity, Subject, Workload};
pub(super) use crate::conninfo::{AnomalyKind, PasswordState, Syntax};
pub(super) use crate::endpoint::{EndpointKind as Kind, Mode, Pooler, Shape, shape};
