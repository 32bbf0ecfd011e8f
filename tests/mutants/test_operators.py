# SPDX-License-Identifier: GPL-2.0-only
"""What the operators make of a piece of code, mutant by mutant."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import schemata  # noqa: E402

CODE = """/* 1 < 2 in a comment */
#define TWO 2
#ifdef NOT_THERE
static int unseen(int a)
{
	return a < 1;
}
#endif
static const char *const names[] = {"a < 1", "b", NULL};
struct field {
	const char *name;
	int at;
};
static const struct field fields[] = {
	{"one", 4},
	{.name = NULL},
};
static int seen(int *a, int n)
{
	struct field *f = (struct field *)a;

	if (n < 3 && *a)
		return TWO;
	*a = n;
	say("n < 3");
	return -f->at;
}
"""


class Operators(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.dir.name, "code.c")
        with open(self.path, "w", encoding="utf-8") as f:
            f.write("int say(const char *);\n#define NULL ((void *)0)\n" + CODE)
        os.mkdir(self.dir.name + "/loader")
        self.file = schemata.File(self.path, [], 1)

    def tearDown(self):
        self.dir.cleanup()

    def test_every_mutant(self):
        seen = sorted(m.after for m in self.file.mutants if m.where == "seen")
        self.assertEqual(
            seen,
            sorted(
                [
                    "if (n <= 3 && *a)",
                    "if (n >= 3 && *a)",
                    "if (n < 4 && *a)",
                    "if (n < 2 && *a)",
                    "if (n < 3 || *a)",
                    "if (!(n < 3 && *a))",
                    "if (0)",
                    ";",
                    ";",
                ]
            ),
        )

    def test_tables(self):
        fields = [m.operator for m in self.file.mutants if m.where == "fields"]
        self.assertEqual(sorted(fields), ["constant", "constant", "row"])
        self.assertEqual({m.where for m in self.file.mutants}, {"seen", "fields"})

    def test_all_in_one_compile(self):
        self.assertEqual(self.file.drop_uncompilable(self.dir.name), [])

    def test_numbers_choose(self):
        """The function is the mutant that the number says, and the original without one."""
        main = os.path.join(self.dir.name, "main.c")
        probe = "int sl_mutant;int say(const char*s){return !s;}\n"
        probe += "void sl_mutant_table(const void*a,const void*b,unsigned long n){(void)a;(void)b;(void)n;}\n"
        probe += "int atoi(const char *);\n"
        probe += "int main(int n,char**v){int a[4]={1};sl_mutant=atoi(v[1]);return seen(a,3);}\n"
        with open(main, "w", encoding="utf-8") as f:
            f.write(self.file.source() + probe)
        program = os.path.join(self.dir.name, "main")
        subprocess.run(["clang", "-w", main, "-o", program], check=True)
        outcome = {}
        for m in self.file.mutants:
            outcome[m.after] = subprocess.run([program, str(m.number)], check=False).returncode
        original = subprocess.run([program, "0"], check=False).returncode
        self.assertNotEqual(original, 2)
        self.assertEqual(outcome["if (n <= 3 && *a)"], 2)
        self.assertEqual(outcome["if (n < 2 && *a)"], original)

    def test_text_of_a_compound(self):
        with open(self.path, "w", encoding="utf-8") as f:
            f.write('static const char body[] =\n\t"input -> a :: A($x)"\n\t" -> b :: B -> output; a [1] -> [0] output";\n')
        file = schemata.File(self.path, [], 1)
        self.assertEqual(
            sorted((m.operator, m.after) for m in file.mutants),
            [
                ("argument", '"input -> a :: A(7)"'),
                ("element", '" -> output; a [1] -> [0] output";'),
                ("port", '" -> b :: B -> output; a [0] -> [0] output";'),
                ("port", '" -> b :: B -> output; a [1] -> [1] output";'),
                ("port", '" -> b :: B -> output; a [2] -> [0] output";'),
            ],
        )
        self.assertEqual(file.drop_uncompilable(self.dir.name), [])

    def test_what_asks_is_part_of_its_callers(self):
        path = self.dir.name + "/code.h"
        with open(path, "w", encoding="utf-8") as f:
            f.write("static inline int low(int a)\n{\n\treturn a & 7;\n}\n")
            f.write("static inline int asks(int a)\n{\n\treturn __builtin_constant_p(low(a)) && a < 3;\n}\n")
            f.write("static inline int other(int a)\n{\n\treturn a < 3;\n}\n")
        file = schemata.File(path, [], 1)
        self.assertTrue(file.asks)
        inlined = {n for n in ("low", "asks", "other") if f"{schemata.INLINE} int {n}__m0(" in file.source()}
        self.assertEqual(inlined, {"low", "asks"})
        self.assertIn("low__m0(a)", file.source())
        self.assertFalse(self.file.asks)

    def test_equal_code_is_found(self):
        with open(self.path, "w", encoding="utf-8") as f:
            f.write("static int same(unsigned char n)\n{\n\treturn n < 1;\n}\n")
        file = schemata.File(self.path, [], 1)
        numbers = {m.after: m.number for m in file.mutants}
        gone = file.drop_equal(self.dir.name, set(numbers.values()))
        self.assertEqual(gone, set())
        self.assertEqual(len(file.mutants), len(numbers))
        with open(self.path, "w", encoding="utf-8") as f:
            f.write("static int same(unsigned char n)\n{\n\treturn n > 255 || n == 7;\n}\n")
        file = schemata.File(self.path, [], 1)
        numbers = {m.after: m.number for m in file.mutants}
        gone = file.drop_equal(self.dir.name, set(numbers.values()))
        self.assertIn(numbers["return n > 256 || n == 7;"], gone)
        self.assertNotIn(numbers["return n > 255 || n == 8;"], gone)


unittest.main()
