/* SPDX-License-Identifier: Apache-2.0 */
/* failover_mode.h - the parser of RSP_FAILOVER, for the library and for
 * rsp-run */
#ifndef RSP_FAILOVER_MODE_H
#define RSP_FAILOVER_MODE_H

#include <stdbool.h>
#include <stddef.h>

enum failover {
	FAILOVER_OFF,
	FAILOVER_CONNECT,
	FAILOVER_AUTO,
	FAILOVER_IDLE,
	FAILOVER_REPLAY,
	FAILOVER_SAME, /* as auto; the elements' contents are equal */
};

/* The mode that the text begins with, up to a comma or the end; -1: none. */
int failover_mode_parse(const char *text);

/* Is the text POOL=MODE? */
bool failover_mode_is_item(const char *item, size_t len);

/* Is the whole text MODE[,POOL=MODE]..., or items only? */
bool failover_mode_is_good(const char *text);

#endif
