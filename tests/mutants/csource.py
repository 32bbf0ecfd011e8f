# SPDX-License-Identifier: GPL-2.0-only
"""Reads our own C as far as mutants need it: tokens, functions, tables. It leans on the formatting that
`make lint` enforces: a function's braces are alone in the first column."""
import re
import subprocess

TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)
      | (?P<directive>^\#(?:[^\n\\]|\\.|\\\n)*)
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<number>0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<op><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[][{}().,;:?~!=<>+*/%&|^-])
      | (?P<space>\s+)""",
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)


class Token:
    """One token: what kind, its text, where it begins and ends in the file, its line."""

    def __init__(self, kind, text, start, line):
        self.kind, self.text, self.start, self.line = kind, text, start, line
        self.end = start + len(text)


class Function:
    """A function's definition. `body` are the tokens between its braces."""

    def __init__(self, name, returns, params, args, start, body_start, end, body):
        self.name, self.returns, self.params, self.args = name, returns, params, args
        self.start, self.body_start, self.end, self.body = start, body_start, end, body


class Table:
    """A constant with an initializer outside functions; `body` are the tokens between its braces."""

    def __init__(self, name, start, open_brace, end, body):
        self.name, self.start, self.open, self.end, self.body = name, start, open_brace, end, body


def tokens(text):
    """All tokens but space and comments; directives are tokens of their own."""
    out, at, line = [], 0, 1
    while at < len(text):
        m = TOKEN.match(text, at)
        if not m:
            raise ValueError(f"line {line}: cannot read {text[at:at + 20]!r}")
        if m.lastgroup not in ("space", "comment"):
            out.append(Token(m.lastgroup, m.group(), at, line))
        line += m.group().count("\n")
        at = m.end()
    return out


def matching(toks, i):
    """Index of the bracket that closes the one at i."""
    depth = 0
    for k in range(i, len(toks)):
        if toks[k].text in ("(", "[", "{"):
            depth += 1
        elif toks[k].text in (")", "]", "}"):
            depth -= 1
            if not depth:
                return k
    raise ValueError(f"line {toks[i].line}: nothing closes {toks[i].text}")


def split(toks):
    """The parts between commas outside brackets."""
    parts, part, depth = [], [], 0
    for t in toks:
        depth += (t.text in ("(", "[", "{")) - (t.text in (")", "]", "}"))
        if t.text == "," and not depth:
            parts.append(part)
            part = []
        else:
            part.append(t)
    return parts + [part] if part else parts


def _param_name(part):
    for i, t in enumerate(part):
        if t.text == "(" and part[i + 1].text == "*":
            return part[i + 2].text
        if t.text == "[":
            return part[i - 1].text
    return part[-1].text


def _function(text, head, toks, i, close):
    paren = next((k for k, t in enumerate(head) if t.text == "("), None)
    if paren is None or paren < 2 or head[0].kind == "directive":
        return None
    end = matching(head, paren)
    params = split(head[paren + 1 : end])
    if any(t.text == "..." for p in params for t in p):
        return None
    args = [] if [t.text for p in params for t in p] == ["void"] else [_param_name(p) for p in params]
    name = head[paren - 1]
    first = next(k for k, t in enumerate(head) if t.text not in ("static", "inline", "sl_inline"))
    returns = text[head[first].start : name.start].strip()
    return Function(
        name.text,
        returns,
        text[head[paren].start + 1 : head[end].start],
        args,
        head[0].start,
        toks[i].start,
        toks[close].end,
        toks[i + 1 : close],
    )


def parts(text):
    """(functions, tables) in the order of the file."""
    toks, functions, tables, head = tokens(text), [], [], []
    i = 0
    while i < len(toks):
        t = toks[i]
        if t.kind == "directive" or t.text == ";":
            at = next((k for k, h in enumerate(head) if h.text == "="), len(head))
            strings = head[at + 1 :]
            # The text of a compound (`.spec.body`).
            if strings and strings[0].kind == "string" and [h.text for h in head[at - 3 : at]] == ["body", "[", "]"]:
                tables.append(Table("body", head[0].start, strings[0].start, t.end, strings))
            head = []
        elif t.text == "{":
            close = matching(toks, i)
            column = t.start - (text.rfind("\n", 0, t.start) + 1)
            if head and head[-1].text == "=":
                names = [h for h in head if h.kind == "name"]
                bracket = [k for k, h in enumerate(head) if h.text == "["]
                name = head[bracket[0] - 1] if bracket else head[-2]
                if "const" in [n.text for n in names] and toks[close + 1].text == ";":
                    tables.append(
                        Table(name.text, head[0].start, t.start, toks[close + 1].end, toks[i + 1 : close])
                    )
            elif column == 0:
                f = _function(text, head, toks, i, close)
                if f:
                    functions.append(f)
                head = []
            i = close
            if column == 0:
                i += 1
                continue
        else:
            head.append(t)
        i += 1
    return functions, tables


def compiled_lines(path, flags):
    """The lines of a file that are left when the preprocessor is done."""
    out = subprocess.run(
        ["clang", "-E", *flags, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True, text=True
    ).stdout
    lines, here, number = set(), False, 0
    for line in out.splitlines():
        m = re.match(r'# (\d+) "([^"]*)"', line)
        if m:
            here, number = m.group(2) == path, int(m.group(1))
            continue
        if here and line.strip():
            lines.add(number)
        number += 1
    return lines
