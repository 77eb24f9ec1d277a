/* SPDX-License-Identifier: Apache-2.0 */
/* no_port.c - looks at what the server has instead */
#include "rsp/register/no_port.h"

#include <stdio.h>

#include "rsp/net/log.h"
#include "rsp/register/transport.h"

bool
no_port_is_passing(const struct port *port)
{
	static unsigned low, high;
	FILE *f;

	if (port->protocol != RSP_PARAM_UDP &&
	    port->protocol != RSP_PARAM_UDPLITE)
		return false;
	if (high == 0) {
		f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
		if (f == NULL || fscanf(f, "%u %u", &low, &high) != 2) {
			low = 32768;
			high = 60999;
		}
		if (f != NULL)
			fclose(f);
	}
	return port->port >= low && port->port <= high;
}

/* What its owner can do: name the port that it has instead, or say that it is
 * somebody else's. */
static const char *
advice(const struct pool_option *w, char *text, size_t size)
{
	const char *pool = w->label, *protocol;
	struct ports all;
	size_t i;

	text[0] = '\0';
	ports_init(&all, false, ~0U, 0);
	ports_look(&all, 0);
	for (i = 0; i < all.n && text[0] == '\0'; i++) {
		if (!all.at[i].ours || no_port_is_passing(&all.at[i]))
			continue;
		bool tcp = all.at[i].protocol == RSP_PARAM_TCP;

		protocol = tcp ? "" : transport_word(all.at[i].protocol);
		snprintf(text, size,
		    "it has port %u%s%s, which --pool %s=%u%s%s registers",
		    all.at[i].port, tcp ? "" : "/", protocol, pool,
		    all.at[i].port, tcp ? "" : "/", protocol);
	}
	ports_free(&all);
	if (text[0] == '\0')
		snprintf(text, size,
		    "a port of a process that it did not start is registered "
		    "by rsp-register --pool %s=PORT",
		    pool);
	return text;
}

static void
say_not_yet(const struct pool_option *w, const char *name)
{
	const char *protocol = transport_name(w->protocol);
	char hint[300], port[16] = "";

	if (w->port != 0)
		snprintf(port, sizeof(port), " %u", w->port);
	rsp_log(RSP_LOG_WARN,
	    "%s: %s listens %s %s port%s yet; it is "
	    "registered as soon as it does; %s",
	    w->label, name, w->port != 0 ? "not on" : "on no", protocol, port,
	    advice(w, hint, sizeof(hint)));
}

void
no_port_say(const struct pool_option *w, const char *command,
    const struct ports *ports)
{
	if (command == NULL)
		rsp_log(RSP_LOG_WARN,
		    "%s: nobody listens on %s port %u yet; "
		    "it is registered as soon as somebody does",
		    w->label, transport_name(w->protocol), (unsigned)w->port);
	else if (ports->hidden == PORTS_UNSEEN)
		rsp_log(RSP_LOG_WARN,
		    "%s: /proc does not show the processes of this PID "
		    "namespace, so the ports of %s may not be seen: mount it "
		    "anew (unshare --mount-proc), or name the port, --pool "
		    "%s=PORT",
		    w->label, command, w->label);
	else if (ports->hidden != 0)
		rsp_log(RSP_LOG_WARN,
		    "%s: %s runs as another user (process "
		    "%d), whose ports may not be seen: name the port, "
		    "--pool %s=PORT, or start rsp-register as root",
		    w->label, command, (int)ports->hidden, w->label);
	else
		say_not_yet(w, command);
}
