/* SPDX-License-Identifier: Apache-2.0 */
/* ftp.h - the reader of FTP servers' replies: which connection is a control
 * connection, and where its server expects data
 *
 * A connection on which the server says 220 first, and the client a command
 * that mail has not, is one.  Its replies are read along with the program: 227
 * and 229 name the port of one data connection that is to come.
 */
#ifndef RSP_SHIM_FTP_H
#define RSP_SHIM_FTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rsp_candidate;
struct rsp_user_pool;

struct conn;

enum ftp_state {
	FTP_NONE,
	FTP_GREETING, /* what came first is 220 so far */
	FTP_GREETED,  /* it was, and nothing has been sent */
	FTP_CONTROL,
};

/* What is known of a connection, and of the line that is coming in. */
struct ftp {
	uint8_t state;
	uint8_t at;	/* bytes of the line's code, or of the greeting's */
	uint8_t code;	/* its last digit, of 227 and 229; 0: another line */
	uint8_t n;	/* numbers, or parts, that were read of the address */
	bool digits;	/* another one has begun, */
	uint32_t value; /* with this */
	char bar;
	uint8_t parts[6];
	uint16_t port; /* that the line names; 0: none yet */
};

/* The first bytes of the connection come next, and are the server's. */
void ftp_begin(struct ftp *f);

/* The server said this.  Inside. */
void ftp_heard(struct conn *c, const void *bytes, size_t n);

/* The first bytes that are sent: FTP_CONTROL or FTP_NONE. */
void ftp_asked(struct ftp *f, const void *bytes, size_t n);

/* The element, and the port there, that a reply of the last minute has named
 * for a connection to this pool and port; each is good once. */
bool ftp_take(const struct rsp_user_pool *pool, uint16_t port,
    struct rsp_candidate *e);

void ftp_after_fork(void);

#endif
