//! Command lines as people paste them.

use super::super::{PasswordState, Reading, Syntax, read_text};

const HOST: &str = "aws-0-us-east-1.pooler.supabase.com";

fn parts(text: &str) -> (Reading, [String; 5]) {
    let reading = read_text(text);
    assert_eq!(reading.syntax, Some(Syntax::Command), "{text}");
    let conninfo = reading.literal.clone().unwrap_or_else(|error| panic!("{text}: {error}"));
    let host = conninfo.hosts.first();
    let of = |field: Option<&super::Field>| field.map(|field| field.value.clone()).unwrap_or_default();
    let parts = [
        of(conninfo.user.as_ref()),
        conninfo.password.value.as_ref().map(|secret| secret.reveal().to_owned()).unwrap_or_default(),
        of(host.and_then(|host| host.host.as_ref())),
        of(host.and_then(|host| host.port.as_ref())),
        of(conninfo.database.as_ref()),
    ];
    (reading, parts)
}

#[test]
fn options_words_and_variables_are_read_as_psql_reads_them() {
    let expected = ["u", "s3cret", HOST, "6543", "d"].map(str::to_owned);
    for text in [
        format!("PGPASSWORD=s3cret PGSSLMODE=require psql -h {HOST} -p 6543 -U u -d d"),
        format!("$ PGPASSWORD='s3cret' psql -h{HOST} -p6543 -Uu d"),
        format!("export PGPASSWORD=s3cret; psql --host={HOST} --port 6543 --user=u --dbname d -c 'select 1'"),
        format!("PGPASSWORD=\"s3cret\" \\\n  pg_dump -Fc -h {HOST} -p 6543 -U u \\\n  -f out.dump d"),
        format!("PGPASSWORD=s3cret sudo -u postgres psql d u -h {HOST} -p 6543"),
        format!("psql 'host={HOST} port=6543 user=u password=s3cret dbname=d'"),
        format!("psql -d \"postgresql://u:s3cret@{HOST}:6543/d\" -h elsewhere -p 1 -U nobody"),
        format!("psql postgresql://u:s3cret@{HOST}:6543/d -W"),
        format!("export DATABASE_URL=postgres://u:s3cret@{HOST}:6543/d\npsql \"$DATABASE_URL\" -f x.sql"),
        format!("docker run --rm -it postgres:15 psql postgresql://u:s3cret@{HOST}:6543/d"),
        format!("/usr/bin/pg_restore --no-owner -d postgresql://u:s3cret@{HOST}/d -p 6543 file.dump"),
        format!("PGHOST={HOST} PGPORT=6543 PGUSER=u PGPASSWORD=s3cret PGDATABASE=d pg_isready -t 3"),
    ] {
        let (reading, parts) = parts(&text);
        assert_eq!(parts, expected, "{text}");
        assert!(!reading.text.masked().contains("s3cret"), "{}", reading.text.masked());
        assert!(reading.intended.is_none() && reading.anomalies.is_empty(), "{text}");
    }
}

#[test]
fn places_point_into_the_command_line() {
    let text = format!("psql \"postgresql://u:s3cret@{HOST}:6543/d?sslmode=require\" -q");
    let conninfo = read_text(&text).literal.unwrap();
    let at = |span: Option<super::Span>| text[span.unwrap()].to_owned();
    assert_eq!(at(conninfo.hosts[0].host.clone().unwrap().span), HOST);
    assert_eq!(at(conninfo.password.span.clone()), "s3cret");
    assert_eq!(at(conninfo.parameters[0].value_span.clone()), "require");
    assert_eq!(at(conninfo.scheme.map(|scheme| scheme.span)), "postgresql");
}

#[test]
fn a_password_after_w_is_no_database_that_may_be_shown() {
    for text in
        ["psql -h localhost -U u -W s3cret", "psql -h localhost -Ws3cret", "psql -h localhost --password=s3cret"]
    {
        let reading = read_text(text);
        assert_eq!(reading.syntax, Some(Syntax::Command));
        assert!(!format!("{} {:?}", reading.text.masked(), reading.conninfo()).contains("s3cret"), "{text}");
    }
    assert!(read_text("psql -h localhost -Ws3cret").literal.is_err());
}

#[test]
fn what_is_broken_inside_is_repaired_inside() {
    let text = format!("psql \"postgresql://postgres:p@ss'w@{HOST}:6543/postgres\" -c 'select 1'");
    let reading = read_text(&text);
    let repaired = reading.repaired.clone().unwrap();
    let expected = format!("psql 'postgresql://postgres:p%40ss%27w@{HOST}:6543/postgres' -c 'select 1'");
    assert_eq!(repaired.reveal(), expected);
    assert!(!repaired.masked().contains("p%40ss"));
    let again = read_text(repaired.reveal());
    assert!(again.anomalies.is_empty());
    assert!(again.literal.unwrap().password.value == reading.intended.unwrap().password.value);
}

#[test]
fn other_texts_are_no_commands() {
    for text in [
        "host=localhost application_name=psql",
        "postgresql://u:psql@h/d",
        "postgresql://u:p@h/d psql",
        "the word psql in a sentence",
        "psql://u:p@h/d",
    ] {
        assert_ne!(read_text(text).syntax, Some(Syntax::Command), "{text}");
    }
    let silent = read_text("psql -h localhost -U me mydb").literal.unwrap();
    assert_eq!(silent.password.state, PasswordState::Missing);
}
