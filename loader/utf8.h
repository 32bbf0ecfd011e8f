/* SPDX-License-Identifier: GPL-2.0-only */
/* Is it UTF-8: for texts of strangers that go to a terminal or into JSON. */
#ifndef SL_UTF8_H
#define SL_UTF8_H

#include <stddef.h>

/* Bytes of the character that the NUL-terminated `s` starts with, 1 to 4; 0 at the end and where
 * it is malformed, overlong, a surrogate or past U+10FFFF (RFC 3629). */
size_t sl_utf8_len(const char *s);

#endif
