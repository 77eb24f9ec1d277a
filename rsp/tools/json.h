/* SPDX-License-Identifier: Apache-2.0 */
/* json.h - JSON on one line, written as it comes
 *
 * The writer keeps track of commas only: who opens an object or array closes
 * it.  Strings are UTF-8; what is not is replaced, so the output is always
 * JSON. Inside an object each value has a key; elsewhere the key is NULL.
 */
#ifndef RSP_JSON_H
#define RSP_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	bool started; /* the present object or array has a member */
};

void json_open(struct json *j, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json *j, char bracket);
void json_string(struct json *j, const char *key, const char *value);
void json_number(struct json *j, const char *key, int64_t value);

/* A number that is text already: "12.5". */
void json_raw(struct json *j, const char *key, const char *value);

/* "0x1a2b3c4d" */
void json_hex(struct json *j, const char *key, uint32_t value);
void json_bool(struct json *j, const char *key, bool value);

#endif
