/* SPDX-License-Identifier: Apache-2.0 */
/* phases.h - rsp-register's way from its start to its end, forward only
 *
 *	RUN	the ports that the server listens on are members
 *	LEAVE	told to stop: all members deregister
 *	DRAIN	clients that chose the server just before may still come
 *	STOP	the server has got the signal
 *	KILL	and has not minded it
 *	END	the server has ended, its members deregister
 * Without a command it is the same without a server.
 */
#ifndef RSP_PHASES_H
#define RSP_PHASES_H

#include <stdbool.h>

#include "rsp/core/base/time.h"

struct program;

/* The owner wants it to end; a second time, at once. */
void phases_stop(struct program *p, rsp_time now, int sig);

/* Nobody is there any more and nobody else will come. */
bool phases_is_drained(struct program *p, rsp_time now);

/* Looks whether the server has ended. */
void phases_check_server(struct program *p, rsp_time now);

/* Into the next one when this one's time is over, or all is done. */
void phases_advance(struct program *p, rsp_time now);
bool phases_is_over(const struct program *p, rsp_time now);

#endif
