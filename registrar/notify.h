/* SPDX-License-Identifier: Apache-2.0 */
/* notify.h - tells the service manager how it stands (sd_notify(3),
 * Type=notify)
 */
#ifndef RSP_NOTIFY_H
#define RSP_NOTIFY_H

/* "READY=1", "STOPPING=1" ... to the socket that NOTIFY_SOCKET names; nothing
 * without one.  A failure is a line in the log at most. */
void notify(const char *state);

/* The same for a reload that has begun: systemd wants to know when. */
void notify_reloading(void);

#endif
