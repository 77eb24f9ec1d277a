/* SPDX-License-Identifier: Apache-2.0 */
/* fake_registrar.h - simple registrar for tests of the pool user: a child
 * process that counts resolutions and answers them as a page of shared memory
 * says */
#ifndef RSP_FAKE_REGISTRAR_H
#define RSP_FAKE_REGISTRAR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum fake_mode {
	FAKE_KNOWS,    /* the pool `handle`, and no other */
	FAKE_UNKNOWN,  /* knows nobody */
	FAKE_SILENT,   /* reads and does not answer */
	FAKE_HANGS_UP, /* closes when asked */
	FAKE_GARBAGE,  /* answers with bytes that are no message */
	FAKE_ERROR,    /* answers with an ASAP_ERROR */
	FAKE_REJECTS,  /* answers with an operation error of another cause */
	FAKE_BYTEWISE, /* knows, and sends byte by byte, after other messages */
};

struct fake_registrar {
	_Atomic int mode;
	_Atomic unsigned n_elements; /* of the pool, at most 128 */
	_Atomic uint32_t first_id;   /* IDs count from it */
	_Atomic uint16_t port;	     /* of element i: port + i; 0: port 1 */
	_Atomic uint32_t policy;     /* type; words are all 0 */
	_Atomic bool rotate;	     /* start one further each time */
	_Atomic bool any_case;	     /* understands parameter 0xbf01 */
	_Atomic uint32_t load;	     /* first policy word of all elements */
	_Atomic unsigned resolutions, reports, connections;
	_Atomic uint32_t last_reported;
	_Atomic uint32_t last_items;
	size_t handle_len;
	uint8_t handle[8192];
	pid_t pid;
	uint16_t listens; /* on 127.0.0.1 */
};

/* Starts one that knows `handle` with three elements, round robin, port 1001
 * and up; port 0: any.  NULL: no. */
struct fake_registrar *fake_start(const void *handle, size_t len,
    uint16_t port);

/* Ends its process; the page stays. */
void fake_stop(struct fake_registrar *f);

/* Starts the process again on the same port. */
bool fake_restart(struct fake_registrar *f);

/* "tcp://127.0.0.1:PORT"; a static buffer. */
const char *fake_endpoint(const struct fake_registrar *f);

#endif
