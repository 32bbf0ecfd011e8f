// SPDX-License-Identifier: GPL-2.0-only
/* A checked graph becomes a configured one: devices, names, then every element's arguments. */
#include <errno.h>
#include <string.h>

#include "bpf/abi.h"
#include "loader/config/config.h"
#include "loader/config/path_mtu.h"
#include "loader/mem.h"

/* ---- Devices ---------------------------------------------------------------------------------*/

static int copy_devices(struct sl_program *p, const struct sl_devices *devices)
{
	p->devs = calloc(devices->n, sizeof(*p->devs));
	if (!p->devs)
		return -ENOMEM;
	memcpy(p->devs, devices->list, devices->n * sizeof(*p->devs));
	p->devices = (struct sl_devices){p->devs, devices->n, devices->head};
	return 0;
}

/* The argument that names an element's device, or NULL. */
static const char *device_text(const struct sl_class *c, const struct sl_elem *e,
			       struct sl_match *m)
{
	for (size_t i = 0; c->params && c->params[i].name; i++) {
		int j;

		if (c->params[i].type != SL_T_DEV)
			continue;
		j = m->arg[i];
		if (j < 0)
			return NULL;
		return m->keyword[i] ? sl_arg_value(e->args[j].text) : e->args[j].text;
	}
	return NULL;
}

static bool have_device(const struct sl_program *p, const char *name)
{
	for (size_t i = 0; i < p->devices.n; i++) {
		if (!strcmp(p->devs[i].name, name))
			return true;
	}
	return false;
}

static int add_device(struct sl_program *p, const char *name, size_t *cap)
{
	struct sl_device *dev;
	uint8_t index = (uint8_t)p->devices.n;

	if (SL_GROW(p->devs, p->devices.n, *cap) < 0)
		return -ENOMEM;
	dev = &p->devs[p->devices.n++];
	p->devices.list = p->devs;
	memset(dev, 0, sizeof(*dev));
	memcpy(dev->name, name, strlen(name) + 1);
	dev->index = index;
	/* Locally administered addresses, the same for the same graph each time. */
	memcpy(dev->mac, (const uint8_t[]){0x02, 0, 0, 0, 0, (uint8_t)(index + 1)}, 6);
	memcpy(dev->peer, (const uint8_t[]){0x02, 0, 0, 0, 1, (uint8_t)(index + 1)}, 6);
	dev->mtu = 1500;
	return 0;
}

/*
 * A graph that is only checked or replayed names its devices itself: each that a FromDevice or
 * ToDevice mentions, in order of appearance.
 */
static int collect_devices(struct sl_program *p, uint16_t head)
{
	size_t cap = 0;

	p->devices.head = head;
	for (size_t i = 0; i < p->graph->n_elems; i++) {
		const struct sl_class *c = p->insts[i].class;
		const struct sl_elem *e = &p->graph->elems[i];
		struct sl_match m = {0};
		_free_ char *name = NULL;
		const char *text;
		size_t len;
		int ret;

		if (!c || !(c->flags & (SL_C_SOURCE | SL_C_TODEV)))
			continue;
		ret = sl_match_args(c, e->args, e->n_args, &m);
		if (ret)
			return ret;
		text = device_text(c, e, &m);
		sl_match_free(&m);
		if (!text)
			continue;
		name = sl_unquote(text, &len);
		if (!name)
			return -ENOMEM;
		/* One that cannot be a device is reported where the argument is parsed. */
		if (!len || len != strlen(name) || len >= sizeof(p->devs[0].name) ||
		    have_device(p, name) || p->devices.n == SL_MAX_DEVS)
			continue;
		ret = add_device(p, name, &cap);
		if (ret)
			return ret;
	}
	return 0;
}

/* ---- Elements --------------------------------------------------------------------------------*/

/* Outputs a returned word can tell from the ways out of the graph (bpf/element/verdict.h). */
#define SL_MAX_OUTPUTS 0xfa

static int find_classes(struct sl_program *p, struct sl_diags *d)
{
	int ret = 0;

	for (size_t i = 0; i < p->graph->n_elems; i++) {
		struct sl_elem *e = &p->graph->elems[i];
		struct sl_inst *in = &p->insts[i];

		in->elem = e;
		in->index = (uint32_t)i;
		in->class = sl_class_find(e->class_name);
		if (!in->class) {
			sl_diag_element(sl_error(d, sl_elem_pos(e), "unknown-class",
						 "unknown element class '%s'", e->class_name),
					e->name);
			ret = -EINVAL;
		} else if (e->n_out > SL_MAX_OUTPUTS) {
			sl_diag_element(sl_error(d, sl_elem_pos(e), "too-many-outputs",
						 "more than %d outputs", SL_MAX_OUTPUTS),
					e->name);
			ret = -EINVAL;
		}
	}
	return ret;
}

static int configure_all(struct sl_program *p, bool info, struct sl_diags *d)
{
	int status = 0;

	for (size_t i = 0; i < p->graph->n_elems; i++) {
		struct sl_inst *in = &p->insts[i];
		int ret;

		if (!in->class || !!(in->class->flags & SL_C_INFO) != info)
			continue;
		ret = sl_inst_configure(in, p, d);
		if (ret && ret != -EINVAL)
			return ret;
		if (ret)
			status = ret;
	}
	return status;
}

int sl_program_new(struct sl_graph *g, const struct sl_devices *devices, struct sl_diags *d,
		   struct sl_program **out)
{
	SL_CLEANUP(sl_graph_freep) struct sl_graph *graph = g;
	SL_CLEANUP(sl_program_freep) struct sl_program *p = calloc(1, sizeof(*p));
	int ret, status;

	if (!p)
		return -ENOMEM;
	p->graph = TAKE_PTR(graph);
	p->insts = calloc(p->graph->n_elems + 1, sizeof(*p->insts));
	p->names = sl_names_new();
	if (!p->insts || !p->names || sl_path_mtu_room(p))
		return -ENOMEM;
	status = find_classes(p, d);
	ret = devices && devices->n ? copy_devices(p, devices)
				    : collect_devices(p, devices ? devices->head : 0);
	if (ret)
		return ret;
	for (int info = 1; info >= 0; info--) {
		ret = configure_all(p, info, d);
		if (ret && ret != -EINVAL)
			return ret;
		if (ret)
			status = ret;
	}
	if (status)
		return status;
	ret = sl_path_mtu_add(p, d);
	if (ret)
		return ret;
	*out = TAKE_PTR(p);
	return 0;
}

void sl_program_free(struct sl_program *p)
{
	if (!p)
		return;
	for (size_t i = 0; p->insts && i < p->graph->n_elems; i++)
		sl_inst_release(&p->insts[i]);
	free(p->insts);
	free(p->devs);
	sl_names_free(p->names);
	sl_graph_free(p->graph);
	free(p);
}
