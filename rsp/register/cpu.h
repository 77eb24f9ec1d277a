/* SPDX-License-Identifier: Apache-2.0 */
/* cpu.h - how much of the processor that they may use do some processes use? */
#ifndef RSP_CPU_H
#define RSP_CPU_H

#include <stddef.h>
#include <sys/types.h>

#include "rsp/core/base/time.h"

struct cpu {
	bool begun;
	rsp_time at;
	int64_t spent; /* ms of all of them and of the children that ended */
};

/* The share since the last call, 0 to 1; negative the first time, or when no
 * time has passed. */
double cpu_share(struct cpu *c, rsp_time now, const pid_t *pids, size_t n);

/* How many processors' worth of time a process may use: those that it may run
 * on, and no more than the quota of a control group above it (version 2 or 1,
 * mounted on `mounts`, which is "/sys/fs/cgroup"). */
double cpu_allotment(pid_t pid, const char *mounts);

#endif
