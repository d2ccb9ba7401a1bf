//! When a log line was written: the common ways to begin a line with a time.

/// How far into a line a time is looked for.
const HEAD_BYTES: usize = 160;

const MONTHS: [&[u8]; 12] =
    [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];

/// The time that a line carries, in seconds since 1970 as if it were UTC. Zones are not read: a log has one. Lines of
/// syslog, which carry no year, count from 1970.
///
/// Read are `2026-11-21T10:00:00`, `2026-11-21 10:00:00`, `2026/11/21 10:00:00`, `[21/Nov/2026:10:00:00`,
/// `Nov 21 10:00:00`, and in JSON `"time":1700000000` (seconds or milliseconds; also `ts`, `timestamp`).
pub(super) fn read(line: &[u8]) -> Option<i64> {
    let head = &line[..line.len().min(HEAD_BYTES)];
    (0..head.len()).find_map(|at| {
        let rest = &head[at..];
        let fresh = at == 0 || !head[at - 1].is_ascii_alphanumeric();
        match rest[0] {
            b'0'..=b'9' if fresh => iso(rest).or_else(|| apache(rest)),
            b'A'..=b'Z' if fresh => syslog(rest),
            b'"' => epoch(rest),
            _ => None,
        }
    })
}

/// Whether a line begins a new record: with a time or a JSON object.
pub(super) fn begins_record(line: &[u8]) -> bool {
    line.first() == Some(&b'{') || read(&line[..line.len().min(48)]).is_some()
}

fn iso(text: &[u8]) -> Option<i64> {
    let year = number(text, 0, 4)?;
    let separator = *text.get(4).filter(|byte| matches!(byte, b'-' | b'/'))?;
    (text.get(7) == Some(&separator)).then_some(())?;
    matches!(text.get(10), Some(b'T' | b't' | b' ' | b'_')).then_some(())?;
    seconds(year, number(text, 5, 2)?, number(text, 8, 2)?, &text[11..])
}

fn apache(text: &[u8]) -> Option<i64> {
    (text.get(2) == Some(&b'/') && text.get(6) == Some(&b'/') && text.get(11) == Some(&b':')).then_some(())?;
    seconds(number(text, 7, 4)?, month(text.get(3..6)?)?, number(text, 0, 2)?, &text[12..])
}

fn syslog(text: &[u8]) -> Option<i64> {
    let month = month(text.get(..3)?)?;
    (text.get(3) == Some(&b' ')).then_some(())?;
    let day = if text.get(4) == Some(&b' ') { number(text, 5, 1)? } else { number(text, 4, 2)? };
    (text.get(6) == Some(&b' ')).then_some(())?;
    seconds(1970, month, day, &text[7..])
}

fn epoch(text: &[u8]) -> Option<i64> {
    let keys: [&[u8]; 4] = [b"\"time\":", b"\"ts\":", b"\"timestamp\":", b"\"t\":"];
    let key = keys.iter().find(|key| text.starts_with(key))?;
    let rest = text[key.len()..].trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let value = number(rest, 0, digits)?;
    match digits {
        10 => Some(value),
        13 => Some(value / 1000),
        _ => None,
    }
}

fn month(name: &[u8]) -> Option<i64> {
    let at = MONTHS.iter().position(|month| name.eq_ignore_ascii_case(month))?;
    i64::try_from(at + 1).ok()
}

fn number(text: &[u8], at: usize, digits: usize) -> Option<i64> {
    let digits = text.get(at..at + digits).filter(|digits| !digits.is_empty() && digits.len() <= 18)?;
    digits.iter().try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0')))
}

/// Seconds since 1970 of a date and the `HH:MM:SS` that the text begins with.
fn seconds(year: i64, month: i64, day: i64, clock: &[u8]) -> Option<i64> {
    let (hour, minute, second) = (number(clock, 0, 2)?, number(clock, 3, 2)?, number(clock, 6, 2)?);
    let colons = clock.get(2) == Some(&b':') && clock.get(5) == Some(&b':');
    let plausible = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 61;
    (colons && plausible).then(|| days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Days since 1970-01-01 in the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

/// `2026-11-21 10:00:00` of seconds since 1970; without a date for a log that carries no year.
pub(super) fn show(time: i64) -> String {
    let (day, second) = (time.div_euclid(86_400), time.rem_euclid(86_400));
    let clock = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    if year == 1970 { format!("{month:02}-{day:02} {clock}") } else { format!("{year}-{month:02}-{day:02} {clock}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_formats_are_read_as_the_same_time() {
        let expected = 1_795_255_445;
        for line in [
            "2026-11-21T10:04:05.123Z error",
            "[2026-11-21 10:04:05,123] ERROR",
            "web-1  | 2026/11/21 10:04:05 main.go:3",
            "10.0.0.1 - - [21/Nov/2026:10:04:05 +0000] \"GET",
            "{\"level\":50,\"time\":1795255445123,\"msg\":1}",
            "{\"ts\":1795255445.1}",
        ] {
            assert_eq!(read(line.as_bytes()), Some(expected), "{line}");
        }
        assert_eq!(show(expected), "2026-11-21 10:04:05");
        assert_eq!(read(b"Nov 21 10:04:05 host app[1]: x").map(show).as_deref(), Some("11-21 10:04:05"));
        assert_eq!(read(b"Nov  1 10:04:05 host app[1]: x").map(show).as_deref(), Some("11-01 10:04:05"));
    }

    #[test]
    fn numbers_that_are_no_times_are_left_alone() {
        for line in ["127.0.0.1:5432", "2026-13-21T10:04:05", "pool 2026-11-21", "May be wrong", "\"time\":12", ""] {
            assert_eq!(read(line.as_bytes()), None, "{line}");
        }
    }
}
