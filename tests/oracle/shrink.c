// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making a graph and a sequence of packets that show a difference small: packets are left out by
 * halves, elements passed by, and ways led to a Discard, as long as the difference is still there.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/oracle/trial.h"

enum trial_result trial_apart(const struct trial *t)
{
	struct trial_figures figures = {0};
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(TRIAL_BROKEN);
		_exit((int)trial_run(t, &figures));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return TRIAL_BROKEN;
	return WIFEXITED(status) ? (enum trial_result)WEXITSTATUS(status) : TRIAL_CRASHED;
}

struct shrink {
	struct rgraph *g;
	struct rpacket *packets;
	size_t n;
	enum trial_result result;
	unsigned int builds, tries;
};

static bool still(struct shrink *s, const struct rgraph *g, const struct rpacket *packets, size_t n)
{
	struct trial t = {.graph = g, .packets = packets, .n = n, .builds = s->builds};

	if (!s->tries)
		return false;
	s->tries--;
	return trial_apart(&t) == s->result;
}

/* The packets after the first difference say nothing; of those before, as few as do. */
static void fewer_packets(struct shrink *s)
{
	struct rpacket *kept = malloc((s->n + 1) * sizeof(*kept));
	size_t low = 0, high = s->n;

	if (!kept)
		return;
	while (high - low > 1) {
		size_t mid = (low + high) / 2;

		if (still(s, s->g, s->packets, mid))
			high = mid;
		else
			low = mid;
	}
	s->n = high;
	if (s->n > 1 && still(s, s->g, &s->packets[s->n - 1], 1)) {
		s->packets[0] = s->packets[s->n - 1];
		s->n = 1;
	}
	for (size_t chunk = s->n / 2; chunk; chunk /= 2) {
		for (size_t i = 0; i + chunk < s->n && s->n > 1;) {
			memcpy(kept, s->packets, i * sizeof(*kept));
			memcpy(kept + i, s->packets + i + chunk,
			       (s->n - i - chunk) * sizeof(*kept));
			if (still(s, s->g, kept, s->n - chunk)) {
				s->n -= chunk;
				memcpy(s->packets, kept, s->n * sizeof(*kept));
			} else {
				i += chunk;
			}
		}
	}
	free(kept);
}

/* Takes out what no packet can reach any more. */
static void sweep(struct rgraph *g)
{
	bool changed = true, reached[RG_ELEMS];

	while (changed) {
		changed = false;
		memset(reached, 0, sizeof(reached));
		for (unsigned int i = 0; i < g->n_conns; i++)
			if (g->c[i].from != g->c[i].to)
				reached[g->c[i].to] = true;
		for (unsigned int e = 0; e < g->n; e++) {
			if (!g->e[e].text || reached[e] || !g->e[e].inputs)
				continue;
			free(g->e[e].text);
			g->e[e].text = NULL;
			changed = true;
			for (unsigned int i = 0; i < g->n_conns;)
				if (g->c[i].from == e)
					g->c[i] = g->c[--g->n_conns];
				else
					i++;
		}
	}
}

/* Element e no longer there: what led to it leads to where its output 0 led. */
static bool pass_by(struct rgraph *g, unsigned int e)
{
	const struct rg_conn *out = NULL;
	struct rg_conn to;

	for (unsigned int i = 0; i < g->n_conns; i++)
		if (g->c[i].from == e && g->c[i].from_port == 0)
			out = &g->c[i];
	if (!g->e[e].text || !out || out->to == e || !g->e[e].inputs)
		return false;
	to = *out;
	for (unsigned int i = 0; i < g->n_conns; i++) {
		if (g->c[i].to == e) {
			g->c[i].to = to.to;
			g->c[i].to_port = to.to_port;
		}
	}
	sweep(g);
	return true;
}

static void fewer_elements(struct shrink *s)
{
	int discard = rg_find(s->g, "d");
	bool changed = true;

	while (changed && s->tries) {
		changed = false;
		for (unsigned int i = 0; discard >= 0 && s->g->e[discard].text && i < s->g->n_conns;
		     i++) {
			struct rgraph *g = rg_copy(s->g);

			g->c[i].to = (unsigned int)discard;
			g->c[i].to_port = 0;
			sweep(g);
			if (rg_size(g) < rg_size(s->g) && still(s, g, s->packets, s->n)) {
				rg_free(s->g);
				s->g = g;
				changed = true;
			} else {
				rg_free(g);
			}
		}
		for (unsigned int e = 0; e < s->g->n; e++) {
			struct rgraph *g = rg_copy(s->g);

			if (pass_by(g, e) && still(s, g, s->packets, s->n)) {
				rg_free(s->g);
				s->g = g;
				changed = true;
			} else {
				rg_free(g);
			}
		}
	}
}

void trial_shrink(struct rgraph *g, struct rpacket *packets, size_t *n, enum trial_result result,
		  unsigned int builds, unsigned int tries)
{
	struct shrink s = {rg_copy(g), packets, *n, result, builds, tries};

	fewer_packets(&s);
	s.tries = tries;
	fewer_elements(&s);
	s.tries = tries / 2;
	fewer_packets(&s);
	for (unsigned int i = 0; i < g->n; i++)
		free(g->e[i].text);
	*g = *s.g;
	free(s.g);
	*n = s.n;
}
