/* SPDX-License-Identifier: Apache-2.0 */
/* sctp_file.c - splice() and sendfile() on a connection that speaks SCTP */
#include "shim/real.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim/sctp.h"

#define COPY 16384

/* One of the two is a pipe.  From an association the kernel takes one message,
 * after this the one that was looked at. */
ssize_t
sctp_splice(int in, off64_t *at, int out, off64_t *to, size_t n, unsigned flags)
{
	int wait = (flags & SPLICE_F_NONBLOCK) != 0 ? MSG_DONTWAIT : 0;
	ssize_t r = 1;
	size_t most;
	char byte;

	if (sctp_is(in))
		r = sctp_read(in, &byte, 1, MSG_PEEK | wait);
	if (r <= 0)
		return r;
	if (sctp_is(out)) {
		if (!sctp_may_write(out, wait))
			return -1;
		most = sctp_piece(out, n);
		n = n < most ? n : most;
	}
	return real.splice(in, at, out, to, n,
	    flags & ~(unsigned)SPLICE_F_MORE);
}

/* The kernel would send page by page, and hold back the last if the file ends
 * before the program thought so.  *at, or the file's own position, moves by
 * what was sent. */
ssize_t
sctp_sendfile(int out, int in, off64_t *at, size_t n)
{
	off64_t from = at != NULL ? *at : lseek64(in, 0, SEEK_CUR);
	char buffer[COPY];
	size_t done = 0;
	int saved = errno;
	ssize_t got = 0, sent = 0;

	if (from < 0)
		return -1;
	while (done < n) {
		size_t want = n - done < COPY ? n - done : COPY;

		got = pread64(in, buffer, want, from + (off64_t)done);
		sent = got <= 0 ? got : sctp_write(out, buffer, (size_t)got, 0);
		if (sent <= 0)
			break;
		done += (size_t)sent;
		if (sent < got)
			break;
	}
	if (done == 0 && sent < 0)
		return -1;
	if (at != NULL)
		*at = from + (off64_t)done;
	else
		lseek64(in, from + (off64_t)done, SEEK_SET);
	errno = saved;
	return (ssize_t)done;
}
