/* SPDX-License-Identifier: Apache-2.0 */
/* cpu.c - from /proc/PID/stat, the affinity and the control groups */
#include "rsp/register/cpu.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* User and system time of a process and of the children that it has waited for,
 * in clock ticks: nothing is lost when a child ends. */
static long long
ticks(pid_t pid)
{
	char path[64], text[1024], *end;
	long long user, sys, child_user, child_sys;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	end = strrchr(text, ')');
	if (end == NULL ||
	    sscanf(end,
		") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %lld "
		"%lld",
		&user, &sys, &child_user, &child_sys) != 4)
		return 0;
	return user + sys + child_user + child_sys;
}

double
cpu_share(struct cpu *c, rsp_time now, const pid_t *pids, size_t n)
{
	int64_t sum = 0, spent, passed = now - c->at;
	bool begun = c->begun;
	double share;
	size_t i;

	if (begun && passed <= 0)
		return -1;
	for (i = 0; i < n; i++)
		sum += ticks(pids[i]);
	sum = sum * 1000 / sysconf(_SC_CLK_TCK);
	/* One that ended unheard takes its time along. */
	spent = sum > c->spent ? sum - c->spent : 0;
	*c = (struct cpu){ true, now, sum };
	if (!begun || n == 0)
		return -1;
	share = (double)spent / (double)passed /
		cpu_allotment(pids[0], "/sys/fs/cgroup");
	return share > 1 ? 1 : share;
}

/* Two numbers of a file; "max" and a missing file are none. */
static bool
numbers(const char *path, int wanted, double value[2])
{
	FILE *f = fopen(path, "re");
	int n;

	if (f == NULL)
		return false;
	n = fscanf(f, "%lf %lf", &value[0], &value[1]);
	fclose(f);
	return n >= wanted;
}

/* Version 2 has quota and period in one file, version 1 in two. */
static double
quota(const char *directory)
{
	char path[4096 + 32];
	double v[2], period[2];

	snprintf(path, sizeof(path), "%s/cpu.max", directory);
	if (numbers(path, 2, v) && v[1] > 0)
		return v[0] / v[1];
	snprintf(path, sizeof(path), "%s/cpu.cfs_quota_us", directory);
	if (!numbers(path, 1, v) || v[0] <= 0)
		return 0;
	snprintf(path, sizeof(path), "%s/cpu.cfs_period_us", directory);
	return numbers(path, 1, period) && period[0] > 0 ? v[0] / period[0] : 0;
}

/* The smallest quota of a group and those above it; 0: none has one. */
static double
smallest_quota(const char *mount, const char *group)
{
	char directory[4096];
	double least = 0, q;
	char *slash;
	int n;

	n = snprintf(directory, sizeof(directory), "%s%s", mount, group);
	while (n > 0 && (size_t)n < sizeof(directory) &&
	       strlen(directory) >= strlen(mount)) {
		q = quota(directory);
		if (q > 0 && (least == 0 || q < least))
			least = q;
		slash = strrchr(directory, '/');
		if (slash == NULL)
			break;
		*slash = '\0';
	}
	return least;
}

/* A line of /proc/PID/cgroup: "0::/system.slice/x" or "4:cpu,cpuacct:/x". */
static double
quota_of_line(char *line, const char *mounts)
{
	char mount[256], *controllers = strchr(line, ':'), *group;

	line[strcspn(line, "\n")] = '\0';
	group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
	if (group == NULL)
		return 0;
	*group++ = '\0';
	controllers++;
	if (strcmp(group, "/") == 0)
		group++;
	if (*controllers == '\0') {
		snprintf(mount, sizeof(mount), "%s", mounts);
	} else if (strcmp(controllers, "cpu") == 0 ||
		   strncmp(controllers, "cpu,", 4) == 0 ||
		   strstr(controllers, ",cpu,") != NULL) {
		snprintf(mount, sizeof(mount), "%s/%s", mounts, controllers);
		if (access(mount, F_OK) != 0)
			snprintf(mount, sizeof(mount), "%s/cpu", mounts);
	} else
		return 0;
	return smallest_quota(mount, group);
}

double
cpu_allotment(pid_t pid, const char *mounts)
{
	char path[64], line[4096];
	double least = 1, q;
	cpu_set_t set;
	FILE *f;

	if (sched_getaffinity(pid, sizeof(set), &set) == 0)
		least = CPU_COUNT(&set);
	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		q = quota_of_line(line, mounts);
		if (q > 0 && q < least)
			least = q;
	}
	if (f != NULL)
		fclose(f);
	return least;
}
