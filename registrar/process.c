/* SPDX-License-Identifier: Apache-2.0 */
/* process.c - limits, signals and user of the process */
#include "registrar/process.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "registrar/log.h"

void
process_init(void)
{
	struct rlimit limit;

	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			log_warn("descriptor limit stays");
	}
}

bool
process_has_user(const char *user)
{
	return getpwnam(user) != NULL;
}

bool
process_become(const char *user)
{
	struct passwd *pw;

	errno = 0;
	pw = getpwnam(user);
	if (pw == NULL) {
		if (errno == 0)
			errno = ENOENT;
		return false;
	}
	if (initgroups(user, pw->pw_gid) != 0 || setgid(pw->pw_gid) != 0 ||
	    setuid(pw->pw_uid) != 0)
		return false;
	/* whoever can come back was not dropped */
	if (pw->pw_uid != 0 && setuid(0) == 0) {
		errno = EPERM;
		return false;
	}
	return true;
}
