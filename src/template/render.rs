//! Fills gaps and drops the lines whose condition does not hold.

use zeroize::Zeroizing;

use super::cell::Cell;
use super::{PASSWORD_PLACEHOLDER, Project, door};
use crate::capacity::PlanEndpoint;
use crate::conninfo::percent;
use crate::knowledge::{Gap, Piece, Text, ValueSyntax};

/// Lines of code. Code never holds a password: it names the variable.
pub(super) fn lines(text: &Text, cell: &Cell, name_of: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut lines = Vec::with_capacity(text.0.len());
    for line in text.0.iter().filter(|line| cell.holds(&line.when)) {
        let mut out = String::new();
        for piece in &line.pieces {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Gap(Gap::Pool) => out.push_str(&cell.pool.to_string()),
                Piece::Gap(Gap::Ca) => out.push_str(&cell.ca),
                Piece::Gap(Gap::Variable(name)) => out.push_str(&name_of(name)),
                // The tests hold code to the gaps above.
                Piece::Gap(_) => {}
            }
        }
        lines.push(out);
    }
    lines
}

/// Where a value leads to.
pub(super) struct Destination<'a> {
    pub(super) cell: &'a Cell,
    pub(super) endpoint: PlanEndpoint,
    pub(super) project: &'a Project,
}

/// The lines of a value, each with its parts written as the syntax needs them.
pub(super) fn value(text: &Text, syntax: ValueSyntax, to: &Destination<'_>) -> Vec<Zeroizing<String>> {
    let mut lines = Vec::new();
    for line in text.0.iter().filter(|line| to.cell.holds(&line.when)) {
        let mut out = Zeroizing::new(String::new());
        for piece in &line.pieces {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Gap(gap) => out.push_str(&part(gap, syntax, to)),
            }
        }
        lines.push(out);
    }
    lines
}

fn part(gap: &Gap, syntax: ValueSyntax, to: &Destination<'_>) -> Zeroizing<String> {
    let plain = match gap {
        Gap::User => door::user(to.endpoint, to.project),
        Gap::Role => to.project.role.clone(),
        Gap::Host => return Zeroizing::new(door::host(to.endpoint, to.project)),
        Gap::Port => door::port(to.endpoint).to_string(),
        Gap::Database => to.project.database.clone(),
        Gap::Ca => to.cell.ca.clone(),
        Gap::Pool => to.cell.pool.to_string(),
        Gap::Password => match &to.project.password {
            Some(password) => return Zeroizing::new(written(password.reveal(), gap, syntax)),
            None => return Zeroizing::new(PASSWORD_PLACEHOLDER.to_owned()),
        },
        Gap::Variable(_) => String::new(),
    };
    Zeroizing::new(written(&plain, gap, syntax))
}

/// A part of a value as the syntax needs it.
fn written(plain: &str, gap: &Gap, syntax: ValueSyntax) -> String {
    match (syntax, gap) {
        (ValueSyntax::Plain, _) => plain.to_owned(),
        (ValueSyntax::Uri, Gap::Ca) => percent::encode_query(plain),
        (ValueSyntax::Uri, _) => percent::encode(plain),
        (ValueSyntax::Keywords, _) => keyword_value(plain),
    }
}

/// A value of a keyword string by ADO.NET's rules (`DbConnectionStringBuilder`): quoted when it holds what ends or starts
/// one, with the quote doubled.
fn keyword_value(plain: &str) -> String {
    let special = plain.contains([';', '\'', '"', '=']) || plain.trim() != plain || plain.chars().any(char::is_control);
    match (special, plain.contains('"'), plain.contains('\'')) {
        (false, ..) => plain.to_owned(),
        (true, true, false) => format!("'{plain}'"),
        (true, ..) => format!("\"{}\"", plain.replace('"', "\"\"")),
    }
}
