/* SPDX-License-Identifier: Apache-2.0 */
/* status_show.h - a snapshot for people, and as one JSON object */
#ifndef RSP_STATUS_SHOW_H
#define RSP_STATUS_SHOW_H

#include "rsp/tools/snapshot.h"

struct status_from {
	const char *enrp, *asap; /* endpoints; asap NULL: not asked */
	int64_t asap_us;	 /* until it answered; below 0: it did not */
};

void status_text(const struct snapshot *s, const struct status_from *from);
void status_json(const struct snapshot *s, const struct status_from *from);

#endif
