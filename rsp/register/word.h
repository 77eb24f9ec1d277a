/* SPDX-License-Identifier: Apache-2.0 */
/* word.h - what a server that knows of its pool says about itself
 *
 * Lines of its notifications (service_manager.h): X_RSP_LOAD=37, its load in
 * percent, and X_RSP_READY=0, it wants no clients, or 1, it does again.  Every
 * language has something that sends them.
 */
#ifndef RSP_WORD_H
#define RSP_WORD_H

#include <stdbool.h>
#include <stddef.h>

struct word {
	bool has_load, has_ready;
	double load; /* 0 to 100 */
	bool ready;
	const char *trouble; /* a static text: what was not understood */
};

/* Takes the lines that are ours out of a notification and notes the last of
 * each in `w`, which is all zero at first.  The new length. */
size_t word_take(struct word *w, char *text, size_t len);

#endif
