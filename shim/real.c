/* SPDX-License-Identifier: Apache-2.0 */
/* real.c - the functions that we stand in front of, looked up
 *
 * Every slot begins as a function that looks the slot up and calls what it
 * found, so that calls before our constructor work, and no call ever tests a
 * pointer.  Two traps shaped this file:
 *
 * dlsym(RTLD_NEXT) asks which code called it.  A call in tail position, turned
 * into a jump, would name our caller; so each result is used afterwards, and
 * this file is compiled with -fno-optimize-sibling-calls besides.
 *
 * dlsym allocates when it finds nothing, and some allocators read files when
 * they are first used.  So only names that libc has are looked up, and a slot
 * that is called by its own lookup does the plain system call.
 */
#include "shim/real.h"

#include <dlfcn.h>
#include <errno.h>

/* A slot as dlsym fills it in, whatever its type. */
typedef void *slot __attribute__((may_alias));

static __thread bool looking;

int
real_unready(void)
{
	errno = ENOSYS;
	return -1;
}

/* True if the slot was filled in. */
static bool
look_up(const char *name, void *where)
{
	int saved = errno;
	void *found;

	if (looking)
		return false;
	looking = true;
	found = dlsym(RTLD_NEXT, name);
	looking = false;
	errno = saved;
	if (found == NULL)
		return false;
	__atomic_store_n((slot *)where, found, __ATOMIC_RELAXED);
	return true;
}

#define REAL_FIRST(result, name, params, args, instead)                        \
	static result first_##name params                                      \
	{                                                                      \
		if (look_up(#name, &real.name))                                \
			return real.name args;                                 \
		return instead;                                                \
	}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic" /* closefrom returns void */
SHIM_REALS(REAL_FIRST)
#pragma GCC diagnostic pop

struct real real = {
#define REAL_INITIAL(result, name, params, args, instead) .name = first_##name,
	SHIM_REALS(REAL_INITIAL)
#undef REAL_INITIAL
};

void
real_init(void)
{
#define REAL_LOOK_UP(result, name, params, args, instead)                      \
	(void)look_up(#name, &real.name);
	SHIM_REALS(REAL_LOOK_UP)
#undef REAL_LOOK_UP
}
