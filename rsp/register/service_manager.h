/* SPDX-License-Identifier: Apache-2.0 */
/* service_manager.h - between the server and the service manager that started
 * us
 *
 * What a manager (systemd) hands to the process that it starts is meant for the
 * server: its notification socket, its watchdog, the sockets that it listens
 * on for it.  Notifications go through us, for a manager believes its own child
 * only; the rest are variables with a process ID in them.  A server that says
 * nothing by itself is ready when it listens.
 */
#ifndef RSP_SERVICE_MANAGER_H
#define RSP_SERVICE_MANAGER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "rsp/register/word.h"

struct service_manager {
	int fd; /* what the server sends to, -1: nothing */
	struct sockaddr_un at;
	socklen_t len;	  /* of that; 0: there is no manager */
	struct word word; /* what the server has said to us; the owner's to
			   * clear */
	char name[32];	  /* of `fd`, as NOTIFY_SOCKET has it */
	bool ready;	  /* has been said */
};

/* Reads NOTIFY_SOCKET.  `for_server`: there is a server that may speak. */
void service_manager_init(struct service_manager *m, bool for_server);
void service_manager_fini(struct service_manager *m);

/* In the server's process, before exec: the environment as it is to be.
 * `parent` is us. */
void service_manager_set_environment(const struct service_manager *m,
    int parent);

/* `fd` can be read: passes on what has come from processes below us. */
void service_manager_serve(struct service_manager *m);

/* To the manager: the server listens; we have been told to stop, and it may
 * take that long. */
void service_manager_ready(struct service_manager *m);
void service_manager_stopping(const struct service_manager *m,
    int64_t within_ms);

#endif
