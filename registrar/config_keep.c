/* SPDX-License-Identifier: Apache-2.0 */
/* config_keep.c - what a reload leaves as it is
 *
 * Settings that need a restart are read, compared and named at every reload;
 * what counts until the restart is what the daemon has started with.
 */
#include "registrar/config.h"

#include <string.h>

static size_t
size_of(const struct setting *row)
{
	const struct config *c = NULL;

	switch (row->type) {
	case SETTING_FLAG:
	case SETTING_WORD:
		return sizeof(bool);
	case SETTING_REPEATED:
	case SETTING_NUMBER:
	case SETTING_DURATION:
		return sizeof(int64_t);
	case SETTING_ID:
		return sizeof(c->id);
	case SETTING_TEXT:
		return (size_t)row->max;
	case SETTING_LEVEL:
		return sizeof(c->log_level);
	case SETTING_ENDPOINTS:
		return sizeof(c->listen);
	case SETTING_GROUPS:
		return sizeof(c->announce);
	}
	return 0;
}

void
config_keep(struct config *c, const struct config *old)
{
	const struct setting *row;

	for (unsigned i = 0; (row = config_row(i)) != NULL; i++)
		if (row->scope == SCOPE_START)
			memcpy((char *)c + row->offset,
			    (const char *)old + row->offset, size_of(row));
}
