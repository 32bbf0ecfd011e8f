# SPDX-License-Identifier: GPL-2.0-only
"""All mutants of a file in one: each mutated function is there once per mutant, and what was the function
asks which of them it is to be. So a graph is compiled once for all mutants, not once for each."""
import os
import re
import subprocess

from csource import compiled_lines, parts
from operators import function_edits, table_edits

# In a graph, who runs it says by a variable which mutant there is to be.
GRAPH_CHOICE = """#ifndef SL_MUTANT
#define SL_MUTANT
static int sl_mutant;
extern char *getenv(const char *);
__attribute__((constructor)) static void sl_mutant_choose(void)
{
	const char *s = getenv("SL_MUTANT");

	for (; s && *s; s++)
		sl_mutant = sl_mutant * 10 + (*s - '0');
}
#endif
"""
HOST_CHOICE = """extern int sl_mutant;
extern void sl_mutant_table(const void *, const void *, unsigned long);
"""


class Mutant:
    """One mutant: where it is, and what was done."""

    def __init__(self, number, path, where, edit, text):
        self.number, self.path, self.where, self.edit = number, path, where, edit
        self.operator, self.line = edit.operator, edit.line
        begin = text.rfind("\n", 0, edit.start) + 1
        end = text.find("\n", edit.end)
        squeeze = lambda s: re.sub(r"\s+", " ", s).strip()
        self.before = squeeze(text[begin:end])
        self.after = squeeze(text[begin : edit.start] + edit.new + text[edit.end : end])
        self.result = self.how = ""

    @property
    def key(self):
        """What the list of equivalent mutants calls it."""
        return f"{os.path.basename(self.path)}:{self.where}: {self.before} => {self.after}".strip()


# What a function does that asks what the compiler knows shows only where it is part of its caller.
ASKS = ("__builtin_constant_p", "SL_SURE")
APART = "__attribute__((unused, noinline))"
INLINE = "__attribute__((unused, always_inline)) inline"


def _edited(text, start, end, edit):
    return text[start : edit.start] + edit.new + text[edit.end : end]


class File:
    """A file and its mutants."""

    def __init__(self, path, flags, first):
        with open(path, encoding="utf-8") as f:
            self.text = f.read()
        self.path, self.flags, self.header = path, flags, path.endswith(".h")
        self.functions, self.tables = parts(self.text)
        lines, self.mutants, self.of = compiled_lines(path, flags), [], {}
        for part in self.functions + self.tables:
            edits = (table_edits if part in self.tables else function_edits)(self.text, part, lines)
            for e in edits:
                m = Mutant(first + len(self.mutants), path, part.name, e, self.text)
                self.mutants.append(m)
                self.of.setdefault(part, []).append(m)

    def keep(self, numbers):
        """Leaves only these mutants."""
        self.mutants = [m for m in self.mutants if m.number in numbers]
        self.of = {p: [m for m in ms if m.number in numbers] for p, ms in self.of.items()}

    @property
    def asks(self):
        """Whether a mutated function asks what the compiler knows, who must then be one that looks."""
        return any(self._asks(p) for p, mutants in self.of.items() if mutants)

    def _asks(self, part):
        return self.header and any(t.text in ASKS for t in part.body)

    def _asked(self):
        """Functions that ask, and those they call."""
        found, names = {f for f in self.functions if self._asks(f)}, {f.name: f for f in self.functions}
        todo = list(found)
        while todo:
            for called in {names[t.text] for t in todo.pop().body if t.text in names} - found:
                found.add(called)
                todo.append(called)
        return found

    def _copies(self, f, mutants, how):
        # A function may call itself.
        out = [f"{self.text[f.start:f.body_start].rstrip()};\n"]
        out.append(f"static {how} {f.returns} {f.name}__m0({f.params})\n")
        line = self.text.count("\n", 0, f.body_start) + 1
        out.append(f'#line {line} "{self.path}"\n{self.text[f.body_start:f.end]}\n')
        for m in mutants:
            body = _edited(self.text, f.body_start, f.end, m.edit)
            # One mutant at a time: what this one calls is as it was, and the compiler may know that.
            for called in self._asked() - {f} if self._asks(f) else ():
                if self.of.get(called):
                    body = re.sub(rf"\b{called.name}\b(?=\()", called.name + "__m0", body)
            out.append(f"static {how} {f.returns} {f.name}__m{m.number}({f.params})\n")
            out.append(f'#line 1 "mutant {m.number}"\n{body}\n')
        return out

    def _choice(self, f, mutants):
        args = ", ".join(f.args)
        void = f.returns.split() == ["void"]
        call = lambda n: f"{f.name}__m{n}({args}); return;" if void else f"return {f.name}__m{n}({args});"
        head = self.text[f.start : f.body_start]
        cases = "".join(f"\tcase {m.number}: {call(m.number)}\n" for m in mutants)
        return f"{head}{{\n\tswitch (sl_mutant) {{\n{cases}\t}}\n\t{call(0)}\n}}"

    def source(self, how=None):
        """The file with all its mutants in it; `how` its functions are declared, if all alike."""
        out, at, tables, asked = [], 0, [], self._asked()
        out.append(GRAPH_CHOICE if self.header else HOST_CHOICE)
        out.append(f'#line 1 "{self.path}"\n')
        for part in sorted(self.functions + self.tables, key=lambda p: p.start):
            mutants = self.of.get(part, [])
            if not mutants:
                continue
            if part in self.functions:
                out.append(self.text[at : part.start])
                out += self._copies(part, mutants, how or (INLINE if part in asked else APART))
                out.append(self._choice(part, mutants))
            else:
                out.append(self.text[at : part.end] + "\n")
                head = self.text[part.start : part.open].replace("static ", "")
                for m in mutants:
                    old, new = rf"\b{part.name}\b(?=[^\w]*(\[|=))", f"{part.name}__m{m.number}"
                    name = re.sub(old, new, head, count=1)
                    out.append(f'#line 1 "mutant {m.number}"\nstatic {name}')
                    out.append(_edited(self.text, part.open, part.end, m.edit) + "\n")
                    tables.append((part.name, m.number))
            at = part.end
            line = self.text.count("\n", 0, at) + 1
            out.append(f'\n#line {line} "{self.path}"\n')
        out.append(self.text[at:])
        if not self.header:
            out.append("\nvoid sl_mutant_apply(int n)\n{\n\tswitch (n) {\n")
            for name, n in tables:
                mutant = f"{name}__m{n}"
                out.append(f"\tcase {n}:\n\t\tsl_mutant_table(&{name}, &{mutant}, sizeof({mutant}));\n")
                out.append("\t\tbreak;\n")
            out.append("\t}\n}\n")
        return "".join(out)

    # ---- What the compiler says --------------------------------------------------------------------

    def _clang(self, directory, args, how=None):
        """Compiles the file with all mutants; what it prints. Headers are included as graphs do."""
        src = os.path.join(directory, "loader", "judged.h" if self.header else "judged.c")
        with open(src, "w", encoding="utf-8") as f:
            f.write(self.source(how))
        flags = ["-I" + os.path.dirname(self.path), *self.flags]
        if self.header:
            args = args + ["-include", "bpf/pkt.h", "-x", "c"]
        return subprocess.run(
            ["clang", "-std=gnu11", "-fno-strict-aliasing", "-w", "-ferror-limit=0", *flags, *args, src],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    def drop_uncompilable(self, directory):
        """Takes away the mutants that do not compile, and returns them."""
        run = self._clang(directory, ["-fsyntax-only"])
        errors = re.findall(r"^mutant (\d+):\d+:\d+: (?:fatal )?error", run.stderr, re.MULTILINE)
        bad = {int(n) for n in errors}
        gone = [m for m in self.mutants if m.number in bad]
        if not run.returncode:
            return gone
        self.keep({m.number for m in self.mutants} - bad)
        run = self._clang(directory, ["-fsyntax-only"])
        if run.returncode:
            raise RuntimeError(f"{self.path} with all mutants does not compile:\n{run.stderr[:3000]}")
        return gone

    def drop_equal(self, directory, numbers):
        """Takes away those of these mutants that an optimizing compiler makes the same code of."""
        all_mutants, all_of = self.mutants, self.of
        self.keep(numbers)
        run = self._clang(
            directory, ["-O2", "-S", "-g0", "-fno-vectorize", "-fno-slp-vectorize", "-fno-jump-tables",
                        "-fno-asynchronous-unwind-tables", "-fno-ident", "-o", "-"],
            "__attribute__((used, noinline))",
        )
        if run.returncode:
            raise RuntimeError(f"{self.path}: {run.stderr[:3000]}")
        bodies = {}
        for m in re.finditer(r"^(\w+)__m(\d+):(.*?)^\.Lfunc_end", run.stdout, re.MULTILINE | re.DOTALL):
            bodies[m.group(1), int(m.group(2))] = _normal(m.group(3), m.group(1))
        gone = {n for n in numbers for m in self.mutants
                if m.number == n and bodies.get((m.where, n), "?") == bodies.get((m.where, 0), "!")}
        self.mutants, self.of = all_mutants, all_of
        self.keep({m.number for m in self.mutants} - gone)
        return gone


def _normal(body, name):
    """Code without what differs by place alone. Constants kept elsewhere make it unlike any other."""
    if re.search(r"\.LCPI|\.Lswitch|\.L__const|\b\w+__m\d+\.", body):
        return None
    names = {}
    body = re.sub(r"#.*|^\s*\.(p2align|cfi\w*|size|type).*$", "", body, flags=re.MULTILINE)
    body = re.sub(rf"\b{name}__m\d+\b", name, body)
    return re.sub(r"\.L(BB|tmp)[\d_]+", lambda m: names.setdefault(m.group(), f".L{len(names)}"), body)
