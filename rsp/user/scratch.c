/* SPDX-License-Identifier: Apache-2.0 */
/* scratch.c - the memory of the slow path, and small things that all parts of
 * the pool user ask for */
#include <string.h>
#include <sys/mman.h>

#include "rsp/core/base/error.h"
#include "rsp/net/sys.h"
#include "rsp/user/user_inner.h"

rsp_time
rsp_user_now(void)
{
	return sys_now();
}

uint64_t
rsp_user_registrar_key(const struct rsp_endpoint *e)
{
	uint64_t key = (uint64_t)e->scheme << 16 | e->port;

	key = rsp_cache_hash((struct rsp_span){ (const uint8_t *)e->name,
				 strlen(e->name) },
	    key);
	/* a looked-up host is known by its name */
	for (unsigned i = 0; i < e->n_hosts &&
			     (e->name[0] == '\0' || e->scheme == RSP_MULTICAST);
	     i++)
		key = rsp_cache_hash((struct rsp_span){ e->hosts[i].bytes,
					 sizeof(e->hosts[i].bytes) },
		    key);
	return key;
}

struct rsp_scratch *
rsp_scratch_open(void)
{
	void *p;

	sys_mmap(&p, NULL, sizeof(struct rsp_scratch), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1);
	return p;
}

void
rsp_scratch_close(struct rsp_scratch *s)
{
	if (s != NULL)
		sys_munmap(s, sizeof(*s));
}
