//! One assignment of an `.env` file, written so that every common reader takes the same value.

use zeroize::Zeroizing;

use super::TemplateError;

/// Characters that no reader takes for anything but themselves. `&` ends a command when a shell reads the file.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._:/?@%=+,[]".contains(c)
}

/// The value with the quotes that it needs. Single quotes leave everything as it is, in dotenv for Node and Python, in
/// docker compose and in a shell; double quotes let `$`, a backtick and `\` mean something in some of them.
pub(super) fn quoted(variable: &str, value: &str) -> Result<Zeroizing<String>, TemplateError> {
    let unwritable = value.chars().any(char::is_control);
    // Node's dotenv keeps a backslash before a quote in double quotes, others drop it.
    let quoted = if !unwritable && value.chars().all(is_plain) {
        value.to_owned()
    } else if !unwritable && !value.contains('\'') {
        format!("'{value}'")
    } else if !unwritable && !value.contains(['"', '$', '`', '\\']) {
        format!("\"{value}\"")
    } else {
        return Err(TemplateError::NotWritable { variable: variable.to_owned() });
    };
    Ok(Zeroizing::new(quoted))
}
