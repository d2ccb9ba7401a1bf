//! The variables of a file: each has one name and one value, whatever the number of stacks.

use zeroize::Zeroizing;

use super::Project;
use super::cell::Cell;
use super::render::{self, Destination};
use crate::capacity::PlanEndpoint;
use crate::knowledge::{Connection, EnvTemplate, Gap, Piece, ValueSyntax};

/// One variable.
pub struct Variable {
    /// Its name in this file.
    pub name: String,
    /// The cells that read it, the one that it was made for first.
    pub cells: Vec<usize>,
    pub(super) template: &'static EnvTemplate,
}

impl Variable {
    /// Where it leads to.
    pub(super) fn endpoint(&self, cells: &[Cell]) -> PlanEndpoint {
        let cell = &cells[self.cells[0]];
        endpoint_of(self.template, cell)
    }

    /// The value.
    pub(super) fn value(&self, cells: &[Cell], project: &Project) -> Zeroizing<String> {
        value_of(self.template, &cells[self.cells[0]], project)
    }

    /// Whether a password stands in it.
    pub(super) fn holds_password(&self) -> bool {
        self.has(&Gap::Password)
    }

    /// Whether it says where to connect.
    pub(super) fn names_host(&self) -> bool {
        self.has(&Gap::Host)
    }

    fn has(&self, gap: &Gap) -> bool {
        let texts = std::iter::once(&self.template.value).chain(&self.template.parameters);
        let mut pieces = texts.flat_map(|text| &text.0).flat_map(|line| &line.pieces);
        pieces.any(|piece| matches!(piece, Piece::Gap(other) if other == gap))
    }
}

const fn endpoint_of(template: &EnvTemplate, cell: &Cell) -> PlanEndpoint {
    match template.connection {
        Connection::Migrations => cell.migrations,
        Connection::Runtime | Connection::None => cell.endpoint,
    }
}

fn value_of(template: &EnvTemplate, cell: &Cell, project: &Project) -> Zeroizing<String> {
    let to = Destination { cell, endpoint: endpoint_of(template, cell), project };
    let joined = |text, between: &str| {
        let lines: Vec<Zeroizing<String>> = render::value(text, template.syntax, &to);
        let mut out = Zeroizing::new(String::new());
        for (index, line) in lines.iter().filter(|line| !line.is_empty()).enumerate() {
            if index > 0 {
                out.push_str(between);
            }
            out.push_str(line);
        }
        out
    };
    let mut out = joined(&template.value, "");
    if let Some(parameters) = &template.parameters {
        let (first, between) = if template.syntax == ValueSyntax::Keywords { (";", ";") } else { ("?", "&") };
        let parameters = joined(parameters, between);
        if !parameters.is_empty() {
            out.push_str(first);
            out.push_str(&parameters);
        }
    }
    out
}

/// The variables of all cells. Of two that would have the same name and another value the later one is named after its
/// stack.
pub(super) fn of_cells(cells: &[Cell]) -> Vec<Variable> {
    // Only whether two values are the same counts here, so the placeholders do.
    let project = Project::default();
    let mut variables: Vec<Variable> = Vec::new();
    for (index, cell) in cells.iter().enumerate() {
        for template in cell.templates.env.iter().filter(|template| cell.holds(&template.when)) {
            let value = value_of(template, cell, &project);
            let same = |variable: &&mut Variable| {
                variable.template.name == template.name && *variable.value(cells, &project) == *value
            };
            if let Some(known) = variables.iter_mut().find(same) {
                known.cells.push(index);
                continue;
            }
            let taken = variables.iter().any(|variable| variable.name == template.name);
            let name = if taken { with_stack(&cell.stack.id, &template.name) } else { template.name.clone() };
            variables.push(Variable { name, cells: vec![index], template });
        }
    }
    variables
}

/// `ASYNCPG_DATABASE_URL`
fn with_stack(stack: &str, name: &str) -> String {
    format!("{}_{name}", stack.to_ascii_uppercase().replace('-', "_"))
}

/// What the variable of a template is called for a cell.
pub(super) fn name_in(variables: &[Variable], cell: usize, name: &str) -> String {
    let own = variables.iter().find(|variable| variable.template.name == name && variable.cells.contains(&cell));
    own.map_or_else(|| name.to_owned(), |variable| variable.name.clone())
}
