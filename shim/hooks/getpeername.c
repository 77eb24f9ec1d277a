/* SPDX-License-Identifier: Apache-2.0 */
/* getpeername.c - getpeername and getsockname: the address that the program
 * connected to, and the family that it knows */
#include "shim/real.h"

#include <errno.h>
#include <string.h>

#include "shim/conn.h"
#include "shim/fdtable.h"

/* As the kernel hands out an address: cut to the room there is, the length that
 * it would have had. */
static void
put_address(const void *from, socklen_t from_len, struct sockaddr *sa,
    socklen_t *len)
{
	memcpy(sa, from, *len < from_len ? *len : from_len);
	*len = from_len;
}

/* The address for the program, or a length of 0: the kernel's own. */
static socklen_t
peer_of(int fd, union conn_address *named, bool *certain)
{
	struct conn *c = conn_lock(fd);
	socklen_t len = 0;

	*certain = false;
	if (c == NULL)
		return 0;
	if (c->kind != CONN_SENDER &&
	    (c->state == CONN_OPEN || c->state == CONN_PENDING)) {
		*named = c->named;
		len = c->named.sa.sa_family == AF_INET ? sizeof(named->v4)
						       : sizeof(named->v6);
		*certain = c->state == CONN_PENDING && c->told_early;
	}
	conn_unlock(c);
	return len;
}

EXPORT int
getpeername(int fd, __SOCKADDR_ARG to, socklen_t *__restrict len)
{
	struct sockaddr *sa = to.__sockaddr__;
	union conn_address named;
	socklen_t named_len, room;
	bool certain;
	int saved = errno, r;

	if (fd_flags(fd) == 0 || sa == NULL || len == NULL)
		return real.getpeername(fd, sa, len);
	room = *len;
	named_len = peer_of(fd, &named, &certain);
	r = real.getpeername(fd, sa, len);
	if (named_len == 0 || (r != 0 && !certain))
		return r;
	*len = room;
	put_address(&named, named_len, sa, len);
	errno = saved;
	return 0;
}

static bool
was_v4(int fd)
{
	struct conn *c = conn_lock(fd);
	bool was;

	if (c == NULL)
		return false;
	was = c->was_v4;
	conn_unlock(c);
	return was;
}

/* The local end of a socket that the program made for IPv4 and that talks IPv6
 * now: the port is true, and the address is the wildcard, unless it is
 * v4-mapped. */
EXPORT int
getsockname(int fd, __SOCKADDR_ARG to, socklen_t *__restrict len)
{
	struct sockaddr *sa = to.__sockaddr__;
	struct sockaddr_in6 have;
	struct sockaddr_in show;
	socklen_t have_len = sizeof(have);
	int r;

	if (fd_flags(fd) == 0 || sa == NULL || len == NULL || !was_v4(fd))
		return real.getsockname(fd, sa, len);
	memset(&have, 0, sizeof(have));
	r = real.getsockname(fd, (struct sockaddr *)&have, &have_len);
	if (r != 0)
		return r;
	memset(&show, 0, sizeof(show));
	show.sin_family = AF_INET;
	show.sin_port = have.sin6_port;
	if (IN6_IS_ADDR_V4MAPPED(&have.sin6_addr))
		memcpy(&show.sin_addr, &have.sin6_addr.s6_addr[12], 4);
	put_address(&show, sizeof(show), sa, len);
	return 0;
}
