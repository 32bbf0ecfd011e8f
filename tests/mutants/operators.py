# SPDX-License-Identifier: GPL-2.0-only
"""What is done to code: each operator says, for a place in it, what else could stand there."""
import re

from csource import matching, split

RELATIONS = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
}
LOGIC = {"&&": ("||",), "||": ("&&",)}
ARITHMETIC = {
    "+": ("-",),
    "-": ("+",),
    "*": ("+",),
    "/": ("*",),
    "%": ("/",),
    "<<": (">>",),
    ">>": ("<<",),
    "&": ("|",),
    "|": ("&",),
    "^": ("|",),
    "+=": ("-=",),
    "-=": ("+=",),
    "|=": ("&=",),
    "&=": ("|=",),
    "^=": ("|=",),
    "<<=": (">>=",),
    ">>=": ("<<=",),
    "++": ("--",),
    "--": ("++",),
}
TRUTH = {"true": "false", "false": "true"}
# Of one argument, which stays when they are taken away.
ORDER = ("sl_htons", "sl_htonl", "sl_ntohs", "sl_ntohl", "htons", "htonl", "ntohs", "ntohl")
REASONS = ("ELEMENT", "SHORT", "TTL", "ROUTE")

# What no case can see; README.md says of each why.
UNSEEN_CALLS = ("free", "calloc", "malloc", "realloc", "SL_OPAQUE", "SL_APART", "SL_SELDOM", "SL_SURELY",
                "REWRITE_BLUR", "sl_decider_warn_unused")
UNSEEN_FUNCTIONS = ("release", "facts", "warn_unused")
UNSEEN_MEMBERS = (
    "help summary weight usual_weight rw_keep facts release base spec texts state rw key value".split()
)
UNSEEN_FLAGS = ("SL_C_STILL", "SL_C_COLD", "SL_C_SELDOM", "SL_C_PLAIN", "SL_C_LOOK", "SL_C_READS",
                "SL_C_REWRITE", "SL_P_IGNORED", "SL_H_BUTTON", "SL_H_RECOMPILE", "SL_H_MAPS")
UNSEEN_ROWS = ("SL_FIELDS_END", "SL_PARAMS_END", "SL_HANDLERS_END", "NULL")
NOTES = {"sl_conf_note", "sl_warn", "warn_unused"}
TERMINATORS = (["{", "0", "}"], ["{", "NULL", "}"], ["{", ".", "name", "=", "NULL"], ["{", "}"])


class Edit:
    """Text between two places of the file becomes another one."""

    def __init__(self, operator, line, start, end, new):
        self.operator, self.line, self.start, self.end, self.new = operator, line, start, end, new


def _binary(body, i):
    """Whether the operator at i stands between two operands (and is no declaration's `*`)."""
    if i == 0:
        return False
    prev = body[i - 1]
    if prev.text == ")":
        # A cast in front of a unary operator: (__u32)-1.
        k, depth = i - 1, 0
        while k >= 0:
            depth += (body[k].text == ")") - (body[k].text == "(")
            if not depth:
                break
            k -= 1
        inner = [t.text for t in body[k + 1 : i - 1]]
        is_type = inner and all(
            re.fullmatch(
                r"__[us]\d+|__be\d+|__sum16|u?int\d*(_t)?|unsigned|long|const|struct|\w+_t|\*", t
            )
            or (n and inner[n - 1] == "struct")
            for n, t in enumerate(inner)
        )
        return not is_type
    operand = prev.kind in ("name", "number") and prev.text not in ("return", "case", "sizeof")
    return operand or prev.text == "]"


def _declares(body, i):
    """Whether the `*` at i belongs to a declaration (`struct sl_ip4 *ip`) or a cast."""
    if body[i].text != "*":
        return False
    k = i - 1
    while k >= 0 and body[k].text == "*":
        k -= 1
    prev, before = body[k], body[k - 1].text if k else ";"
    follows = body[i + 1].text if i + 1 < len(body) else ""
    if follows in (")", "const", "*"):
        return True
    return prev.kind == "name" and (
        before in (";", "{", "}", "struct", "const", "(") and (before != "(" or prev.text.startswith("__"))
    )


def _number(t):
    m = re.fullmatch(r"(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)", t.text)
    octal = re.fullmatch(r"0\d+", m.group(1))
    value = int(m.group(1), 8 if octal else 0)
    form = hex if m.group(1)[:2] in ("0x", "0X") else str
    yield form(value + 1) + m.group(2)
    if value:
        yield form(value - 1) + m.group(2)


def _token_edits(body, i):
    t = body[i]
    text = t.text
    if t.kind == "op":
        for kind, table in (("relation", RELATIONS), ("logic", LOGIC), ("arithmetic", ARITHMETIC)):
            if text not in table:
                continue
            if text in ("+", "-", "*", "&") and not _binary(body, i) or _declares(body, i):
                continue
            for other in table[text]:
                yield Edit(kind, t.line, t.start, t.end, other)
    elif t.kind == "number":
        # A 1 that is returned or assigned as it is is mostly a truth, and so would a 2 be.
        # So is a -1 that is returned.
        at = i - 1 if i and body[i - 1].text == "-" else i
        alone = at and body[at - 1].text in ("return", "=", ":", "?") and i + 1 < len(body) and body[i + 1].text in ";,:"
        truth = text == "1" and alone
        for other in _number(t):
            if truth and other == "2":
                continue
            yield Edit("constant", t.line, t.start, t.end, other)
    elif text in TRUTH:
        yield Edit("constant", t.line, t.start, t.end, TRUTH[text])
    elif text in ORDER and i + 1 < len(body) and body[i + 1].text == "(":
        yield Edit("byte order", t.line, t.start, t.end, "")
    elif text in ("SL_KILL", "SL_OUT_OR") and i + 1 < len(body) and body[i + 1].text == "(":
        reason = body[matching(body, i + 1) - 1]
        if reason.kind == "name":
            other = next(r for r in REASONS if r != reason.text)
            yield Edit("reason", reason.line, reason.start, reason.end, other)


OUT_OF_MEMORY = (("return", "-", "ENOMEM"), ("ret", "=", "-", "ENOMEM"))


def _statement_end(body, i):
    depth = 0
    for k in range(i, len(body)):
        depth += (body[k].text in ("(", "[", "{")) - (body[k].text in (")", "]", "}"))
        if body[k].text == ";" and not depth:
            return k
        if depth < 0:
            return None
    return None


def _begins_statement(body, i):
    if i == 0:
        return True
    prev = body[i - 1]
    if prev.text in (";", "{", "}", "else"):
        return not _call_of(body, i)
    if prev.text == ":" and i > 1 and body[i - 2].kind != "op":
        return i > 2 and body[i - 3].text in ("case", ";", "}", "{")
    if prev.text != ")":
        return False
    k, depth = i - 1, 0
    while k >= 0:
        depth += (body[k].text == ")") - (body[k].text == "(")
        if not depth:
            break
        k -= 1
    return k > 0 and body[k - 1].text in ("if", "while", "for")


# Words that no statement begins with that could be left out.
TYPES = re.compile(
    r"(struct|const|static|enum|union|unsigned|int|char|bool|size_t|FILE|SL_CLEANUP|_free_|_close_|"
    r"long|u?int\d+_t|__[us]\d+|__be\d+|__sum16|void|return|if|for|while|do|switch|case|default|"
    r"else|goto)$"
)
DECLARES = re.compile(
    r"struct|unsigned|int|size_t|bool|u?int\d+_t|__[us]\d+|__be\d+|enum|const|long"
)


def _dropped(body, i):
    """The statement at i taken away: calls, assignments, steps."""
    t = body[i]
    if not _begins_statement(body, i) or t.kind == "directive" or t.text in ("{", "}", ";", "("):
        return
    if t.kind == "name" and TYPES.match(t.text) or t.text in UNSEEN_CALLS or t.text.startswith("_"):
        return
    if i + 1 < len(body) and body[i + 1].text == ":":
        return
    # `for (;;)` heads are no statements.
    end = _statement_end(body, i)
    if end is None:
        return
    texts = [b.text for b in body[i:end]]
    if NOTES & set(texts) or "ENOMEM" in texts or texts[0].endswith("_free"):
        return
    # One of two errors is kept: the message itself refuses a graph.
    if texts[0] in ("ret", "status") and "(" not in texts:
        return
    if texts[0] != "if" and any(a == "->" and b == "weight" for a, b in zip(texts, texts[1:])):
        return
    yield Edit("statement", t.line, t.start, body[end].end, ";")


def _in_declaration(body, i):
    """Whether the token at i is in a statement that declares variables."""
    while i and body[i - 1].text not in (";", "{", "}"):
        i -= 1
    return bool(DECLARES.match(body[i].text))


def _call_of(body, i):
    """Name of the function the token at i is an argument of."""
    depth = 0
    while i and body[i - 1].text not in ("{", "}"):
        i -= 1
        depth += (body[i].text == ")") - (body[i].text == "(")
        if depth < 0:
            return body[i - 1].text if i else ""
    return ""


def _unseen(body, i):
    """How many tokens from i on are about what no case can see."""
    t = body[i]
    calls = i + 1 < len(body) and body[i + 1].text == "("
    # What the planner is told an instance costs.
    if t.text == "weight" and i > 1 and body[i - 1].text == "->" and body[i + 1].text == "=":
        return _statement_end(body, i) + 1 - i
    # The zero that a variable begins with, when another is put there at once.
    if t.text == "0" and i and body[i - 1].text == "{" and body[i + 1].text == "}":
        return 1
    if t.text == "0" and i and body[i - 1].text == "=" and _in_declaration(body, i):
        return 1
    # How large an array is: what is behind its end is undefined.
    if t.kind == "number" and body[i - 1].text == "[" and _in_declaration(body, i):
        return 1
    # Where in an argument a message points; numbers in hints.
    if t.kind == "number" and _call_of(body, i) == "sl_diag_hint":
        return 1
    if t.kind == "number" and body[i - 2].text != "(" and _call_of(body, i) == "sl_filter_error":
        return 1
    # Which of two CPUs is first to make an entry.
    if t.kind == "number" and body[i + 1].text == ")" and _call_of(body, i) == "sl_table_set":
        return 1
    # Whether there is something to note.
    if t.text == "if" and calls:
        end = matching(body, i + 1)
        block = body[end + 1].text == "{"
        last = matching(body, end + 1) if block else _statement_end(body, end + 1)
        if NOTES & {b.text for b in body[end + 1 : last]}:
            return end + 1 - i
    # Freeing all of a list.
    if t.text == "for" and calls and body[matching(body, i + 1) + 1].text.endswith("_free"):
        return matching(body, i + 1) + 1 - i
    # Whether memory ran out.
    if t.text in ("if", "while") and calls:
        end = matching(body, i + 1)
        behind = [b.text for b in body[end + 1 : end + 6]]
        behind = behind[1:] if behind[:1] == ["{"] else behind
        if any(behind[: len(o)] == list(o) for o in OUT_OF_MEMORY):
            return end + 1 - i
    if t.text in UNSEEN_CALLS + ("sizeof", "offsetof", "__attribute__") and calls:
        return matching(body, i + 1) + 1 - i
    if t.text in ("return", "=") and [b.text for b in body[i + 1 : i + 3]] == ["-", "ENOMEM"]:
        return 3
    return 0


def function_edits(text, function, lines):
    """All mutants of a function, as edits; `lines`: those that are compiled."""
    body = function.body
    if function.name in UNSEEN_FUNCTIONS or function.name.endswith("_facts"):
        return
    seen = 0
    for i, t in enumerate(body):
        seen = max(seen, i + _unseen(body, i))
        if i < seen or t.kind == "directive" or t.line not in lines:
            continue
        yield from _token_edits(body, i)
        if t.text in ("if", "while") and body[i + 1].text == "(":
            left, right = body[i + 1], body[matching(body, i + 1)]
            negated = "(!" + text[left.start : right.end] + ")"
            yield Edit("condition", t.line, left.start, right.end, negated)
            # Whether the machinery beneath failed is no case's to say.
            if [b.text for b in body[i + 2 : i + 4]] not in (["ret", ")"], ["err", ")"]):
                yield Edit("condition", t.line, left.start, right.end, "(0)")
        yield from _dropped(body, i)


def _rows(table):
    """The table's entries: their tokens, and where the comma behind them ends."""
    rows, at = split(table.body), 0
    for row in rows:
        at += len(row) + 1
        comma = table.body[at - 1] if at <= len(table.body) else row[-1]
        yield row, comma.end


# What can be done to a compound's text without making it longer: it is put in the place of the other.
PORT = re.compile(r"\[(\d)\]")
ELEMENT = re.compile(r"-> \w+ :: \w+(\(\$\w+\))?\s*(?=->)")
ARGUMENT = re.compile(r"(?<=\()\$\w+(?=\))")


def body_edits(table):
    """All mutants of a compound's text: other ports, elements left out, other arguments."""
    for t in table.body:
        for m in PORT.finditer(t.text):
            for port in {int(m[1]) + 1, max(int(m[1]) - 1, 0)} - {int(m[1])}:
                yield Edit("port", t.line, t.start + m.start(1), t.start + m.end(1), str(port))
        for m in ELEMENT.finditer(t.text):
            yield Edit("element", t.line, t.start + m.start(), t.start + m.end(), "")
        for m in ARGUMENT.finditer(t.text):
            yield Edit("argument", t.line, t.start + m.start(), t.start + m.end(), "7")


def table_edits(text, table, lines):
    """All mutants of a table of constants."""
    if table.name == "body":
        yield from body_edits(table)
        return
    # A compound says its arguments itself: these are for people.
    if table.name == "params" and ".body = body" in text:
        return
    if "sl_field" in text[table.start : table.open] and table.name != "conf":
        return
    for row, end in _rows(table):
        if not row or row[0].line not in lines:
            continue
        first = row[0].text
        member = row[1].text if first == "." else None
        ends = [t.text for t in row[:5]] in TERMINATORS
        if first in UNSEEN_ROWS or member in UNSEEN_MEMBERS or ends:
            continue
        if member == "params" and ".body = body" in text:
            continue
        if len(row) > 1 and member != "flags":
            yield Edit("row", row[0].line, row[0].start, end, "")
        named = None
        for k, t in enumerate(row):
            if t.text == "." and row[k + 1].kind == "name":
                named = row[k + 1].text
            if named in UNSEEN_MEMBERS:
                continue
            if (t.kind == "number" or t.text in TRUTH) and first not in ("SL_PARAM", "SL_PARAM_X"):
                yield from _token_edits(row, k)
            # All that is left over is given by position in any case.
            rest = t.text == "SL_P_POS" and any(r.text == "SL_P_REST" for r in row)
            if re.match(r"SL_[CPH]_[A-Z0-9]+$", t.text) and t.text not in UNSEEN_FLAGS and not rest:
                yield Edit("flag", t.line, t.start, t.end, "0")
