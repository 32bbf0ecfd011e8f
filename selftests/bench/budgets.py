#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Figures of selftests/bench/budgets: raw ones noted, shares worked out, tables, CSV, SVG.

What a packet costs is what a flood of it alone takes, less one that goes straight from the
generator to the sink. A share is packets
seen at the sink times that, over time. The ledger's is what the tenant was charged, over time.
"""
import json
import os
import statistics
import sys

KEYS = {"red": "7", "blue": "9"}


def note(work, experiment, case, round_, kind, _keys, red, blue):
    storm = json.load(open(work + "/storm"))
    if kind in ("red", "blue", "again") and sum(storm["marks"].get(k, 0) for k in KEYS.values()) != storm["sent"]:
        print("%s %s: packets are missing, and would be taken for cost" % (experiment, kind), file=sys.stderr)
    was, now = (int(open("%s/threads.%d" % (work, i)).read()) for i in (0, 1))
    line = {"experiment": experiment, "case": case, "round": int(round_), "kind": kind,
            "cycles": {"red": red, "blue": blue}, "s": storm["seconds"], "cpu_s": storm["cpu_seconds"], "sent": storm["sent"],
            "threads_s": (now - was) / 1e9}
    for t, key in KEYS.items():
        was, now = (json.load(open("%s/%s.%d" % (work, t, i)))["tenant"] for i in (0, 1))
        line[t] = {"seen": storm["marks"].get(key, 0)}
        if os.path.exists(work + "/window"):
            line["s"] = int(open(work + "/window").read()) / 1e9
            line[t]["seen"] = now["out"] - was["out"]
        for k in ("cpu_ns", "packets", "refused", "out", "handed", "taken"):
            line[t][k] = now[k] - was[k]
    print(json.dumps(line))


def load(path):
    """By case and round: the runs of it, by kind."""
    runs = {}
    for line in open(path):
        r = json.loads(line)
        runs.setdefault((r["case"], r["round"]), {})[r["kind"]] = r
    return runs


def cost(alone, t, empty):
    """ns of a packet that is sent, and of one that is lost in front of the thread, from a flood alone."""
    if not alone[t]["handed"]:
        return alone["cpu_s"] * 1e9 / alone[t]["seen"] - empty, 0
    # What the generator makes is handed over; the thread serves the sink.
    here, there = alone["cpu_s"] * 1e9 / alone["sent"], alone["threads_s"] * 1e9 / alone[t]["out"]
    return here + there - empty, here - empty / 2


def fastest(values):
    """The mean of the fastest quarter: whatever else a machine does adds to times and takes nothing off."""
    values = sorted(values)[:(len(values) + 3) // 4]
    return sum(values) / len(values)


def costs(runs):
    """By case and tenant, cost() over all rounds."""
    direct, found = {}, {}
    for (case, _), kinds in runs.items():
        direct.setdefault(case, []).append(kinds["direct"]["cpu_s"] * 1e9 / kinds["direct"]["sent"])
    for (case, _), kinds in runs.items():
        for t in KEYS:
            if t in kinds:
                found.setdefault((case, t), []).append(cost(kinds[t], t, fastest(direct[case])))
    return {k: [fastest(x) for x in zip(*v)] for k, v in found.items()}


def rows(runs):
    """One a case and tenant: medians over rounds of the shares, in percent of the CPU."""
    found, ns_of = {}, costs(runs)
    for (case, rnd), kinds in runs.items():
        if "both" not in kinds:
            continue
        both = kinds["both"]
        for t in KEYS:
            # A tenant whose packets cost the same in all cases was alone once a round.
            of = kinds if t in kinds else runs[("all", rnd)]
            alone = of[t]
            ns, lost_ns = ns_of[case if t in kinds else "all", t]
            lost = both[t]["handed"] - both[t]["taken"]
            outside = 100 * (both[t]["out"] * ns + lost * lost_ns) / (both["s"] * 1e9)
            ledger = 100 * both[t]["cpu_ns"] / (both["s"] * 1e9)
            charged = alone[t]["cpu_ns"] / alone[t]["out"]
            found.setdefault((case, t), []).append(
                (outside, ledger, ns, charged, both[t]["seen"] / both["s"], int(both["cycles"][t])))
    for (case, t), v in found.items():
        mid = [statistics.median(x) for x in zip(*v)]
        spread = (max(x[0] for x in v) - min(x[0] for x in v)) / 2
        yield [case, t, int(mid[5])] + mid[:5] + [spread, len(v)]


def steady(storm):
    """Whether a flood had nearly all of its CPU: of its report, or of a line of ours."""
    return storm.get("cpu_s", storm.get("cpu_seconds")) > 0.95 * storm.get("s", storm.get("seconds"))


def limited(path):
    """Whether red, in the last flood, had the CPU that its limit allows: it was refused more, and its thread
    did not leave what it was handed."""
    line = json.loads(open(path).readlines()[-1])
    red = line["red"]
    if not red["handed"]:
        return red["refused"] and steady(line)
    return red["refused"] and red["handed"] - red["taken"] <= 0.02 * red["handed"] + 64


def by_round(runs):
    """Of shares: group, round, contestant, value, as stats.awk wants them. Values are CPU in percent; of
    red alone and alone again ns a packet. What a packet of red's costs is the mean of before and after."""
    for (case, rnd), kinds in runs.items():
        if "again" not in kinds:
            continue
        direct, both = kinds["direct"], kinds["both"]
        empty = direct["cpu_s"] * 1e9 / direct["sent"]
        ns = {kind: kinds[kind]["cpu_s"] * 1e9 / kinds[kind]["blue" if kind == "blue" else "red"]["seen"] - empty
              for kind in ("red", "blue", "again")}
        yield case, rnd, "red alone", ns["red"]
        yield case, rnd, "red again", ns["again"]
        if not steady(both):
            continue
        ns["red"] = (ns["red"] + ns["again"]) / 2
        for t in KEYS:
            yield case, rnd, t, 100 * both[t]["seen"] * ns[t] / (both["s"] * 1e9)
            yield case, rnd, t + " by ledger", 100 * both[t]["cpu_ns"] / (both["s"] * 1e9)
            if "unshared" in kinds:
                un = kinds["unshared"]
                yield case, rnd, t + " unshared", 100 * un[t]["seen"] * ns[t] / (un["s"] * 1e9)


HEAD = ["case", "tenant", "cycles", "outside %", "ledger %", "ns a packet", "ns charged", "packets/s",
        "+-", "rounds"]


def table(path, lines):
    text = [HEAD] + [["%.2f" % x if isinstance(x, float) else str(x) for x in r] for r in lines]
    with open(path, "w") as out:
        out.writelines(",".join(r) + "\n" for r in text)
    width = [max(len(r[i]) for r in text) for i in range(len(HEAD))]
    for r in text:
        print("  " + "  ".join(c.ljust(w) for c, w in zip(r, width)).rstrip())


def svg(path, title, names, series, most):
    """Lines over the cases in `names`; values are percent of the CPU."""
    w, h, left, top = 640, 360, 60, 40
    x = lambda i: left + (w - left - 20) * (i + 0.5) / len(names)
    y = lambda v: top + (h - top - 60) * (1 - min(v, most) / most)
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" '
           'font-size="12">' % (w, h), '<rect width="100%" height="100%" fill="white"/>',
           '<text x="%d" y="20">%s</text>' % (left, title)]
    for k in range(5):
        v = most * k / 4
        out.append('<path d="M%d %.1fH%d" stroke="#ddd"/><text x="8" y="%.1f">%g %%</text>'
                   % (left, y(v), w - 20, y(v) + 4, v))
    for i, n in enumerate(names):
        out.append('<text x="%.1f" y="%d" text-anchor="middle">%s</text>' % (x(i), h - 40, n))
    for k, (name, values) in enumerate(series):
        color = ("#c00", "#06c", "#080", "#a60")[k % 4]
        points = " ".join("%.1f,%.1f" % (x(i), y(v)) for i, v in enumerate(values))
        out.append('<polyline points="%s" fill="none" stroke="%s"/>' % (points, color))
        out.append('<text x="%d" y="%d" fill="%s">%s</text>' % (left + 140 * k, h - 12, color, name))
    with open(path, "w") as f:
        f.write("\n".join(out + ["</svg>\n"]))


def figures(part, out):
    runs = load("%s/%s_raw.jsonl" % (out, part))
    if part == "shares":
        with open("%s/shares_rounds.csv" % out, "w") as f:
            f.write("group,round,contestant,value\n")
            f.writelines("%s,%d,%s,%.4f\n" % r for r in by_round(runs))
    if part.startswith("k11"):
        # The case is red's cycles.
        lines = sorted(rows(runs), key=lambda r: (r[1] != "red", int(r[0])))
    else:
        lines = sorted(rows(runs), key=lambda r: (r[0], r[1] != "red"))
    table("%s/%s.csv" % (out, part), lines)
    names = list(dict.fromkeys(r[0] for r in lines))
    series = [("%s, %s" % (t, how), [next(r[i] for r in lines if r[:2] == [n, t]) for n in names])
              for t in (["red"] if part.startswith("k11") else ["red", "blue"])
              for how, i in (("outside", 3), ("ledger", 4))]
    svg("%s/%s.svg" % (out, part), "CPU, over cycles a packet, limit 15 %" if part.startswith("k11") else "CPU shares",
        names, series, 40)


if __name__ == "__main__":
    if sys.argv[1] == "note":
        note(*sys.argv[2:])
    elif sys.argv[1] == "steady":
        sys.exit(not steady(json.load(open(sys.argv[2]))))
    elif sys.argv[1] == "limited":
        sys.exit(not limited(sys.argv[2]))
    else:
        figures(*sys.argv[1:])
