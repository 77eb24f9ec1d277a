/* SPDX-License-Identifier: Apache-2.0 */
/* config_text.c - settings as people read them: values, help, dump */
#include "registrar/config.h"

#include <string.h>

#include "rsp/net/log.h"

static void
duration_text(int64_t ms, char *text)
{
	int n = snprintf(text, CONFIG_TEXT, "%lld", (long long)ms / 1000);

	if (ms % 1000 != 0)
		snprintf(text + n, CONFIG_TEXT - (size_t)n, ".%03d",
		    (int)(ms % 1000));
}

static void
endpoints_text(const struct endpoints *list, char *text)
{
	size_t at = 0;

	strcpy(text, list->off ? "off" : "");
	for (unsigned i = 0; i < list->n && at < CONFIG_TEXT; i++)
		at += (size_t)snprintf(text + at, CONFIG_TEXT - at, "%s%s",
		    i > 0 ? " " : "", list->at[i].text);
}

static void
groups_text(const struct group_list *list, char *text)
{
	size_t at = 0;

	strcpy(text, "off");
	for (unsigned i = 0; i < list->n && at < CONFIG_TEXT; i++)
		at += (size_t)snprintf(text + at, CONFIG_TEXT - at, "%s%s",
		    i > 0 ? " " : "", list->at[i].text);
}

void
config_text(const struct config *c, const struct setting *row,
    char text[CONFIG_TEXT])
{
	static const char *const levels[] = { "error", "warn", "info",
		"debug" };
	const void *v = (const char *)c + row->offset;

	text[0] = '\0';
	switch (row->type) {
	case SETTING_FLAG:
		strcpy(text, *(const bool *)v ? "yes" : "no");
		break;
	case SETTING_WORD:
		strcpy(text, *(const bool *)v ? row->value : "");
		break;
	case SETTING_REPEATED:
	case SETTING_NUMBER:
		snprintf(text, CONFIG_TEXT, "%lld",
		    (long long)*(const int64_t *)v);
		break;
	case SETTING_DURATION:
		duration_text(*(const int64_t *)v, text);
		break;
	case SETTING_ID:
		if (*(const uint32_t *)v != 0)
			snprintf(text, CONFIG_TEXT, "0x%08x",
			    *(const uint32_t *)v);
		break;
	case SETTING_TEXT:
		snprintf(text, CONFIG_TEXT, "%s", (const char *)v);
		break;
	case SETTING_LEVEL:
		strcpy(text, levels[*(const int *)v]);
		break;
	case SETTING_ENDPOINTS:
		endpoints_text(v, text);
		break;
	case SETTING_GROUPS:
		groups_text(v, text);
		break;
	}
}

int
config_log_level(const struct config *c)
{
	int64_t level = c->log_level + c->verbose;

	return level > RSP_LOG_DEBUG ? RSP_LOG_DEBUG : (int)level;
}

/* Text in a column of its own, broken between words. */
static void
print_column(FILE *f, int column, const char *text)
{
	int width = 79 - column, len = (int)strlen(text), n;

	while (len > width) {
		for (n = width; n > 0 && text[n] != ' '; n--)
			;
		fprintf(f, "%.*s\n%*s", n, text, column, "");
		text += n + 1;
		len -= n + 1;
	}
	fprintf(f, "%s\n", text);
}

void
config_help(FILE *f)
{
	char left[64], value[CONFIG_TEXT], right[CONFIG_TEXT * 2];
	const struct setting *row;
	struct config presets;
	bool has_default;

	config_init(&presets);
	fputs("usage: rsp-registrar [OPTION]...\n"
	      "The registrar of Reliable Server Pooling: servers register with"
	      "\nit, their clients ask it.  See rsp-registrar(8).\n\n",
	    f);
	for (unsigned i = 0; (row = config_row(i)) != NULL; i++) {
		snprintf(left, sizeof(left), "  %c%c%s--%s%s%s",
		    row->letter != 0 ? '-' : ' ',
		    row->letter != 0 ? row->letter : ' ',
		    row->letter != 0 ? ", " : "  ", row->name,
		    row->value != NULL ? " " : "",
		    row->value != NULL ? row->value : "");
		has_default = row->type == SETTING_NUMBER ||
			      row->type == SETTING_DURATION ||
			      row->type == SETTING_LEVEL;
		config_text(&presets, row, value);
		snprintf(right, sizeof(right), "%s%s%s%s", row->help,
		    has_default ? " (default " : "", has_default ? value : "",
		    has_default ? ")" : "");
		if (strlen(left) < 31)
			fprintf(f, "%-32s", left);
		else
			fprintf(f, "%s\n%32s", left, "");
		print_column(f, 32, right);
	}
}

static void
dump_endpoints(const char *name, const struct endpoints *list, FILE *f)
{
	if (list->off)
		fprintf(f, "%s = off\n", name);
	for (unsigned i = 0; i < list->n; i++)
		fprintf(f, "%s = %s\n", name, list->at[i].text);
}

static void
dump_groups(const char *name, const struct group_list *list, FILE *f)
{
	if (list->n == 0)
		fprintf(f, "%s = off\n", name);
	for (unsigned i = 0; i < list->n; i++)
		fprintf(f, "%s = %s\n", name, list->at[i].text);
}

void
config_dump(const struct config *c, FILE *f)
{
	const struct setting *row;
	char text[CONFIG_TEXT];

	for (unsigned i = 0; (row = config_row(i)) != NULL; i++) {
		if (row->scope == SCOPE_OPTION)
			continue;
		if (row->type == SETTING_ENDPOINTS) {
			dump_endpoints(row->name,
			    (const void *)((const char *)c + row->offset), f);
			continue;
		}
		if (row->type == SETTING_GROUPS) {
			dump_groups(row->name,
			    (const void *)((const char *)c + row->offset), f);
			continue;
		}
		config_text(c, row, text);
		if (text[0] != '\0')
			fprintf(f, "%s = %s\n", row->name, text);
	}
}
