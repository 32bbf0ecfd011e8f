#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Frames for tools/duel, and judging what it saw (selftests/duel.sh).

  duel.py frames NAME SMAC DMAC    frames of the victim, and of the adversary that has this name
  duel.py kept WORK                what the victim kept; 0: at least 98 %, 1: less, 2: the machine
                                   is too noisy to say
  duel.py charge WORK              what a packet of the adversary's was charged, ns
  duel.py join FILE FILE FILE    one of three, each of one phase: alone, beside the adversary, alone
  duel.py count WORK EXPRESSION    whether that is so of `red` and `blue`, what the adversary's and the
                                   victim's counters grew by, `beside`, how many red sent, and `duel`, what the
                                   tool printed
"""
import collections
import json
import socket
import struct
import sys

RED, BLUE = 7, 9  # keys of adversary and victim
KEPT = 0.98
NOISE = 0.02
ETHER, OUTER, GRE = 14, 20, 8
INNER = ETHER + OUTER + GRE
ID, SOURCE, SPORT = 4, 14, 20  # in an inner packet: ID, the lower half of the source, the port


def checksum(data):
    data += b"\0" * (len(data) % 2)
    s = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff


def ip4(src, dst, proto, payload, frag=0, ttl=64, options=b""):
    head = struct.pack("!BBHHHBBH", 0x40 | 5 + len(options) // 4, 0, 20 + len(options) + len(payload),
                       0, frag, ttl, proto, 0) + socket.inet_aton(src) + socket.inet_aton(dst) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def udp(sport=1000, dport=2000, size=36):
    return struct.pack("!HHHH", sport, dport, 8 + size, 0) + b"\0" * size


def inner(payload=None, src="10.0.0.1", dst="10.0.1.1", proto=17, **more):
    return ip4(src, dst, proto, udp() if payload is None else payload, **more)


def gre(key, packet, src="192.0.2.2", dst="192.0.2.1", flags=0x2000, proto=0x800, **more):
    return ip4(src, dst, 47, struct.pack("!HHI", flags, proto, key) + packet, **more)


def options(*parts):
    """40 bytes of them."""
    text = b"".join(parts)
    return text + b"\1" * (40 - len(text))


RECORD_ROUTE = b"\x07\x27\x04" + b"\0" * 36
TIMESTAMPS = b"\x44\x24\x05\x00" + b"\0" * 32
SOURCE_ROUTE = b"\x83\x27\x04" + b"\x0a\0\1\1" * 9


def smallest():
    return [(gre(RED, inner(b"", proto=253)), "")]


def plain():
    return [(gre(RED, inner()), "")]


def alternating():
    """Few of many are dear: the last of them, by its port."""
    cheap, dear = gre(RED, inner()), gre(RED, inner(udp(dport=2001)))
    return [(cheap, "")] * 14 + [(dear, "")] + [(cheap, "")] * 31 + [(dear, "")]


def dear():
    return [(gre(RED, inner(udp(dport=2001))), "")]


def flows():
    """A source and a port nobody had: 2^32 flows."""
    at = ETHER + OUTER + GRE
    return [(gre(RED, inner(src="10.7.0.0")), "%d:%d %d" % (at + SOURCE, at + ID, at + SPORT))]


def fragments():
    """First ones, later ones, overlapping ones, of no length, beyond the end; and of the tunnel's packets."""
    more = 0x2000
    parts = [inner(frag=more), inner(b"\0" * 24, frag=more | 3), inner(b"\0" * 8, frag=1), inner(b"", frag=more),
             inner(b"\0" * 16, frag=0x1fff), inner(b"\0" * 8, frag=more), inner(b"\0" * 3, frag=5)]
    varied = "%d:%d" % (INNER + SOURCE, INNER + ID)
    return [(gre(RED, p[:12] + b"\x0a\x07\0\0" + p[16:]), varied) for p in parts] + \
        [(gre(RED, p), "") for p in parts] + [(gre(RED, inner(), frag=f), "") for f in (more, more | 7, 7)]


def long_options():
    """All the room there is for options, inside and outside, right and wrong."""
    sets = [options(RECORD_ROUTE), options(TIMESTAMPS), options(SOURCE_ROUTE), options(), options(b"\x07\x00"),
            options(b"\x44\xff\x05\x01"), options(b"\x07\x27\xff"), b"\0" * 40]
    return [(gre(RED, inner(options=o)), "") for o in sets] + [(gre(RED, inner(), options=options()), "")] + \
        [(gre(RED, inner(options=o), options=options(RECORD_ROUTE)), "") for o in sets]


def forged():
    """Keys nobody has, red's key from anywhere, flags and protocols no tunnel has, truncated, wrong sums."""
    good = gre(RED, inner())
    return strange_keys() + [
            (gre(RED, inner(), src="198.51.0.0"), "%d:%d" % (ETHER + 14, ETHER + ID)),
            (gre(RED, inner(), flags=0x6000), ""), (gre(RED, inner(), flags=0xb000), ""),
            (gre(RED, inner(), flags=0x2007), ""), (gre(RED, inner(), proto=0x86dd), ""),
            (gre(RED, inner(), proto=0x6558), ""), (gre(RED, inner(), proto=0x1234), ""),
            (good[:30], ""), (good[:10] + b"\0\0" + good[12:], ""), (gre(0, inner(), flags=0), ""), (good, "")]


def wrong_flags():
    return [(gre(RED, inner(), flags=0x6000), "")]


def strange_keys():
    key = ETHER + OUTER + 4
    return [(gre(0, inner()), "%d %d" % (key, key + 2))]


def tunnel_fragment():
    return [(gre(RED, inner(), frag=7), "")]


ADVERSARIES = {f.__name__: f for f in (smallest, plain, dear, alternating, flows, fragments, long_options, forged, wrong_flags,
                                      tunnel_fragment, strange_keys)}


def mac(text):
    return bytes(int(b, 16) for b in text.split(":"))


def frames(name, smac, dmac):
    head = mac(dmac) + mac(smac) + b"\x08\0"
    for i in range(4):
        print("victim", (head + gre(BLUE, inner(udp(sport=1000 + i, size=60)))).hex())
    for packet, varied in ADVERSARIES[name]():
        # No frame is shorter on a wire.
        print("adversary", (head + packet + b"\0" * (60 - ETHER - len(packet))).hex(), varied)


def load(work):
    duel = json.loads(open(work + "/duel").read().splitlines()[-1])
    grown = {}
    for name in ("red", "blue"):
        was, now = (json.load(open("%s/%s.%d" % (work, name, i)))["tenant"] for i in (0, 1))
        grown[name] = {k: v - was[k] for k, v in now.items() if type(v) is int and k in was}
        grown[name]["drops"] = collections.Counter(now["drops"])
        grown[name]["drops"].subtract(was["drops"])
        grown[name]["drops"] += collections.Counter()  # without those that did not grow
    return duel, grown["red"], grown["blue"]


def kept(work):
    duel, red, blue = load(work)
    first, beside, last = duel["phases"]
    part = lambda p: p["seen"] / max(1, p["sent"])
    alone = (first["seen"] + last["seen"]) / max(1, first["sent"] + last["sent"])
    share = part(beside) / max(alone, 1e-9)
    text = "%d packets of the victim beside %d: %.2f %% of %.2f %% alone" % (
        beside["sent"], beside["flood_sent"], 100 * share, 100 * alone)
    print(text, "blue", blue["drops"], "red", red["drops"], duel)
    with open(work + "/figures", "w") as f:
        f.write("# %s\n" % text)
    if abs(part(first) - part(last)) > NOISE or not beside["sent"]:
        return 2
    return 0 if share >= KEPT and alone >= KEPT else 1


def join(files):
    parts = [json.loads(open(f).read().splitlines()[-1]) for f in files]
    parts[0]["phases"] = [p["phases"][0] for p in parts]
    print(json.dumps(parts[0]))


def count(work, expression):
    duel, red, blue = load(work)
    print(red, blue, duel)
    beside = duel["phases"][1]["flood_sent"]
    return not eval(expression, {"red": red, "blue": blue, "duel": duel, "beside": beside})


if __name__ == "__main__":
    if sys.argv[1] == "frames":
        frames(*sys.argv[2:])
    elif sys.argv[1] == "kept":
        sys.exit(kept(sys.argv[2]))
    elif sys.argv[1] == "join":
        join(sys.argv[2:])
    elif sys.argv[1] == "charge":
        _, red, _ = load(sys.argv[2])
        print(red["cpu_ns"] / red["packets"])
    else:
        sys.exit(count(*sys.argv[2:]))
