/* SPDX-License-Identifier: Apache-2.0 */
/* handshake.c - the progress of a connect(), from TCP_INFO
 *
 * Unlike SO_ERROR and poll(), TCP_INFO can be asked twice.  struct tcp_info of
 * libc's own header ends too early.
 */
#include "shim/handshake.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

#include "rsp/net/sys.h"

/* Values of tcpi_state, which no header has next to the struct. */
enum { STATE_SYN_SENT = 2, STATE_SYN_RECV = 3, STATE_CLOSE = 7 };

/* Without TCP_INFO (other kernels). */
static enum handshake
look_by_poll(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (sys_poll(&p, 1, 0) <= 0)
		return HANDSHAKE_RUNS;
	return (p.revents & (POLLERR | POLLHUP)) != 0 ? HANDSHAKE_LOST
						      : HANDSHAKE_DONE;
}

enum handshake
handshake_look(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (sys_getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return look_by_poll(fd);
	switch (info.tcpi_state) {
	case STATE_SYN_SENT:
	case STATE_SYN_RECV:
		return HANDSHAKE_RUNS;
	case STATE_CLOSE:
		return info.tcpi_bytes_received > 0 ? HANDSHAKE_DONE
						    : HANDSHAKE_LOST;
	}
	return HANDSHAKE_DONE;
}

/* A socket whose handshake runs, or that is closed, has no peer. */
bool
handshake_is_done(int fd)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	return sys_getpeername(fd, &peer, &len) == 0;
}
