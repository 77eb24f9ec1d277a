/* SPDX-License-Identifier: Apache-2.0 */
/* descriptors.c - one call, or one for each */
#include "rsp/register/descriptors.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST 65536 /* that are looked for one by one */

void
descriptors_close_from(int first)
{
	struct rlimit limit = { .rlim_cur = 1024 };
	int fd;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) == 0)
		return;
#endif
	getrlimit(RLIMIT_NOFILE, &limit);
	for (fd = first; fd < MOST && (rlim_t)fd < limit.rlim_cur; fd++)
		close(fd);
}
