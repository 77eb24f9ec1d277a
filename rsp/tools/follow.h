/* SPDX-License-Identifier: Apache-2.0 */
/* follow.h - a pool's list again and again, as it changes (RFC 5352 sections
 * 2.2.5 and 2.2.6)
 *
 * Subscribes at a registrar, shows the list, and each further one that differs
 * from the last; asks every second where there is no subscription to be had,
 * and where there is no such pool.  When the registrar is lost, the next one is
 * subscribed to, for no registrar knows of another's subscriptions.
 */
#ifndef RSP_FOLLOW_H
#define RSP_FOLLOW_H

#include "rsp/user/user.h"
#include "rsp/core/base/span.h"

/* What was known of the pool at the end. */
enum follow_end {
	FOLLOW_FOUND,
	FOLLOW_UNKNOWN,
	FOLLOW_NOBODY, /* no registrar; `lost`: there has been one */
	FOLLOW_FAILED, /* `error`, an errno */
};

struct follow {
	struct rsp_user *user;
	int64_t timeout_ms; /* for a registrar to answer */
	struct rsp_span handle;
	bool any_case, json;

	bool lost;
	int error;
	char tried[800]; /* "tcp://a:1 (connection refused), ..." */
};

/* Until SIGINT, SIGTERM or SIGHUP, or until nobody has answered at the first
 * attempt. */
enum follow_end follow_run(struct follow *f);

#endif
