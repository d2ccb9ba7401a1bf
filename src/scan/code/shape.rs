//! Which kinds of nodes the grammars have for the few shapes that matter here. The grammars agree on most names, so one
//! table serves all of them; what is in no list is looked through.

/// Calls, constructors included. The callee is a field, or a receiver and a name.
pub(super) const CALLS: &[&str] = &[
    "call",
    "call_expression",
    "new_expression",
    "invocation_expression",
    "object_creation_expression",
    "implicit_object_creation_expression",
    "method_invocation",
    "function_call_expression",
    "member_call_expression",
    "nullsafe_member_call_expression",
    "scoped_call_expression",
    "macro_invocation",
];

/// Fields that hold a whole callee.
pub(super) const CALLEES: &[&str] = &["function", "constructor", "target", "type", "macro"];

/// Fields that hold what a method is called on.
pub(super) const RECEIVERS: &[&str] = &["receiver", "object", "scope"];

/// Fields that hold a method's name.
pub(super) const METHODS: &[&str] = &["method", "name"];

/// Nodes that hold arguments, where no field does.
pub(super) const ARGUMENT_LISTS: &[&str] =
    &["arguments", "argument_list", "value_arguments", "token_tree", "template_string", "annotated_lambda"];

/// `a.b`, with the two fields where there are some.
pub(super) const MEMBERS: &[(&str, &str, &str)] = &[
    ("attribute", "object", "attribute"),
    ("member_expression", "object", "property"),
    ("selector_expression", "operand", "field"),
    ("field_expression", "value", "field"),
    ("scoped_identifier", "path", "name"),
    ("scoped_type_identifier", "path", "name"),
    ("field_access", "object", "field"),
    ("member_access_expression", "expression", "name"),
    ("conditional_access_expression", "condition", ""),
    ("navigation_expression", "", ""),
    ("scope_resolution", "scope", "name"),
    ("member_access_expression", "object", "name"),
    ("class_constant_access_expression", "", ""),
    ("qualified_name", "", ""),
    ("qualified_type", "package", "name"),
    ("dot", "left", "right"),
];

/// `a[b]`.
pub(super) const INDEXES: &[(&str, &str, &str)] = &[
    ("subscript", "value", "subscript"),
    ("subscript_expression", "object", "index"),
    ("index_expression", "operand", "index"),
    ("element_access_expression", "expression", "subscript"),
    ("element_reference", "object", ""),
    ("access_call", "target", "key"),
    ("subscript_expression", "", ""),
];

/// Text.
pub(super) const TEXTS: &[&str] = &[
    "string",
    "string_literal",
    "template_string",
    "interpreted_string_literal",
    "raw_string_literal",
    "verbatim_string_literal",
    "interpolated_string_expression",
    "encapsed_string",
    "concatenated_string",
    "multiline_string_literal",
    "heredoc",
];

/// The plain parts of text.
pub(super) const TEXT_PARTS: &[&str] = &[
    "string_content",
    "string_fragment",
    "multiline_string_fragment",
    "interpreted_string_literal_content",
    "raw_string_literal_content",
    "string_literal_content",
    "raw_string_content",
    "quoted_content",
    "escape_sequence",
];

/// The parts of text that are put in when the code runs.
pub(super) const PUT_IN: &[&str] = &["interpolation", "template_substitution"];

/// Numbers, truth values and nothing: kept as they are written.
pub(super) const WORDS: &[&str] = &[
    "integer",
    "float",
    "number",
    "int_literal",
    "float_literal",
    "integer_literal",
    "number_literal",
    "decimal_integer_literal",
    "real_literal",
    "true",
    "false",
    "boolean_literal",
    "boolean",
    "null_literal",
    "null",
    "none",
    "nil",
    "unary_expression",
    "unary_operator",
    "prefix_unary_expression",
    "atom",
    "simple_symbol",
];

/// Names.
pub(super) const NAMES: &[&str] = &[
    "identifier",
    "property_identifier",
    "private_property_identifier",
    "shorthand_property_identifier",
    "type_identifier",
    "field_identifier",
    "package_identifier",
    "simple_identifier",
    "constant",
    "name",
    "variable_name",
    "alias",
    "instance_variable",
    "self",
    "this",
];

/// `key: value`, `key=value` as an argument or an entry; with the two fields.
pub(super) const PAIRS: &[(&str, &str, &str)] = &[
    ("keyword_argument", "name", "value"),
    ("pair", "key", "value"),
    ("field_initializer", "field", "value"),
    ("keyed_element", "", ""),
    ("array_element_initializer", "", ""),
];

/// What holds pairs.
pub(super) const MAPS: &[&str] = &[
    "dictionary",
    "object",
    "hash",
    "literal_value",
    "field_initializer_list",
    "initializer_expression",
    "array_creation_expression",
    "keywords",
    "map",
];

/// Assignments and declarations, with the two fields.
pub(super) const ASSIGNMENTS: &[(&str, &str, &str)] = &[
    ("assignment", "left", "right"),
    ("assignment_expression", "left", "right"),
    ("variable_declarator", "name", "value"),
    ("short_var_declaration", "left", "right"),
    ("assignment_statement", "left", "right"),
    ("var_spec", "name", "value"),
    ("let_declaration", "pattern", "value"),
    ("const_item", "name", "value"),
    ("static_item", "name", "value"),
    ("variable_declarator", "", ""),
    ("property_declaration", "", ""),
];

/// What gives a whole file of PHP its value, and what that stands in.
pub(super) const FILE_VALUE: (&str, &str) = ("return_statement", "program");

/// What is no code.
pub(super) const COMMENTS: &[&str] =
    &["comment", "line_comment", "block_comment", "multiline_comment", "shebang", "hash_bang_line"];
