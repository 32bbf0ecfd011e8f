#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The socket on which a tenant's graph speaks Click's ControlSocket protocol: sessions to the letter on
# a node with traffic, graphs replaced through it, and who may. TAP.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
sl_private "$@"

OWNER=12345
SOCK=/run/sluice/red.control

# Says all of standard input, and prints all that is answered, line ends and all: \r\n as <CRLF>.
session() {
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect(sys.argv[1])
s.sendall(sys.stdin.buffer.read())
s.shutdown(socket.SHUT_WR)
got = b""
while True:
    part = s.recv(65536)
    if not part:
        break
    got += part
sys.stdout.write(got.decode().replace("\r\n", "<CRLF>\n"))' "${1:-$SOCK}"
}

# A session, and every byte of its answers after the greeting.
says() { # what is said; the answers, on standard input
	{
		echo "Click::ControlSocket/1.3<CRLF>"
		cat
	} >"$SL_WORK/want"
	printf '%b' "$1" | session >"$SL_WORK/got" || return 1
	# The last of it may be data without a line's end.
	diff <(cat "$SL_WORK/want") <(awk 1 "$SL_WORK/got")
}

count() {
	sl_ctl read red/c.count
}

cat >"$SL_WORK/red.click" <<'CLICK'
// forth and back
define($WAY 0)
FromDevice(eth0) -> c :: Counter -> s :: Switch($WAY) -> ToDevice(eth1);
s [1] -> Discard;
FromDevice(eth1) -> back :: { input -> n :: Counter -> output } -> ToDevice(eth0);
CLICK
cat >"$SL_WORK/node.yaml" <<YAML
ports:
  - {name: pa, interface: pa}
  - {name: pb, interface: pb}
tenants:
  - name: red
    owner: $OWNER
    graph: $SL_WORK/red.click
    links:
      - {device: eth0, kind: direct, port: pa}
      - {device: eth1, kind: direct, port: pb}
  - name: idle
    owner: $((OWNER + 1))
YAML

read_and_check() {
	says 'READ c.class\r\nget 3.name\nCHECKREAD c.count\nCHECKWRITE c.count\nREADDATA s.switch 0\n\nREADUNTIL back/n.class .\n.\n' <<'WANT'
200 Read handler 'c.class' OK<CRLF>
DATA 7<CRLF>
Counter200 Read handler '3.name' OK<CRLF>
DATA 1<CRLF>
s200 Read handler 'c.count' OK<CRLF>
511 Handler 'c.count' not writable<CRLF>
200 Read handler 's.switch' OK<CRLF>
DATA 1<CRLF>
0200 Read handler 'back/n.class' OK<CRLF>
DATA 7<CRLF>
Counter
WANT
}

ports_and_handlers() {
	says 'READ s.ports\nREAD s.handlers\nREAD s.config\n' <<'WANT'
200 Read handler 's.ports' OK<CRLF>
DATA 74<CRLF>
1 input
push	-	c [0]
2 outputs
push	-	[0] ToDevice@4
push	-	[0] Discard@5
200 Read handler 's.handlers' OK<CRLF>
DATA 54<CRLF>
switch	rw
class	r
name	r
config	rw
ports	r
handlers	r
200 Read handler 's.config' OK<CRLF>
DATA 1<CRLF>
0
WANT
}

globals() {
	says 'READ list\nREAD config\nREAD requirements\nREAD packages\nREAD driver\n' <<WANT
200 Read handler 'list' OK<CRLF>
DATA 71<CRLF>
8
FromDevice@1
c
s
ToDevice@4
Discard@5
FromDevice@6
ToDevice@8
back/n
200 Read handler 'config' OK<CRLF>
DATA $(stat -c %s "$SL_WORK/red.click")<CRLF>
$(cat "$SL_WORK/red.click")
200 Read handler 'requirements' OK<CRLF>
DATA 0<CRLF>
200 Read handler 'packages' OK<CRLF>
DATA 0<CRLF>
200 Read handler 'driver' OK<CRLF>
DATA 6<CRLF>
sluice
WANT
}

# What flatconfig says is a graph, and the same one.
flat_again() {
	printf 'READ flatconfig\n' | session | sed 1,3d >"$SL_WORK/flat.click"
	diff <(sl_ctl graph flatten "$SL_WORK/flat.click") <(sl_ctl graph flatten "$SL_WORK/red.click")
}

wrong() {
	says 'READ x.y\nREAD c.y\nREAD y\nWRITE c.count 1\nREAD c.reset\nWRITE s.switch x\nfrob\nREAD\nLLRPC c#1\nLLRPC c#q\nREAD 99.name\n' <<'WANT'
510 No element named 'x'<CRLF>
511 No handler named 'c.y'<CRLF>
511 No handler named 'y'<CRLF>
530 Handler 'c.count' read-only<CRLF>
530 Handler 'c.reset' write-only<CRLF>
520-Write handler 's.switch' error:<CRLF>
520-switch: 'x': not a whole number<CRLF>
520   give a number from -2147483648 to 2147483647<CRLF>
501 Command 'FROB' unimplemented<CRLF>
500 Wrong number of arguments<CRLF>
522 LLRPC 'c#1' error: elements have no LLRPCs here, use handlers<CRLF>
500 Syntax error in LLRPC name 'c#q'<CRLF>
510 No element named '99'<CRLF>
WANT
}

switch_to() { # 0 or 1
	says "WRITE s.switch $1\nREAD s.switch\n" <<WANT
200 Write handler 's.switch' OK<CRLF>
200 Read handler 's.switch' OK<CRLF>
DATA 1<CRLF>
$1
WANT
}

configure_element() {
	says 'WRITE s.config 1\nREAD s.switch\nREAD s.config\n' <<'WANT'
200 Write handler 's.config' OK<CRLF>
200 Read handler 's.switch' OK<CRLF>
DATA 1<CRLF>
1200 Read handler 's.config' OK<CRLF>
DATA 1<CRLF>
1
WANT
}

hotconfig() {
	says 'WRITEUNTIL hotconfig END\nFromDevice(eth0) -> c :: Counter -> m :: Counter -> ToDevice(eth1);\nFromDevice(eth1) -> ToDevice(eth0);\nEND\nREAD m.class\nREAD s.switch\n' <<'WANT'
200-Write handler 'hotconfig' OK:<CRLF>
200 the counts of 'back/n :: Counter' end with the graph that runs now: the new one has no such element<CRLF>
200 Read handler 'm.class' OK<CRLF>
DATA 7<CRLF>
Counter510 No element named 's'<CRLF>
WANT
}

hotconfig_refused() {
	says 'WRITE hotconfig FromDevice(eth0) -> Nonsense -> ToDevice(eth1);\nREAD m.class\n' <<'WANT'
520-Write handler 'hotconfig' error:<CRLF>
520-hotconfig:1:21: undeclared element 'Nonsense'<CRLF>
520   no class or element of that name is known here; declare it before its first use: 'Nonsense :: CLASS'<CRLF>
200 Read handler 'm.class' OK<CRLF>
DATA 7<CRLF>
Counter
WANT
}

# The note says where the socket is; then nothing can be written any more.
read_only() {
	printf 'WRITE hotconfig ControlSocket(TCP, 7777, READONLY true); FromDevice(eth0) -> c :: Counter -> s :: Switch(0) -> ToDevice(eth1); s [1] -> Discard; FromDevice(eth1) -> ToDevice(eth0);\n' |
		session >"$SL_WORK/got"
	grep -q "^200-Write handler 'hotconfig' OK:" "$SL_WORK/got" &&
		grep -q "the node has a socket for this graph; it is not at '7777'" "$SL_WORK/got" || return 1
	says 'WRITE s.switch 1\nCHECKWRITE s.switch\nWRITE hotconfig Idle;\nWRITE stop\nREAD s.switch\n' <<'WANT'
530 Permission denied for 's.switch'<CRLF>
530 Permission denied for 's.switch'<CRLF>
530 Permission denied for 'hotconfig'<CRLF>
530 Permission denied for 'stop'<CRLF>
200 Read handler 's.switch' OK<CRLF>
DATA 1<CRLF>
0
WANT
}

without_a_graph() {
	printf 'READ list\nREAD a.b\nREAD version\nQUIT\n' | session /run/sluice/idle.control >"$SL_WORK/got"
	diff - "$SL_WORK/got" <<WANT
Click::ControlSocket/1.3<CRLF>
540 No router installed<CRLF>
540 No router installed<CRLF>
200 Read handler 'version' OK<CRLF>
DATA $(sl_ctl version | tr -d '\n' | sed 's/.* //' | wc -c)<CRLF>
$(sl_ctl version | sed 's/.* //')200 Goodbye!<CRLF>
WANT
}

as() { # uid, command...
	setpriv --reuid "$1" --regid "$1" --clear-groups -- "${@:2}"
}

python_connect='import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(s.recv(26))'

owner_alone() {
	[ "$(stat -c '%u %a' "$SOCK")" = "$OWNER 600" ] || return 1
	as "$OWNER" /usr/bin/python3 -c "$python_connect" "$SOCK" || return 1
	! as $((OWNER + 1)) /usr/bin/python3 -c "$python_connect" "$SOCK"
}

not_passed() {
	! sl_in a ping -n -q -c 2 -i 0.2 -W 1 10.0.0.2
}

stop_it() {
	says 'WRITE stop\n' <<<"200 Write handler 'stop' OK<CRLF>" && sl_ctl tenant list | grep -q 'red .*stopped'
}

site_lans one || exit 1
sl_daemon node || exit 1
sl_ok "a node with two tenants" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "each has a socket, its owner's alone" owner_alone
sl_ok "handlers are read and checked" read_and_check
sl_ok "ports, handlers, configuration" ports_and_handlers
sl_ok "the graph as a whole" globals
sl_ok "flatconfig is the same graph" flat_again
sl_ok "each mistake has its code" wrong
sl_ok "packets pass" sl_wait 10 sl_in a ping -n -q -c 1 -W 1 10.0.0.2
sl_ok "a switch is written" switch_to 1
sl_ok "and packets do not" not_passed
sl_ok "back again" switch_to 0
sl_ok "and packets pass" sl_in a ping -n -q -c 1 -W 1 10.0.0.2
before=$(count)
sl_ok "an element is configured anew" configure_element
sl_ok "hotconfig replaces the graph" hotconfig
sl_ok "and packets pass through it" sl_in a ping -n -q -c 3 -i 0.2 -W 1 10.0.0.2
sl_ok "what counted goes on counting" test "$(count)" -ge $((before + 3))
sl_ok "a graph that is refused changes nothing" hotconfig_refused
sl_ok "ControlSocket(READONLY true) is honoured" read_only
sl_ok "sluicectl still writes" sl_ctl write red/s.switch 0
sl_ok "a tenant without a graph" without_a_graph
sl_ok "writable again" sl_ctl tenant install red "$SL_WORK/red.click"
sl_ok "stop stops the tenant" stop_it
sed -i '/name: idle/,$d' "$SL_WORK/node.yaml"
sl_ok "without a tenant" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "there is no socket" test ! -e /run/sluice/idle.control
sl_done
