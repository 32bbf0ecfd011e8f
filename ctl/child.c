// SPDX-License-Identifier: GPL-2.0-only
/* Work in an unprivileged process. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/child.h"
#include "loader/mem.h"

#define NOBODY 65534
#define ANSWER_MAX (256u << 20)

static void limit(__rlimit_resource_t which, rlim_t value)
{
	struct rlimit r;

	if (!getrlimit(which, &r) && (r.rlim_max == RLIM_INFINITY || r.rlim_max > value)) {
		r.rlim_cur = r.rlim_max = value;
		setrlimit(which, &r);
	}
}

int ctl_drop_privileges(void)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, ANSWER_MAX);
	if (!geteuid() || !getuid()) {
		if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
		    setresuid(NOBODY, NOBODY, NOBODY))
			return -errno;
		/* Nobody's other processes may not look in. */
		prctl(PR_SET_DUMPABLE, 0);
	}
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}

const char *ctl_child_end(int status, char *buf, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(buf, size, "was killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(buf, size, "ended with status %d", WEXITSTATUS(status));
	return buf;
}

static void __attribute__((noreturn))
work(int (*fn)(void *arg, struct json_object *result, struct sl_diags *d), void *arg, int fd)
{
	struct json_object *answer = json_object_new_object();
	struct json_object *result = json_object_new_object();
	struct sl_diags d = {0};
	const char *text;
	size_t len;
	int ret = ctl_drop_privileges();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	limit(RLIMIT_CPU, 60);
	ret = ret ? ret : fn(arg, result, &d);
	json_object_object_add(answer, "ret", json_object_new_int(ret));
	json_object_object_add(answer, "result", result);
	json_object_object_add(answer, "messages", sl_diags_json(&d));
	text = json_object_to_json_string_length(answer, JSON_C_TO_STRING_PLAIN, &len);
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0)
			_exit(1);
		text += n;
		len -= (size_t)n;
	}
	_exit(0);
}

/* The answer comes from a process that worked on a stranger's text: it is parsed as such. */
static int take(int fd, struct json_object *result, struct sl_diags *d)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *o = NULL, *v;
	struct stat st;
	char *text;
	int ret = -EBADMSG;

	if (!tok)
		return -ENOMEM;
	if (fstat(fd, &st) || !st.st_size || st.st_size > ANSWER_MAX)
		goto out;
	text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		goto out;
	o = json_tokener_parse_ex(tok, text, (int)st.st_size);
	munmap(text, (size_t)st.st_size);
	if (!json_object_object_get_ex(o, "ret", &v))
		goto out;
	ret = json_object_get_int(v);
	if (json_object_object_get_ex(o, "messages", &v) && sl_diags_from_json(d, v))
		ret = -EBADMSG;
	if (json_object_object_get_ex(o, "result", &v) &&
	    json_object_is_type(v, json_type_object)) {
		json_object_object_foreach (v, key, member) {
			json_object_object_add(result, key, json_object_get(member));
		}
	}
out:
	json_object_put(o);
	json_tokener_free(tok);
	return ret;
}

int ctl_child_call(int (*fn)(void *arg, struct json_object *result, struct sl_diags *d), void *arg,
		   struct json_object *result, struct sl_diags *d)
{
	_close_ int fd = memfd_create("sluicectl", MFD_CLOEXEC);
	char how[96];
	int status, ret;
	pid_t pid;

	if (fd < 0)
		return -errno;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		work(fn, arg, fd);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	ret = status ? -EBADMSG : take(fd, result, d);
	if (ret != -EBADMSG)
		return ret;
	sl_diag_hint(sl_error(d, SL_NOPOS, "crash", "the process that worked on the graph %s",
			      ctl_child_end(status, how, sizeof(how))),
		     "the graph is too large, or triggers a mistake in Sluice: report it");
	return -EINVAL;
}
