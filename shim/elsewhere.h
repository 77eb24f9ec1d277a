/* SPDX-License-Identifier: Apache-2.0 */
/* elsewhere.h - a pool connection's socket that is connected to another
 * address */
#ifndef RSP_SHIM_ELSEWHERE_H
#define RSP_SHIM_ELSEWHERE_H

#include <sys/socket.h>

/* connect() to an address that is no pool's, or to none. */
int connect_elsewhere(int fd, const struct sockaddr *sa, socklen_t len);

#endif
