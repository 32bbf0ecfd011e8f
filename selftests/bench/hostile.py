#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Figures of selftests/bench/hostile, from what tools/duel printed: CSV for stats.awk, tables, SVG."""
import csv
import json
import statistics
import sys

import budgets


def load(path):
    return json.loads(open(path).read().splitlines()[-1])


def add(path, *fields):
    with open(path, "a") as f:
        f.write(",".join(str(x) for x in fields) + "\n")


def name(phases, i):
    rate = phases[i]["flood"]
    return rate + (" again" if i and rate == "off" else "")


def kept(duel, adversary, round_, out):
    """Of all that came by the clock, what arrived; of the flood, what the CPU took."""
    phases = load(duel)["phases"]
    for i, p in enumerate(phases):
        add(out + "/hostile.csv", adversary, round_, name(phases, i), p["seen"] / max(1, p["sent"] + p["late"]))
        offered = p["flood_sent"] + p["flood_late"]
        if offered:
            add(out + "/hostile_taken.csv", adversary, round_, p["flood"], p["flood_sent"] / offered)


def dropped(duel, how, round_, out):
    d = load(duel)
    add(out + "/hostile_drop.csv", "64 bytes inside", round_, how, 1e9 * d["cpu_seconds"] / d["phases"][0]["flood_sent"])


def delay(duel, round_, path):
    for p, who in zip(load(duel)["phases"], ("alone", "beside", "alone again")):
        for q in ("p50", "p99", "p999"):
            add(path, q, round_, who, p[q])


def medians(path):
    """By group and contestant, in order of appearance."""
    found = {}
    for row in list(csv.reader(open(path)))[1:]:
        found.setdefault(row[0], {}).setdefault(row[2], []).append(float(row[3]))
    return {g: {c: statistics.median(v) for c, v in cs.items()} for g, cs in found.items()}


def table(rows):
    width = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    for r in rows:
        print("  " + "  ".join(c.ljust(w) for c, w in zip(r, width)).rstrip())


def plot(out):
    share, taken = medians(out + "/hostile.csv"), medians(out + "/hostile_taken.csv")
    rates = [r for r in next(iter(taken.values()))]
    part = lambda g, r: 100 * share[g][r] / share[g]["off"]
    table([["flood, packets/s"] + [h for g in share for h in (g + ": kept %", "flood taken %")]] +
          [[r] + [h for g in share for h in ("%.2f" % part(g, r), "%.1f" % (100 * taken[g][r]))] for r in rates])
    budgets.svg(out + "/hostile.svg", "What the victim keeps, over the flood's packets a second",
                ["%g M" % (int(r) / 1e6) for r in rates], [(g, [part(g, r) for r in rates]) for g in share], 100)
    ns = medians(out + "/hostile_drop.csv")["64 bytes inside"]
    print()
    table([["dropped for", "ns, all in all", "of these the node's", "+-"]] +
          [[h, "%.0f" % ns[h], "%.0f" % (ns[h] - ns["none"]), "%.0f" % abs(ns["none again"] - ns["none"])] for h in ns])
    print("""
  kept: of the victim's packets that came, by what it has alone. flood taken: of the flood's, what the CPU
  took; below 100 the two need more than one CPU, and a full ring drops from both. all in all: with making
  the packet and sending it into a veth; the node's: beyond a program on the veth that counts and drops.""")


def delays(out, what):
    m = medians("%s/%s.csv" % (out, what))
    limit = int(list(csv.reader(open("%s/%s_bound.csv" % (out, what))))[1][1])
    table([["delay", "alone us", "beside us", "alone again us", "added us"]] +
          [[q] + ["%.1f" % (v[c] / 1000) for c in ("alone", "beside", "alone again")] +
           ["%.1f" % ((v["beside"] - v["alone"]) / 1000)] for q, v in m.items()])
    print("\n  Bounds admitted in one poll: %.1f us in all." % (limit / 1000))
    most = max(c for v in m.values() for c in v.values()) / 1000
    bars(out + "/" + what + ".svg", m, limit / 1000, most)


def bars(path, m, limit, most):
    w, h, left, top, base = 640, 360, 60, 40, 300
    most = max(most, limit) * 1.1
    y = lambda v: base - (base - top) * v / most
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">'
           % (w, h), '<rect width="100%" height="100%" fill="white"/>',
           '<text x="%d" y="20">The victim\'s delay, us</text>' % left]
    for k in range(5):
        out.append('<path d="M%d %.1fH%d" stroke="#ddd"/><text x="8" y="%.1f">%.0f</text>'
                   % (left, y(most * k / 4), w - 20, y(most * k / 4) + 4, most * k / 4))
    for i, (q, values) in enumerate(m.items()):
        for k, (who, v) in enumerate(values.items()):
            out.append('<rect x="%d" y="%.1f" width="40" height="%.1f" fill="%s"/>'
                       % (left + 30 + 190 * i + 45 * k, y(v / 1000), base - y(v / 1000), ("#06c", "#c00", "#8bd")[k]))
        out.append('<text x="%d" y="%d">%s</text>' % (left + 70 + 190 * i, base + 16, q))
    for k, who in enumerate(next(iter(m.values()))):
        out.append('<text x="%d" y="%d" fill="%s">%s</text>' % (left + 140 * k, h - 12, ("#06c", "#c00", "#8bd")[k], who))
    out.append('<path d="M%d %.1fH%d" stroke="#000" stroke-dasharray="4"/><text x="%d" y="%.1f">bounds of a poll</text>'
               % (left, y(limit), w - 20, w - 140, y(limit) - 4))
    with open(path, "w") as f:
        f.write("\n".join(out + ["</svg>\n"]))


if __name__ == "__main__":
    {f.__name__: f for f in (kept, dropped, delay, plot, delays)}[sys.argv[1]](*sys.argv[2:])
