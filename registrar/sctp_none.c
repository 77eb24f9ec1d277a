/* SPDX-License-Identifier: Apache-2.0 */
/* sctp_none.c - the registrar without libsctp */
#include "registrar/sctp.h"

#include <errno.h>

int
sctp_open(const struct rsp_endpoint *e)
{
	(void)e;
	errno = EPROTONOSUPPORT;
	return -1;
}

int
sctp_accept(int fd, uint32_t *id)
{
	(void)fd;
	(void)id;
	errno = EPROTONOSUPPORT;
	return -1;
}

int
sctp_call(int fd, const struct rsp_endpoint *e, uint32_t *id)
{
	(void)fd;
	(void)e;
	(void)id;
	return EPROTONOSUPPORT;
}

void
sctp_hang_up(int fd, uint32_t id)
{
	(void)fd;
	(void)id;
}

void
sctp_tune(int fd, int64_t keep_alive_ms)
{
	(void)fd;
	(void)keep_alive_ms;
}

int64_t
sctp_round_trip(int fd)
{
	(void)fd;
	return -1;
}

bool
sctp_remote(int fd, struct rsp_transport *remote)
{
	(void)fd;
	(void)remote;
	return false;
}

bool
sctp_has(int fd, const struct rsp_address *a)
{
	(void)fd;
	(void)a;
	return false;
}

bool
sctp_is_ending(int fd)
{
	(void)fd;
	return false;
}
