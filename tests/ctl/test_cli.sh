#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The real binaries: exit statuses, messages, results as text and JSON. Parts that need root run the
# daemon in a mount and a network namespace of its own.
set -u
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
n=0 failed=0

ok() { # status, name
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=1
		sed 's/^/# /' out err 2>/dev/null
	fi
}
skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}
run() { # expected status, command...
	local want=$1 got
	shift
	"$@" >out 2>err </dev/null
	got=$?
	[ $got -eq "$want" ] || {
		echo "# status $got, not $want: $*" >>err
		return 1
	}
}
has() { grep -qF -- "$2" "$1"; } # file, text
json() { # file, expression over `o` that is true
	python3 -c 'import json,sys; o=json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$1" "$2" 2>>err
}

# ---- In namespaces of our own, when we may ------------------------------------------------------
if [ "$(id -u)" -eq 0 ] && [ -z "${SL_CLI_INSIDE:-}" ]; then
	SL_CLI_INSIDE=1 exec unshare -m --propagation private "$0"
fi
work=$(mktemp -d /tmp/sl-cli-XXXXXX)
chmod 755 "$work"
daemon=
ns=
# shellcheck disable=SC2317 # called by the trap
cleanup() {
	if [ -n "$daemon" ]; then kill "$daemon" && wait "$daemon"; fi 2>/dev/null
	[ -z "$ns" ] || ip netns del "$ns"
	rm -rf "$work"
}
trap cleanup EXIT
# Where the tree is may be closed to others, as /root is; nobody must reach what it runs.
mkdir "$work/bin"
cp "$top/build/sluicectl" "$top/build/sluiced" "$work/bin" || exit 1
cp -r "$top/bpf" "$work/bpf" || exit 1
chmod -R go+rX "$work"
export PATH=$work/bin:$PATH:/usr/sbin:/sbin LC_ALL=C
ctl=$work/bin/sluicectl
cd "$work" || exit 1

cat >good.click <<'G'
// two devices
in :: FromDevice(eth0);
in -> c :: Counter -> p :: Print(seen) -> ToDevice(eth1);
FromDevice(eth1) -> short :: CheckLength(100) -> ToDevice(eth0);
G
cat >bad.click <<'G'
in :: FromDevice(eth0);
in -> Countr -> ToDevice(eth1);
in [1] -> Discard;
G
# Two recordings: frames of 64 bytes at 1.0, 3.0, ... on eth0, at 2.0, 4.0, ... on eth1, one of which
# is too long for the graph and one for BPF_PROG_RUN.
python3 - <<'P'
import struct
eth = bytes.fromhex('020000000001020000000002') + b'\x08\x00'
def pcap(name, link, frames):
    with open(name, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, link))
        for ts, b in frames:
            f.write(struct.pack('<IIII', ts, 0, len(b), len(b)) + b)
pcap('a.pcap', 1, [(1 + 2 * i, eth + bytes([i]) * 50) for i in range(5)])
pcap('b.pcap', 1, [(2 + 2 * i, eth + bytes([i]) * (50, 200, 5000)[i]) for i in range(3)])
pcap('raw.pcap', 101, [(1, b'E' * 40)])
open('text.pcap', 'w').write('no recording\n')
P
chmod 644 ./*.click ./*.pcap

# ---- The command line ---------------------------------------------------------------------------
run 2 "$ctl" && has err "no command given"
ok $? "nothing asked is a wrong command line"
run 2 "$ctl" tenant instal red && has err "did you mean" && has err "sluicectl tenant install"
ok $? "a mistyped command is named"
run 0 "$ctl" --help && has out "tenant install TENANT GRAPH" && run 0 "$ctl" tenant install -h && has out "usage: sluicectl tenant install"
ok $? "help is help"
run 0 "$ctl" -j version && json out 'o["version"]'
ok $? "the version as JSON"
run 3 "$ctl" --socket "$work/none" tenant list && has err "no daemon answers" && has err "fix: start sluiced"
ok $? "no daemon is a system error"
run 3 "$ctl" -j --socket "$work/none" tenant list && json out 'o["status"] == 3 and o["messages"][0]["code"] == "no-daemon"'
ok $? "a failure is JSON, too"

# ---- Graphs -------------------------------------------------------------------------------------
run 0 "$ctl" graph check good.click && has out "devices:     eth0, eth1"
ok $? "a good graph is good"
run 1 "$ctl" graph check bad.click && has err "bad.click:2:7: error: " && has err "Counter"
ok $? "a bad graph is refused at its line and column"
run 1 "$ctl" -j graph check bad.click && json out '[m for m in o["messages"] if m["line"] == 2 and m["col"] == 7 and "Counter" in m["hint"]]'
ok $? "and the same as JSON"
run 3 "$ctl" graph check nothing.click && has err "nothing.click"
ok $? "a file that is not there is a system error"
run 0 "$ctl" graph flatten good.click && cp out flat.click && run 0 "$ctl" graph flatten flat.click && cmp -s out flat.click
ok $? "flattening is Click, and flattening that changes nothing"
run 0 "$ctl" graph pretty good.click && cp out pretty.click && run 0 "$ctl" graph flatten pretty.click && cmp -s out flat.click
ok $? "pretty printing keeps the graph"
run 0 "$ctl" graph dot good.click && has out "digraph" && has out "Counter"
ok $? "a drawing"
run 0 "$ctl" -j plan good.click && json out '[(e["segment"], e["begins"], e["known"], e["counted"]) for e in o["elements"] if e["element"] == "c"] == [(0, 0, 14, "1 of 2")] and o["segments"][0]["elements"] == 7'
ok $? "what becomes of it"
cat >calibration.json <<JSON
{"version": 3, "kernel": "0.0 of long ago", "cpu": "Z80", "revision": "none", "time_s": 1, "enter_ns": 10,
 "cut_ns": 5, "instruction_ns": 0.5, "hash_ns": 1, "lru_ns": 1, "array_ns": 1,
 "classes": [{"class": "counter", "weight": 10, "short_ns": 1, "long_ns": 1, "spread_ns": 0}]}
JSON
run 0 "$ctl" -j plan good.click --calibration none.json && grep -q 'sluicectl calibrate' err &&
	json out '["usual_ns" in o["elements"][0], o["elements"][0]["weight"] > 0, "paths" in o] == [False, True, False]'
ok $? "without a calibration there are weights, and how to calibrate"
run 0 "$ctl" -j plan good.click --calibration calibration.json && grep -q 'on kernel 0.0 of long ago: not used' err &&
	json out '"paths" not in o'
ok $? "a calibration of another kernel is told, and not used"
cat >dead.click <<'G'
FromDevice(eth0) -> c :: Classifier(12/0800, -, 12/0806);
c[0] -> Null -> out :: ToDevice(eth1);
c[1] -> Paint(1) -> Discard;
c[2] -> never :: Counter -> out;
FromDevice(eth1) -> StaticSwitch(0) -> seen :: Counter -> ToDevice(eth0);
G
run 0 "$ctl" graph undead dead.click && cp out undead.click && has out "c [2] -> [1] Idle@1;" && has out "seen :: Counter" && ! grep -qE 'never|Null|Switch|Paint' out &&
	run 0 "$ctl" graph check undead.click && run 0 "$ctl" graph undead undead.click && cmp -s out undead.click
ok $? "dead parts go, and a second time there are none"
run 1 "$ctl" graph undead bad.click && has err "bad.click:2:7: error: "
ok $? "a bad graph has no dead parts"
run 0 "$ctl" graph combine A=good.click B=dead.click --link 'A.eth1 B.eth0' --link 'B.eth0=A.eth1' && cp out net.click && has out "link2 :: RouterLink(" &&
	run 0 "$ctl" graph uncombine net.click A && cmp -s out flat.click && run 0 "$ctl" graph flatten dead.click && cp out deadflat.click &&
	run 0 "$ctl" graph uncombine net.click B && cmp -s out deadflat.click && run 0 "$ctl" graph undead net.click && run 0 "$ctl" graph dot net.click
ok $? "routers are joined and taken apart"
run 1 "$ctl" graph combine A=good.click --link 'A.eth7 A.eth0' && has err "no such end: 'A.eth7'" && has err "fix: " &&
	run 1 "$ctl" graph uncombine net.click C && has err "it has: A, B" && run 2 "$ctl" graph combine good.click && has err "a router as NAME=FILE"
ok $? "wrong links, routers and command lines are told"
echo "FromDevice(\$D) -> Discard;" >var.click
run 0 "$ctl" graph check var.click D=eth3 && has out "eth3" && run 2 "$ctl" graph check var.click 9=x
ok $? "variables come from the command line"
"$ctl" graph check - <good.click >out 2>err
ok $? "a graph from standard input"

# ---- Replay -------------------------------------------------------------------------------------
run 0 "$ctl" -j replay good.click --native --in eth0=a.pcap,eth1=b.pcap --out got --read c.count --read p.class &&
	json out 'o["build"] == "native" and o["packets"] == 8' &&
	json out '[(d["device"], d["packets"]) for d in o["out"]] == [("eth0", 1), ("eth1", 5)]' &&
	json out 'o["drops"] == [{"element": "short", "class": "CheckLength", "reason": "element", "why": o["drops"][0]["why"], "packets": 2}]' &&
	json out '[(h["handler"], h["value"]) for h in o["handlers"]] == [("c.count", "5"), ("p.class", "Print")]' &&
	json out '[e["time"] for e in o["events"]] == ["%d.000000000" % t for t in (1, 3, 5, 7, 9)] and "seen" in o["events"][0]["text"]'
ok $? "native replay: what left, what was dropped where, handlers, events at the packets' times"
run 0 tcpdump -tt -nr got/eth1.pcap && [ "$(wc -l <out)" -eq 5 ] && has out "9.000000"
ok $? "what left is a recording with the times of what came in"
run 0 "$ctl" replay good.click --native --in eth0=a.pcap --read c.count && has out "c.count  5"
ok $? "replay as text"
run 1 "$ctl" replay good.click --native --in eth7=a.pcap && has err "no device 'eth7'"
ok $? "a device the graph has not"
run 1 "$ctl" replay good.click --native --in eth0=raw.pcap && has err "not Ethernet"
ok $? "frames that are not Ethernet"
run 1 "$ctl" replay good.click --native --in eth0=text.pcap && has err "is no recording"
ok $? "a file that is no recording"
run 3 "$ctl" replay good.click --native --in eth0=none.pcap && run 2 "$ctl" replay good.click --native --in a.pcap && run 2 "$ctl" replay good.click
ok $? "a recording that is not there, and a wrong command line"
run 1 "$ctl" replay good.click --native --in eth0=a.pcap --read c.nothing && has err "no handler 'nothing'" && has out "packets:  5"
ok $? "a handler that is not there does not hide the rest"
run 1 "$ctl" replay bad.click --native --in eth0=a.pcap && has err "bad.click:2:7: error: "
ok $? "a bad graph is not replayed"
echo 'FromDevice(eth0) -> t :: RandomSample(0.5) -> ToDevice(eth0);' >sample.click
run 0 "$ctl" -j replay sample.click --native --in eth0=a.pcap && cp out one && run 0 "$ctl" -j replay sample.click --native --in eth0=a.pcap && cmp -s out one
ok $? "a replay gives the same each time"

# shellcheck disable=SC2317 # called by run
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/ "$@"; }
if [ "$(id -u)" -eq 0 ]; then
	run 0 as_nobody "$ctl" -j replay good.click --native --in eth0=a.pcap --read c.count && json out 'o["handlers"][0]["value"] == "5"'
	ok $? "native replay needs no privilege"
	run 0 as_nobody "$ctl" -j preflight good.click && json out 'o["ok"] and {j["judge"]: j["verdict"] for j in o["judges"]} == {"language": "passed", "devices": "skipped", "compile": "passed", "kernel": "skipped"}' &&
		json out '[j["why"] for j in o["judges"] if j["judge"] == "kernel"] == ["loading programs needs root"]'
	ok $? "preflight without privilege says which judges it skipped"
	run 3 as_nobody "$ctl" replay good.click --in eth0=a.pcap && has err "replay --native"
	ok $? "replay in the kernel without privilege says what to do"
	run 3 as_nobody "${ctl%ctl}d" && has err "needs root"
	ok $? "the daemon without privilege says so"

	run 0 "$ctl" -j replay good.click --in eth0=a.pcap,eth1=b.pcap --read c.count --read p.config &&
		json out 'o["build"] == "bpf" and o["packets_native"] == 1 and [(d["device"], d["packets"]) for d in o["out"]] == [("eth0", 1), ("eth1", 5)]' &&
		json out '[h["value"] for h in o["handlers"]] == ["5", "seen"] and len(o["events"]) == 5' && has err "BPF_PROG_RUN does not take"
	ok $? "replay in the kernel gives the same, and says what went through the native build"
	run 0 "$ctl" -j preflight good.click && json out 'o["ok"] and o["segments"] >= 1 and [j["verdict"] for j in o["judges"]] == ["passed", "skipped", "passed", "passed"]'
	ok $? "preflight really loads"
	# Each join trebles the ways the kernel follows, as what is painted is asked behind all of them: one
	# segment, as this is cut first, is too much.
	{
		echo 'FromDevice(eth0)'
		for i in $(seq 0 13); do
			echo "-> r$i :: RandomSwitch; j$i :: Null;"
			for o in 0 1 2; do echo "r${i}[$o] -> Counter -> Paint($o, $i) -> j$i;"; done
			echo "j$i"
		done
		for i in $(seq 0 13); do
			echo "-> k$i :: CheckPaint(1, $i) -> m$i :: Null; k${i}[1] -> CheckPaint(2, $i) -> Counter -> m$i; m$i"
		done
		echo '-> ToDevice(eth0);'
	} >complex.click
	run 0 "$ctl" -j plan complex.click && json out 'len(o["segments"]) == 1'
	ok $? "what the kernel finds too complex is no more than others to plan"
	run 0 "$ctl" -j preflight complex.click && json out 'o["ok"] and o["segments"] > 1 and o["judges"][3]["verdict"] == "passed" and not o["findings"]'
	ok $? "preflight cuts what is too complex for the kernel into more segments"
	run 0 "$ctl" -j replay complex.click --in eth0=a.pcap && json out 'o["build"] == "bpf" and o["packets"] == 5 and not o.get("packets_native")'
	ok $? "so does replay"
	run 0 "$ctl" -j bench complex.click --in eth0=a.pcap --rounds 1 --frames 1 --repeat 10 && json out 'len(o["segments"]) > 1'
	ok $? "and bench"
	run 1 "$ctl" -j preflight bad.click && json out 'not o["ok"] and o["findings"][0]["judge"] == "language" and [j["verdict"] for j in o["judges"]] == ["refused", "skipped", "not-reached", "not-reached"]'
	ok $? "preflight of a bad graph ends at the judge who refused"
	echo 'FromDevice(eth0) -> b :: BurnCycles(100) -> ToDevice(eth0);' >burn.click
	echo 'tenants: [{name: red, links: [{device: eth0, local: 192.0.2.1, remote: 192.0.2.2, address: 10.0.0.1/24}]}]' >plain.yaml
	sed '1s/^/node: {experiments: [burn]}\n/' plain.yaml >burn.yaml
	run 0 "$ctl" -j preflight burn.click && json out 'o["ok"] and [(f["level"], f["judge"], f["line"], f["col"], f["element"]) for f in o["findings"]] == [("note", "devices", 1, 21, "b")]' &&
		run 1 "$ctl" -j preflight --node plain.yaml burn.click && json out 'not o["ok"] and [(f["level"], f["judge"], f["code"]) for f in o["findings"]] == [("error", "devices", "experiment")] and [j["verdict"] for j in o["judges"]] == ["passed", "refused", "not-reached", "not-reached"]' &&
		run 0 "$ctl" -j preflight --node burn.yaml burn.click && json out 'o["ok"] and not o["findings"]'
	ok $? "preflight says of what is for experiments whether the node allows it"
	run 0 "$ctl" -j bench good.click --in eth0=a.pcap --rounds 1 --frames 1 --repeat 1000 && json out 'o["cost_ns"] > 0 and o["empty_ns"] > 0 and o["segments"][0]["cost_ns"] > 0 and o["machine"]["kernel"] and o["machine"]["clang"]'
	ok $? "bench measures whole and segments, and says on what"
else
	for t in "native replay needs no privilege" "replay in the kernel" "preflight really loads" "bench"; do
		skip "$t" "needs root"
	done
fi

# ---- The daemon ---------------------------------------------------------------------------------
if [ "$(id -u)" -eq 0 ] && mount -t bpf bpf /sys/fs/bpf 2>err; then
	ns=sl-cli-$$
	ip netns add "$ns"
	in_ns() { nsenter --net="/run/netns/$ns" "$@"; }
	in_ns ip link add p0 type veth peer name p1
	in_ns ip addr add 192.0.2.1/24 dev p0
	in_ns ip link set p0 up
	in_ns ip link set p1 up
	mkdir run state
	dir=(--run-dir "$work/run" --state-dir "$work/state" --cache-dir "$work/cache" --pin-root /sys/fs/bpf/sluice)
	export SLUICE_SOCKET=$work/run/control
	start() {
		# shellcheck disable=SC2094
		nsenter --net="/run/netns/$ns" sluiced "${dir[@]}" --log-file "$work/log" 2>daemon.err &
		daemon=$!
		for _ in $(seq 100); do
			"$ctl" tenant list >/dev/null 2>&1 && return
			kill -0 $daemon 2>/dev/null || return
			sleep 0.05
		done
	}
	cat >node.yaml <<'Y'
ports:
  - { name: up, interface: p0 }
tenants:
  - name: red
    owner: "65534"
    links:
      - { device: eth0, kind: gre, local: 192.0.2.1, remote: 192.0.2.2, key: 1, payload: ether }
      - { device: eth1, kind: gre, local: 192.0.2.1, remote: 192.0.2.3, key: 1, payload: ether }
Y
	printf 'ports: [ {name: up} ]\n' >bad.yaml
	chmod 644 ./*.yaml
	start
	run 0 "$ctl" node show && has out "/sys/fs/bpf/sluice"
	ok $? "the daemon answers"
	run 3 in_ns sluiced "${dir[@]}" && has err "another sluiced runs this node"
	ok $? "one daemon a node"
	run 1 "$ctl" node apply bad.yaml && has err "bad.yaml:1:"
	ok $? "a node file that is wrong is refused at its place"
	run 0 "$ctl" -j node apply node.yaml --dry-run && json out 'len(o["changes"]) == 4' && run 0 "$ctl" tenant list && has out "no tenants"
	ok $? "--dry-run shows and changes nothing"
	run 0 "$ctl" -j node apply node.yaml && json out 'len(o["changes"]) == 4' && run 0 "$ctl" node apply node.yaml && has out "nothing to change"
	ok $? "applied once it is the node, applied twice nothing happens"
	run 0 as_nobody "$ctl" -j tenant install red good.click && json out 'o["stages"]["clang_ns"] > 0 and not o["stages"]["cached"]'
	ok $? "the owner installs a graph"
	[ "$(find cache -type f | wc -l)" -eq 1 ]
	ok $? "what was compiled ahead is what was installed"
	run 0 "$ctl" -j tenant install red good.click && json out 'o["stages"]["cached"]'
	ok $? "a second time it comes from the cache"
	run 1 as_nobody "$ctl" tenant install red bad.click && has err "bad.click:2:7: error: " && run 0 "$ctl" read red/c.count
	ok $? "a bad graph is refused, and the one before runs on"
	run 0 as_nobody "$ctl" read red/c.count && [ "$(cat out)" = 0 ] && run 0 as_nobody "$ctl" write red/c.reset && run 1 "$ctl" read red/c.nothing
	ok $? "handlers are read and written"
	run 0 as_nobody "$ctl" tenant rollback red && run 0 as_nobody "$ctl" tenant stop red && run 0 as_nobody "$ctl" tenant show red && has out "stopped" && run 0 as_nobody "$ctl" tenant start red
	ok $? "rollback, stop, start"
	run 3 as_nobody "$ctl" tenant remove red && has err "is for root" && run 3 as_nobody "$ctl" node show && run 3 as_nobody "$ctl" port detach up
	ok $? "what is root's is refused"
	run 0 "$ctl" -j preflight --tenant red good.click && json out 'o["tenant"] == "red" and [j["verdict"] for j in o["judges"]] == ["passed"] * 4'
	ok $? "preflight for a tenant's devices"
	echo 'FromDevice(eth5) -> Discard;' >other.click
	run 1 "$ctl" -j preflight --node node.yaml --tenant red other.click && json out '[f["judge"] for f in o["findings"]] == ["devices"]'
	ok $? "a device that is not the tenant's is a finding of its own judge"
	run 0 "$ctl" -j stats red && json out 'len(o["elements"]) >= 6 and o["tenant"]["name"] == "red"' && run 0 "$ctl" stats && has out "red"
	ok $? "counters"
	run 0 "$ctl" -j budget set red cpu=15% rx=1Gbit weight=200 && json out 'o["changed"] == "cpu none -> 15%, weight 100 -> 200, rx none -> 1Gbit"'
	ok $? "a budget is set while the tenant runs"
	run 0 as_nobody "$ctl" -j budget show red && json out '{l["limit"]: (l["value"], l["source"]) for l in o["limits"]}["cpu"] == ("15%", "set") and len(o["limits"]) == 9 and not o["tenants"][0]["quarantined"]' &&
		run 0 "$ctl" -j budget show && json out 'len(o["limits"]) == 3' && run 0 "$ctl" budget show && has out "1Gbit"
	ok $? "budgets are shown, owners see theirs"
	run 3 as_nobody "$ctl" budget set red cpu=none && has err "is for root" && run 3 as_nobody "$ctl" tenant release red
	ok $? "who has a budget does not set it"
	run 1 "$ctl" budget set red cpu=fast && has err "'cpu' is not" && run 1 "$ctl" budget set red cpus=1 && has err "map_entries" && run 2 "$ctl" budget set red && run 2 "$ctl" budget set red cpu &&
		run 1 "$ctl" budget set pink cpu=1% && has err "no tenant 'pink'" && run 1 "$ctl" tenant release red && has err "in no quarantine"
	ok $? "values that are wrong are told"
	run 1 "$ctl" budget set red cpu=none cpu_min=99999% && has err "more CPU is promised than there is: promised: red 99999% = 99999% of" && run 0 "$ctl" -j budget show red && json out 'o["limits"][0]["value"] == "15%"'
	ok $? "more than there is is not promised, and the arithmetic is printed"
	run 0 "$ctl" -j node apply node.yaml --dry-run && json out '[c["detail"] for c in o["changes"]] == ["cpu 15% (set at run time) -> none, weight 200 (set at run time) -> 100, rx 1Gbit (set at run time) -> none"]'
	ok $? "a node file says what it overrides"
	sed 's/^    links:/    budget:\n      cpu_min: 99999%\n    links:/' node.yaml >greedy.yaml
	run 1 "$ctl" node apply greedy.yaml && has err "greedy.yaml:7:16: error: more CPU is promised" && run 0 "$ctl" -j budget show red && json out 'o["limits"][0]["value"] == "15%"' && run 1 "$ctl" node validate greedy.yaml && has err "greedy.yaml:7:16"
	ok $? "a node file that promises too much is refused at its place"
	run 0 "$ctl" top -b -n 2 --interval 200ms && [ "$(grep -c "^TENANT" out)" -eq 2 ] && has out "1 tenant, CPU 0.0%" && run 0 as_nobody "$ctl" -j top -n 1 --interval 200ms --sort debt && json out 'o["tenants"][0]["tenant"] == "red" and o["tenants"][0]["class"] in ("inline", "thread") and o["tenants"][0]["reasons"] == [] and "node" not in o' && run 0 "$ctl" top -b -n 1 --interval 200ms --reasons && has out "Nothing was dropped" && run 2 "$ctl" top --sort size
	ok $? "top, one below the other"
	run 0 "$ctl" port list && has out "up" && run 0 "$ctl" -j link list && json out 'len(o["links"]) == 2' && run 0 "$ctl" link show red/eth0 && run 1 "$ctl" link show red/eth9
	ok $? "ports and links"
	run 0 "$ctl" tenant show red --emit && has out "SL_SEGMENT(0)"
	ok $? "the generated C"
	run 0 as_nobody "$ctl" events --last 100 && has out "tenant install red" && has out "uid 65534" && has log "uid 65534" && ! has out "port attach"
	ok $? "who did what is logged, and owners see what is theirs"
	"$ctl" events >events.out 2>&1 &
	watcher=$!
	for _ in $(seq 100); do
		"$ctl" tenant stop red >/dev/null 2>&1
		grep -q "tenant stop red: done" events.out && break
		sleep 0.05
	done
	kill $watcher
	wait $watcher 2>/dev/null
	grep -q "tenant stop red: done" events.out
	ok $? "events follow"
	kill -9 $daemon
	wait $daemon 2>/dev/null
	run 3 "$ctl" tenant list
	start
	run 0 "$ctl" -j tenant list && json out 'o["tenants"][0]["name"] == "red" and o["tenants"][0]["state"] == "stopped"' && run 0 "$ctl" port list && has out "p0"
	ok $? "a daemon that was killed comes back to the same node"
	run 0 "$ctl" tenant remove red && run 0 "$ctl" port detach up && run 0 "$ctl" tenant list && has out "no tenants"
	ok $? "what was added can be removed"
	kill $daemon && wait $daemon
	ok $? "told to end, it ends well"
	daemon=
else
	skip "the daemon" "needs root and a bpffs"
fi
echo "1..$n"
exit $failed
