use proptest::prelude::*;

use super::super::expr::{Call, Expr};
use super::super::language::Language;
use super::super::lower::Lowered;
use super::*;

const ALL: [Language; 4] = [Language::CSharp, Language::Kotlin, Language::Ruby, Language::Elixir];

fn read(language: Language, text: &str) -> Lowered {
    lower(language, text).unwrap()
}

fn calls(lowered: &Lowered) -> Vec<&Call> {
    let mut found = Vec::new();
    for expr in lowered.assignments.iter().map(|assignment| &assignment.value).chain(&lowered.top) {
        expr.walk(&mut |part| {
            if let Expr::Call(call) = part {
                found.push(call.as_ref());
            }
        });
    }
    found
}

/// The calls as text: callee, and the arguments with their names, as far as they are words.
fn shown(language: Language, text: &str) -> Vec<String> {
    let lowered = read(language, text);
    let show = |call: &&Call| {
        let arguments = call.arguments.iter().map(|(name, value)| {
            let value = match value {
                Expr::Map(pairs) => {
                    let pairs = pairs.iter().map(|(key, value)| format!("{key}: {}", value.word().unwrap_or("_")));
                    format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
                }
                other => other.word().unwrap_or("_").to_owned(),
            };
            name.as_ref().map_or(value.clone(), |name| format!("{name}={value}"))
        });
        format!("{}({})", call.callee, arguments.collect::<Vec<_>>().join(", "))
    };
    calls(&lowered).iter().map(show).collect()
}

fn has(language: Language, text: &str, call: &str) {
    let found = shown(language, text);
    assert!(found.iter().any(|found| found == call), "{text}\nhas not {call}, but {found:#?}");
}

fn assigned(language: Language, text: &str) -> Vec<String> {
    let show = |value: &Expr| match value {
        Expr::Call(call) => format!("{}()", call.callee),
        other => other.word().unwrap_or("_").to_owned(),
    };
    let lowered = read(language, text);
    lowered.assignments.iter().map(|one| format!("{}={}", one.name, show(&one.value))).collect()
}

#[test]
fn calls_are_read_with_their_arguments() {
    let (cs, kt, rb, ex) = (Language::CSharp, Language::Kotlin, Language::Ruby, Language::Elixir);
    has(cs, "var d = NpgsqlDataSource.Create(url);", "NpgsqlDataSource.Create(url)");
    has(cs, "services.AddDbContext<AppDb>(o => o.UseNpgsql(conn));", "o.UseNpgsql(conn)");
    has(
        cs,
        "await using var c = new NpgsqlConnection(connectionString: url);",
        "NpgsqlConnection(connectionString=url)",
    );
    has(cs, "var b = new B(u) { MaxPoolSize = 5, Ssl = SslMode.Require };", "B(u, {MaxPoolSize: 5, Ssl: Require})");
    has(cs, "B b = new() { Host = \"h\" };", "({Host: h})");
    has(cs, "var x = new Dictionary<string, string?> { [\"a:b\"] = \"c\" };", "Dictionary({a:b: c})");
    has(cs, "F(Environment.GetEnvironmentVariable(\"X\")! ?? \"y\");", "Environment.GetEnvironmentVariable(X)");
    has(cs, "a\n  .B(1)\n  .C(2);", "a.B.C(2)");
    has(
        kt,
        "val c = HikariConfig().apply {\n  jdbcUrl = url\n  maximumPoolSize = 10\n}",
        "HikariConfig.apply({jdbcUrl: url, maximumPoolSize: 10})",
    );
    has(kt, "Database.connect(url, driver = \"d\", user = u)", "Database.connect(url, driver=d, user=u)");
    has(kt, "val u = System.getenv(\"X\") ?: error(\"no\")", "System.getenv(X)");
    has(kt, "val u = System.getenv()[\"X\"]!!", "System.getenv(X)");
    has(rb, "PG.connect ENV['X'], connect_timeout: 5", "PG.connect(X, connect_timeout=5)");
    has(rb, "PG::Connection.new(:host => 'h', \"port\" => 5432)", "PG.Connection.new(host=h, port=5432)");
    has(
        rb,
        "establish_connection(\n  url: ENV.fetch('X') { 'y' },\n  prepared_statements: false\n)",
        "establish_connection(url=_, prepared_statements=false)",
    );
    has(
        rb,
        "DB = Sequel.connect(ENV.fetch(\"X\"), max_connections: 5) if prod?",
        "Sequel.connect(_, max_connections=5)",
    );
    has(
        ex,
        "config :app, App.Repo,\n  url: url,\n  ssl: [verify: :verify_none],\n  pool_size: 10\n",
        "config(app, Repo, url=url, ssl={verify: verify_none}, pool_size=10)",
    );
    has(
        ex,
        "{:ok, p} = Postgrex.start_link(hostname: \"h\", prepare: :unnamed)",
        "Postgrex.start_link(hostname=h, prepare=unnamed)",
    );
    has(ex, "children = [{Postgrex.Notifications, name: N, port: 1}]", "Postgrex.Notifications(name=N, port=1)");
    has(ex, "x = System.get_env(\"X\") || raise \"\"\"\n  no\n  \"\"\"\n", "System.get_env(X)");
}

#[test]
fn names_get_their_values() {
    assert_eq!(
        assigned(Language::CSharp, "private readonly string _url = \"u\"; string P => F();"),
        ["_url=u", "P=F()"]
    );
    assert_eq!(assigned(Language::CSharp, "public string Url { get; set; } = \"u\";"), ["Url=u"]);
    assert_eq!(assigned(Language::CSharp, "x.Y.Z = 5; a ??= b;"), ["x.Y.Z=5", "a=b"]);
    assert_eq!(assigned(Language::Kotlin, "val u: String? = f()\nvar n = 5\nc.max = n"), ["u=f()", "n=5", "c.max=n"]);
    assert_eq!(assigned(Language::Ruby, "@u ||= f()\nX = 'a'\nself.class.y = 3"), ["u=f()", "X=a", "self.class.y=3"]);
    assert_eq!(assigned(Language::Elixir, "@url System.get_env(\"X\")\nu = @url"), ["url=System.get_env()", "u=url"]);
}

/// A call in a comment or in a text is none; behind it the code goes on.
#[test]
fn comments_and_texts_hide_what_stands_in_them() {
    let cases: &[(Language, &[&str])] = &[
        (
            Language::CSharp,
            &[
                "// bad()\n",
                "/* bad() */",
                "/* /* bad() */",
                "#region bad()\n",
                "var a = \"bad()\";",
                "var a = \"\\\"bad()\";",
                "var a = @\"c:\\\" + @\"\"\"bad()\";",
                "var a = @\"\"\"\";",
                "var a = $\"{{bad()}}\";",
                "var a = \"\"\"\n  \"bad()\" \"\" bad()\n  \"\"\";",
                "var c = '\"';",
                "var c = '\\'';",
                "var a = $$\"\"\"{bad()} {{\"\"}}\"\"\";",
                "var a = $@\"{{bad()}}\"\"bad()\";",
                "/// <c>bad()</c>\n",
                "var a = \"unfinished\n",
            ],
        ),
        (
            Language::Kotlin,
            &[
                "// bad()\n",
                "/* /* */ bad() */",
                "val a = \"bad()\"\n",
                "val a = \"\"\"\n\"bad()\" \"\"bad()\"\"\"\"\n",
                "val c = '\"'\n",
                "val a = \"\\${bad()}\"\n",
                "val a = \"\\\"bad()\"\n",
                "val `bad()` = 1\n",
            ],
        ),
        (
            Language::Ruby,
            &[
                "# bad()\n",
                "=begin\nbad()\n=end\n",
                "a = 'bad()'\n",
                "a = '#{bad()}'\n",
                "a = \"\\#{bad()}\"\n",
                "a = %q(bad() (bad()))\n",
                "a = %w[bad() bad()]\n",
                "a = %Q{bad()}\n",
                "a = /\"bad()/\n",
                "x.match /bad()/\n",
                "a = <<~SQL\n  bad()\n  \"\nSQL\n",
                "a = <<-'X'\n  #{bad()}\n  X\n",
                "f(<<~A, <<~B)\nbad()\nA\nbad()\nB\n",
                "a = `bad()`\n",
                "a = ?\"\n",
                "a = b / c\nd = \"/\"\n",
                "a << b\n",
                "a = x ? 'bad()' : 'c'\n",
            ],
        ),
        (
            Language::Elixir,
            &[
                "# bad()\n",
                "a = \"bad()\"\n",
                "@doc \"\"\"\nbad() \"\n\"\"\"\n",
                "a = 'bad()'\n",
                "a = ~s(bad() (x))\n",
                "a = ~S\"#{bad()}\"\n",
                "a = ~r/\"bad()/i\n",
                "a = ?\"\n",
                "a = ?'\n",
                "a = ~w[bad() b]a\n",
                "a = ~S'''\n#{bad()}\n'''\n",
                "a = :\"bad()\"\n",
                "a = 1 / 2\nb = \"/\"\n",
            ],
        ),
    ];
    for (language, texts) in cases {
        for text in *texts {
            let found = shown(*language, &format!("{text}\ngood(1)\n"));
            assert!(
                !found.iter().any(|call| call.split('(').next().is_some_and(|callee| callee.ends_with("bad"))),
                "{language:?} {text}: {found:?}"
            );
            assert!(found.iter().any(|call| call == "good(1)"), "{language:?} {text}: {found:?}");
        }
    }
    let ended = shown(Language::Ruby, "good(1)\n__END__\nbad()\n");
    assert_eq!(ended, ["good(1)"]);
}

/// What is put into a text is code, and the text goes on behind it.
#[test]
fn holes_are_code() {
    for (language, text) in [
        (Language::CSharp, "var a = $\"x{F($\"{good(\"y\")}\")}z\";"),
        (Language::CSharp, "var a = $@\"x{good(\"y\")}z\"\"\";"),
        (Language::CSharp, "var a = $$\"\"\"x {no} {{good(\"y\")}} z\"\"\";"),
        (Language::CSharp, "var a = $\"{{{good(\"y\"):N2}}}\";"),
        (Language::Kotlin, "val a = \"x${good(\"y\")}z\""),
        (Language::Kotlin, "val a = \"\"\"x${good(\"y\")} $z\"\"\""),
        (Language::Ruby, "a = \"x#{good(\"y\")}z\""),
        (Language::Ruby, "a = <<~S\n x#{good(\"y\")}z\nS\n"),
        (Language::Ruby, "a = %Q[x#{good(\"y\")}z]"),
        (Language::Elixir, "a = \"x#{good(\"y\")}z\""),
        (Language::Elixir, "a = ~s(x#{good(\"y\")}z)"),
    ] {
        has(language, text, "good(y)");
        has(language, &format!("{text}\n\nbehind(1)\n"), "behind(1)");
    }
    let lowered = read(Language::Kotlin, "val a = \"jdbc://$host:5432/${db}\"");
    let Expr::Text(text) = &lowered.assignments[0].value else { panic!("a text") };
    assert_eq!((text.value.as_str(), text.put_in.len()), ("jdbc://${value}:5432/${value}", 2));
}

#[test]
fn places_count_lines_and_characters() {
    let lowered = read(Language::Ruby, "# ü\nx = 'ü'; PG.connect('é', \"url\")\n");
    let call = calls(&lowered)[0];
    assert_eq!((call.at.line, call.at.column), (2, 10));
    let Expr::Text(url) = &call.arguments[1].1 else { panic!("a text") };
    assert_eq!((url.at.line, url.at.column), (2, 27));
}

#[test]
fn what_is_nested_without_end_is_left_out() {
    for language in ALL {
        for unit in
            ["(", "[", "{", "f(", "a { ", "$\"{", "\"#{", "\"${", "%{", "<<~A\n", "x = ", "f a, ", "a.b[", "/*", "~s("]
        {
            let _ = lower(language, &unit.repeat(20_000));
            let _ = lower(language, &format!("{}good(1)", unit.repeat(200)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// No input makes it panic, nor grow beyond what was put in.
    #[test]
    fn anything_is_read(pieces in proptest::collection::vec(
        prop_oneof![
            Just("\"".to_owned()), Just("'".to_owned()), Just("\"\"\"".to_owned()), Just("$\"".to_owned()),
            Just("#{".to_owned()), Just("${".to_owned()), Just("{".to_owned()), Just("}".to_owned()),
            Just("(".to_owned()), Just(")".to_owned()), Just("[".to_owned()), Just("]".to_owned()),
            Just("<<~A\n".to_owned()), Just("A\n".to_owned()), Just("\n".to_owned()), Just("\\".to_owned()),
            Just("%w".to_owned()), Just("~s".to_owned()), Just("/".to_owned()), Just("*/".to_owned()),
            Just("/*".to_owned()), Just("=begin\n".to_owned()), Just(" = ".to_owned()), Just("a: ".to_owned()),
            Just("name ".to_owned()), Just("?".to_owned()), Just(":".to_owned()), Just("@".to_owned()),
            Just("ü".to_owned()), Just("=>".to_owned()), Just(".".to_owned()), Just(",".to_owned()), ".{0,6}",
        ], 0..60)) {
        let text = pieces.concat();
        for language in ALL {
            let lowered = lower(language, &text).unwrap();
            prop_assert!(lowered.assignments.len() + lowered.top.len() <= text.len() + 1);
        }
    }
}
