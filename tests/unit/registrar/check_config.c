/* SPDX-License-Identifier: Apache-2.0 */
/* check_config.c - claims about the registrar's settings: one table, read the
 * same way from the command line and from a file, and refused in words that
 * help */
#include "registrar/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rsp/net/log.h"
#include "tests/lib/suite.h"

#define ARGS 12

static char error[CONFIG_TEXT];

static const struct setting *
row_of(const char *name)
{
	const struct setting *row;

	for (unsigned i = 0; (row = config_row(i)) != NULL; i++)
		if (strcmp(row->name, name) == 0)
			return row;
	ck_abort_msg("no row %s", name);
	return NULL;
}

/* Loads a configuration whose file holds `text` (NULL: no file). */
static bool
load(struct config *c, const char *text, const char *const *args)
{
	char path[] = "/tmp/check_config.XXXXXX";
	char *argv[ARGS + 4] = { (char *)"rsp-registrar" };
	int n = 1, fd = -1;
	bool ok;

	if (text != NULL) {
		fd = mkstemp(path);
		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(write(fd, text, strlen(text)),
		    (ssize_t)strlen(text));
		argv[n++] = (char *)"--config";
		argv[n++] = path;
	}
	while (*args != NULL)
		argv[n++] = (char *)*args++;
	ok = config_load(c, argv, error);
	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
	return ok;
}

/* A row of accepted input and one setting's value after it. */
struct good {
	const char *claim, *file;
	const char *args[ARGS];
	const char *name, *text;
};

/* clang-format off */
static const struct good good[] = {
	{ "default of a number", NULL, { NULL }, "max-bad-pe-report", "3" },
	{ "default of a duration", NULL, { NULL }, "lifeline-grace", "2" },
	{ "default of the log", NULL, { NULL }, "log-level", "info" },
	{ "value behind a space", NULL,
		{ "--max-pools", "7" }, "max-pools", "7" },
	{ "value behind an equals sign", NULL,
		{ "--max-pools=7" }, "max-pools", "7" },
	{ "the last one counts", NULL,
		{ "--max-pools=7", "--max-pools=8" }, "max-pools", "8" },
	{ "fraction of a second", NULL,
		{ "--keep-alive-timeout=0.25" }, "keep-alive-timeout", "0.250" },
	{ "flag", NULL, { "--third-party" }, "third-party", "yes" },
	{ "letters add up", NULL, { "-v", "-vv" }, "verbose", "3" },
	{ "ID in hex", NULL, { "--id", "0xABC" }, "id", "0x00000abc" },
	{ "ID in decimal", NULL, { "--id", "16" }, "id", "0x00000010" },
	{ "endpoints add up", NULL,
		{ "--listen", "unix:///tmp/x", "--listen=[::1]:7" },
		"listen", "unix:///tmp/x [::1]:7" },
	{ "announcements can be off", NULL,
		{ "--announce", "off", "--enrp-announce=off" },
		"announce", "off" },
	{ "groups add up", NULL,
		{ "--announce", "224.0.1.185",
			"--announce=[ff02::133]:7%eth0" },
		"announce", "224.0.1.185 [ff02::133]:7%eth0" },
	{ "the command line's groups displace the file's",
		"announce = 239.0.0.50\nannounce = 239.0.0.52\n",
		{ "--announce=239.0.0.51%lo" }, "announce", "239.0.0.51%lo" },
	{ "groups can be taken back", "announce = 239.0.0.50\n",
		{ "--announce=off" }, "announce", "off" },
	{ "no ENRP", "enrp = a\n", { "--enrp", "off" }, "enrp", "off" },
	{ "peers add up", NULL, { "--peer", "a", "--peer=sctp://[::1],127.0.0.1:1" },
		"peer", "a sctp://[::1],127.0.0.1:1" },
	{ "file", "max-pools = 9\n", { NULL }, "max-pools", "9" },
	{ "file without spaces, last line without newline",
		"# text\n\n  \nmax-pools=9", { NULL }, "max-pools", "9" },
	{ "file with tabs and CR", "\tmax-pools\t=\t9 \r\n", { NULL },
		"max-pools", "9" },
	{ "RSPLIB's reading", NULL, { "--interop", "rsplib" }, "interop",
		"rsplib" },
	{ "the RFC's reading", NULL, { NULL }, "interop", "" },
	{ "flag in a file", "third-party = yes\n", { NULL },
		"third-party", "yes" },
	{ "endpoints in a file add up", "listen = a\nlisten = b:1\n", { NULL },
		"listen", "a b:1" },
	{ "the command line wins", "max-pools = 9\n",
		{ "--max-pools", "10" }, "max-pools", "10" },
	{ "the command line's endpoints displace the file's",
		"listen = a\nlisten = b\n", { "--listen", "c", "--listen=d" },
		"listen", "c d" },
	{ "the command line takes a flag back", "third-party = yes\n",
		{ "--third-party=no" }, "third-party", "no" },
};

/* A row of refused input and what the message says. */
static const struct {
	const char *claim, *file;
	const char *args[ARGS];
	const char *says;
} bad[] = {
	{ "unknown option", NULL, { "--nonsense" },
		"--nonsense: no such option, see --help" },
	{ "unknown letter", NULL, { "-vx" },
		"-vx: no such option, see --help" },
	{ "abbreviation", NULL, { "--max-pool=1" },
		"--max-pool=1: no such option, see --help" },
	{ "argument", NULL, { "start" },
		"start: no arguments are taken, see --help" },
	{ "lone dashes", NULL, { "--" },
		"--: no arguments are taken, see --help" },
	{ "missing value", NULL, { "--max-pools" },
		"--max-pools: needs a value" },
	{ "superfluous value", NULL, { "--help=yes" },
		"--help: takes no value" },
	{ "no number", NULL, { "--max-pools", "many" },
		"--max-pools: needs a number from 1 to 1000000000, "
		"not \"many\"" },
	{ "number and more", NULL, { "--max-pools", "5x" },
		"--max-pools: needs a number from 1 to 1000000000, "
		"not \"5x\"" },
	{ "number too small", NULL, { "--max-pools", "0" },
		"--max-pools: needs a number from 1 to 1000000000, "
		"not \"0\"" },
	{ "number too large", NULL, { "--max-pools", "99999999999999999999" },
		"--max-pools: needs a number from 1 to 1000000000, "
		"not \"99999999999999999999\"" },
	{ "more reports than are counted", NULL, { "--max-bad-pe-report=255" },
		"--max-bad-pe-report: needs a number from 0 to 254, "
		"not \"255\"" },
	{ "empty number", NULL, { "--max-pools=" },
		"--max-pools: needs a number from 1 to 1000000000, "
		"not \"\"" },
	{ "no duration", NULL, { "--message-timeout", "5s" },
		"--message-timeout: needs seconds from 0.1 to 86400, "
		"not \"5s\"" },
	{ "duration too short", NULL, { "--message-timeout", "0.05" },
		"--message-timeout: needs seconds from 0.1 to 86400, "
		"not \"0.05\"" },
	{ "ID 0", NULL, { "--id", "0" },
		"--id: needs a number from 1 to 0xffffffff, not \"0\"" },
	{ "negative ID", NULL, { "--id", "-1" },
		"--id: needs a number from 1 to 0xffffffff, not \"-1\"" },
	{ "level", NULL, { "--log-level=loud" },
		"--log-level: needs error, warn, info or debug, not \"loud\"" },
	{ "flag with a strange value", NULL, { "--third-party=maybe" },
		"--third-party: needs yes or no, not \"maybe\"" },
	{ "scheme", NULL, { "--listen", "ftp://a" },
		"--listen: \"ftp://a\": no such scheme (tcp, sctp, unix)" },
	{ "off and an endpoint", NULL, { "--enrp=off", "--enrp=127.0.0.1" },
		"--enrp: off, and \"127.0.0.1\"?" },
	{ "peer without a host", NULL, { "--peer=tcp://" },
		"--peer: \"tcp://\": the host is missing" },
	{ "an unknown reading", NULL, { "--interop", "other" },
		"--interop: needs rsplib, not \"other\"" },
	{ "a group that is none", NULL, { "--announce", "192.0.2.1" },
		"--announce: \"192.0.2.1\": not a multicast group" },
	{ "a group by name", NULL, { "--announce", "all-hosts" },
		"--announce: \"all-hosts\": not a multicast group" },
	{ "several in one", NULL, { "--announce", "224.0.1.185,224.0.1.1" },
		"--announce: \"224.0.1.185,224.0.1.1\": only sctp:// takes "
		"several hosts" },
	{ "no interface behind the sign", NULL,
		{ "--announce", "224.0.1.185%" },
		"--announce: \"224.0.1.185%\": not the name of an interface" },
	{ "an interface's name is short", NULL,
		{ "--announce", "224.0.1.185%abcdefghijklmnop" },
		"--announce: \"224.0.1.185%abcdefghijklmnop\": not the name of "
		"an interface" },
	{ "a group without a port", NULL, { "--announce", "224.0.1.185:0" },
		"--announce: \"224.0.1.185:0\": port 0 cannot be used" },
	{ "hops", NULL, { "--announce-hops", "0" },
		"--announce-hops: needs a number from 1 to 255, not \"0\"" },
	{ "file that is not there", NULL, { "--config", "/nonexistent/x" },
		"/nonexistent/x: No such file or directory" },
	{ "file that is none", NULL, { "--config", "/" },
		"/: Is a directory" },
	{ "empty file name", NULL, { "--config=" },
		"--config: needs 1 to 255 bytes" },
	{ "unknown key", "max-pools = 9\nnonsense = 1\n", { NULL },
		":2: nonsense: no such setting" },
	{ "option as a key", "config = x\n", { NULL },
		":1: config: no such setting" },
	{ "line without a value", "\nthird-party\n", { NULL },
		":2: third-party: needs the form name = value" },
	{ "key set twice", "max-pools = 9\nmax-pools = 9\n", { NULL },
		":2: max-pools: is set twice" },
	{ "bad value in a file", "max-pools = x\n", { NULL },
		":1: max-pools: needs a number from 1 to 1000000000, "
		"not \"x\"" },
	{ "bad value in a file that the command line would override",
		"max-pools = x\n", { "--max-pools=3" },
		":1: max-pools: needs a number from 1 to 1000000000, "
		"not \"x\"" },
};
/* clang-format on */

START_TEST(value_is_taken)
{
	const struct good *g = &good[_i];
	struct config c;
	char text[CONFIG_TEXT];

	ck_assert_msg(load(&c, g->file, g->args), "%s: %s", g->claim, error);
	config_text(&c, row_of(g->name), text);
	ck_assert_msg(strcmp(text, g->text) == 0, "%s: %s is \"%s\"", g->claim,
	    g->name, text);
}
END_TEST

START_TEST(mistake_is_explained)
{
	const char *says = bad[_i].says;
	struct config c;

	ck_assert_msg(!load(&c, bad[_i].file, bad[_i].args), "%s is accepted",
	    bad[_i].claim);
	/* of a file's name only what follows is known */
	ck_assert_msg(strlen(error) >= strlen(says) &&
			  strcmp(error + strlen(error) - strlen(says), says) ==
			      0 &&
			  (says[0] == ':' || strlen(error) == strlen(says)),
	    "%s: \"%s\"", bad[_i].claim, error);
}
END_TEST

START_TEST(too_many_endpoints_are_refused)
{
	char *argv[CONFIG_ENDPOINTS_MAX + 3] = { (char *)"rsp-registrar" };
	struct config c;

	for (int i = 0; i < CONFIG_ENDPOINTS_MAX; i++)
		argv[1 + i] = (char *)"--listen=a";
	ck_assert_msg(config_load(&c, argv, error), "%s", error);
	argv[1 + CONFIG_ENDPOINTS_MAX] = (char *)"--listen=a";
	ck_assert(!config_load(&c, argv, error));
	ck_assert_str_eq(error, "--listen: more than 32 endpoints");
}
END_TEST

START_TEST(every_setting_of_the_registry_has_a_row)
{
	struct config c;
	const struct setting *row;
	char name[64];

	config_init(&c);
#define HAS_ROW(member, value)                                                 \
	strcpy(name, #member);                                                 \
	for (char *p = name; (p = strchr(p, '_')) != NULL;)                    \
		*p = '-';                                                      \
	row = row_of(name);                                                    \
	ck_assert_uint_eq(row->offset,                                         \
	    offsetof(struct config, registry.member));                         \
	ck_assert_msg(c.registry.member == (value), "default of %s", name);
	RSP_REGISTRY_SETTINGS(HAS_ROW)
#undef HAS_ROW
}
END_TEST

START_TEST(defaults_are_within_their_ranges)
{
	const struct setting *row;

	for (unsigned i = 0; (row = config_row(i)) != NULL; i++)
		if (row->type == SETTING_NUMBER ||
		    row->type == SETTING_DURATION)
			ck_assert_msg(row->preset >= row->min &&
					  row->preset <= row->max,
			    "%s", row->name);
}
END_TEST

/* Static, for gcc -O2 takes what open_memstream makes for a pointer into it. */
static char *
printed(void (*print)(FILE *f))
{
	/* static: gcc takes what open_memstream() keeps for a dangling one */
	static char *text;
	static size_t size;
	FILE *f = open_memstream(&text, &size);

	print(f);
	fclose(f);
	return text;
}

START_TEST(help_shows_every_row_within_80_columns)
{
	char *text = printed(config_help), option[64], value[CONFIG_TEXT], *at;
	const struct setting *row;
	struct config c;

	config_init(&c);
	for (unsigned i = 0; (row = config_row(i)) != NULL; i++) {
		snprintf(option, sizeof(option), "--%s%s%s\n", row->name,
		    row->value != NULL ? " " : "",
		    row->value != NULL ? row->value : "");
		option[strlen(option) - 1] = '\0';
		at = strstr(text, option);
		ck_assert_msg(at != NULL, "no %s", option);
		if (row->type != SETTING_NUMBER &&
		    row->type != SETTING_DURATION)
			continue;
		config_text(&c, row, value);
		at = strstr(at, "(default");
		ck_assert_msg(at != NULL &&
				  strncmp(at + 9 + strspn(at + 9, " \n"), value,
				      strlen(value)) == 0,
		    "default of %s is not shown", row->name);
	}
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_msg(strlen(line) < 80, "%s", line);
	free(text);
}
END_TEST

static struct config dumped;

static void
dump(FILE *f)
{
	config_dump(&dumped, f);
}

START_TEST(dump_is_a_file_that_says_the_same)
{
	static const char *const args[] = { "--listen=[::1]:0",
		"--listen=unix:///tmp/x", "--id=77", "--third-party",
		"--user=nobody", "--lifeline-grace=1.005", "--max-pools=5",
		"--log-level=debug", NULL };
	static const char *const none[] = { NULL };
	struct config c;
	const struct setting *row;
	char *text, before[CONFIG_TEXT], after[CONFIG_TEXT];

	ck_assert_msg(load(&dumped, NULL, args), "%s", error);
	text = printed(dump);
	ck_assert_msg(load(&c, text, none), "%s", error);
	for (unsigned i = 0; (row = config_row(i)) != NULL; i++) {
		config_text(&dumped, row, before);
		config_text(&c, row, after);
		if (strcmp(row->name, "config") != 0)
			ck_assert_str_eq(before, after);
	}
	free(text);
}
END_TEST

START_TEST(verbose_raises_the_level_to_its_end)
{
	struct config c;

	config_init(&c);
	ck_assert_int_eq(config_log_level(&c), RSP_LOG_INFO);
	c.verbose = 1;
	ck_assert_int_eq(config_log_level(&c), RSP_LOG_DEBUG);
	c.verbose = 9;
	ck_assert_int_eq(config_log_level(&c), RSP_LOG_DEBUG);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("config");
	TCase *t = tcase_create("config");

	tcase_add_loop_test(t, value_is_taken, 0, sizeof(good) / sizeof(*good));
	tcase_add_loop_test(t, mistake_is_explained, 0,
	    sizeof(bad) / sizeof(*bad));
	tcase_add_test(t, too_many_endpoints_are_refused);
	tcase_add_test(t, every_setting_of_the_registry_has_a_row);
	tcase_add_test(t, defaults_are_within_their_ranges);
	tcase_add_test(t, help_shows_every_row_within_80_columns);
	tcase_add_test(t, dump_is_a_file_that_says_the_same);
	tcase_add_test(t, verbose_raises_the_level_to_its_end);
	suite_add_tcase(s, t);
	return run_suite(s);
}
