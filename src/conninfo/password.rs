//! What kind of value stands in the place of a password, told from its shape, and which keys carry secrets.

use super::PasswordState;

/// What templates write between brackets, or bare, in the place of a password; compared in lower case with `-`, `_`,
/// `.` and white space removed. Supabase's dashboard writes `[YOUR-PASSWORD]`; the others stand in the documentation
/// of Supabase, Prisma, `SQLAlchemy`, Django and of hosting services.
const PLACEHOLDER_WORDS: &[&str] = &[
    "yourpassword",
    "yourdbpassword",
    "yourdatabasepassword",
    "yourpostgrespassword",
    "yoursupabasepassword",
    "yoursupabasedbpassword",
    "yoursecurepassword",
    "yourpass",
    "yourpw",
    "yourpasswordhere",
    "yourdbpasswordhere",
    "yourencodedpassword",
    "urlencodedpassword",
    "mypassword",
    "passwordhere",
    "insertpassword",
    "insertpasswordhere",
    "enterpassword",
    "enterpasswordhere",
    "putpasswordhere",
    "addpassword",
    "replaceme",
    "replacewithyourpassword",
    "replacewithpassword",
    "addyourpasswordhere",
    "enteryourpassword",
    "insertyourpassword",
    "dbpasswordhere",
    "tupassword",
    "tucontraseña",
    "passwordgoeshere",
    "suasenha",
    "votremotdepasse",
    "deinpasswort",
];

/// Words that are a placeholder bare, when they are written in capitals.
const UPPER_WORDS: &[&str] = &["PASSWORD", "PASS", "PWD", "DB_PASSWORD", "DATABASE_PASSWORD", "SENHA", "MOT_DE_PASSE"];

/// "Password" in the languages of the READMEs that were seen, as [`folded`] leaves it.
const PASSWORD_WORDS: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "kennwort",
    "senha",
    "contrasena",
    "contraseña",
    "clave",
    "motdepasse",
    "wachtwoord",
    "hasło",
    "haslo",
    "пароль",
    "parola",
    "şifre",
    "sifre",
    "lösenord",
    "heslo",
    "jelszó",
    "密码",
    "密碼",
    "パスワード",
    "비밀번호",
];

/// How a template speaks to its reader before that word, and behind it.
const ADDRESSES: &[&str] = &[
    "your",
    "my",
    "the",
    "enter",
    "insert",
    "put",
    "add",
    "replace",
    "set",
    "tu",
    "su",
    "seu",
    "sua",
    "votre",
    "ton",
    "dein",
    "ihr",
    "mijn",
    "ваш",
    "mot",
    "你的",
    "您的",
    "あなたの",
];
const HERE: &[&str] = &["here", "aqui", "aquí", "ici", "hier"];

/// Words that are a placeholder only inside brackets: bare, they may be somebody's password.
const BRACKETED_WORDS: &[&str] = &[
    "password",
    "pass",
    "passwd",
    "pwd",
    "pw",
    "dbpassword",
    "dbpass",
    "databasepassword",
    "postgrespassword",
    "supabasepassword",
    "supabasedbpassword",
    "secret",
    "userpassword",
    "encodedpassword",
    "percentencodedpassword",
    "projectpassword",
    "poolerpassword",
    "yourpassword",
    "changeme",
];

/// Words that hide a value.
const HIDING_WORDS: &[&str] = &["redacted", "hidden", "masked", "removed", "censored", "filtered", "secret hidden"];

/// Characters of which a hidden value is made.
const HIDING_CHARS: &[char] = &['*', '•', '●', '·', '…', '∙', '█', '▪', '⬤'];

/// Judges a password by its shape. `value` may be encoded or decoded.
pub(crate) fn state(value: &str) -> PasswordState {
    if value.is_empty() {
        return PasswordState::Missing;
    }
    let value = value.trim();
    if is_masked(value) {
        PasswordState::Masked
    } else if is_placeholder(value) {
        PasswordState::Placeholder
    } else if is_reference(value) {
        PasswordState::Unresolved
    } else {
        PasswordState::Set
    }
}

/// Whether the value is a template's word, such as `[YOUR-PASSWORD]`, `<password>` or `YOUR_PASSWORD`.
pub(crate) fn is_placeholder(value: &str) -> bool {
    if value.len() >= 3 && value.bytes().all(|byte| byte == b'?') {
        return true;
    }
    let inner = unbracketed(value);
    let folded = folded(inner.unwrap_or(value));
    // Real passwords seldom are letters alone, so that is asked first.
    let speaks = || PASSWORD_WORDS.iter().any(|word| folded.contains(word));
    let letters = folded.chars().all(char::is_alphabetic);
    let yours = folded.starts_with("your") && folded.contains("password");
    let addressed =
        || ADDRESSES.iter().any(|word| folded.starts_with(word)) || HERE.iter().any(|word| folded.ends_with(word));
    let shouted = || value.chars().all(|c| c.is_uppercase() || matches!(c, '-' | '_' | ' '));
    let enclosed = inner.is_some() && !is_single_brace(value) && !value.starts_with("{{");
    yours
        || (letters && (enclosed || shouted() || addressed()) && speaks())
        || is_generic_word(value)
        || UPPER_WORDS.contains(&value)
        || PLACEHOLDER_WORDS.contains(&folded.as_str())
        || (inner.is_some() && !is_single_brace(value) && BRACKETED_WORDS.contains(&folded.as_str()))
}

fn folded(value: &str) -> String {
    if value.is_ascii() {
        let mut folded = String::with_capacity(value.len());
        let kept = value.bytes().filter(|byte| !matches!(byte, b'-' | b'_' | b'.' | b' ' | b'\t'..=b'\r'));
        folded.extend(kept.map(|byte| char::from(byte.to_ascii_lowercase())));
        return folded;
    }
    value.chars().filter(|c| !matches!(c, '-' | '_' | '.') && !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// What stands between brackets that enclose the whole value.
fn unbracketed(value: &str) -> Option<&str> {
    [
        ("[[", "]]"),
        ("{{", "}}"),
        ("<<", ">>"),
        ("[", "]"),
        ("<", ">"),
        ("{", "}"),
        ("(", ")"),
        ("__", "__"),
        ("%5B", "%5D"),
        ("%3C", "%3E"),
    ]
    .into_iter()
    .find_map(|(open, close)| value.strip_prefix(open)?.strip_suffix(close))
    .filter(|inner| !inner.is_empty())
}

/// `{password}` and `%password%`, as documentations write them; with a name of a variable they are references.
fn is_generic_word(value: &str) -> bool {
    let inner = |open: char, close: char| value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    inner('{', '}').or_else(|| inner('%', '%')).is_some_and(|word| {
        word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            && BRACKETED_WORDS.contains(&folded(word).as_str())
    })
}

/// `{DB_PASSWORD}` is Python's and Ruby's way to write a reference, not a template's.
fn is_single_brace(value: &str) -> bool {
    value.starts_with('{') && !value.starts_with("{{")
}

fn is_masked(value: &str) -> bool {
    let bare = unbracketed(value).unwrap_or(value);
    let all = |allowed: &[char]| bare.chars().all(|c| allowed.contains(&c));
    let hidden = bare.chars().count() >= 3 && all(HIDING_CHARS);
    let crossed = bare.len() >= 4 && (all(&['x']) || all(&['X']) || all(&['.']));
    hidden || crossed || HIDING_WORDS.contains(&bare.to_lowercase().as_str())
}

/// Whether the value is a reference that some program should have replaced.
pub(crate) fn is_reference(value: &str) -> bool {
    let between = |open: &str, close: &str| {
        value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).is_some_and(|inner| !inner.is_empty())
    };
    if between("${", "}") || between("$(", ")") || between("{{", "}}") || between("#{", "}") || between("<%", "%>") {
        return true;
    }
    let name = value
        .strip_prefix("%(")
        .and_then(|rest| rest.strip_suffix(")s"))
        .or_else(|| value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')));
    if name.is_some_and(is_identifier) || value == "%s" || value == "{}" {
        return true;
    }
    if let Some(name) = value.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')) {
        return is_variable(name);
    }
    value.strip_prefix('$').is_some_and(is_variable)
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-:!".contains(&byte))
}

/// A name that people give to a variable with a password: `$x` alone may as well be a password.
fn is_variable(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && name.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase())
        && ["PASS", "PWD", "PW", "SECRET"].iter().any(|word| name.contains(word))
}

/// Keys whose names only look like secrets: paths, switches and numbers.
const HARMLESS_KEYS: &[&str] = &[
    "sslkey",
    "sslkeylogfile",
    "passfile",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "keepalive",
    "tcpkeepalive",
    "keepalivesidle",
    "keepaliveinitialdelay",
    "keepaliveinitialdelaymillis",
    "sslkeypath",
    "passwordauth",
    "usekeyset",
    "sslpasswordcallback",
];

/// What the names of keys with secrets contain.
const SECRET_PARTS: &[&str] = &["pass", "pwd", "secret", "token", "key", "credential", "jwt"];

/// Whether the value of this key may be a secret, told by the key's name; misspelt names count.
pub(crate) fn is_secret_key(key: &str) -> bool {
    // The keys of nearly every setting, without a search.
    if matches!(key, "host" | "port" | "user" | "dbname" | "sslmode" | "sslrootcert" | "options" | "pgbouncer") {
        return false;
    }
    let key: String = key.trim().to_lowercase();
    if HARMLESS_KEYS.contains(&key.replace(['-', ' '], "").as_str()) {
        return false;
    }
    if SECRET_PARTS.iter().any(|part| key.contains(part)) || matches!(key.as_str(), "pw" | "psw" | "auth") {
        return true;
    }
    // With two slips of the pen none of the words is shorter or longer.
    (5..=10).contains(&key.len())
        && ["password", "passwd", "passwort"].iter().any(|word| edit_distance(&key, word) <= 2)
}

/// Insertions, deletions, substitutions and swaps of neighbours between two words.
pub(crate) fn edit_distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().take(32).collect();
    let right: Vec<char> = right.chars().take(32).collect();
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=left.len() {
        for j in 1..=right.len() {
            let cost = usize::from(left[i - 1] != right[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn template_words_are_placeholders_and_real_passwords_are_not() {
        for value in [
            "[SENHA]",
            "VOTRE_MOT_DE_PASSE",
            "{password}",
            "%password%",
            "<пароль>",
            "tu-contraseña",
            "[YOUR-PASSWORD]",
            "<password>",
            "YOUR_PASSWORD",
            "your-password",
            "{{password}}",
            "[DB-PASSWORD]",
        ] {
            assert_eq!(state(value), PasswordState::Placeholder, "{value}");
        }
        for value in
            ["password", "postgres", "changeme", "secret", "$ecretP4ss", "[Tr0ub4dor]", "x", "{abc def}", "100%"]
        {
            assert_eq!(state(value), PasswordState::Set, "{value}");
        }
    }

    #[test]
    fn hidden_values_and_references_are_told_apart() {
        for value in ["****", "••••••", "xxxxx", "[REDACTED]", "<hidden>"] {
            assert_eq!(state(value), PasswordState::Masked, "{value}");
        }
        for value in [
            "${DB_PASSWORD}",
            "$DB_PASSWORD",
            "{db_password}",
            "%(password)s",
            "<%= ENV['X'] %>",
            "${A:-b}",
            "%DB_PASS%",
        ] {
            assert_eq!(state(value), PasswordState::Unresolved, "{value}");
        }
        assert_eq!(state(""), PasswordState::Missing);
        assert_eq!(state(" "), PasswordState::Set);
    }

    #[test]
    fn keys_that_read_like_secrets_are_known_even_misspelt() {
        for key in [
            "password",
            "sslpassword",
            "pasword",
            "passwrd",
            "PGPASSWORD",
            "api_key",
            "token",
            "pwd",
            "oauth_client_secret",
            "paswrod",
        ] {
            assert!(is_secret_key(key), "{key}");
        }
        for key in ["sslkey", "keepalives_idle", "user", "sslmode", "passfile", "options", "application_name", "port"] {
            assert!(!is_secret_key(key), "{key}");
        }
    }
}
