/* SPDX-License-Identifier: Apache-2.0 */
/* config.h - everything about the registrar that can be set
 *
 * One table in config.c has a row per setting.  The options, the configuration
 * file, the help, the dump and the tests all walk it, so a setting is one row
 * and one member here.  Durations are milliseconds here and seconds outside.
 *
 * The command line wins over the file, which wins over the defaults.
 */
#ifndef RSP_REGISTRAR_CONFIG_H
#define RSP_REGISTRAR_CONFIG_H

#include <stdio.h>

#include "rsp/net/endpoint.h"
#include "rsp/core/registry/registry.h"

#define CONFIG_ENDPOINTS_MAX 32
#define CONFIG_GROUPS_MAX 4
#define CONFIG_TEXT 512 /* a value or an error as text, with its NUL */

struct endpoints {
	bool off;   /* none, and no default either */
	unsigned n; /* 0: the default, if there is one */
	struct rsp_endpoint at[CONFIG_ENDPOINTS_MAX];
};

/* Multicast groups; none: off. */
struct group_list {
	unsigned n;
	struct rsp_endpoint at[CONFIG_GROUPS_MAX];
};

struct config {
	/* only on the command line */
	bool help, version, dump;
	int64_t verbose;
	char file[256]; /* --config */

	/* read once, at the start */
	struct endpoints listen, enrp;
	uint32_t id; /* 0: a random one */
	struct group_list announce, enrp_announce;
	int64_t announce_hops;
	char user[64];

	/* may change at a reload */
	struct endpoints peers;
	int log_level; /* enum rsp_log_level, before -v */
	int64_t message_timeout;
	int64_t max_message_size;
	int64_t max_pending_output;
	int64_t max_pending_total;
	int64_t max_pending_peer_output;
	int64_t max_connections; /* 0: as many as there are descriptors */
	int64_t max_connections_per_address;
	int64_t tcp_keep_alive; /* 0: off */
	struct rsp_registry_config registry;
};

/* What a row can hold; says how it is read, checked and written. */
enum setting_type {
	SETTING_FLAG,	   /* bool: yes or no */
	SETTING_WORD,	   /* bool: nothing but `value` sets it */
	SETTING_REPEATED,  /* int64_t: -vv */
	SETTING_NUMBER,	   /* int64_t */
	SETTING_DURATION,  /* int64_t, ms */
	SETTING_ID,	   /* uint32_t: 0x1a2b3c4d */
	SETTING_TEXT,	   /* char[]; `max` is its size */
	SETTING_LEVEL,	   /* int: a log level */
	SETTING_ENDPOINTS, /* struct endpoints; preset: port, min: may be off */
	SETTING_GROUPS,	   /* struct group_list; `max` is its default port */
};

enum setting_scope {
	SCOPE_RELOAD, /* a reload changes it */
	SCOPE_START,  /* needs a restart */
	SCOPE_OPTION, /* no key of the file */
};

struct setting {
	const char *name;
	char letter;	   /* 0: none */
	const char *value; /* what the help calls it; NULL: no value */
	enum setting_type type;
	enum setting_scope scope;
	size_t offset;
	int64_t preset, min, max; /* durations: ms */
	const char *help;
};

/* Row number `i` of the table; NULL behind the last. */
const struct setting *config_row(unsigned i);

/* The defaults. */
void config_init(struct config *c);

/* Defaults, then the file that --config names, then the command line.  false:
 * `error` says what is wrong and where. */
bool config_load(struct config *c, char **argv, char error[CONFIG_TEXT]);

/* The value as the file and the command line have it; "" for none.  Lists are
 * separated by spaces. */
void config_text(const struct config *c, const struct setting *row,
    char text[CONFIG_TEXT]);

/* Level of the log after -v. */
int config_log_level(const struct config *c);

/* What needs a restart becomes in `c` as it is in `old`. */
void config_keep(struct config *c, const struct config *old);

/* --help and --dump.  The dump is a configuration file. */
void config_help(FILE *f);
void config_dump(const struct config *c, FILE *f);

#endif
