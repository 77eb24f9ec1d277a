/* SPDX-License-Identifier: Apache-2.0 */
/* handshake.h - the progress of a connect(), as the kernel sees it */
#ifndef RSP_SHIM_HANDSHAKE_H
#define RSP_SHIM_HANDSHAKE_H

#include <stdbool.h>

enum handshake {
	HANDSHAKE_RUNS,
	HANDSHAKE_DONE,
	HANDSHAKE_LOST, /* the error is still in SO_ERROR */
};

/* Takes nothing from the socket: no error, no data.  A connection that was
 * opened and reset before we looked counts as lost, unless the peer has sent
 * something: that is the program's to read. */
enum handshake handshake_look(int fd);

/* The same, but cheaper, for a handshake that is probably over; false also for
 * a lost one. */
bool handshake_is_done(int fd);

#endif
