/* SPDX-License-Identifier: Apache-2.0 */
/* element_id.h - which identifier an element gets
 *
 * Random by default.  --id gives that of the first port of each pool, further
 * ones count on from it.  --id-file keeps them over restarts: a text file of
 * lines "ID PROTO PORT NUMBER POOL", rewritten when an element is new.  Several
 * processes may share it: each adds its own lines to what is there.
 */
#ifndef RSP_ELEMENT_ID_H
#define RSP_ELEMENT_ID_H

#include <sys/types.h>

#include "rsp/core/wire/param.h"

struct id_key {
	const char *pool; /* as option.text */
	uint16_t protocol;
	uint16_t port;
	unsigned number; /* of the address, when several were given */
};

struct id_entry {
	uint32_t id;
	char *pool; /* allocated, as the whole list is */
	bool mine;  /* asked for by this process */
	struct id_key key;
};

struct element_ids {
	bool fixed; /* --id */
	uint32_t first;
	const char *file; /* --id-file or NULL */
	bool aside;	  /* it is written by a process of its own, for that may
			   * take for ever (a mount whose server is gone) */
	pid_t writer;	  /* that, 0: none */
	bool again;	  /* there is something new for it */
	struct id_entry *at;
	size_t n;
};

/* "0x1a2b3c4d" or decimal; false for anything else. */
bool element_ids_parse(const char *text, uint32_t *id);

/* Reads the file, which may be missing.  0 or an errno. */
int element_ids_load(struct element_ids *ids);
void element_ids_free(struct element_ids *ids);

/* The element's ID; a new one is drawn, and written to the file, if it had
 * none.  0 or the errno of the file (the ID is good all the same); if it is
 * written aside, always 0. */
int element_ids_get(struct element_ids *ids, const struct id_key *key,
    uint32_t *id);

/* A child has ended; true if it was the writer, with the errno of the file or
 * 0.
 */
bool ids_reaped(struct element_ids *ids, pid_t pid, int status, int *err);

/* Another element has that ID: draws another.  false for --id. */
bool element_ids_replace(struct element_ids *ids, const struct id_key *key,
    uint32_t *id);

/* 32 bits of the system's generator (5352-3.1-07). */
uint32_t element_ids_random(void);

#endif
