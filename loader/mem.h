/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ownership. Whatever a function acquires is held by a variable with a cleanup attribute until it
 * is handed over with TAKE_PTR()/TAKE_FD(); so "no leak" can be proved by reading that function.
 */
#ifndef SL_MEM_H
#define SL_MEM_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SL_CLEANUP(fn) __attribute__((cleanup(fn)))

static inline void sl_freep(void *p)
{
	free(*(void **)p);
}

static inline void sl_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void sl_fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define _free_ SL_CLEANUP(sl_freep)
#define _close_ SL_CLEANUP(sl_closep)
#define _fclose_ SL_CLEANUP(sl_fclosep)

#define TAKE_PTR(p)                                                                                \
	({                                                                                         \
		__typeof__(p) _t = (p);                                                            \
		(p) = NULL;                                                                        \
		_t;                                                                                \
	})

#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int _t = (fd);                                                                     \
		(fd) = -1;                                                                         \
		_t;                                                                                \
	})

/*
 * Makes room for one more in a growing array: `v` pointer, `n` used, `cap` allocated.
 * 0, or -1 when out of memory (the array stays as it was).
 */
#define SL_GROW(v, n, cap)                                                                         \
	({                                                                                         \
		int _ret = 0;                                                                      \
		if ((n) == (cap)) {                                                                \
			size_t _cap = (cap) ? (size_t)(cap)*2 : 8;                                 \
			void *_v = reallocarray((v), _cap, sizeof(*(v)));                          \
			if (_v) {                                                                  \
				(v) = _v;                                                          \
				(cap) = _cap;                                                      \
			} else {                                                                   \
				_ret = -1;                                                         \
			}                                                                          \
		}                                                                                  \
		_ret;                                                                              \
	})

#endif
