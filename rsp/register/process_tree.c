/* SPDX-License-Identifier: Apache-2.0 */
/* process_tree.c - all of it is read from /proc */
#include "rsp/register/process_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH 64

static void
append(struct process_tree *t, pid_t pid)
{
	pid_t *pids;

	if (t->n == t->room) {
		pids = realloc(t->pids, (t->room + 16) * sizeof(*pids));
		if (pids == NULL)
			return; /* one more pass sees it */
		t->pids = pids;
		t->room += 16;
	}
	t->pids[t->n++] = pid;
}

static void
add(struct process_tree *t, pid_t pid)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->pids[i] == pid)
			return;
	append(t, pid);
}

void
process_tree_free(struct process_tree *t)
{
	free(t->pids);
	*t = (struct process_tree){ 0 };
}

/* The number that a directory entry in /proc is called by; 0 for others. */
static pid_t
entry_number(const struct dirent *d)
{
	char *end;
	long n = strtol(d->d_name, &end, 10);

	return *end == '\0' && n > 0 ? (pid_t)n : 0;
}

static DIR *
open_dir(const char *format, pid_t pid)
{
	char path[PATH];

	snprintf(path, sizeof(path), format, (int)pid);
	return opendir(path);
}

/* Children are listed by the thread that forked them.  False when this kernel
 * has no such list. */
static bool
add_children_of_task(struct process_tree *t, pid_t pid, pid_t task)
{
	char path[PATH];
	FILE *f;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid,
	    (int)task);
	f = fopen(path, "re");
	if (f == NULL)
		return access("/proc/thread-self/children", F_OK) == 0;
	while (fscanf(f, "%d", &child) == 1)
		add(t, child);
	fclose(f);
	return true;
}

static bool
add_children(struct process_tree *t, pid_t pid)
{
	DIR *tasks = open_dir("/proc/%d/task", pid);
	struct dirent *d;
	bool listed = true;

	if (tasks == NULL)
		return true; /* it has ended */
	while (listed && (d = readdir(tasks)) != NULL)
		if (entry_number(d) != 0)
			listed = add_children_of_task(t, pid, entry_number(d));
	closedir(tasks);
	return listed;
}

bool
tree_is_visible(void)
{
	char text[PATH], *end;
	ssize_t n = readlink("/proc/self", text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return n > 0 && strtol(text, &end, 10) == getpid() && *end == '\0';
}

void
process_tree_read_children(struct process_tree *t, pid_t root)
{
	t->n = 0;
	if (tree_is_visible() && !add_children(t, root))
		process_tree_read_by_parents(t, root, false);
}

void
process_tree_read(struct process_tree *t, pid_t root)
{
	size_t i;

	t->n = 0;
	if (!tree_is_visible())
		return;
	if (!add_children(t, root)) {
		process_tree_read_by_parents(t, root, true);
		return;
	}
	for (i = 0; i < t->n; i++)
		add_children(t, t->pids[i]);
}

/* The state letter and the parent from /proc/PID/stat; the name before them may
 * hold anything, so they are looked for after its last parenthesis. */
static bool
read_stat(pid_t pid, char *state, int *parent)
{
	char path[PATH], text[512], *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	end = strrchr(text, ')');
	return end != NULL && sscanf(end, ") %c %d", state, parent) == 2;
}

void
process_tree_read_by_parents(struct process_tree *t, pid_t root, bool deep)
{
	struct dirent *d;
	size_t before, i;
	bool below;
	char state;
	int parent;
	DIR *proc;

	t->n = 0;
	do { /* until a pass finds nobody new */
		before = t->n;
		proc = opendir("/proc");
		while (proc != NULL && (d = readdir(proc)) != NULL) {
			if (entry_number(d) == 0 ||
			    !read_stat(entry_number(d), &state, &parent))
				continue;
			below = parent == root;
			for (i = 0; i < t->n && deep && !below; i++)
				below = t->pids[i] == parent;
			if (below)
				add(t, entry_number(d));
		}
		if (proc != NULL)
			closedir(proc);
	} while (t->n > before);
}

void
process_tree_read_everybody(struct process_tree *t)
{
	DIR *proc = tree_is_visible() ? opendir("/proc") : NULL;
	struct dirent *d;

	t->n = 0;
	while (proc != NULL && (d = readdir(proc)) != NULL)
		if (entry_number(d) != 0)
			append(t, entry_number(d));
	if (proc != NULL)
		closedir(proc);
}

int
process_tree_sockets(pid_t pid, void (*visit)(void *ctx, uint32_t inode),
    void *ctx)
{
	DIR *fds = open_dir("/proc/%d/fd", pid);
	struct dirent *d;
	char text[PATH];
	uint32_t inode;
	ssize_t n;

	if (fds == NULL)
		return errno == ENOENT || errno == ESRCH ? 0 : errno;
	while ((d = readdir(fds)) != NULL) {
		n = readlinkat(dirfd(fds), d->d_name, text, sizeof(text) - 1);
		text[n > 0 ? n : 0] = '\0';
		if (sscanf(text, "socket:[%" SCNu32 "]", &inode) == 1)
			visit(ctx, inode);
	}
	closedir(fds);
	return 0;
}

bool
process_tree_is_below(pid_t pid, pid_t root)
{
	char state;
	int parent, steps = 0;

	if (!tree_is_visible())
		return false;
	while (pid > 1 && pid != root && steps++ < 1000) {
		if (!read_stat(pid, &state, &parent))
			return false;
		pid = parent;
	}
	return steps > 0 && pid == root;
}

enum process_state
process_tree_state(pid_t pid)
{
	char state;
	int parent;

	if (!read_stat(pid, &state, &parent) || state == 'Z' || state == 'X')
		return PROCESS_GONE;
	return state == 'T' || state == 't' ? PROCESS_STOPPED : PROCESS_RUNS;
}

bool
process_tree_has_signal(pid_t pid, const char *line, int sig)
{
	char path[PATH], text[256];
	uint64_t set = 0;
	size_t len = strlen(line);
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = tree_is_visible() ? fopen(path, "re") : NULL;
	if (f == NULL)
		return false;
	while (fgets(text, sizeof(text), f) != NULL)
		if (strncmp(text, line, len) == 0 && text[len] == ':')
			set = strtoull(text + len + 1, NULL, 16);
	fclose(f);
	return (set >> (sig - 1) & 1) != 0;
}
