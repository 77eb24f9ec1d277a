/* SPDX-License-Identifier: Apache-2.0 */
/* process_tree.h - the processes below this one
 *
 * All descendants: the command, what it forked, and daemons that forked away
 * and were handed to us (see supervise.h).
 */
#ifndef RSP_PROCESS_TREE_H
#define RSP_PROCESS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process_tree {
	pid_t *pids;
	size_t n, room;
};

/* Does /proc show the processes of our PID namespace?  That of another one
 * shows strangers under our numbers: then nobody is found below. */
bool tree_is_visible(void);

/* Replaces the list by the descendants of `root`, parents first. */
void process_tree_read(struct process_tree *t, pid_t root);

/* Only those whose parent `root` is. */
void process_tree_read_children(struct process_tree *t, pid_t root);

/* The same by reading every process's parent, for kernels that do not list
 * children. */
void process_tree_read_by_parents(struct process_tree *t, pid_t root,
    bool deep);
void process_tree_free(struct process_tree *t);

/* Calls `visit` for each socket that the process has open.  0, or an errno when
 * it may not be looked into. */
int process_tree_sockets(pid_t pid, void (*visit)(void *ctx, uint32_t inode),
    void *ctx);

/* All processes of the host (of our PID namespace). */
void process_tree_read_everybody(struct process_tree *t);

/* Is `root` an ancestor of the process? */
bool process_tree_is_below(pid_t pid, pid_t root);

/* Stopped: by SIGSTOP or a debugger.  Gone: also what nobody has waited for. */
enum process_state { PROCESS_GONE, PROCESS_RUNS, PROCESS_STOPPED };
enum process_state process_tree_state(pid_t pid);

/* Is the signal's bit in that line ("SigCgt", "SigIgn") of the status? */
bool process_tree_has_signal(pid_t pid, const char *line, int sig);

#endif
