//! From a syntax tree to expressions. The tree is walked with a bound on its depth: what is nested deeper than code that
//! people write is left out.

use tree_sitter::Node;
use zeroize::Zeroizing;

use super::expr::{Assignment, Call, Expr, Place, Text};
use super::place::Places;
use super::shape;

/// How deep expressions are followed.
const MAX_DEPTH: usize = 200;

/// A file, as far as it matters.
#[derive(Default)]
pub(super) struct Lowered {
    /// What stands outside of assignments, and the values of these too.
    pub(super) top: Vec<Expr>,
    /// The assignments.
    pub(super) assignments: Vec<Assignment>,
}

/// Lowers a whole tree.
pub(super) fn lower(root: Node<'_>, text: &str) -> Lowered {
    let mut lowerer = Lowerer { text, places: Places::new(text), assignments: Vec::new(), depth: 0 };
    let top = lowerer.parts(root);
    Lowered { top, assignments: lowerer.assignments }
}

struct Lowerer<'t> {
    text: &'t str,
    places: Places<'t>,
    assignments: Vec<Assignment>,
    depth: usize,
}

impl Lowerer<'_> {
    fn expr(&mut self, node: Node<'_>) -> Expr {
        if self.depth >= MAX_DEPTH {
            return Expr::Many(Vec::new());
        }
        self.depth += 1;
        let lowered = self.shape(node);
        self.depth -= 1;
        lowered
    }

    fn shape(&mut self, node: Node<'_>) -> Expr {
        let kind = node.kind();
        if shape::TEXTS.contains(&kind) {
            return self.text_of(node);
        }
        if shape::WORDS.contains(&kind) {
            return Expr::Word(self.written(node).trim_start_matches(':').to_owned());
        }
        if shape::NAMES.contains(&kind) {
            return Expr::Name(plain_name(self.written(node)));
        }
        if shape::CALLS.contains(&kind) && !is_elixir_assignment(node) {
            return self.call(node);
        }
        if let Some((left, right)) = ends(node, shape::MEMBERS).or_else(|| ends(node, shape::INDEXES)) {
            return self.member(left, right);
        }
        if shape::MAPS.contains(&kind) {
            return self.map(node);
        }
        if let Some((left, right)) = assigned(node) {
            return self.assignment(node, left, right);
        }
        if kind == shape::FILE_VALUE.0 && node.parent().is_some_and(|parent| parent.kind() == shape::FILE_VALUE.1) {
            let value = Expr::Many(self.parts(node));
            self.assignments.push(Assignment { name: "return".to_owned(), value, at: self.place(node) });
            return Expr::Many(Vec::new());
        }
        let mut parts = self.parts(node);
        if parts.len() == 1 { parts.remove(0) } else { Expr::Many(parts) }
    }

    fn parts(&mut self, node: Node<'_>) -> Vec<Expr> {
        named(node).map(|child| self.expr(child)).collect()
    }

    fn assignment(&mut self, node: Node<'_>, left: Node<'_>, right: Node<'_>) -> Expr {
        let names = flat_names(&self.expr(left));
        let value = self.expr(right);
        // A Go declaration has lists on both sides; what counts is what the first name is given.
        if let Some(name) = names.into_iter().next() {
            let at = self.place(node);
            self.assignments.push(Assignment { name, value, at });
            return Expr::Many(Vec::new());
        }
        value
    }

    fn member(&mut self, left: Node<'_>, right: Node<'_>) -> Expr {
        let object = self.expr(left);
        let property = self.expr(right);
        let Some(property) = property.word().map(str::to_owned) else { return Expr::Many(vec![object, property]) };
        match object {
            Expr::Name(name) => Expr::Name(format!("{name}.{property}")),
            // A member of what a call returns: the call is what counts.
            other => Expr::Many(vec![other, Expr::Name(property)]),
        }
    }

    fn call(&mut self, node: Node<'_>) -> Expr {
        let field = |names: &[&str]| names.iter().find_map(|name| node.child_by_field_name(name));
        let receiver_node = field(shape::RECEIVERS);
        let method = field(shape::METHODS);
        let callee_node = match (receiver_node, method) {
            (_, Some(_)) => None,
            _ => field(shape::CALLEES).or_else(|| node.named_child(0).filter(|child| !is_arguments(*child))),
        };
        let (mut callee, mut receiver) = (String::new(), None);
        if let Some(node) = receiver_node.or(callee_node) {
            match self.expr(node) {
                Expr::Name(name) => callee = name,
                Expr::Many(mut parts) if matches!(parts.last(), Some(Expr::Name(_))) && callee_node.is_some() => {
                    let name = parts.pop().and_then(|part| part.word().map(str::to_owned)).unwrap_or_default();
                    callee = chained(&parts, &name);
                    receiver = Some(Expr::Many(parts));
                }
                other => {
                    callee = chained(std::slice::from_ref(&other), "");
                    receiver = Some(other);
                }
            }
        }
        if let Some(method) = method {
            let name = plain_name(self.written(method));
            callee = if callee.is_empty() { name } else { format!("{callee}.{name}") };
        }
        let skip = [receiver_node, method, callee_node];
        let mut arguments = Vec::new();
        for child in named(node).filter(|child| !skip.iter().flatten().any(|known| known.id() == child.id())) {
            if is_arguments(child) && !shape::TEXTS.contains(&child.kind()) {
                self.arguments(child, &mut arguments);
            } else {
                arguments.push((None, self.expr(child)));
            }
        }
        Expr::Call(Box::new(Call { callee, receiver, arguments, at: self.place(node) }))
    }

    fn arguments(&mut self, list: Node<'_>, into: &mut Vec<(Option<String>, Expr)>) {
        for child in named(list) {
            match self.pair(child) {
                Some((name, value)) => into.push((Some(name), value)),
                None => into.push((None, self.expr(child))),
            }
        }
    }

    /// `name=value`; C#, Kotlin and PHP wrap it in an argument node.
    fn pair(&mut self, node: Node<'_>) -> Option<(String, Expr)> {
        let fields = ends(node, shape::PAIRS).or_else(|| {
            let children: Vec<_> = named(node).collect();
            let wraps = ["argument", "value_argument"].contains(&node.kind());
            (wraps && children.len() == 2).then(|| (children[0], children[1]))
        });
        let (key, value) = fields.or_else(|| assigned(node).filter(|_| node.parent().is_some_and(is_map)))?;
        let name = key_name(self.written(key));
        Some((name, self.expr(value)))
    }

    fn map(&mut self, node: Node<'_>) -> Expr {
        let (mut pairs, mut rest) = (Vec::new(), Vec::new());
        for child in named(node) {
            match self.pair(child) {
                Some(pair) => pairs.push(pair),
                None => match self.expr(child) {
                    // `{ connectionString }` of JavaScript.
                    Expr::Name(name) if child.kind() == "shorthand_property_identifier" => {
                        pairs.push((name.clone(), Expr::Name(name)));
                    }
                    other => rest.push(other),
                },
            }
        }
        if pairs.is_empty() {
            return Expr::Many(rest);
        }
        // What is spread into a map may hold keys of its own; it is kept under no name.
        pairs.extend(rest.into_iter().map(|value| (String::new(), value)));
        Expr::Map(pairs)
    }

    fn text_of(&mut self, node: Node<'_>) -> Expr {
        let mut value = Zeroizing::new(String::new());
        let mut put_in = Vec::new();
        let mut start = None;
        self.text_parts(node, &mut value, &mut put_in, &mut start, 0);
        if start.is_none() && node.named_child_count() == 0 {
            // Grammars without a node for the content: what stands between the quotes.
            let written = self.written(node);
            let inner = written.trim_start_matches(['@', '$', 'r', 'b', '#']).trim_matches(['"', '\'', '`', '#']);
            value.push_str(inner);
        }
        let at = start.unwrap_or_else(|| self.place(node));
        Expr::Text(Text { value, put_in, at })
    }

    fn text_parts(
        &mut self,
        node: Node<'_>,
        value: &mut Zeroizing<String>,
        put_in: &mut Vec<Expr>,
        start: &mut Option<Place>,
        depth: usize,
    ) {
        for child in named(node) {
            if shape::TEXT_PARTS.contains(&child.kind()) {
                start.get_or_insert_with(|| self.place(child));
                value.push_str(self.written(child));
            } else if shape::TEXTS.contains(&child.kind()) && depth < MAX_DEPTH {
                self.text_parts(child, value, put_in, start, depth + 1);
            } else if shape::PUT_IN.contains(&child.kind()) || !child.kind().starts_with("string_") {
                start.get_or_insert_with(|| self.place(child));
                // How a template names what is put in: the readers of settings know `${...}`.
                value.push_str("${value}");
                let part = self.expr(child);
                put_in.push(part);
            }
        }
    }

    fn written(&self, node: Node<'_>) -> &str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn place(&self, node: Node<'_>) -> Place {
        self.places.of(node.start_byte())
    }
}

/// The named children that are code.
fn named(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let mut cursor = node.walk();
    let children: Vec<_> = node.named_children(&mut cursor).collect();
    children.into_iter().filter(|child| !shape::COMMENTS.contains(&child.kind()))
}

/// The two ends of a node of one of these shapes.
fn ends<'t>(node: Node<'t>, shapes: &[(&str, &str, &str)]) -> Option<(Node<'t>, Node<'t>)> {
    let mut fitting = shapes.iter().filter(|(kind, ..)| *kind == node.kind());
    fitting.find_map(|(_, left, right)| {
        let field = |name: &str, place: usize| {
            if name.is_empty() { named(node).nth(place) } else { node.child_by_field_name(name) }
        };
        field(left, 0).zip(field(right, 1))
    })
}

/// The two sides of an assignment.
fn assigned(node: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    if is_elixir_assignment(node) {
        return node.child_by_field_name("left").zip(node.child_by_field_name("right"));
    }
    ends(node, shape::ASSIGNMENTS)
}

/// Elixir's `=` is a binary operator.
fn is_elixir_assignment(node: Node<'_>) -> bool {
    node.kind() == "binary_operator" && node.child_by_field_name("operator").is_some_and(|sign| sign.kind() == "=")
}

fn is_map(node: Node<'_>) -> bool {
    shape::MAPS.contains(&node.kind())
}

fn is_arguments(node: Node<'_>) -> bool {
    shape::ARGUMENT_LISTS.contains(&node.kind())
}

/// The name of a chain: that of the call it stands on, and this one.
fn chained(parts: &[Expr], name: &str) -> String {
    let before = parts.iter().find_map(|part| match part {
        Expr::Call(call) => Some(call.callee.as_str()),
        Expr::Name(name) => Some(name.as_str()),
        _ => None,
    });
    match before {
        Some(before) if name.is_empty() => before.to_owned(),
        Some(before) => format!("{before}.{name}"),
        None => name.to_owned(),
    }
}

/// The names on the left of an assignment, in order.
fn flat_names(expr: &Expr) -> Vec<String> {
    let mut names = Vec::new();
    expr.walk(&mut |part| {
        if let Expr::Name(name) = part {
            names.push(name.clone());
        }
    });
    names
}

/// A name with dots between its parts, whatever the language puts there.
fn plain_name(written: &str) -> String {
    let written = written.trim_start_matches(['$', '@', ':']);
    let plain: String = written.replace("::", ".").replace(['\\', '!', '?'], ".");
    plain.split_whitespace().collect::<String>().trim_matches('.').to_owned()
}

/// The key of a pair without quotes and colons.
fn key_name(written: &str) -> String {
    written.trim().trim_matches(['"', '\'', '`', ':', ' ', '[', ']']).replace("::", ".")
}
