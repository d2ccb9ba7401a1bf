//! Writes the settings down: the `.env` of an application, and the code that reads it. Pure.
//!
//! ```text
//!  Request ──► cell ──► variables ──► document ──► .env, files of code
//!              which     names,          └──► merge: the same in a file that exists
//!              endpoint  values
//! ```
//!
//! What is written lives in `profiles/templates/*.toml`, the numbers come from [`crate::advice`].

mod cell;
mod document;
mod door;
mod dotenv;
mod error;
mod merge;
mod render;
mod variable;

#[cfg(test)]
mod tests;

use crate::capacity::PlanEndpoint;
use crate::context::{Context, Workload};
use crate::knowledge::{self, Stack};
use crate::secret::Secret;

pub use cell::Cell;
pub use error::TemplateError;
pub use merge::{Fate, Merged, known_of};
pub use variable::Variable;

/// Stands where the pooler's host has to be put in. It says where that stands, in letters that a URL takes.
pub const HOST_PLACEHOLDER: &str = "YOUR-POOLER-HOST";
/// Stands where the project's ref has to be put in.
pub const REF_PLACEHOLDER: &str = "YOUR-PROJECT-REF";
/// Stands where the password has to be put in, as in Supabase's dashboard.
pub const PASSWORD_PLACEHOLDER: &str = "[YOUR-PASSWORD]";

/// What is asked for.
pub struct Request {
    /// The stacks, each once. Versions, tier, pool size and CA file are in the context.
    pub stacks: Vec<&'static Stack>,
    /// What was said about the application.
    pub context: Context,
    /// The endpoint that was asked for.
    pub endpoint: Option<PlanEndpoint>,
    /// Processes of the application in all.
    pub instances: Option<u32>,
    /// What is known of the project.
    pub project: Project,
}

/// What is known of the project and of the role that logs in.
#[derive(Clone)]
pub struct Project {
    /// The shared pooler's host.
    pub pooler_host: Option<String>,
    /// The project's ref.
    pub reference: Option<String>,
    /// The role, without the ref.
    pub role: String,
    /// The database.
    pub database: String,
    /// The password.
    pub password: Option<Secret>,
}

impl Default for Project {
    fn default() -> Self {
        let postgres = || "postgres".to_owned();
        Self { pooler_host: None, reference: None, role: postgres(), database: postgres(), password: None }
    }
}

/// One file.
pub struct File {
    /// Its name, relative to the `.env`.
    pub path: String,
    /// Its text. That of an `.env` may hold a password.
    pub text: Secret,
}

/// Everything that goes with a request.
pub struct Draft {
    /// One cell for each stack.
    pub cells: Vec<Cell>,
    /// The variables, each once.
    pub variables: Vec<Variable>,
    /// What the reader must know.
    pub warnings: Vec<String>,
    project: Project,
}

impl Draft {
    /// Chooses the endpoints and names the variables.
    pub fn new(request: &Request) -> Result<Self, TemplateError> {
        let mut cells = Vec::with_capacity(request.stacks.len());
        let mut warnings = Vec::new();
        for stack in &request.stacks {
            cells.push(cell::choose(stack, request, &mut warnings)?);
        }
        let variables = variable::of_cells(&cells);
        Ok(Self { cells, variables, warnings, project: request.project.clone() })
    }

    /// The `.env`.
    pub fn env(&self) -> Result<Secret, TemplateError> {
        document::env(self)
    }

    /// The files of code, in the order of the stacks.
    pub fn code(&self) -> Result<Vec<File>, TemplateError> {
        let mut files: Vec<File> = Vec::new();
        for (index, cell) in self.cells.iter().enumerate() {
            let names = |name: &str| variable::name_in(&self.variables, index, name);
            for template in cell.templates.code.iter().filter(|code| cell.holds(&code.when)) {
                let text = render::lines(&template.text, cell, &names).join("\n") + "\n";
                match files.iter().find(|file| file.path == template.file) {
                    Some(same) if same.text.reveal() == text => {}
                    // Two stacks would write the same file.
                    Some(_) => {
                        let path = document::with_stack(&template.file, &cell.stack.id);
                        files.push(File { path, text: Secret::new(text) });
                    }
                    None => files.push(File { path: template.file.clone(), text: Secret::new(text) }),
                }
            }
        }
        Ok(files)
    }

    /// The same in a file that exists: what belongs to others stays, byte by byte.
    pub fn merge(&self, text: &str) -> Result<Merged, TemplateError> {
        merge::merge(self, text)
    }
}

/// The workload of a stack, when nobody says: that of its templates.
fn default_workload(stack: &Stack) -> Workload {
    knowledge::templates(&stack.id).map_or(Workload::Persistent, |templates| templates.default_workload)
}
