/* SPDX-License-Identifier: Apache-2.0 */
/* listen_notice.c - an abstract socket that the kernel names */
#include "rsp/register/listen_notice.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rsp/net/preload.h"

#define LIBRARY "librsplisten.so"
#define AT_ONCE 64 /* knocks; one that is left is heard next time */

/* A library with a sanitizer in it ends every program that has none. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAN_PRELOAD false
#else
#define CAN_PRELOAD true
#endif

static char *
find(const char *command)
{
	char path[TARGET_PATH];
	const char *why;

	if (!CAN_PRELOAD || command == NULL ||
	    target_check(command, path, &why) != TARGET_OK ||
	    !preload_find(LIBRARY, path))
		return NULL;
	return strdup(path);
}

static bool
open_door(struct listen_notice *k)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(name);
	size_t n;

	k->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (k->fd < 0 ||
	    bind(k->fd, (struct sockaddr *)&name, sizeof(sa_family_t)) < 0 ||
	    getsockname(k->fd, (struct sockaddr *)&name, &len) < 0)
		return false;
	n = len - offsetof(struct sockaddr_un, sun_path) - 1;
	if (n >= sizeof(k->name))
		return false;
	memcpy(k->name, name.sun_path + 1, n);
	k->name[n] = '\0';
	return true;
}

void
listen_notice_init(struct listen_notice *k, const char *command)
{
	*k = (struct listen_notice){ .fd = -1 };
	k->library = find(command);
	if (k->library != NULL && !open_door(k))
		listen_notice_fini(k);
}

void
listen_notice_fini(struct listen_notice *k)
{
	if (k->fd >= 0)
		close(k->fd);
	free(k->library);
	*k = (struct listen_notice){ .fd = -1 };
}

void
listen_notice_set_environment(const struct listen_notice *k)
{
	if (k->library != NULL && preload_set(k->library) == 0)
		setenv("RSP_KNOCK", k->name, 1);
}

void
listen_notice_poll(const struct listen_notice *k, struct pollfd *fd)
{
	*fd = (struct pollfd){ .fd = k->fd, .events = POLLIN };
}

bool
listen_notice_serve(struct listen_notice *k, const struct pollfd *fd)
{
	unsigned left = AT_ONCE;
	bool knocked = false;
	char nothing;

	if (k->fd < 0 || (fd->revents & POLLIN) == 0)
		return false;
	while (left-- > 0 && recv(k->fd, &nothing, 1, 0) >= 0)
		knocked = true;
	return knocked;
}
