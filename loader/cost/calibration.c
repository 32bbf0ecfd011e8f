// SPDX-License-Identifier: GPL-2.0-only
/* The calibration as JSON and on disk, and whether it is of this host. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "loader/cost/cost.h"
#include "loader/file.h"
#include "loader/mem.h"
#include "revision.h"

#define FILE_MAX (1u << 20)
#define POINTS_MAX 4096
#define PLATFORM_NS_MAX 1000000

void sl_calibration_free(struct sl_calibration *c)
{
	if (!c)
		return;
	free(c->points);
	free(c);
}

/* ---- Which host ------------------------------------------------------------------------------*/

static void cpu_model(char *buf, size_t size)
{
	_fclose_ FILE *f = fopen("/proc/cpuinfo", "re");
	char line[256];

	snprintf(buf, size, "unknown");
	while (f && fgets(line, sizeof(line), f)) {
		const char *colon = strchr(line, ':');

		if (!colon || (strncmp(line, "model name", 10) && strncmp(line, "CPU part", 8)))
			continue;
		colon += 1 + strspn(colon + 1, " ");
		snprintf(buf, size, "%.*s", (int)strcspn(colon, "\n"), colon);
		return;
	}
}

void sl_calibration_here(struct sl_calibration *c)
{
	struct utsname u = {0};

	uname(&u);
	snprintf(c->kernel, sizeof(c->kernel), "%s %.60s", u.release, u.version);
	cpu_model(c->cpu, sizeof(c->cpu));
	snprintf(c->revision, sizeof(c->revision), "%s", SL_REVISION);
}

const char *sl_calibration_differs(const struct sl_calibration *c, char *buf, size_t size)
{
	struct sl_calibration here = {.kernel = ""};

	sl_calibration_here(&here);
	if (strcmp(c->kernel, here.kernel))
		snprintf(buf, size, "on kernel %s", c->kernel);
	else if (strcmp(c->cpu, here.cpu))
		snprintf(buf, size, "on the CPU %s", c->cpu);
	else if (strcmp(c->revision, here.revision))
		snprintf(buf, size, "by another build of Sluice");
	else
		return NULL;
	return buf;
}

/* ---- JSON ------------------------------------------------------------------------------------*/

static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
	{"enter_ns", offsetof(struct sl_calibration, enter_ns)},
	{"cut_ns", offsetof(struct sl_calibration, cut_ns)},
	{"instruction_ns", offsetof(struct sl_calibration, insn_ns)},
	{"hash_ns", offsetof(struct sl_calibration, hash_ns)},
	{"lru_ns", offsetof(struct sl_calibration, lru_ns)},
	{"array_ns", offsetof(struct sl_calibration, array_ns)},
};
#define N_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static double *number(const struct sl_calibration *c, size_t k)
{
	return (double *)(void *)((uint8_t *)c + numbers[k].offset);
}

static const struct {
	const char *name;
	size_t offset;
} parts[] = {
	{"clock_ns", offsetof(struct sl_platform_cost, clock_ns)},
	{"sample_ns", offsetof(struct sl_platform_cost, sample_ns)},
	{"refuse_ns", offsetof(struct sl_platform_cost, refuse_ns)},
	{"drop_ns", offsetof(struct sl_platform_cost, drop_ns)},
	{"pass_ns", offsetof(struct sl_platform_cost, pass_ns)},
	{"send_ns", offsetof(struct sl_platform_cost, send_ns)},
	{"hand_ns", offsetof(struct sl_platform_cost, hand_ns)},
	{"thread_send_ns", offsetof(struct sl_platform_cost, thread_send_ns)},
	{"thread_drop_ns", offsetof(struct sl_platform_cost, thread_drop_ns)},
};
#define N_PARTS (sizeof(parts) / sizeof(parts[0]))

static double *part(const struct sl_platform_cost *c, size_t k)
{
	return (double *)(void *)((uint8_t *)c + parts[k].offset);
}

static struct json_object *ns(double v)
{
	return json_object_new_double((double)(long)(v * 100 + (v < 0 ? -0.5 : 0.5)) / 100);
}

struct json_object *sl_platform_cost_json(const struct sl_platform_cost *c)
{
	struct json_object *o = json_object_new_object();

	for (size_t k = 0; k < N_PARTS; k++)
		json_object_object_add(o, parts[k].name, ns(*part(c, k)));
	return o;
}

struct json_object *sl_calibration_json(const struct sl_calibration *c)
{
	struct json_object *o = json_object_new_object(), *a = json_object_new_array();

	json_object_object_add(o, "version", json_object_new_int(SL_CALIBRATION_VERSION));
	json_object_object_add(o, "kernel", json_object_new_string(c->kernel));
	json_object_object_add(o, "cpu", json_object_new_string(c->cpu));
	json_object_object_add(o, "revision", json_object_new_string(c->revision));
	json_object_object_add(o, "time_s", json_object_new_int64(c->time_s));
	for (size_t k = 0; k < N_NUMBERS; k++)
		json_object_object_add(o, numbers[k].name, ns(*number(c, k)));
	if (c->has_platform)
		json_object_object_add(o, "platform", sl_platform_cost_json(&c->platform));
	for (size_t i = 0; i < c->n_points; i++) {
		const struct sl_cost_point *p = &c->points[i];
		struct json_object *e = json_object_new_object();

		json_object_object_add(e, "class", json_object_new_string(p->base));
		json_object_object_add(e, "weight", json_object_new_int64(p->weight));
		json_object_object_add(e, "short_ns", ns(p->short_ns));
		json_object_object_add(e, "long_ns", ns(p->long_ns));
		json_object_object_add(e, "spread_ns", ns(p->spread_ns));
		json_object_array_add(a, e);
	}
	json_object_object_add(o, "classes", a);
	return o;
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	json_object_object_get_ex(o, key, &v);
	return v;
}

static int read_text(struct json_object *o, const char *key, char *to, size_t size)
{
	struct json_object *v = member(o, key);

	if (!json_object_is_type(v, json_type_string))
		return -EBADMSG;
	return snprintf(to, size, "%s", json_object_get_string(v)) < (int)size ? 0 : -EBADMSG;
}

/* ns that can be: not a number of minutes, and less than nothing only by what noise there is. */
static int read_ns(struct json_object *o, const char *key, double least, double *to)
{
	struct json_object *v = member(o, key);

	if (!json_object_is_type(v, json_type_double) && !json_object_is_type(v, json_type_int))
		return -EBADMSG;
	*to = json_object_get_double(v);
	return *to >= least && *to < 1e9 ? 0 : -EBADMSG;
}

static int read_point(struct json_object *o, struct sl_cost_point *p)
{
	int64_t weight = json_object_get_int64(member(o, "weight"));
	int ret = read_text(o, "class", p->base, sizeof(p->base));

	ret = ret ? ret : read_ns(o, "short_ns", -1000, &p->short_ns);
	ret = ret ? ret : read_ns(o, "long_ns", -1000, &p->long_ns);
	ret = ret ? ret : read_ns(o, "spread_ns", 0, &p->spread_ns);
	if (weight < 0 || weight > UINT32_MAX)
		return -EBADMSG;
	p->weight = (uint32_t)weight;
	return ret;
}

/* Charged to packets: no more than can be. */
static int read_platform(struct json_object *o, struct sl_platform_cost *c)
{
	int ret = 0;

	for (size_t k = 0; k < N_PARTS && !ret; k++) {
		ret = read_ns(o, parts[k].name, 0, part(c, k));
		if (!ret && *part(c, k) > PLATFORM_NS_MAX)
			ret = -EBADMSG;
	}
	return ret;
}

int sl_calibration_from_json(struct json_object *o, struct sl_calibration **out)
{
	SL_CLEANUP(sl_calibration_freep) struct sl_calibration *c = calloc(1, sizeof(*c));
	struct json_object *a = member(o, "classes");
	size_t n = json_object_is_type(a, json_type_array) ? json_object_array_length(a) : 0;
	int ret = 0;

	if (!c)
		return -ENOMEM;
	if (json_object_get_int(member(o, "version")) != SL_CALIBRATION_VERSION || n > POINTS_MAX ||
	    read_text(o, "kernel", c->kernel, sizeof(c->kernel)) ||
	    read_text(o, "cpu", c->cpu, sizeof(c->cpu)) ||
	    read_text(o, "revision", c->revision, sizeof(c->revision)))
		return -EBADMSG;
	c->time_s = json_object_get_int64(member(o, "time_s"));
	for (size_t k = 0; k < N_NUMBERS && !ret; k++)
		ret = read_ns(o, numbers[k].name, 0, number(c, k));
	c->has_platform = member(o, "platform") != NULL;
	if (c->has_platform && !ret)
		ret = read_platform(member(o, "platform"), &c->platform);
	c->points = calloc(n + 1, sizeof(*c->points));
	if (!c->points)
		return -ENOMEM;
	for (; c->n_points < n && !ret; c->n_points++)
		ret = read_point(json_object_array_get_idx(a, c->n_points),
				 &c->points[c->n_points]);
	if (!ret)
		*out = TAKE_PTR(c);
	return ret;
}

/* ---- On disk ---------------------------------------------------------------------------------*/

int sl_calibration_read(const char *path, struct sl_calibration **out)
{
	_free_ void *text = NULL;
	struct json_object *o;
	size_t len;
	int ret = sl_file_read(path, FILE_MAX, &text, &len);

	if (ret)
		return ret;
	o = json_tokener_parse(text);
	ret = sl_calibration_from_json(o, out);
	json_object_put(o);
	return ret;
}

int sl_calibration_write(const char *path, const struct sl_calibration *c)
{
	_free_ char *tmp = NULL;
	struct json_object *o = sl_calibration_json(c);
	const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY);
	int fd, ret = -ENOMEM;

	if (!text || asprintf(&tmp, "%s.XXXXXX", path) < 0) {
		json_object_put(o);
		return ret;
	}
	fd = mkostemp(tmp, O_CLOEXEC);
	ret = fd < 0 ? -errno : sl_write_all(fd, text, strlen(text));
	if (!ret && (fchmod(fd, 0644) || fsync(fd)))
		ret = -errno;
	if (fd >= 0) {
		close(fd);
		if (!ret && rename(tmp, path))
			ret = -errno;
		if (ret)
			unlink(tmp);
	}
	json_object_put(o);
	return ret;
}
