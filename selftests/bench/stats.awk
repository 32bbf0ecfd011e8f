# SPDX-License-Identifier: GPL-2.0-only
#
# Medians and ratios of measurements. Input: CSV with one head line, of
#	group,round,contestant,value
#
#	mode=medians            a line a group and contestant, in order of appearance:
#	                        group,contestant,median,least,most,rounds
#	mode=ratio a=A b=B      of each group, and of all ("all"), the median of the rounds' A / B, half
#	                        the width of its 95 % interval, and the rounds:
#	                        group,ratio,half width,rounds
#	mode=difference a=A b=B the same of A - B
#	scale=N                 values are divided by N before they are shown
#
# The interval of a median is that between two of the sorted values (binomial distribution): nothing
# is assumed of how the values are spread. With fewer than six values it is all of them.

function sort(v, n,    i, j, x) {
	for (i = 2; i <= n; i++) {
		x = v[i]
		for (j = i - 1; j > 0 && v[j] > x; j--)
			v[j + 1] = v[j]
		v[j + 1] = x
	}
}

function median(v, n) {
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

# Rank of the interval's lower end: at most 2.5 % lies below it.
function rank(n,    k, p, sum) {
	p = exp(-n * log(2))
	sum = 0
	for (k = 0; k < n; k++) {
		sum += p
		if (sum > 0.025)
			break
		p = p * (n - k) / (k + 1)
	}
	return k < 1 ? 1 : k
}

function half_width(v, n,    k) {
	k = rank(n)
	return (v[n + 1 - k] - v[k]) / 2
}

function show_medians(    g, c, i, n, v) {
	for (g = 1; g <= groups; g++)
		for (c = 1; c <= names; c++) {
			n = 0
			for (i = 1; i <= rounds; i++)
				if ((group[g], round[i], name[c]) in value)
					v[++n] = value[group[g], round[i], name[c]]
			if (!n)
				continue
			sort(v, n)
			printf "%s,%s,%.2f,%.2f,%.2f,%d\n", group[g], name[c], median(v, n) / scale,
				v[1] / scale, v[n] / scale, n
		}
}

function show_ratio(who, v, n) {
	if (!n)
		return
	sort(v, n)
	printf "%s,%.3f,%.3f,%d\n", who, median(v, n), half_width(v, n), n
}

function show_ratios(    g, i, n, m, v, all, x, y) {
	for (g = 1; g <= groups; g++) {
		n = 0
		for (i = 1; i <= rounds; i++) {
			if (!((group[g], round[i], a) in value) || !((group[g], round[i], b) in value))
				continue
			x = value[group[g], round[i], a]
			y = value[group[g], round[i], b]
			# A cost of nothing is no measurement.
			if (y > 0)
				v[++n] = all[++m] = mode == "ratio" ? x / y : x - y
		}
		show_ratio(group[g], v, n)
	}
	if (groups > 1)
		show_ratio("all", all, m)
}

BEGIN {
	FS = ","
	if (!scale)
		scale = 1
}

NR > 1 {
	if (!($1 in seen_group)) {
		seen_group[$1] = 1
		group[++groups] = $1
	}
	if (!($2 in seen_round)) {
		seen_round[$2] = 1
		round[++rounds] = $2
	}
	if (!($3 in seen_name)) {
		seen_name[$3] = 1
		name[++names] = $3
	}
	value[$1, $2, $3] = $4 + 0
}

END {
	if (mode == "ratio" || mode == "difference")
		show_ratios()
	else
		show_medians()
}
