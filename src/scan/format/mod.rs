//! Formats of configuration files: variables and keys in, with their places.

pub(super) mod lines;
pub(super) mod manifest;
pub(super) mod prisma;
pub(super) mod reference;
pub(super) mod toml;
pub(super) mod yaml;
