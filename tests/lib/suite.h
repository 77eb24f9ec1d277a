/* SPDX-License-Identifier: Apache-2.0 */
/* suite.h - frame of every unit test: its main(), and bytes written as hex */
#ifndef RSP_SUITE_H
#define RSP_SUITE_H

/* Check's macros are not pedantic. */
#pragma GCC diagnostic ignored "-Wpedantic"
#ifdef __clang__
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments"
#endif

#include <check.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>

/* Check ends a test after 4 s, which is little on a machine that runs all of
 * them at once under a sanitizer; it reads this when a case is made. */
__attribute__((constructor)) static void
grant_time(void)
{
	setenv("CK_DEFAULT_TIMEOUT", "60", 0);
}

/* Runs the suite; the process's exit status. */
static inline int
run_suite(Suite *s)
{
	SRunner *sr = srunner_create(s);
	int failed;

	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* hex("0001 0008 7f000001", buffer): the bytes; returns their number. */
static inline size_t
hex(const char *text, uint8_t *out)
{
	size_t digits = 0;
	unsigned v = 0;

	for (; *text != '\0'; text++) {
		if (!isxdigit((unsigned char)*text))
			continue;
		v = v << 4 |
		    (unsigned)(isdigit((unsigned char)*text)
				   ? *text - '0'
				   : tolower((unsigned char)*text) - 'a' + 10);
		if (++digits % 2 == 0)
			out[digits / 2 - 1] = (uint8_t)v;
	}
	return digits / 2;
}

#endif
