# SPDX-License-Identifier: GPL-2.0-only
# Made by `sluicectl docs completion` from the table of commands; do not edit.
# shellcheck shell=bash

# Names from the first column of a list, for arguments that name what the node has.
_sluicectl_names() {
	sluicectl "$1" list 2>/dev/null | awk 'NR > 1 {print $1}'
}

_sluicectl_links() {
	sluicectl link list 2>/dev/null | awk 'NR > 1 {print $1 "/" $2}'
}

# What an argument or an option's value can be.
_sluicectl_kind() {
	local cur=$2
	case $1 in
	file) mapfile -t COMPREPLY < <(compgen -f -- "$cur") && compopt -o filenames ;;
	dir) mapfile -t COMPREPLY < <(compgen -d -- "$cur") && compopt -o filenames ;;
	tenant) mapfile -t COMPREPLY < <(compgen -W "$(_sluicectl_names tenant)" -- "$cur") ;;
	port) mapfile -t COMPREPLY < <(compgen -W "$(_sluicectl_names port)" -- "$cur") ;;
	link) mapfile -t COMPREPLY < <(compgen -W "$(_sluicectl_links)" -- "$cur") ;;
	handler) mapfile -t COMPREPLY < <(compgen -S / -W "$(_sluicectl_names tenant)" -- "$cur")
		compopt -o nospace ;;
	interface)
		local names=(/sys/class/net/*)
		mapfile -t COMPREPLY < <(compgen -W "${names[*]##*/}" -- "$cur") ;;
	choice:*) mapfile -t COMPREPLY < <(compgen -W "${1#choice:}" -- "$cur") ;;
	esac
}

_sluicectl() {
	local objects='graph node port link tenant budget read write calibrate plan preflight replay bench events stats top capture trace docs version help'
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local object='' action='' actions='' options='--json --socket --help' value='' word
	local kinds=() nth=0 skip=0 i
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((skip)); then skip=0; continue; fi
		if [[ $word == --socket ]]; then skip=1; continue; fi
		if [[ $word == -* ]]; then continue; fi
		if [[ -z $object ]]; then object=$word; continue; fi
		if [[ -z $action ]]; then action=$word; continue; fi
		nth=$((nth + 1))
	done
	case $object in
	graph) actions='check flatten pretty dot undead combine uncombine' ;;
	node) actions='apply show validate' ;;
	port) actions='attach confirm detach list' ;;
	link) actions='list show' ;;
	tenant) actions='add install stop start optimize rollback class cpu remove release list show' ;;
	budget) actions='set show' ;;
	docs) actions='elements man completion' ;;
	esac
	if [[ -z $actions && -n $action ]]; then action=''; nth=$((nth + 1)); fi
	case "$object${actions:+ $action}" in
	'graph check')
		options+=''
		kinds=('file' 'none' many)
		case $prev in
		esac ;;
	'graph flatten')
		options+=''
		kinds=('file' 'none' many)
		case $prev in
		esac ;;
	'graph pretty')
		options+=''
		kinds=('file' 'none' many)
		case $prev in
		esac ;;
	'graph dot')
		options+=''
		kinds=('file' 'none' many)
		case $prev in
		esac ;;
	'graph undead')
		options+=''
		kinds=('file' 'none' many)
		case $prev in
		esac ;;
	'graph combine')
		options+=' --link'
		kinds=('none' many)
		case $prev in
		--link) value='none' ;;
		esac ;;
	'graph uncombine')
		options+=''
		kinds=('file' 'none')
		case $prev in
		esac ;;
	'node apply')
		options+=' --dry-run'
		kinds=('file')
		case $prev in
		esac ;;
	'node show')
		options+=''
		kinds=()
		case $prev in
		esac ;;
	'node validate')
		options+=''
		kinds=('file')
		case $prev in
		esac ;;
	'port attach')
		options+=' --mode --confirm'
		kinds=('port' 'interface')
		case $prev in
		--mode) value='choice:native generic' ;;
		--confirm) value='none' ;;
		esac ;;
	'port confirm')
		options+=''
		kinds=('port')
		case $prev in
		esac ;;
	'port detach')
		options+=''
		kinds=('port')
		case $prev in
		esac ;;
	'port list')
		options+=''
		kinds=()
		case $prev in
		esac ;;
	'link list')
		options+=''
		kinds=('tenant')
		case $prev in
		esac ;;
	'link show')
		options+=''
		kinds=('link')
		case $prev in
		esac ;;
	'tenant add')
		options+=''
		kinds=('tenant' 'file')
		case $prev in
		esac ;;
	'tenant install')
		options+=''
		kinds=('tenant' 'file' 'none' many)
		case $prev in
		esac ;;
	'tenant stop')
		options+=''
		kinds=('tenant')
		case $prev in
		esac ;;
	'tenant start')
		options+=''
		kinds=('tenant')
		case $prev in
		esac ;;
	'tenant optimize')
		options+=' --dry-run'
		kinds=('tenant')
		case $prev in
		esac ;;
	'tenant rollback')
		options+=''
		kinds=('tenant')
		case $prev in
		esac ;;
	'tenant class')
		options+=''
		kinds=('tenant' 'none')
		case $prev in
		esac ;;
	'tenant cpu')
		options+=''
		kinds=('tenant' 'none')
		case $prev in
		esac ;;
	'tenant remove')
		options+=''
		kinds=('tenant')
		case $prev in
		esac ;;
	'tenant release')
		options+=''
		kinds=('tenant')
		case $prev in
		esac ;;
	'tenant list')
		options+=''
		kinds=()
		case $prev in
		esac ;;
	'tenant show')
		options+=' --emit'
		kinds=('tenant')
		case $prev in
		esac ;;
	'budget set')
		options+=''
		kinds=('tenant' 'choice:cpu= cpu_min= weight= ns_per_packet= rx= tx= pps= memory= map_entries=' many)
		case $prev in
		esac ;;
	'budget show')
		options+=''
		kinds=('tenant')
		case $prev in
		esac ;;
	'read')
		options+=''
		kinds=('handler' 'none' many)
		case $prev in
		esac ;;
	'write')
		options+=''
		kinds=('handler' 'none' many)
		case $prev in
		esac ;;
	'calibrate')
		options+=' --out --rounds --within --seconds --platform'
		kinds=()
		case $prev in
		--out) value='file' ;;
		--rounds) value='none' ;;
		--within) value='none' ;;
		--seconds) value='none' ;;
		esac ;;
	'plan')
		options+=' --calibration'
		kinds=('file' 'none' many)
		case $prev in
		--calibration) value='file' ;;
		esac ;;
	'preflight')
		options+=' --tenant --node'
		kinds=('file' 'none' many)
		case $prev in
		--tenant) value='tenant' ;;
		--node) value='file' ;;
		esac ;;
	'replay')
		options+=' --in --out --read --native --trace --tenant --node'
		kinds=('file' 'none' many)
		case $prev in
		--in) value='none' ;;
		--out) value='dir' ;;
		--read) value='none' ;;
		--tenant) value='tenant' ;;
		--node) value='file' ;;
		esac ;;
	'bench')
		options+=' --in --rounds --frames --repeat --tenant --node'
		kinds=('file' 'none' many)
		case $prev in
		--in) value='none' ;;
		--rounds) value='none' ;;
		--frames) value='none' ;;
		--repeat) value='none' ;;
		--tenant) value='tenant' ;;
		--node) value='file' ;;
		esac ;;
	'events')
		options+=' --last'
		kinds=('tenant')
		case $prev in
		--last) value='none' ;;
		esac ;;
	'stats')
		options+=' --watch --interval'
		kinds=('tenant')
		case $prev in
		--interval) value='none' ;;
		esac ;;
	'top')
		options+=' --sort --batch --reasons --count --interval'
		kinds=()
		case $prev in
		--sort) value='choice:cpu pps bps out-pps out-bps drops reason debt weight state tenant class p50 p99 p999 compile' ;;
		--count) value='none' ;;
		--interval) value='none' ;;
		esac ;;
	'capture')
		options+=' --write --count --snaplen --in --out'
		kinds=('link' 'none' many)
		case $prev in
		--write) value='file' ;;
		--count) value='none' ;;
		--snaplen) value='none' ;;
		esac ;;
	'trace')
		options+=' --count'
		kinds=('tenant' 'none' many)
		case $prev in
		--count) value='none' ;;
		esac ;;
	'docs elements')
		options+=''
		kinds=()
		case $prev in
		esac ;;
	'docs man')
		options+=''
		kinds=()
		case $prev in
		esac ;;
	'docs completion')
		options+=''
		kinds=()
		case $prev in
		esac ;;
	'version')
		options+=''
		kinds=()
		case $prev in
		esac ;;
	'help')
		options+=''
		kinds=("choice:$objects" many)
		case $prev in
		esac ;;
	esac
	if [[ -n $value ]]; then _sluicectl_kind "$value" "$cur"; return; fi
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
		return
	fi
	if [[ -z $object ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$objects" -- "$cur")
	elif [[ -n $actions && -z $action ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$actions" -- "$cur")
	else
		if [[ ${kinds[nth]-} == many ]]; then nth=$((nth - 1)); fi
		_sluicectl_kind "${kinds[nth]-none}" "$cur"
	fi
}
complete -F _sluicectl sluicectl
