/* SPDX-License-Identifier: Apache-2.0 */
/* given.c - the processes that have got a pool's address from a name: they and
 * their parents, from /proc */
#include "rsp/user/given.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rsp/net/sys.h"
#include "rsp/core/user/cache.h"

#define GENERATIONS 32
#define FIELDS_TO_START 20 /* from the parent's number on */

/* The whole range of the cache's clock for such words. */
#define FOR_EVER_MS (INT64_C(1) << 31)

struct process {
	int64_t pid, parent;
	uint64_t begun; /* in the system's ticks */
};

/* "PID (NAME) STATE PARENT ...", and the name may be anything. */
static bool
parse(char *text, struct process *p)
{
	char *end = strrchr(text, ')');

	if (end == NULL || strlen(end) < 5)
		return false;
	end += 4; /* the state is one letter */
	p->parent = strtoll(end, &end, 10);
	for (int i = 3; i < FIELDS_TO_START; i++) {
		end = strchr(end + 1, ' ');
		if (end == NULL)
			return false;
	}
	p->begun = strtoull(end, NULL, 10);
	return true;
}

static bool
look_at(int64_t pid, struct process *p)
{
	char path[48], text[1024];
	ssize_t n;
	int fd;

	p->pid = pid;
	snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
	fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return false;
	n = sys_read(fd, text, sizeof(text) - 1);
	sys_close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return parse(text, p);
}

static uint64_t
key_of(const struct process *p, const struct rsp_user_pool *pool)
{
	uint64_t words[3] = { (uint64_t)p->pid, p->begun, pool->index };

	return rsp_cache_hash((struct rsp_span){ (const uint8_t *)words,
				  sizeof(words) },
	    4);
}

static bool
look_at_self(struct process *p)
{
	return look_at(sys_call(SYS_getpid, 0, 0, 0, 0, 0, 0), p);
}

void
rsp_user_note_given(struct rsp_user *u, const struct rsp_user_pool *pool)
{
	struct process p;

	if (look_at_self(&p))
		rsp_cache_note_unknown(rsp_user_cache(u), key_of(&p, pool),
		    rsp_user_now());
}

bool
rsp_user_was_given(struct rsp_user *u, const struct rsp_user_pool *pool)
{
	struct rsp_cache *c = rsp_user_cache(u);
	rsp_time now = rsp_user_now();
	struct process p;

	if (!look_at_self(&p))
		return true;
	for (int i = 0; i < GENERATIONS; i++) {
		if (rsp_cache_was_unknown(c, key_of(&p, pool), now,
			FOR_EVER_MS))
			return true;
		if (p.parent <= 0 || !look_at(p.parent, &p))
			return false;
	}
	return false;
}
