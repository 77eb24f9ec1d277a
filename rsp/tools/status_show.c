/* SPDX-License-Identifier: Apache-2.0 */
/* status_show.c - the registrar, its peers, then pool by pool */
#include "rsp/tools/status_show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "rsp/core/wire/pool_name.h"
#include "rsp/tools/show.h"

#define HANDLE_TEXT 256

static bool
begins_pool(const struct snapshot *s, size_t i)
{
	struct rsp_span a, b = s->elements[i].handle;

	if (i == 0)
		return true;
	a = s->elements[i - 1].handle;
	return !rsp_span_equal(a, b);
}

static size_t
pool_size(const struct snapshot *s, size_t i)
{
	size_t n = 1;

	while (i + n < s->n_elements && !begins_pool(s, i + n))
		n++;
	return n;
}

/* Long handles in full, as rsp-resolve takes them; returns what is to be freed,
 * or `room`. */
static char *
handle_text(struct rsp_span handle, char room[HANDLE_TEXT])
{
	size_t size = RSP_POOL_NAME_ESCAPED(handle.len) + 1;
	char *text = size <= HANDLE_TEXT ? room : malloc(size);

	if (text == NULL) {
		text = room;
		size = HANDLE_TEXT;
	}
	rsp_pool_name_escape(handle, text, size);
	return text;
}

static const char *
plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static struct rsp_cursor
servers_of(const struct snapshot *s)
{
	return rsp_cursor_over(
	    (struct rsp_span){ s->servers.at, s->servers.len });
}

/* Number `nth` of the servers: is it another registrar, and the first of its
 * name?  One that is reached in several ways is in the list as often. */
static bool
is_new_peer(const struct snapshot *s, unsigned nth, uint32_t id)
{
	struct rsp_cursor c = servers_of(s);
	struct rsp_server_info earlier;

	if (id == s->id)
		return false;
	for (unsigned i = 0; i < nth && rsp_next_server(&c, &earlier); i++)
		if (earlier.id == id && id != 0)
			return false;
	return true;
}

static void
transports_text(const struct snapshot *s, unsigned nth, uint32_t id)
{
	struct rsp_cursor c = servers_of(s);
	struct rsp_server_info peer;

	for (unsigned i = 0; rsp_next_server(&c, &peer); i++)
		if (i == nth || (id != 0 && peer.id == id)) {
			fputs("  ", stdout);
			show_transport_text(stdout, &peer.transport);
		}
}

static void
peers_text(const struct snapshot *s)
{
	struct rsp_cursor c = servers_of(s);
	struct rsp_server_info peer;

	for (unsigned i = 0; rsp_next_server(&c, &peer); i++) {
		const struct snapshot_home *h = snapshot_home(s, peer.id);

		if (!is_new_peer(s, i, peer.id))
			continue;
		if (peer.id == 0)
			fputs("  not heard of", stdout);
		else
			printf("  0x%08" PRIx32, peer.id);
		transports_text(s, i, peer.id);
		printf("  %" PRIu64 " element%s\n", h->elements,
		    plural(h->elements));
	}
}

static unsigned
count_peers(const struct snapshot *s)
{
	struct rsp_cursor c = servers_of(s);
	struct rsp_server_info peer;
	unsigned n = 0;

	for (unsigned i = 0; rsp_next_server(&c, &peer); i++)
		if (is_new_peer(s, i, peer.id))
			n++;
	return n;
}

static void
element_text(const struct snapshot *s, const struct snapshot_element *e)
{
	struct rsp_pe pe;

	if (!snapshot_pe(e, &pe))
		return;
	show_pe_text(stdout, &pe);
	if (e->since != RSP_NEVER)
		printf("  seen for %" PRId64 " s",
		    (s->taken - e->since) / 1000);
	putchar('\n');
}

static void
pool_text(const struct snapshot *s, size_t first)
{
	size_t n = pool_size(s, first);
	char room[HANDLE_TEXT], policy[40], *handle;
	struct rsp_pe pe;

	handle = handle_text(s->elements[first].handle, room);
	if (snapshot_pe(&s->elements[first], &pe))
		printf("%s: %s, %zu element%s\n", handle,
		    show_policy(pe.policy.type, policy), n, plural(n));
	if (handle != room)
		free(handle);
	for (size_t i = 0; i < n; i++)
		element_text(s, &s->elements[first + i]);
}

void
status_text(const struct snapshot *s, const struct status_from *from)
{
	const struct snapshot_home *own = snapshot_home(s, s->id);
	unsigned peers = count_peers(s);

	printf("registrar 0x%08" PRIx32 ", %s", s->id, from->enrp);
	if (from->asap != NULL && from->asap_us >= 0)
		printf(", serves %s (%" PRId64 ".%03d ms)", from->asap,
		    from->asap_us / 1000, (int)(from->asap_us % 1000));
	else if (from->asap != NULL)
		printf(", no answer at %s", from->asap);
	printf("\n%zu pool%s, %zu element%s, home of %" PRIu64 "\n", s->n_pools,
	    plural(s->n_pools), s->n_elements, plural(s->n_elements),
	    own->elements);
	printf("%u peer%s\n", peers, plural(peers));
	peers_text(s);
	for (size_t i = 0; i < s->n_elements; i++)
		if (begins_pool(s, i))
			pool_text(s, i);
}

static void
home_json(struct json *j, const struct snapshot *s, uint32_t id)
{
	const struct snapshot_home *h = snapshot_home(s, id);
	char checksum[16];

	json_number(j, "elements", (int64_t)h->elements);
	snprintf(checksum, sizeof(checksum), "0x%04x", snapshot_checksum(h));
	json_string(j, "checksum", checksum);
}

static void
transports_json(struct json *j, const struct snapshot *s, unsigned nth,
    uint32_t id)
{
	struct rsp_cursor c = servers_of(s);
	struct rsp_server_info peer;

	json_open(j, "transports", '[');
	for (unsigned i = 0; rsp_next_server(&c, &peer); i++)
		if (i == nth || (id != 0 && peer.id == id)) {
			json_open(j, NULL, '{');
			show_transport_json(j, &peer.transport);
			json_close(j, '}');
		}
	json_close(j, ']');
}

static void
peers_json(struct json *j, const struct snapshot *s)
{
	struct rsp_cursor c = servers_of(s);
	struct rsp_server_info peer;

	json_open(j, "peers", '[');
	for (unsigned i = 0; rsp_next_server(&c, &peer); i++) {
		if (!is_new_peer(s, i, peer.id))
			continue;
		json_open(j, NULL, '{');
		json_hex(j, "id", peer.id);
		transports_json(j, s, i, peer.id);
		home_json(j, s, peer.id);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void
element_json(struct json *j, const struct snapshot *s,
    const struct snapshot_element *e)
{
	struct rsp_pe pe;

	if (!snapshot_pe(e, &pe))
		return;
	json_open(j, NULL, '{');
	show_pe_json(j, &pe);
	if (e->since == RSP_NEVER)
		json_raw(j, "age", "null");
	else
		json_number(j, "age", (s->taken - e->since) / 1000);
	json_close(j, '}');
}

static void
pool_json(struct json *j, const struct snapshot *s, size_t first)
{
	size_t n = pool_size(s, first);
	char room[HANDLE_TEXT], policy[40], *handle;
	struct rsp_pe pe;

	json_open(j, NULL, '{');
	handle = handle_text(s->elements[first].handle, room);
	json_string(j, "pool", handle);
	if (handle != room)
		free(handle);
	if (snapshot_pe(&s->elements[first], &pe))
		json_string(j, "policy", show_policy(pe.policy.type, policy));
	json_open(j, "elements", '[');
	for (size_t i = 0; i < n; i++)
		element_json(j, s, &s->elements[first + i]);
	json_close(j, ']');
	json_close(j, '}');
}

void
status_json(const struct snapshot *s, const struct status_from *from)
{
	struct json j = { .out = stdout };

	json_open(&j, NULL, '{');
	json_open(&j, "registrar", '{');
	json_hex(&j, "id", s->id);
	json_string(&j, "enrp", from->enrp);
	if (from->asap != NULL) {
		json_string(&j, "asap", from->asap);
		json_bool(&j, "serves", from->asap_us >= 0);
	}
	home_json(&j, s, s->id);
	json_close(&j, '}');
	peers_json(&j, s);
	json_open(&j, "pools", '[');
	for (size_t i = 0; i < s->n_elements; i++)
		if (begins_pool(s, i))
			pool_json(&j, s, i);
	json_close(&j, ']');
	json_close(&j, '}');
	putchar('\n');
}
