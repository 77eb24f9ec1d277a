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

struct listen_notice {
	int fd; /* -1: there is no door */
	char name[16];
	char *library; /* allocated; NULL: nothing to preload */
};

/* For that command, or NULL; one that nothing can be preloaded into needs no
 * door. */
void listen_notice_init(struct listen_notice *k, const char *command);
void listen_notice_fini(struct listen_notice *k);

/* In the child that becomes the server. */
void listen_notice_set_environment(const struct listen_notice *k);

void listen_notice_poll(const struct listen_notice *k, struct pollfd *fd);
/* True if somebody has knocked. */
bool listen_notice_serve(struct listen_notice *k, const struct pollfd *fd);

#endif
