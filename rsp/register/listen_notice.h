/* SPDX-License-Identifier: Apache-2.0 */
/* listen_notice.h - the door at which a server knocks when it has opened a port
 *
 * librsplisten.so, preloaded into the server, sends an empty datagram to an
 * abstract socket after listen(), and after bind() for UDP.  It hears nothing
 * of a server that no library can be preloaded into (a static program, Go), and
 * of one in another network namespace: their ports are found by looking.
 */
#ifndef RSP_LISTEN_NOTICE_H
#define RSP_LISTEN_NOTICE_H

#include <poll.h>
#include <stdbool.h>

struct knock {
	int fd; /* -1: there is no door */
	char name[16];
	char *library; /* allocated; NULL: nothing to preload */
};

/* For that command, or NULL; one that nothing can be preloaded into needs no
 * door. */
void knock_init(struct knock *k, const char *command);
void knock_fini(struct knock *k);

/* In the child that becomes the server. */
void knock_set_environment(const struct knock *k);

void knock_poll(const struct knock *k, struct pollfd *fd);
/* True if somebody has knocked. */
bool knock_serve(struct knock *k, const struct pollfd *fd);

#endif
