/* SPDX-License-Identifier: Apache-2.0 */
/* net.c - small network of registrars and pool elements on virtual time: its
 * clock, its beginning and its end */
#include "tests/sim/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/net_inner.h"
#include "tests/lib/repeatable.h"

struct net net;

_Noreturn void
net_fail(const char *what)
{
	fprintf(stderr, "net: %s\n", what);
	abort();
}

uint32_t
net_random(void *ctx)
{
	return repeatable(ctx);
}

struct rsp_transport
net_place(uint8_t net_byte, unsigned i, uint16_t port)
{
	struct rsp_transport t = { .type = RSP_PARAM_TCP,
		.port = port,
		.n_addresses = 1 };

	t.addresses[0].family = 4;
	t.addresses[0].bytes[0] = 10;
	t.addresses[0].bytes[1] = net_byte;
	t.addresses[0].bytes[2] = (uint8_t)(i >> 8);
	t.addresses[0].bytes[3] = (uint8_t)(i + 1);
	return t;
}

void
net_init(void)
{
	memset(&net, 0, sizeof(net));
	net_pipe_init();
	net_registrar_init();
	net_element_init();
	net_handmade_init();
	net.now = 1000000;
	net.latency = 1;
	net.seed = UINT64_C(88172645463325252);
}

void
net_end(void)
{
	net_pipe_end();
	net_registrar_end();
	net_element_end();
	net_handmade_end();
}

static rsp_time
step_timers(void)
{
	rsp_time next = net_registrar_step();

	return rsp_time_min(next, net_element_step());
}

void
net_run(int64_t ms)
{
	rsp_time until = net.now + ms;
	unsigned still = 0;

	for (;;) {
		rsp_time next = step_timers();
		bool busy;

		next = rsp_time_min(next, net_pipe_step());
		next = rsp_time_min(next, step_timers());
		busy = net_pipe_was_busy();
		if (!busy && next > until)
			break;
		if (!busy && next > net.now) {
			net.now = next;
			still = 0;
		} else if (++still > 100000) {
			net_fail("time stands still");
		}
	}
	net.now = until;
	net_registrar_audit();
}
