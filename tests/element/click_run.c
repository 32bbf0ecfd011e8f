// SPDX-License-Identifier: GPL-2.0-only
/* A userlevel Click as a process: found, fed a configuration, read to its end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loader/mem.h"
#include "tests/element/click.h"

/* Simulated time runs as fast as the processor, so what takes longer never ends. */
#define LIMIT_S 5

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Reads until the end or the limit. */
static int read_all(int fd, char **text)
{
	double end = now() + LIMIT_S;
	size_t n = 0, cap = 4096;
	char *buf = malloc(cap);
	int ret = buf ? 0 : -ENOMEM;

	while (!ret) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		double left = end - now();
		ssize_t got;

		if (left <= 0 || poll(&p, 1, (int)(left * 1000) + 1) <= 0) {
			ret = -ETIMEDOUT;
			break;
		}
		if (cap - n < 4096) {
			char *more = realloc(buf, cap *= 2);

			if (!more) {
				ret = -ENOMEM;
				break;
			}
			buf = more;
		}
		got = read(fd, buf + n, cap - n - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	if (!ret) {
		buf[n] = 0;
		*text = TAKE_PTR(buf);
	}
	free(buf);
	return ret;
}

/* Runs `argv` with its outputs in one stream; its wait status in *status. */
static int run(char *const argv[], int config, char **text, int *status)
{
	int ends[2], ret;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	fflush(stdout);
	fflush(stderr);
	pid = fork();
	if (pid < 0) {
		ret = -errno;
		close(ends[0]);
		close(ends[1]);
		return ret;
	}
	if (!pid) {
		if (config >= 0)
			dup2(config, STDIN_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	close(ends[1]);
	ret = read_all(ends[0], text);
	close(ends[0]);
	if (ret)
		kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	return ret;
}

int click_run(const char *click, const char *config, bool driver, char **text)
{
	/* Cases begin at 1000 s. */
	char *argv[] = {(char *)click, "--simtime=999.999999", "-f",
			"-",	       driver ? NULL : "-q",   NULL};
	_close_ int fd = memfd_create("click", MFD_CLOEXEC);
	size_t len = strlen(config);
	_free_ char *said = NULL;
	int status = 0, ret;

	if (fd < 0 || write(fd, config, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET))
		return -EIO;
	ret = run(argv, fd, &said, &status);
	if (ret)
		return ret;
	if (!WIFEXITED(status))
		return -EIO;
	*text = TAKE_PTR(said);
	return WEXITSTATUS(status) != 0;
}

/* Other programs are called `click`, too. */
static bool is_click(const char *path)
{
	char *argv[] = {(char *)path, "--version", NULL};
	_free_ char *text = NULL;
	int status = 0;

	return !access(path, X_OK) && !run(argv, -1, &text, &status) && WIFEXITED(status) &&
	       !WEXITSTATUS(status) && !strncmp(text, "click (Click) ", 14);
}

char *click_find(const char *given)
{
	const char *dirs = getenv("PATH");

	if (given)
		return is_click(given) ? strdup(given) : NULL;
	while (dirs && *dirs) {
		size_t n = strcspn(dirs, ":");
		_free_ char *path = NULL;

		if (asprintf(&path, "%.*s/click", (int)n, dirs) < 0)
			return NULL;
		if (is_click(path))
			return TAKE_PTR(path);
		dirs += n + (dirs[n] == ':');
	}
	return NULL;
}
