//! From tokens to the expressions that every language is lowered to. What stands deeper in brackets than people write
//! is left out.

use zeroize::Zeroizing;

use super::super::expr::{Assignment, Call, Expr, Place, Text, last};
use super::super::lower::Lowered;
use super::super::place::Places;
use super::lex::{Kind, Token};
use super::syntax::{Braces, Syntax};

/// How deep brackets are followed.
const MAX_DEPTH: usize = 64;

/// The most tokens between the `<` and the `>` of the types of a name.
const MAX_TYPE_TOKENS: usize = 64;

/// Lowers a file.
pub(super) fn parse(text: &str, tokens: &[Token], syntax: &'static Syntax) -> Lowered {
    let mut parser =
        Parser { text, tokens, syntax, at: 0, depth: 0, places: Places::new(text), assignments: Vec::new() };
    let mut top = Vec::new();
    while parser.at < tokens.len() {
        top.extend(parser.statements(false).into_iter().map(|(_, value)| value));
        // A bracket that nothing opened.
        parser.at += 1;
    }
    Lowered { top, assignments: parser.assignments }
}

/// A value with the name that it is given.
type Named = (Option<String>, Expr);

struct Parser<'t> {
    text: &'t str,
    tokens: &'t [Token],
    syntax: &'static Syntax,
    at: usize,
    depth: usize,
    places: Places<'t>,
    assignments: Vec<Assignment>,
}

impl Parser<'_> {
    fn kind(&self, ahead: usize) -> Option<Kind> {
        self.tokens.get(self.at + ahead).map(|token| token.kind)
    }

    fn written(&self, token: &Token) -> &str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    fn here(&self) -> Place {
        self.places.of(self.tokens.get(self.at).map_or(0, |token| token.start))
    }

    fn is_spaced(&self, ahead: usize) -> bool {
        self.tokens.get(self.at + ahead).is_some_and(|token| token.spaced)
    }

    /// Statements up to a closing bracket, which is left; `as_pairs` keeps what names of their own are given.
    fn statements(&mut self, as_pairs: bool) -> Vec<Named> {
        let mut found = Vec::new();
        loop {
            match self.kind(0) {
                None | Some(Kind::Close | Kind::HoleEnd) => return found,
                Some(Kind::End | Kind::Divider | Kind::Comma) => self.at += 1,
                Some(_) => self.statement(as_pairs, &mut found),
            }
        }
    }

    /// One statement. A name that is given a value becomes an assignment.
    fn statement(&mut self, as_pairs: bool, into: &mut Vec<Named>) {
        let at = self.here();
        let before = self.at;
        let mut declared: Option<String> = None;
        let mut declares = false;
        let mut parts = Vec::new();
        while let Some(kind) = self.kind(0) {
            match kind {
                Kind::Close | Kind::HoleEnd | Kind::End | Kind::Divider | Kind::Comma => break,
                Kind::Assign => {
                    let target = declared.take().or_else(|| parts.pop().and_then(name_of));
                    self.at += 1;
                    self.skip_ends();
                    let value = many(self.sequence());
                    let Some(name) = target else {
                        parts.push(value);
                        continue;
                    };
                    if as_pairs && !declares {
                        parts.push(Expr::Map(vec![(last(&name).to_owned(), value.clone())]));
                    }
                    self.assignments.push(Assignment { name, value, at });
                }
                Kind::Arrow if self.syntax.arrow_members && parts.last().is_some_and(is_name) => {
                    let name = parts.pop().and_then(name_of).unwrap_or_default();
                    self.at += 1;
                    let value = many(self.sequence());
                    self.assignments.push(Assignment { name, value, at });
                }
                Kind::Key => {
                    let name = self.tokens.get(self.at).map(|token| self.written(token).to_owned());
                    self.at += 1;
                    let value = many(self.sequence());
                    into.push((name, value));
                }
                _ => match self.unit() {
                    Some(Expr::Name(name)) if self.syntax.declares.contains(&name.as_str()) => declares = true,
                    Some(unit) => {
                        if declares && declared.is_none() {
                            declared = name_of_ref(&unit).map(str::to_owned);
                        }
                        parts.push(unit);
                    }
                    None => {}
                },
            }
        }
        self.at += usize::from(self.at == before);
        for part in parts {
            match part {
                Expr::Map(pairs) if as_pairs => {
                    into.extend(pairs.into_iter().map(|(name, value)| (Some(name), value)));
                }
                part => into.push((None, part)),
            }
        }
    }

    fn skip_ends(&mut self) {
        while matches!(self.kind(0), Some(Kind::End | Kind::Divider)) {
            self.at += 1;
        }
    }

    /// Values and signs up to what ends them, which is left.
    fn sequence(&mut self) -> Vec<Expr> {
        let mut parts = Vec::new();
        loop {
            match self.kind(0) {
                None
                | Some(
                    Kind::Close | Kind::HoleEnd | Kind::Comma | Kind::End | Kind::Divider | Kind::Assign | Kind::Arrow,
                ) => return parts,
                // A key that stands in no list.
                Some(Kind::Key) => self.at += 1,
                Some(_) => parts.extend(self.unit()),
            }
        }
    }

    /// The same inside of brackets, where lines do not count.
    fn sequence_in_list(&mut self) -> Vec<Expr> {
        let mut parts = self.sequence();
        while matches!(self.kind(0), Some(Kind::End | Kind::Divider | Kind::Assign | Kind::Arrow)) {
            self.at += 1;
            parts.extend(self.sequence());
        }
        parts
    }

    /// The values of a list with their names, up to the closing bracket, which is taken.
    fn list(&mut self) -> Vec<Named> {
        let mut items = Vec::new();
        if self.depth >= MAX_DEPTH {
            self.skip();
            return items;
        }
        self.depth += 1;
        loop {
            match self.kind(0) {
                Some(Kind::Close) => {
                    self.at += 1;
                    break;
                }
                // The end of the code, or a hole that ends before its brackets.
                None | Some(Kind::HoleEnd) => break,
                Some(Kind::Comma | Kind::End | Kind::Divider) => self.at += 1,
                Some(_) => {
                    let before = self.at;
                    let item = self.item(Self::sequence_in_list);
                    items.push(item);
                    self.at += usize::from(self.at == before);
                }
            }
        }
        self.depth -= 1;
        items
    }

    /// Leaves out what stands in a bracket, with the bracket.
    fn skip(&mut self) {
        let mut open = 1_usize;
        while let Some(kind) = self.kind(0) {
            match kind {
                Kind::Open(_) | Kind::HoleStart => open += 1,
                Kind::Close | Kind::HoleEnd => open -= 1,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                break;
            }
        }
    }

    /// One value of a list.
    fn item(&mut self, rest: fn(&mut Self) -> Vec<Expr>) -> Named {
        if self.kind(0) == Some(Kind::Key) {
            let name = self.tokens.get(self.at).map(|token| self.written(token).to_owned());
            self.at += 1;
            self.skip_ends();
            return (name, many(rest(self)));
        }
        let Some(first) = self.unit() else { return (None, many(rest(self))) };
        let key = match self.kind(0) {
            Some(Kind::Colon) => key_of(&first),
            Some(Kind::Assign) if self.syntax.named_by_equals => key_of(&first),
            Some(Kind::Arrow) if self.syntax.symbols => key_of(&first),
            _ => None,
        };
        if key.is_some() {
            self.at += 1;
            self.skip_ends();
            return (key, many(rest(self)));
        }
        let mut parts = vec![first];
        parts.extend(rest(self));
        (None, many(parts))
    }

    /// A value with all that hangs on it; `None` for a sign.
    fn unit(&mut self) -> Option<Expr> {
        let at = self.here();
        let maker = self.maker();
        let attribute = self.is_attribute();
        let mut unit = self.primary(maker)?;
        loop {
            let next = self.kind(0);
            let over_lines = usize::from(next == Some(Kind::End) && self.kind(1) == Some(Kind::Dot));
            match next {
                _ if self.kind(over_lines) == Some(Kind::Dot) => {
                    self.at += over_lines + 1;
                    unit = self.member(unit);
                }
                Some(Kind::Open(b'(')) if !(self.syntax.commands && self.is_spaced(0)) => {
                    self.at += 1;
                    let arguments = self.list();
                    unit = call(unit, arguments, at);
                }
                Some(Kind::Open(b'[')) if !self.is_spaced(0) => {
                    self.at += 1;
                    let index = self.list();
                    unit = indexed(unit, index);
                }
                Some(Kind::Open(b'{')) if maker => unit = self.filled(unit, at),
                Some(Kind::Open(b'{')) if self.takes_block(&unit) => unit = self.with_block(unit, at),
                Some(Kind::Less) if self.syntax.generics && !self.is_spaced(0) && self.skip_types() => {}
                _ if self.is_command(&unit) => return Some(self.command(unit, at, attribute)),
                _ => return Some(unit),
            }
        }
    }

    /// Takes the word that makes values, if it stands here.
    fn maker(&mut self) -> bool {
        let is_maker = self
            .tokens
            .get(self.at)
            .is_some_and(|token| token.kind == Kind::Name && self.syntax.maker == Some(self.written(token)));
        self.at += usize::from(is_maker);
        is_maker
    }

    fn primary(&mut self, maker: bool) -> Option<Expr> {
        let token = *self.tokens.get(self.at)?;
        match token.kind {
            // `new { A = 1 }`, `new() { A = 1 }`, `new[] { 1 }`.
            Kind::Open(_) if maker => Some(Expr::Name(String::new())),
            Kind::Name => {
                self.at += 1;
                Some(Expr::Name(name(self.written(&token))))
            }
            Kind::Number | Kind::Symbol => {
                self.at += 1;
                Some(Expr::Word(self.written(&token).to_owned()))
            }
            Kind::TextStart => Some(self.text_of()),
            Kind::Open(open) => {
                self.at += 1;
                Some(self.bracket(open))
            }
            // `::Name` of Ruby, `.name` at the start of a line.
            _ => {
                self.at += 1;
                None
            }
        }
    }

    /// What stands in brackets where a value is expected.
    fn bracket(&mut self, open: u8) -> Expr {
        let at = self.places.of(self.tokens.get(self.at.saturating_sub(1)).map_or(0, |token| token.start));
        match (open, self.syntax.braces) {
            (b'{', Braces::Code) => many(self.block(false).into_iter().map(|(_, value)| value).collect()),
            (b'{', Braces::Tuple) => tuple(self.list(), at),
            _ => map(self.list()),
        }
    }

    /// The statements of a block, with the bracket that closes it.
    fn block(&mut self, as_pairs: bool) -> Vec<Named> {
        if self.depth >= MAX_DEPTH {
            self.skip();
            return Vec::new();
        }
        self.depth += 1;
        let mut found = Vec::new();
        loop {
            found.extend(self.statements(as_pairs));
            match self.kind(0) {
                Some(Kind::Close) => {
                    self.at += 1;
                    break;
                }
                Some(Kind::HoleEnd) | None => break,
                Some(_) => {}
            }
        }
        self.depth -= 1;
        found
    }

    /// Whether braces behind a value are a block that it is given.
    fn takes_block(&self, unit: &Expr) -> bool {
        match self.syntax.braces {
            Braces::Tuple => is_name(unit) && !self.is_spaced(0),
            Braces::Code | Braces::Pairs => is_callable(unit),
        }
    }

    fn with_block(&mut self, unit: Expr, at: Place) -> Expr {
        self.at += 1;
        if self.syntax.braces == Braces::Tuple {
            // `%Struct{a: 1}`.
            return map(self.list());
        }
        // What a block gives names of its own to is said to the call: `HikariConfig().apply { jdbcUrl = url }`.
        let as_pairs = self.syntax.named_by_equals;
        let block = map(self.block(as_pairs));
        match unit {
            Expr::Call(mut call) => {
                call.arguments.push((None, block));
                Expr::Call(call)
            }
            unit => call(unit, vec![(None, block)], at),
        }
    }

    /// `new X(...) { Y = 1 }`.
    fn filled(&mut self, unit: Expr, at: Place) -> Expr {
        self.at += 1;
        let given = map(self.list());
        match unit {
            Expr::Call(mut call) => {
                call.arguments.push((None, given));
                Expr::Call(call)
            }
            unit => call(unit, vec![(None, given)], at),
        }
    }

    fn member(&mut self, unit: Expr) -> Expr {
        self.skip_ends();
        let Some(token) = self.tokens.get(self.at).filter(|token| token.kind == Kind::Name) else {
            return unit;
        };
        let property = name(self.written(token));
        self.at += 1;
        match unit {
            Expr::Name(name) => Expr::Name(format!("{name}.{property}")),
            other => Expr::Many(vec![other, Expr::Name(property)]),
        }
    }

    /// Takes the types of a name, if that is what stands here.
    fn skip_types(&mut self) -> bool {
        let mut open = 0_usize;
        for ahead in 0..MAX_TYPE_TOKENS {
            match self.kind(ahead) {
                Some(Kind::Less) => open += 1,
                Some(Kind::Greater) => {
                    open -= 1;
                    if open == 0 {
                        self.at += ahead + 1;
                        return true;
                    }
                }
                Some(Kind::Name | Kind::Dot | Kind::Comma | Kind::Open(b'[') | Kind::Close | Kind::Sign) => {}
                _ => return false,
            }
        }
        false
    }

    /// Whether a name is followed by arguments without brackets.
    fn is_command(&self, unit: &Expr) -> bool {
        if !self.syntax.commands || matches!(unit, Expr::Call(_)) || !is_callable(unit) || !self.is_spaced(0) {
            return false;
        }
        match self.kind(0) {
            // `f (a), b` gives the bracket and more.
            Some(
                Kind::Name | Kind::Number | Kind::Symbol | Kind::Key | Kind::TextStart | Kind::Open(b'%' | b'[' | b'('),
            ) => true,
            Some(Kind::Open(b'{')) => self.syntax.braces == Braces::Tuple,
            _ => false,
        }
    }

    /// Whether a name with a sign before it stands here: `@url System.get_env("URL")` of Elixir gives it a value.
    fn is_attribute(&self) -> bool {
        let token = self.tokens.get(self.at).filter(|token| token.kind == Kind::Name);
        self.syntax.braces == Braces::Tuple && token.is_some_and(|token| self.written(token).starts_with('@'))
    }

    fn command(&mut self, unit: Expr, at: Place, attribute: bool) -> Expr {
        if self.depth >= MAX_DEPTH {
            return unit;
        }
        self.depth += 1;
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.item(Self::sequence));
            match self.kind(0) {
                Some(Kind::Comma) => self.at += 1,
                _ => break,
            }
        }
        self.depth -= 1;
        if let Some(name) = name_of_ref(&unit).filter(|_| attribute) {
            let value = many(arguments.into_iter().map(|(_, value)| value).collect());
            self.assignments.push(Assignment { name: name.to_owned(), value, at });
            return Expr::Many(Vec::new());
        }
        call(unit, arguments, at)
    }

    fn text_of(&mut self) -> Expr {
        let mut value = Zeroizing::new(String::new());
        let mut put_in = Vec::new();
        let at = self.places.of(self.tokens.get(self.at).map_or(0, |token| token.end));
        self.at += 1;
        while let Some(token) = self.tokens.get(self.at).copied() {
            self.at += 1;
            match token.kind {
                Kind::Part => value.push_str(self.written(&token)),
                Kind::HoleStart => {
                    // How a template names what is put in: the readers of settings know `${...}`.
                    value.push_str("${value}");
                    put_in.push(self.hole());
                }
                _ => break,
            }
        }
        Expr::Text(Text { value, put_in, at })
    }

    /// What is put into a text, with its end.
    fn hole(&mut self) -> Expr {
        if self.depth >= MAX_DEPTH {
            self.skip();
            return Expr::Many(Vec::new());
        }
        self.depth += 1;
        let mut parts = Vec::new();
        loop {
            parts.extend(self.statements(false).into_iter().map(|(_, value)| value));
            let Some(kind) = self.kind(0) else { break };
            self.at += 1;
            if kind == Kind::HoleEnd {
                break;
            }
        }
        self.depth -= 1;
        many(parts)
    }
}

/// A name without the signs before and behind it.
fn name(written: &str) -> String {
    written.trim_matches(['$', '&', '@', '`', '!', '?']).to_owned()
}

fn is_name(expr: &Expr) -> bool {
    matches!(expr, Expr::Name(_))
}

/// A name, a call, or a member of one.
fn is_callable(expr: &Expr) -> bool {
    match expr {
        Expr::Name(_) | Expr::Call(_) => true,
        Expr::Many(parts) => matches!(parts.as_slice(), [_, Expr::Name(_)]),
        _ => false,
    }
}

fn name_of_ref(expr: &Expr) -> Option<&str> {
    if let Expr::Name(name) = expr { Some(name) } else { None }
}

fn name_of(expr: Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => Some(name),
        // `string Url { get; } = "..."`, `config["url"] = ...`.
        Expr::Call(call) => Some(call.callee),
        Expr::Many(parts) => parts.iter().rev().find_map(name_of_ref).map(str::to_owned),
        _ => None,
    }
}

/// What a value is called that stands before `:` or `=>`.
fn key_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Many(parts) => match parts.as_slice() {
            // `["key"] = value` of C#.
            [one] => key_of(one),
            _ => None,
        },
        other => other.word().map(str::to_owned),
    }
}

fn many(mut parts: Vec<Expr>) -> Expr {
    if parts.len() == 1 { parts.remove(0) } else { Expr::Many(parts) }
}

/// Pairs, when there are any.
fn map(items: Vec<Named>) -> Expr {
    if items.iter().all(|(name, _)| name.is_none()) {
        return Expr::Many(items.into_iter().map(|(_, value)| value).collect());
    }
    // What has no name may hold keys of its own.
    Expr::Map(items.into_iter().map(|(name, value)| (name.unwrap_or_default(), value)).collect())
}

/// Elixir's tuples: `{Postgrex, hostname: host}` starts a process with arguments.
fn tuple(mut items: Vec<Named>, at: Place) -> Expr {
    let starts = matches!(items.first(), Some((None, Expr::Name(name))) if name.starts_with(char::is_uppercase));
    if !starts || items.len() < 2 {
        return map(items);
    }
    let (_, process) = items.remove(0);
    call(process, items, at)
}

/// A value with something in brackets behind it.
fn call(unit: Expr, arguments: Vec<Named>, at: Place) -> Expr {
    let (callee, receiver) = match unit {
        Expr::Name(name) => (name, None),
        Expr::Many(mut parts) if matches!(parts.last(), Some(Expr::Name(_))) => {
            let name = parts.pop().and_then(name_of).unwrap_or_default();
            let before = parts.iter().find_map(|part| match part {
                Expr::Call(call) => Some(call.callee.as_str()),
                Expr::Name(name) => Some(name.as_str()),
                _ => None,
            });
            let callee = before.map_or_else(|| name.clone(), |before| format!("{before}.{name}"));
            (callee, Some(many(parts)))
        }
        Expr::Call(before) => (before.callee.clone(), Some(Expr::Call(before))),
        other => (String::new(), Some(other)),
    };
    Expr::Call(Box::new(Call { callee, receiver, arguments, at }))
}

/// `a["b"]` is `a.b`; what else stands in such brackets is kept beside.
fn indexed(unit: Expr, mut index: Vec<Named>) -> Expr {
    let key = match index.as_slice() {
        [(None, key)] => key.word().map(str::to_owned),
        _ => None,
    };
    match (unit, key) {
        (Expr::Name(name), Some(key)) => Expr::Name(format!("{name}.{key}")),
        // `System.getenv()["URL"]` is `System.getenv("URL")`.
        (Expr::Call(mut call), Some(_)) if call.arguments.is_empty() => {
            call.arguments = index;
            Expr::Call(call)
        }
        (unit, _) => {
            let mut parts = vec![unit];
            parts.extend(index.drain(..).map(|(_, value)| value));
            Expr::Many(parts)
        }
    }
}
