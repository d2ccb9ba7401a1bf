"""Reads URIs (hex, one a line) with Python's own urlsplit and with SQLAlchemy's regular expression.

Prints Python's version, then a JSON object a line: {"urlsplit": [...] or null, "sqlalchemy": [...] or null}, each list
being user, password, host, port, database. SQLAlchemy itself is used where it is installed; otherwise the expression of
sqlalchemy/engine/url.py 2.1.9 (MIT licence) stands for it.
"""

import json
import re
import sys
from urllib.parse import unquote, urlsplit

PATTERN = re.compile(
    r"""(?P<name>[\w\+]+)://
        (?:(?P<username>[^:/]*)(?::(?P<password>[^@]*))?@)?
        (?:(?:\[(?P<ipv6host>[^/\?]+)\]|(?P<ipv4host>[^/:\?]+))?(?::(?P<port>[^/\?]*))?)?
        (?:/(?P<database>[^\?]*))?
        (?:\?(?P<query>.*))?""",
    re.X,
)


def by_urlsplit(text):
    try:
        url = urlsplit(text)
        port = url.port
        host = unquote(url.hostname or "")
    except ValueError:
        return None
    database = unquote(url.path[1:])
    return [unquote(url.username or ""), unquote(url.password or ""), host, "" if port is None else str(port), database]


def by_sqlalchemy(text):
    try:
        from sqlalchemy.engine.url import make_url
    except ImportError:
        found = PATTERN.match(text)
        part = found.groupdict()
        plain = [unquote(part[name]) if part[name] else "" for name in ("username", "password", "database")]
        try:
            port = str(int(part["port"])) if part["port"] else ""
        except ValueError:
            return None
        return [plain[0], plain[1], part["ipv4host"] or part["ipv6host"] or "", port, plain[2]]
    try:
        url = make_url(text)
    except Exception:
        return None
    password = url.password or ""
    return [url.username or "", password, url.host or "", str(url.port or ""), url.database or ""]


def main():
    print(sys.version_info[0] * 100 + sys.version_info[1])
    for line in sys.stdin:
        text = bytes.fromhex(line.strip()).decode()
        print(json.dumps({"urlsplit": by_urlsplit(text), "sqlalchemy": by_sqlalchemy(text)}))


main()
