/* SPDX-License-Identifier: Apache-2.0 */
/* reply.h - a server's answer to a check by HTTP: its status, and where it ends
 *
 * The status is all that counts, but who hangs up before the answer's end makes
 * the server log an error and send for nothing.  Read leniently: it is no
 * message that is handed on.  Interim answers (100 to 199, but 101) are
 * skipped.
 */
#ifndef RSP_REPLY_H
#define RSP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLY_LINE 64	    /* of each line, what is looked at */
#define REPLY_MAX (1 << 20) /* bytes that are waited for */

enum reply_state {
	REPLY_HEAD,
	REPLY_BODY,
	REPLY_WHOLE,
	REPLY_FOREIGN, /* no HTTP */
};

struct reply {
	enum reply_state state;
	int status; /* 0: not known yet */

	/* Private. */
	char line[REPLY_LINE];
	size_t len;
	bool started; /* the status line is behind us */
	bool has_length, coded;
	uint64_t left; /* of the body, if it has a length */
	size_t taken;
};

/* All zero at first.  Bytes that have come. */
void reply_add(struct reply *r, const char *bytes, size_t n);

/* No more will come. */
void reply_end(struct reply *r);

#endif
