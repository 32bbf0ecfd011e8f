#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Figures of selftests/bench/many: a flood's ns a packet; the tables and the picture of row K10."""
import csv
import json
import statistics
import sys


def storm(text, kinds):
    """ns of CPU time for each packet; that each kind of graph had its part is seen at the sink."""
    s = json.loads(text)
    if s["sent"] == 0 or s["seen"] < 0.99 * s["sent"]:
        sys.exit("lost: %(sent)d sent, %(seen)d seen" % s)
    if len(s["marks"]) > int(kinds):
        sys.exit("marks that no graph gives")
    print("%.2f" % (s["cpu_seconds"] * 1e9 / s["sent"]))


def medians(path):
    """{(group, contestant): median}."""
    found = {}
    for r in list(csv.reader(open(path)))[1:]:
        found.setdefault((r[0], r[2]), []).append(float(r[3]))
    return {k: statistics.median(v) for k, v in found.items()}


def table(rows):
    width = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    for r in rows:
        print("  " + "  ".join(c.ljust(w) for c, w in zip(r, width)).rstrip())


def svg(path, numbers, series):
    """ns a packet over the number of tenants, each number as wide as the next."""
    w, h, left, top = 640, 360, 60, 40
    most = 1.1 * max(v for _, values in series for v in values)
    x = [left + (w - left - 20) * (i + 0.5) / len(numbers) for i in range(len(numbers))]
    y = lambda v: top + (h - top - 60) * (1 - v / most)
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" '
           'font-size="12">' % (w, h), '<rect width="100%" height="100%" fill="white"/>',
           '<text x="%d" y="20">ns of a packet in the node, over tenants with traffic</text>' % left]
    for k in range(5):
        v = most * k / 4
        out.append('<path d="M%d %.1fH%d" stroke="#ddd"/><text x="8" y="%.1f">%.0f ns</text>'
                   % (left, y(v), w - 20, y(v) + 4, v))
    for i, n in enumerate(numbers):
        out.append('<text x="%.1f" y="%d" text-anchor="middle">%s</text>' % (x[i], h - 40, n))
    for k, (name, values) in enumerate(series):
        color = ("#06c", "#c00")[k % 2]
        out.append('<polyline points="%s" fill="none" stroke="%s"/>'
                   % (" ".join("%.1f,%.1f" % p for p in zip(x, map(y, values))), color))
        out.append('<text x="%d" y="%d" fill="%s">%s</text>' % (left + 160 * k, h - 12, color, name))
    with open(path, "w") as f:
        f.write("\n".join(out + ["</svg>\n"]))


def figures(out, *numbers):
    both, node = medians(out + "/k10.csv"), medians(out + "/k10_node.csv")
    one = {o: node[o, numbers[0]] for o in ("trains", "random")}
    rows = [["tenants", "trains Mpps", "of one's", "ns in the node", "random Mpps", "of one's",
             "ns in the node", "times one's", "ns a switch"]]
    for n in numbers:
        t, r = both["trains", n], both["random", n]
        rows.append([n, "%.2f" % (1e3 / t), "%.2f" % (both["trains", numbers[0]] / t),
                     "%.0f" % node["trains", n], "%.2f" % (1e3 / r),
                     "%.2f" % (both["random", numbers[0]] / r), "%.0f" % node["random", n],
                     "%.2f" % (node["random", n] / one["random"]),
                     # Of n tenants, one of n follows itself.
                     "%.0f" % ((node["random", n] - one["random"]) * int(n) / (int(n) - 1))
                     if int(n) > 1 else "-"])
    table(rows)
    print("\n  The node's part is what is left of a packet's CPU time without generator and sink.\n")
    adds = medians(out + "/k10_add.csv")
    stages = list(dict.fromkeys(s for s, _ in adds))
    table([["adding a tenant, ms", "the first", "after %d others" % (int(numbers[-1]) - 1), "times"]] +
          [[s, "%.2f" % (adds[s, "first"] / 1e6), "%.2f" % (adds[s, "last"] / 1e6),
            "%.2f" % (adds[s, "last"] / adds[s, "first"])] for s in stages])
    print()
    for name in ("memory", "threads"):
        table(list(csv.reader(open("%s/k10_%s.csv" % (out, name)))))
    svg(out + "/k10.svg", numbers, [("trains of 32", [node["trains", n] for n in numbers]),
                                    ("at random", [node["random", n] for n in numbers])])


if __name__ == "__main__":
    {"storm": storm, "figures": figures}[sys.argv[1]](*sys.argv[2:])
