// SPDX-License-Identifier: GPL-2.0-only
/* The state of a link in words. */
#include <string.h>

#include <linux/neighbour.h>

#include "loader/runtime/netlink.h"

const char *sl_link_why_name(enum sl_link_why why)
{
	static const char *const names[] = {
#define X(sym, name, text) [SL_LINK_##sym] = name,
		SL_LINK_STATES(X)
#undef X
	};

	return why < SL_LINK_WHY_N ? names[why] : "?";
}

const char *sl_link_why_text(enum sl_link_why why)
{
	static const char *const texts[] = {
#define X(sym, name, text) [SL_LINK_##sym] = text,
		SL_LINK_STATES(X)
#undef X
	};

	return why < SL_LINK_WHY_N ? texts[why] : "?";
}

static const char *nud_name(uint16_t nud)
{
	static const struct {
		uint16_t nud;
		const char *name;
	} names[] = {
		{NUD_PERMANENT, "permanent"},	{NUD_NOARP, "noarp"},
		{NUD_REACHABLE, "reachable"},	{NUD_STALE, "stale"},
		{NUD_DELAY, "delay"},		{NUD_PROBE, "probe"},
		{NUD_INCOMPLETE, "incomplete"}, {NUD_FAILED, "failed"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (nud & names[i].nud)
			return names[i].name;
	return "none";
}

static struct json_object *tags_json(const struct sl_path *path)
{
	struct json_object *array = json_object_new_array();

	for (unsigned int i = 0; array && i < path->n_tags; i++)
		json_object_array_add(array, json_object_new_int(path->tags[i].vid));
	return array;
}

struct json_object *sl_link_state_json(const struct sl_link_state *s)
{
	struct json_object *obj = json_object_new_object();
	char text[SL_ADDR_TEXT];
	char mac[SL_MAC_TEXT];

	if (!obj)
		return NULL;
#define PUT(key, val) json_object_object_add(obj, key, val)
	PUT("state", json_object_new_string(s->why == SL_LINK_UP ? "up" : "down"));
	PUT("reason", json_object_new_string(sl_link_why_name(s->why)));
	if (s->why == SL_LINK_ERROR)
		PUT("error", json_object_new_string(strerror(-s->error)));
	if (*s->egress)
		PUT("egress", json_object_new_string(s->egress));
	if (s->next_hop.family) {
		PUT("next_hop", json_object_new_string(sl_addr_text(&s->next_hop, text)));
		PUT("neighbour", json_object_new_string(nud_name(s->nud)));
	}
	if (s->mtu) {
		PUT("mac", json_object_new_string(sl_mac_text(s->path.dst_mac, mac)));
		PUT("tags", tags_json(&s->path));
		PUT("mtu", json_object_new_int(s->mtu));
	}
	PUT("local_missing", json_object_new_boolean(s->local_missing));
	PUT("changes", json_object_new_int64(s->changes));
#undef PUT
	return obj;
}
