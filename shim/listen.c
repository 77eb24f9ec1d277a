/* SPDX-License-Identifier: Apache-2.0 */
/* listen.c - librsplisten.so: a server's notice to rsp-register that it has
 * opened a port
 *
 * rsp-register preloads it into the server (rsp/register/listen_notice.h), and
 * would find the port without it, only later.  So every failure is passed over:
 * a knock is an empty datagram to the abstract socket that RSP_KNOCK names,
 * from a socket that is closed again at once.  The call itself is the C
 * library's, its result and errno untouched; nothing is allocated or locked, no
 * descriptor stays, and as bind() and listen() are no cancellation points the
 * knock is made by bare system calls.
 */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "rsp/net/sys.h"

#define EXPORT __attribute__((visibility("default")))

static int (*next_listen)(int, int);
static int (*next_bind)(int, const struct sockaddr *, socklen_t);
static struct sockaddr_un door = { .sun_family = AF_UNIX };
static socklen_t door_len; /* 0: no rsp-register is to be told */

/* Some servers write over their environment (setproctitle), so it is read
 * before they run. */
__attribute__((constructor)) static void
start(void)
{
	const char *name = getenv("RSP_KNOCK");
	size_t n = name == NULL ? 0 : strlen(name);

	*(void **)&next_listen = dlsym(RTLD_NEXT, "listen");
	*(void **)&next_bind = dlsym(RTLD_NEXT, "bind");
	if (n == 0 || n >= sizeof(door.sun_path))
		return;
	memcpy(door.sun_path + 1, name, n);
	door_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n);
}

static void
knock(void)
{
	int fd;

	if (door_len == 0)
		return;
	fd = sys_socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* no receiver, or no room: then rsp-register looks for the port itself
	 */
	sys_sendto(fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL, &door, door_len);
	sys_close(fd);
}

EXPORT int
listen(int fd, int backlog)
{
	int result;

	if (next_listen == NULL) /* before our constructor */
		*(void **)&next_listen = dlsym(RTLD_NEXT, "listen");
	result = next_listen(fd, backlog);
	if (result == 0)
		knock();
	return result;
}

/* A UDP server never calls listen(), so bind() counts.  A port that the kernel
 * is to pick is a client's.
 */
static int
is_served_datagram(int fd, const struct sockaddr *to, socklen_t len)
{
	socklen_t size = sizeof(int);
	int type = 0, saved = errno, port = 0;

	if (to == NULL)
		return 0;
	if (to->sa_family == AF_INET && len >= sizeof(struct sockaddr_in))
		port = ((const struct sockaddr_in *)(const void *)to)->sin_port;
	else if (to->sa_family == AF_INET6 &&
		 len >= sizeof(struct sockaddr_in6))
		port =
		    ((const struct sockaddr_in6 *)(const void *)to)->sin6_port;
	if (port != 0 && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0)
		type = 0;
	errno = saved;
	return port != 0 && type == SOCK_DGRAM;
}

EXPORT int
bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t len)
{
	int result;

	if (next_bind == NULL)
		*(void **)&next_bind = dlsym(RTLD_NEXT, "bind");
	result = next_bind(fd, address.__sockaddr__, len);
	if (result == 0 && is_served_datagram(fd, address.__sockaddr__, len))
		knock();
	return result;
}
