#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `sluicectl replay --trace`: the way of packets whose way is known, element by element. TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0
failed=0

# A UDP packet for each TTL and destination named, as a recording.
record() { # file, TTL DESTINATION...
	python3 - "$@" <<'PY'
import struct, sys
f = open(sys.argv[1], "wb")
f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
for i in range(2, len(sys.argv), 2):
    dst = bytes(map(int, sys.argv[i + 1].split(".")))
    h = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 48, 1, 0, int(sys.argv[i]), 17, 0, bytes([10, 0, 0, 1]), dst)
    s = sum(struct.unpack(">10H", h))
    s = (s & 0xffff) + (s >> 16)
    h = h[:10] + struct.pack(">H", ~((s & 0xffff) + (s >> 16)) & 0xffff) + h[12:]
    p = bytes.fromhex("0200000000010200000000020800") + h + struct.pack(">HHHH", 1000, 2000, 28, 0) + bytes(20)
    f.write(struct.pack("<IIII", 1700000000 + i, 0, len(p), len(p)) + p)
PY
}

# The steps, a line each: packet, element, class, port in, way out, changes.
steps() { # arguments of replay
	build/sluicectl -j replay "$@" --trace 2>"$dir/messages" | python3 -c '
import json, sys
for s in json.load(sys.stdin)["trace"]:
    print(s["packet"], s["element"], s["class"], "-" if s["in"] is None else s["in"], s["out"], "; ".join(s["changes"]) or "-", sep="|")'
}

expect() { # name; what is wanted on standard input, then arguments of steps
	local name=$1
	shift
	n=$((n + 1))
	if diff - <(steps "$@") >"$dir/diff"; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$dir/diff" "$dir/messages"
		failed=1
	fi
}

cat >"$dir/a.click" <<'CLICK'
FromDevice(eth0) -> Strip(14) -> chk :: CheckIPHeader -> Null -> p :: Paint(3)
	-> rt :: RadixIPLookup(10.0.1.0/24 0, 0.0.0.0/0 10.0.9.9 1);
rt [0] -> ttl :: DecIPTTL -> Unstrip(14) -> q :: Queue -> out :: ToDevice(eth1);
rt [1] -> f :: IPFilter(deny dst host 9.9.9.9, allow all) -> Discard;
CLICK
record "$dir/in.pcap" 64 10.0.1.1 1 10.0.1.2 9 9.9.9.9 9 8.8.8.8
expect "each element, its ports, and what it changed" "$dir/a.click" --in "eth0=$dir/in.pcap" <<'WANT'
1|FromDevice@1|FromDevice|-|0|mac header at 0
1|Strip@2|Strip|0|0|data at 14
1|chk|CheckIPHeader|0|0|network header at 14; transport header at 34; destination 0.0.0.0 -> 10.0.1.1
1|Null@4|Null|0|0|-
1|p|Paint|0|0|paint 0 -> 3
1|rt|RadixIPLookup|0|0|-
1|ttl|DecIPTTL|0|0|ip ttl 40 -> 3f; ip checksum 65bb -> 66bb
1|Unstrip@8|Unstrip|0|0|data at 0
1|q|Queue|0|0|-
1|out|ToDevice|0|sent by eth1|-
2|FromDevice@1|FromDevice|-|0|mac header at 0
2|Strip@2|Strip|0|0|data at 14
2|chk|CheckIPHeader|0|0|network header at 14; transport header at 34; destination 0.0.0.0 -> 10.0.1.2
2|Null@4|Null|0|0|-
2|p|Paint|0|0|paint 0 -> 3
2|rt|RadixIPLookup|0|0|-
2|ttl|DecIPTTL|0|dropped: ttl|-
3|FromDevice@1|FromDevice|-|0|mac header at 0
3|Strip@2|Strip|0|0|data at 14
3|chk|CheckIPHeader|0|0|network header at 14; transport header at 34; destination 0.0.0.0 -> 9.9.9.9
3|Null@4|Null|0|0|-
3|p|Paint|0|0|paint 0 -> 3
3|rt|RadixIPLookup|0|1|destination 9.9.9.9 -> 10.0.9.9
3|f|IPFilter|0|dropped: policy|-
4|FromDevice@1|FromDevice|-|0|mac header at 0
4|Strip@2|Strip|0|0|data at 14
4|chk|CheckIPHeader|0|0|network header at 14; transport header at 34; destination 0.0.0.0 -> 8.8.8.8
4|Null@4|Null|0|0|-
4|p|Paint|0|0|paint 0 -> 3
4|rt|RadixIPLookup|0|1|destination 8.8.8.8 -> 10.0.9.9
4|f|IPFilter|0|0|-
4|Discard@12|Discard|0|ended|-
WANT

cat >"$dir/b.click" <<'CLICK'
FromDevice(eth0) -> Paint(1) -> t :: PaintTee(1) -> s :: Strip(14) -> Unstrip(14) -> ToDevice(eth1);
t [1] -> e :: EtherEncap(0x1234, 2:0:0:0:0:9, 2:0:0:0:0:8) -> ToDevice(eth2);
CLICK
record "$dir/one.pcap" 64 10.0.1.1
expect "both branches of a copy" "$dir/b.click" --in "eth0=$dir/one.pcap" <<'WANT'
1|FromDevice@1|FromDevice|-|0|mac header at 0
1|Paint@2|Paint|0|0|paint 0 -> 1
1|t|PaintTee|0|0 and 1|-
1|e|EtherEncap|0|0|data at -14; mac header at -14; network header at 0
1|ToDevice@8|ToDevice|0|sent by eth2|-
1|s|Strip|0|0|data at 14
1|Unstrip@5|Unstrip|0|0|data at 0
1|ToDevice@6|ToDevice|0|sent by eth1|-
WANT

cat >"$dir/t.click" <<'CLICK'
FromDevice(eth0) -> t :: Tee(4);
t [0] -> ToDevice(eth0);
t [1] -> s :: Strip(14) -> h :: Hub;
t [2] -> c :: Counter -> d :: Discard;
t [3] -> p :: Paint(7) -> ToDevice(eth1);
Idle -> [1] h; Idle -> [2] h; Idle -> [3] h;
h [0] -> Discard; h [1] -> Unstrip(14) -> ToDevice(eth2); h [2] -> Idle; h [3] -> m :: Strip(6) -> Discard;
CLICK
expect "copies of copies, and what only looks" "$dir/t.click" --in "eth0=$dir/one.pcap" <<'WANT'
1|FromDevice@1|FromDevice|-|0|mac header at 0
1|t|Tee|0|0, 1, 2 and 3|-
1|c|Counter|0|0|-
1|d|Discard|0|ended|-
1|ToDevice@3|ToDevice|0|sent by eth0|-
1|s|Strip|0|0|data at 14
1|h|Hub|0|1, 2 and 3|-
1|Unstrip@14|Unstrip|0|0|data at 0
1|ToDevice@15|ToDevice|0|sent by eth2|-
1|Idle@16|Idle|0|ended|-
1|m|Strip|0|0|data at 20
1|Discard@18|Discard|0|ended|-
1|p|Paint|0|0|paint 0 -> 7
1|ToDevice@9|ToDevice|0|sent by eth1|-
WANT

cat >"$dir/c.click" <<'CLICK'
FromDevice(eth0) -> v :: EtherMirror -> ToDevice(eth0);
CLICK
expect "header fields of Ethernet" "$dir/c.click" --in "eth0=$dir/one.pcap" <<'WANT'
1|FromDevice@1|FromDevice|-|0|mac header at 0
1|v|EtherMirror|0|0|ethernet destination 020000000001 -> 020000000002; ethernet source 020000000002 -> 020000000001
1|ToDevice@3|ToDevice|0|sent by eth0|-
WANT

echo "1..$n"
exit $failed
