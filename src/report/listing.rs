//! Knowledge as it is printed by `list` and `explain`: tables of named columns and the documents behind them, the same
//! for every format.

use serde_json::Value;

/// What one topic knows.
pub struct Listing {
    /// The topic's name.
    pub topic: &'static str,
    /// Its tables; the first is the topic itself.
    pub sections: Vec<Section>,
    /// The documents that the rows rest on, each once.
    pub sources: Vec<String>,
    /// A last word for people.
    pub hint: Option<&'static str>,
}

/// One table.
pub struct Section {
    /// Its key in JSON.
    pub key: &'static str,
    /// Its title for people; empty for the topic itself.
    pub title: String,
    /// What to know about it as a whole.
    pub note: Option<String>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows: a value for each column, `null` for what no source says.
    pub rows: Vec<Vec<Value>>,
}

/// One column.
pub struct Column {
    /// Its key in JSON, with its unit.
    pub key: &'static str,
    /// Its head for people; `None` in JSON alone.
    pub head: Option<&'static str>,
}

impl Section {
    /// A table without rows, from `(key, head)` pairs; an empty head is for JSON alone.
    pub fn new(key: &'static str, columns: &[(&'static str, &'static str)]) -> Self {
        let columns = columns
            .iter()
            .map(|(key, head)| Column { key, head: Some(*head).filter(|head| !head.is_empty()) })
            .collect();
        Self { key, title: String::new(), note: None, columns, rows: Vec::new() }
    }

    /// The heads of the columns for people.
    pub(super) fn heads(&self) -> Vec<&'static str> {
        self.columns.iter().filter_map(|column| column.head).collect()
    }

    /// A row's cells for people.
    pub(super) fn cells(&self, row: &[Value]) -> Vec<String> {
        let shown = self.columns.iter().zip(row).filter(|(column, _)| column.head.is_some());
        shown.map(|(_, value)| cell(value)).collect()
    }
}

/// A value in words.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Notes a document once.
pub fn cite(sources: &mut Vec<String>, document: &str) {
    if !sources.iter().any(|known| known == document) {
        sources.push(document.to_owned());
    }
}
