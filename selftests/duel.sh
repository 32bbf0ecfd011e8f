# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # variables of lib.sh, and for who sources it
# A node with an adversary, red, and a victim, blue, and their packets (tools/duel). Source it after
# lib.sh and sites.sh.
#
#   gen g0 ── p0 node p1 ── s0 sink        GRE on both sides
#                node l0 ── l1 node        a cable from one port to another
#   gen g1 ──────────────── s1 sink        around the node

duel_hosts() {
	sl_between
	sl_wire node l0 node l1
	sl_wire gen g1 sink s1
}

# Both with a graph and a budget, and what DUEL_CLASS says; red may have more links.
duel_apply() { # what the node has, red's graph, red's budget, blue's graph, blue's budget, more of red's links, red's owner
	echo "$2" >"$SL_WORK/red.click"
	echo "$4" >"$SL_WORK/blue.click"
	cat >"$SL_WORK/node.yaml" <<-YAML
		node: {experiments: [burn], $1}
		ports:
		  - {name: p0, interface: p0}
		  - {name: p1, interface: p1}
		  - {name: l0, interface: l0}
		  - {name: l1, interface: l1}
		tenants:
		  - name: red
		    owner: ${7:-0}
		    ${DUEL_CLASS:-}
		    graph: $SL_WORK/red.click
		    budget: {$3}
		    links:
		$(sl_between_links 7)
		$(sed 's/} *{/}\n{/g; s/^{/      - {/; s/\n{/\n      - {/g' <<<"${6:-}")
		  - name: blue
		    ${DUEL_CLASS:-}
		    graph: $SL_WORK/blue.click
		    budget: {$5}
		    links:
		$(sl_between_links 9)
	YAML
	sl_ctl node apply "$SL_WORK/node.yaml"
}

# Victim and adversary in turn; what was seen is in $SL_WORK/duel, counters before and after in
# $SL_WORK/{red,blue}.{0,1}. With DUEL_AROUND, packets go straight from the generator to the sink.
duel_run() { # adversary's frames, options of the tool...
	local wire=0 to
	to=$(sl_mac node p0)
	if [ -n "${DUEL_AROUND:-}" ]; then
		wire=1
		to=$(sl_mac sink s1)
	fi
	python3 "$SL_ROOT/selftests/duel.py" frames "$1" "$(sl_mac gen g$wire)" "$to" >"$SL_WORK/frames" || return 1
	shift
	duel_stats 0
	timeout -k 5 120 "$SL_TOOLS/duel" gen-ns="sl-gen-$$" gen-dev=g$wire sink-ns="sl-sink-$$" sink-dev=s$wire \
		frames="$SL_WORK/frames" "$@" >"$SL_WORK/duel" || return 1
	duel_stats 1
}

duel_stats() { # 0 | 1
	local t
	for t in red blue; do
		sl_ctl -j stats $t >"$SL_WORK/$t.$1"
	done
}

duel_count() { # expression
	python3 "$SL_ROOT/selftests/duel.py" count "$SL_WORK" "$1"
}

# Whether the victim kept what is its: a test that is left out where the machine does not allow to say.
duel_kept() { # name
	local status
	python3 "$SL_ROOT/selftests/duel.py" kept "$SL_WORK" >"$SL_WORK/kept" 2>&1
	status=$?
	if [ $status -eq 2 ]; then
		sl_skip "$1" "not measurable here: alone and alone again differ: $(cat "$SL_WORK/figures")"
		return
	fi
	sl_ok "$1" sh -c "cat '$SL_WORK/kept'; exit $status"
	cat "$SL_WORK/figures"
}
