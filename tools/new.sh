#!/usr/bin/env bash
# Makes the skeleton of a rule, a stack or an error, and says what to fill in. The tests fail until that is done.
#
#   tools/new.sh rule some-rule-id
#   tools/new.sh stack some-driver
#   tools/new.sh error FAMILY some-error-id      FAMILY is a file of profiles/errors/, without .toml
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die() {
  printf 'new: %s\n' "$*" >&2
  exit 2
}

check_id() { [[ $1 =~ ^[a-z][a-z0-9]*(-[a-z0-9]+)*$ ]] || die "'$1' is no id: lower-case words with hyphens between them"; }

new_rule() {
  local id=$1 module=${1//-/_}
  [[ ! -e src/rules/$module.rs ]] || die "src/rules/$module.rs exists"
  cat >"src/rules/$module.rs" <<EOF
//! \`$id\`: WHAT IT FINDS, in one sentence.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "$id",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "WHAT IT FINDS, in one sentence.",
    why: "WHY THAT MATTERS.",
    fix: "WHAT TO DO.",
    sources: &["DOCUMENT, VERSION OR DATE"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let parameter = subject.parameter("$id")?;
    Some(rule.finding("WHAT IS WRONG HERE.").at(super::subject::span_of(parameter)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    const GOOD: &str =
        "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres";

    #[test]
    fn it_fires() {
        scene(GOOD).fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene(GOOD).silent(RULE.id);
    }
}
EOF
  # The registry is the last block of the file that lists module names.
  awk -v module="$module" '
    /^registry! \{/ { inside = 1 }
    inside && /^}/ { print "    " module ","; inside = 0 }
    { print }' src/rules/mod.rs >src/rules/mod.rs.new
  mv src/rules/mod.rs.new src/rules/mod.rs
  echo "made src/rules/$module.rs; write its texts, its check and the two tests. cargo nextest run --lib $module"
}

new_stack() {
  local id=$1
  [[ ! -e profiles/stacks/$id.toml ]] || die "profiles/stacks/$id.toml exists"
  # The nearest thing to a template that cannot go out of date: a profile that the tests hold to the format.
  sed -e "s/^id = .*/id = \"$id\"/" -e "s/^name = .*/name = \"$id\"/" -e "s/^as_of = .*/as_of = \"$(date +%F)\"/" \
    profiles/stacks/tokio-postgres.toml >"profiles/stacks/$id.toml"
  echo "made profiles/stacks/$id.toml as a copy of tokio-postgres: every fact and source in it must be looked at and replaced."
  echo "name it in src/knowledge/embedded.rs, then: cargo nextest run --lib knowledge"
}

new_error() {
  local family=$1 id=$2 file=profiles/errors/$1.toml
  [[ -f $file ]] || die "no family '$family'; there are: $(cd profiles/errors && printf '%s ' *.toml | sed 's/\.toml//g')"
  ! grep -q "^id = \"$id\"" profiles/errors/*.toml || die "'$id' exists"
  cat >>"$file" <<EOF

[[error]]
id = "$id"
text = ["THE TEXT AS IT IS PRINTED, with {w} for a word that changes"]
cause = "A CAUSE OF profiles/errors/causes.toml"
confidence = "likely"
says = "WHAT IT MEANS."
sources = ["A KEY OF [sources] ABOVE"]
examples = ["ONE REAL LINE", "ANOTHER REAL LINE"]
EOF
  echo "added $id at the end of $file; fill it in, then: cargo nextest run --lib errors"
}

case ${1:-} in
  rule) [[ $# == 2 ]] || die "rule ID"; check_id "$2"; new_rule "$2" ;;
  stack) [[ $# == 2 ]] || die "stack ID"; check_id "$2"; new_stack "$2" ;;
  error) [[ $# == 3 ]] || die "error FAMILY ID"; check_id "$3"; new_error "$2" "$3" ;;
  *) die "rule ID, stack ID or error FAMILY ID" ;;
esac
