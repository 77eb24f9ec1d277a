/* SPDX-License-Identifier: Apache-2.0 */
/* shim.c - the beginning of librspshim.so: its constructor, and where to read
 * on
 *
 * The library stands in front of libc's names, connect, wait and I/O functions
 * (shim.sym has them all, one file per group defines them).  Each function asks
 * first whether the call has to do with a pool; nearly always it has not, and
 * then libc's function is called with the program's arguments and nothing else
 * happens.
 *
 * Where to go on reading: getaddrinfo.c (a pool's name becomes a synthetic
 * address), connect.c (the address becomes a pool element), attempt.c (the next
 * one, if that does not answer), poll.c (how a waiting program is kept from
 * seeing that), fdtable.h and conn.h (what is kept meanwhile).
 */
#include "shim/real.h"

#include <pthread.h>

#include "shim/abandoned.h"
#include "shim/conn.h"
#include "shim/settings.h"

static void
after_fork(void)
{
	settings_after_fork();
	conn_after_fork();
	ftp_after_fork();
	abandoned_after_fork();
}

__attribute__((constructor)) static void
begin(void)
{
	real_init();
	settings_save();
	pthread_atfork(NULL, NULL, after_fork);
}
