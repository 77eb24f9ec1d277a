/* SPDX-License-Identifier: Apache-2.0 */
/* vector.h - reader of tests/data/vectors: messages in hex with a verdict
 *
 * tests/data/vectors/asap.hex tells the format.  Unit tests, the capture writer
 * and the fuzzers' corpora all read the same files.
 */
#ifndef RSP_VECTOR_H
#define RSP_VECTOR_H

#include <stdbool.h>
#include <stdio.h>

#include "rsp/core/wire/message.h"

struct vector {
	enum rsp_protocol protocol;
	char verdict[16]; /* "ok", "lenient" or the name of an error */
	char name[80];
	uint8_t bytes[2048];
	size_t len;
	uint8_t report[1024];
	size_t report_len;
};

/* The next vector of the file; false at its end.  A line that is none ends the
 * program: a vector that cannot be read must not be a test that passes. */
bool vector_next(FILE *f, struct vector *v);

struct rsp_span vector_bytes(const struct vector *v);

/* The vector decodes. */
bool vector_is_valid(const struct vector *v);

#endif
