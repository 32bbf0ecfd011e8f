// SPDX-License-Identifier: GPL-2.0-only
/* A tenant's devices, from its links. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loader/mem.h"
#include "loader/runtime/devices.h"
#include "loader/runtime/template.h"

static unsigned int n_tags(const struct sl_node_link *l, sl_tags_fn *tags, void *arg)
{
	unsigned int named = (l->vlan != 0) + (l->inner_vlan != 0);

	return tags ? tags(arg, l) : named;
}

/* Where a frame of this link begins, counted from the outer packet's start. */
static uint32_t frame_start(const struct sl_node_link *l, sl_tags_fn *tags, void *arg)
{
	uint32_t outer = sl_template_len(l, n_tags(l, tags, arg));

	return l->payload == SL_PAYLOAD_IP && outer >= 14 ? outer - 14 : outer;
}

uint32_t sl_devices_head(const struct sl_node_tenant *t, sl_tags_fn *tags, void *arg)
{
	uint32_t best = 0, best_count = 0;

	for (size_t i = 0; i < t->n_links; i++) {
		uint32_t start = frame_start(&t->links[i], tags, arg), count = 0;

		for (size_t k = 0; k < t->n_links; k++)
			count += frame_start(&t->links[k], tags, arg) == start;
		if (count > best_count || (count == best_count && start > best)) {
			best = start;
			best_count = count;
		}
	}
	return best;
}

static uint32_t interface_mtu(const char *interface)
{
	_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {0};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", interface);
	return fd < 0 || ioctl(fd, SIOCGIFMTU, &ifr) ? 0 : (uint32_t)ifr.ifr_mtu;
}

/* The smallest MTU of the ports the link may leave by, as the file and the interfaces say: a
 * constant as long as those stay. */
static uint32_t port_mtu(const struct sl_node_config *c, const char *port)
{
	uint32_t least = 0;

	for (size_t i = 0; i < c->n_ports; i++) {
		const struct sl_node_port *p = &c->ports[i];
		uint32_t mtu = interface_mtu(p->interface);

		if (port && strcmp(port, p->name))
			continue;
		if (p->mtu && (!mtu || p->mtu < mtu))
			mtu = p->mtu;
		if (mtu && (!least || mtu < least))
			least = mtu;
	}
	return least ? least : 1500;
}

void sl_devices_of(const struct sl_node_config *c, const struct sl_node_tenant *t, uint32_t head,
		   sl_tags_fn *tags, void *arg, struct sl_device *list, struct sl_devices *out)
{
	size_t count = 0;

	memset(list, 0, SL_MAX_DEVS * sizeof(*list));
	for (size_t i = 0; i < t->n_links; i++) {
		const struct sl_node_link *l = &t->links[i];
		struct sl_device *dev = &list[l->dev];
		uint32_t over = sl_template_over(l, n_tags(l, tags, arg));
		uint32_t mtu = port_mtu(c, l->port);

		snprintf(dev->name, sizeof(dev->name), "%s", l->device);
		dev->ip_link = l->payload == SL_PAYLOAD_IP;
		memcpy(dev->mac, l->mac, 6);
		memcpy(dev->peer, l->peer_mac, 6);
		if (l->has_address) {
			dev->ip = l->address;
			dev->mask = l->prefix_len ? htonl(~0u << (32 - l->prefix_len)) : 0;
		}
		if (l->has_address6)
			memcpy(dev->ip6, l->address6, 16);
		if (mtu > over)
			mtu -= over;
		dev->mtu = (uint16_t)(mtu > UINT16_MAX ? UINT16_MAX : mtu);
		if (l->dev + 1u > count)
			count = l->dev + 1u;
	}
	for (size_t i = 0; i < count; i++)
		list[i].index = (uint8_t)i;
	*out = (struct sl_devices){list, count, (uint16_t)head};
}

/* ---- JSON ------------------------------------------------------------------------------------*/

static struct json_object *device_json(const struct sl_device *dev)
{
	struct json_object *o = json_object_new_object();
	char text[INET6_ADDRSTRLEN + 8], mac[SL_MAC_TEXT];
	unsigned int prefix = (unsigned int)__builtin_popcount(dev->mask);

	if (!o)
		return NULL;
	json_object_object_add(o, "name", json_object_new_string(dev->name));
	json_object_object_add(o, "ip_link", json_object_new_boolean(dev->ip_link));
	json_object_object_add(o, "mac", json_object_new_string(sl_mac_text(dev->mac, mac)));
	json_object_object_add(o, "peer", json_object_new_string(sl_mac_text(dev->peer, mac)));
	if (dev->ip) {
		inet_ntop(AF_INET, &dev->ip, text, INET_ADDRSTRLEN);
		snprintf(text + strlen(text), 8, "/%u", prefix);
		json_object_object_add(o, "address", json_object_new_string(text));
	}
	if (!IN6_IS_ADDR_UNSPECIFIED((const struct in6_addr *)dev->ip6)) {
		inet_ntop(AF_INET6, dev->ip6, text, INET6_ADDRSTRLEN);
		json_object_object_add(o, "address6", json_object_new_string(text));
	}
	json_object_object_add(o, "mtu", json_object_new_int(dev->mtu));
	return o;
}

struct json_object *sl_devices_json(const struct sl_devices *d)
{
	struct json_object *o = json_object_new_object(), *a = json_object_new_array();

	if (!o || !a) {
		json_object_put(o);
		json_object_put(a);
		return NULL;
	}
	json_object_object_add(o, "head", json_object_new_int(d->head));
	for (size_t i = 0; i < d->n; i++)
		json_object_array_add(a, device_json(&d->list[i]));
	json_object_object_add(o, "devices", a);
	return o;
}

static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : NULL;
}

static int read_mac(struct json_object *o, const char *key, uint8_t mac[6])
{
	const char *text = text_of(o, key);

	return text && sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1],
			      &mac[2], &mac[3], &mac[4], &mac[5]) == 6
		       ? 0
		       : -EBADMSG;
}

static int read_address(struct json_object *o, struct sl_device *dev)
{
	const char *text = text_of(o, "address");
	char address[INET_ADDRSTRLEN];
	unsigned int prefix;

	if (!text)
		return 0;
	if (sscanf(text, "%15[0-9.]/%2u", address, &prefix) != 2 || prefix > 32 ||
	    inet_pton(AF_INET, address, &dev->ip) != 1)
		return -EBADMSG;
	dev->mask = prefix ? htonl(~0u << (32 - prefix)) : 0;
	return 0;
}

static int read_device(struct json_object *o, struct sl_device *dev)
{
	const char *name = text_of(o, "name"), *ip6 = text_of(o, "address6");
	struct json_object *v;

	if (!name || strlen(name) >= sizeof(dev->name) || read_mac(o, "mac", dev->mac) ||
	    read_mac(o, "peer", dev->peer) || read_address(o, dev) ||
	    (ip6 && inet_pton(AF_INET6, ip6, dev->ip6) != 1))
		return -EBADMSG;
	strcpy(dev->name, name);
	dev->ip_link = json_object_object_get_ex(o, "ip_link", &v) && json_object_get_boolean(v);
	if (json_object_object_get_ex(o, "mtu", &v))
		dev->mtu = (uint16_t)json_object_get_int(v);
	return 0;
}

int sl_devices_from_json(struct json_object *o, struct sl_device *list, struct sl_devices *out)
{
	struct json_object *a, *head;

	if (!json_object_object_get_ex(o, "devices", &a) ||
	    !json_object_object_get_ex(o, "head", &head) ||
	    !json_object_is_type(a, json_type_array) || json_object_array_length(a) > SL_MAX_DEVS)
		return -EBADMSG;
	memset(list, 0, SL_MAX_DEVS * sizeof(*list));
	*out = (struct sl_devices){list, json_object_array_length(a),
				   (uint16_t)json_object_get_int(head)};
	for (size_t i = 0; i < out->n; i++) {
		list[i].index = (uint8_t)i;
		if (read_device(json_object_array_get_idx(a, i), &list[i]))
			return -EBADMSG;
	}
	return 0;
}
