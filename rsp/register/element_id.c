/* SPDX-License-Identifier: Apache-2.0 */
/* element_id.c - a list in memory and, if asked for, in a file */
#include "rsp/register/element_id.h"
#include "rsp/register/descriptors.h"
#include "rsp/register/transport.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Others hold the lock for a moment only. */
#define LOCK_TRIES 50
#define LOCK_PAUSE_MS 10

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

/* What the file has now, for what is not ours. */
static void
take(struct element_ids *ids, const struct id_key *key, uint32_t id)
{
	struct id_entry *known = find(ids, key);

	if (known == NULL)
		add(ids, key, id);
	else if (!known->mine)
		known->id = id;
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
	take(ids, &key, id);
}

/* A FIFO would have us wait for ever, here or where it is written. */
static int
open_regular(const char *path, int flags, int *fd)
{
	struct stat st;

	*fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	if (*fd < 0)
		return errno;
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	close(*fd);
	return S_ISDIR(st.st_mode) ? EISDIR : ENOTSUP;
}

/* Takes the descriptor. */
static int
read_all(struct element_ids *ids, int fd)
{
	FILE *f = fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;

	if (f == NULL) {
		close(fd);
		return ENOMEM;
	}
	while (getline(&line, &size, f) > 0)
		load_line(ids, line);
	free(line);
	fclose(f);
	return 0;
}

int
element_ids_load(struct element_ids *ids)
{
	int fd, err = open_regular(ids->file, O_RDONLY, &fd);

	if (err != 0)
		return err == ENOENT ? 0 : err;
	return read_all(ids, fd);
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

/* Whoever writes the file holds its lock; it is a new file after each writing,
 * so the one that is locked may be none by then. */
static int
lock(const char *path, int *fd)
{
	struct stat held, named;
	int err, left = LOCK_TRIES;

	for (;;) {
		err = open_regular(path, O_RDONLY | O_CREAT, fd);
		if (err != 0)
			return err;
		while (flock(*fd, LOCK_EX | LOCK_NB) < 0) {
			err = errno;
			if (left-- <= 0) {
				close(*fd);
				return err;
			}
			poll(NULL, 0, LOCK_PAUSE_MS);
		}
		if (fstat(*fd, &held) == 0 && stat(path, &named) == 0 &&
		    held.st_ino == named.st_ino && held.st_dev == named.st_dev)
			return 0;
		close(*fd);
		if (left-- <= 0)
			return EWOULDBLOCK;
	}
}

/* Others keep theirs in the same file: what they have written meanwhile stays.
 */
static int
save_beside_others(struct element_ids *ids)
{
	int fd, copy, err = lock(ids->file, &fd);

	if (err != 0)
		return err;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	err = copy < 0 ? errno : read_all(ids, copy);
	if (err == 0)
		err = save(ids);
	close(fd);
	return err;
}

static _Noreturn void
write_aside(struct element_ids *ids)
{
	int err;

	descriptors_close_from(STDERR_FILENO + 1);
	err = save_beside_others(ids);
	_exit(err > UINT8_MAX ? EIO : err);
}

/* What has been drawn is to be kept. */
static int
keep(struct element_ids *ids)
{
	if (!ids->aside)
		return save_beside_others(ids);
	if (ids->writer > 0) {
		ids->again = true;
		return 0;
	}
	ids->writer = fork();
	if (ids->writer == 0)
		write_aside(ids);
	if (ids->writer > 0)
		return 0;
	ids->writer = 0;
	return errno;
}

bool
ids_reaped(struct element_ids *ids, pid_t pid, int status, int *err)
{
	*err = 0;
	if (ids->writer <= 0 || pid != ids->writer)
		return false;
	ids->writer = 0;
	*err = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	if (ids->again) {
		ids->again = false;
		keep(ids);
	}
	return true;
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
	struct id_entry *entry = find(ids, key);

	if (entry != NULL) {
		entry->mine = true;
		*id = entry->id;
		return 0;
	}
	*id = ids->fixed ? ids->first + count_pool(ids, key->pool)
			 : element_ids_random();
	entry = add(ids, key, *id);
	if (entry == NULL)
		return ENOMEM;
	entry->mine = true;
	return ids->file != NULL ? keep(ids) : 0;
}

bool
element_ids_replace(struct element_ids *ids, const struct id_key *key,
    uint32_t *id)
{
	struct id_entry *entry = find(ids, key);

	if (ids->fixed || entry == NULL)
		return false;
	*id = entry->id = element_ids_random();
	entry->mine = true;
	if (ids->file != NULL)
		keep(ids);
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
