/* SPDX-License-Identifier: Apache-2.0 */
/* option.h - socket options that a move changes, loses or needs
 *
 * All want the connection locked.
 */
#ifndef RSP_SHIM_OPTION_H
#define RSP_SHIM_OPTION_H

#include "shim/conn.h"

/* 0 when it cannot be read. */
int option_int(int fd, int level, int name);

/* Remembers the options that disconnecting loses; call it before the first
 * connect(). */
void option_save_lost(struct conn *c);
void option_restore_lost(struct conn *c);

/* Has the program bound the socket?  Valid only before the first connect(). */
bool option_is_bound(int fd, int *family);

/* ... to a port, and any address of IPv4. */
bool option_is_bound_to_port(int fd);

/* Options that hardly any program sets: until one has, on whatever socket, no
 * connect() asks for them.  (An unconnected socket that came with them from
 * another program loses them with a move.) */
enum {
	OPTION_SEGMENT = 1,  /* TCP_MAXSEG, TCP_WINDOW_CLAMP */
	OPTION_FASTOPEN = 2, /* TCP_FASTOPEN_CONNECT */
	OPTION_TIMEOUT = 4,  /* SO_SNDTIMEO */
	OPTION_PATIENCE = 8, /* TCP_USER_TIMEOUT */
};
extern unsigned option_set; /* of these */

static inline bool
option_was_set(unsigned which)
{
	return (__atomic_load_n(&option_set, __ATOMIC_RELAXED) & which) != 0;
}

/* The program sets this option. */
void option_note(int level, int name);

/* Lets the kernel itself give up about when we would.  That wakes a program
 * whose thread already waits in the kernel, or by means that we do not see. */
void option_limit_syn_count(struct conn *c);
void option_restore_syn_count(struct conn *c);

/* May a v6 socket reach IPv4 addresses?  Clears IPV6_V6ONLY where that is still
 * possible, that is on an unbound socket. */
bool option_allow_mapped(struct conn *c);

/* May a call with these flags (0, MSG_DONTWAIT) wait on this descriptor? */
bool option_may_wait(int fd, int flags);

/* Does a signal end a call that waits?  It does, unless all handlers of the
 * process ask for a restart. */
bool option_must_interrupt(void);

#endif
