/* SPDX-License-Identifier: Apache-2.0 */
/* element_id.c - a list in memory and, if asked for, in a file */
#include "rsp/register/element_id.h"
#include "rsp/register/transport.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

uint32_t
element_ids_random(void)
{
	uint32_t id = 0;

	while (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id))
		;
	return id;
}

bool
element_ids_parse(const char *text, uint32_t *id)
{
	unsigned long long v;
	char *end;

	*id = 0;
	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	v = strtoull(text, &end, text[1] == 'x' || text[1] == 'X' ? 16 : 10);
	if (errno != 0 || *end != '\0' || v > UINT32_MAX)
		return false;
	*id = (uint32_t)v;
	return true;
}

static struct id_entry *
add(struct element_ids *ids, const struct id_key *key, uint32_t id)
{
	struct id_entry *at = realloc(ids->at, (ids->n + 1) * sizeof(*at));
	char *pool = strdup(key->pool);

	if (at != NULL)
		ids->at = at;
	if (at == NULL || pool == NULL) {
		free(pool);
		return NULL;
	}
	at = &ids->at[ids->n++];
	*at = (struct id_entry){ .id = id, .pool = pool, .key = *key };
	at->key.pool = pool;
	return at;
}

static struct id_entry *
find(struct element_ids *ids, const struct id_key *key)
{
	size_t i;

	for (i = 0; i < ids->n; i++) {
		const struct id_key *k = &ids->at[i].key;

		if (k->protocol == key->protocol && k->port == key->port &&
		    k->number == key->number && strcmp(k->pool, key->pool) == 0)
			return &ids->at[i];
	}
	return NULL;
}

/* A line that is none of ours is lost at the next rewriting. */
static void
load_line(struct element_ids *ids, char *line)
{
	char word[16], protocol[12];
	struct id_key key = { 0 };
	int pool_at = 0;
	uint32_t id;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%15s %11s %" SCNu16 " %u %n", word, protocol,
		&key.port, &key.number, &pool_at) != 4 ||
	    pool_at == 0 || !element_ids_parse(word, &id))
		return;
	key.protocol = transport_parse(protocol);
	if (key.protocol == 0)
		return;
	key.pool = line + pool_at;
	add(ids, &key, id);
}

int
element_ids_load(struct element_ids *ids)
{
	FILE *f = fopen(ids->file, "re");
	char *line = NULL;
	size_t size = 0;

	if (f == NULL)
		return errno == ENOENT ? 0 : errno;
	while (getline(&line, &size, f) > 0)
		load_line(ids, line);
	free(line);
	fclose(f);
	return 0;
}

static int
write_all(const struct element_ids *ids, FILE *f)
{
	size_t i;
	int err = 0;

	for (i = 0; i < ids->n; i++) {
		const struct id_key *k = &ids->at[i].key;

		fprintf(f, "0x%08" PRIx32 " %s %u %u %s\n", ids->at[i].id,
		    transport_word(k->protocol), k->port, k->number, k->pool);
	}
	if (ferror(f) != 0 || fflush(f) != 0 || fsync(fileno(f)) != 0)
		err = errno;
	if (fclose(f) != 0 && err == 0)
		err = errno;
	return err;
}

/* Written beside it and renamed, so that it is never half a file. */
static int
save(const struct element_ids *ids)
{
	size_t size = strlen(ids->file) + 8;
	char *path = malloc(size);
	int fd, err;
	FILE *f;

	if (path == NULL)
		return ENOMEM;
	snprintf(path, size, "%s.XXXXXX", ids->file);
	fd = mkstemp(path);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (f == NULL) {
		err = errno;
		if (fd >= 0)
			close(fd);
	} else {
		err = write_all(ids, f);
		if (err == 0 && rename(path, ids->file) < 0)
			err = errno;
	}
	if (err != 0 && fd >= 0)
		unlink(path);
	free(path);
	return err;
}

/* Ports of the pool that have IDs already. */
static uint32_t
count_pool(const struct element_ids *ids, const char *pool)
{
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < ids->n; i++)
		if (strcmp(ids->at[i].pool, pool) == 0)
			n++;
	return n;
}

int
element_ids_get(struct element_ids *ids, const struct id_key *key, uint32_t *id)
{
	const struct id_entry *entry = find(ids, key);

	if (entry != NULL) {
		*id = entry->id;
		return 0;
	}
	*id = ids->fixed ? ids->first + count_pool(ids, key->pool)
			 : element_ids_random();
	if (add(ids, key, *id) == NULL)
		return ENOMEM;
	return ids->file != NULL ? save(ids) : 0;
}

bool
element_ids_replace(struct element_ids *ids, const struct id_key *key,
    uint32_t *id)
{
	struct id_entry *entry = find(ids, key);

	if (ids->fixed || entry == NULL)
		return false;
	*id = entry->id = element_ids_random();
	if (ids->file != NULL)
		save(ids);
	return true;
}

void
element_ids_free(struct element_ids *ids)
{
	size_t i;

	for (i = 0; i < ids->n; i++)
		free(ids->at[i].pool);
	free(ids->at);
	ids->at = NULL;
	ids->n = 0;
}
