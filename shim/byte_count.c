/* SPDX-License-Identifier: Apache-2.0 */
/* byte_count.c - the kernel's counts of a connection's bytes */
#include "shim/byte_count.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>

#include "rsp/net/sys.h"

/* A state of TCP.  Its name is in <netinet/tcp.h>, which cannot be included
 * with the others. */
#define ESTABLISHED 1

bool
byte_count_is_used(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	memset(&info, 0, sizeof(info));
	return sys_getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
	       (info.tcpi_bytes_sent > 0 ||
		   info.tcpi_bytes_received > 1 /* an end counts as one */);
}

static uint64_t
queued(int fd, int which)
{
	int n = 0;

	if (sys_call(SYS_ioctl, fd, which, (long)&n, 0, 0, 0) < 0 || n < 0)
		return 0;
	return (uint64_t)n;
}

static uint64_t
less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

void
byte_count(int fd, uint64_t *sent, uint64_t *taken)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);
	bool ended;

	memset(&info, 0, sizeof(info));
	*sent = *taken = 0;
	if (sys_getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return;
	ended = info.tcpi_state != ESTABLISHED;
	*taken = less(info.tcpi_bytes_received,
	    queued(fd, SIOCINQ) + (ended ? 1 : 0));
	*sent = less(info.tcpi_bytes_acked + queued(fd, SIOCOUTQ), 1);
}
