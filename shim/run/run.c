/* SPDX-License-Identifier: Apache-2.0 */
/* rsp-run - puts librspshim.so in front of a command
 *
 * Sets LD_PRELOAD and, for each option, the variable that the library reads,
 * and executes the command: no process stays in between.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/run/run_check.h"
#include "rsp/net/preload.h"
#include "shim/run/run_setting.h"

enum { EXIT_USAGE = 2, EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127 };

/* Options that set variables. */
static const struct {
	const char *option, *variable, *argument, *help;
	run_setting *check;
} settings[] = {
	{ "registrar", "RSP_REGISTRARS", "ENDPOINT",
	    "a registrar to ask; may be repeated (tcp://127.0.0.1)",
	    setting_registrars },
	{ "failover", "RSP_FAILOVER", "MODE[,POOL=MODE]...",
	    "off, connect, auto, same, idle or replay (auto)",
	    setting_failover },
	{ "stick", "RSP_STICK", "POOL[,POOL]...",
	    "pools whose connections share an element", setting_pools },
	{ "connect-timeout", "RSP_CONNECT_TIMEOUT", "SECONDS",
	    "how long to try one pool element (2)",
	    setting_more_than_no_seconds },
	{ "failover-timeout", "RSP_FAILOVER_TIMEOUT", "SECONDS",
	    "how long one move may take (10)", setting_seconds },
	{ "dead-after", "RSP_DEAD_AFTER", "SECONDS",
	    "allowed silence in use (10; 0: the system's)", setting_seconds },
	{ "answer-timeout", "RSP_ANSWER_TIMEOUT", "SECONDS",
	    "wait after a GET or HEAD (0: no limit)", setting_seconds },
	{ "cache", "RSP_CACHE", "MODE", "shared, private or off (shared)",
	    setting_cache },
	{ "cache-ttl", "RSP_CACHE_TTL", "SECONDS",
	    "age at which an answer is refreshed (5)", setting_seconds },
	{ "cache-ttl-adaptive", "RSP_CACHE_TTL_ADAPTIVE", "SECONDS",
	    "the same for adaptive policies (0.5)", setting_seconds },
	{ "replay-limit", "RSP_REPLAY_LIMIT", "BYTES",
	    "kept per connection for a replay (65536)", setting_bytes },
	{ "domain", "RSP_DOMAIN", "SUFFIX",
	    "the suffix of dotted names (pool.alt)", setting_domain },
	{ "runtime-dir", "RSP_RUNTIME_DIR", "DIRECTORY",
	    "where the shared cache is ($XDG_RUNTIME_DIR/rsp)",
	    setting_directory },
	{ "log", "RSP_LOG", "LEVEL", "error, warn, info or debug (warn)",
	    setting_level },
	{ "log-file", "RSP_LOG_FILE", "FILE",
	    "where the log goes (standard error)", setting_file },
};

#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))
/* getopt's values: the index of a setting, then these */
enum { CHECK = 256, PROBE };

static void
help(void)
{
	puts("usage: rsp-run [OPTION]... COMMAND [ARG...]\n"
	     "       rsp-run --check\n"
	     "\n"
	     "Runs a command that reaches pools by name: pool:NAME or "
	     "NAME.pool.alt.\n");
	for (size_t i = 0; i < N_SETTINGS; i++) {
		char left[64];

		snprintf(left, sizeof(left), "--%s %s", settings[i].option,
		    settings[i].argument);
		if (strlen(left) < 32)
			printf("  %-32s%s\n", left, settings[i].help);
		else
			printf("  %s\n  %-32s%s\n", left, "", settings[i].help);
	}
	puts("      --check                     "
	     "is the library active, do registrars answer?\n"
	     "  -v, --verbose                   "
	     "like --log info; twice: debug\n"
	     "  -h, --help\n"
	     "  -V, --version");
}

static int
usage(const char *what)
{
	fprintf(stderr, "rsp-run: %s: try rsp-run --help\n", what);
	return EXIT_USAGE;
}

/* 0, or the exit status after a message. */
static int
check_setting(size_t i, const char *value)
{
	const char *why = settings[i].check(value);

	if (why == NULL)
		return 0;
	fprintf(stderr, "rsp-run: --%s %s: %s\n", settings[i].option, value,
	    why);
	return EXIT_USAGE;
}

/* Repeated registrars are a list, else the last of an option counts. */
static void
set_variable(size_t i, const char *value)
{
	static bool seen[N_SETTINGS];
	const char *before = getenv(settings[i].variable);
	char *list = NULL;

	if (i == 0 && seen[i] && before != NULL &&
	    asprintf(&list, "%s,%s", before, value) > 0)
		value = list;
	setenv(settings[i].variable, value, 1);
	free(list);
	seen[i] = true;
}

static void
fill_options(struct option *options)
{
	size_t n = 0;

	for (; n < N_SETTINGS; n++)
		options[n] = (struct option){ settings[n].option,
			required_argument, NULL, (int)n };
	options[n++] = (struct option){ "check", no_argument, NULL, CHECK };
	options[n++] = (struct option){ "probe", no_argument, NULL, PROBE };
	options[n++] = (struct option){ "verbose", no_argument, NULL, 'v' };
	options[n++] = (struct option){ "help", no_argument, NULL, 'h' };
	options[n++] = (struct option){ "version", no_argument, NULL, 'V' };
	options[n] = (struct option){ NULL, 0, NULL, 0 };
}

/* 0, or the exit status after a message. */
static int
preload(void)
{
	char library[TARGET_PATH];
	int err;

	if (!preload_find("librspshim.so", library)) {
		fprintf(stderr, "rsp-run: %s: %s: is rspool installed?\n",
		    library, strerror(ENOENT));
		return EXIT_NOT_FOUND;
	}
	err = preload_set(library);
	if (err == EINVAL) {
		fprintf(stderr,
		    "rsp-run: %s: LD_PRELOAD cannot hold a path with a space "
		    "or colon\n",
		    library);
		return EXIT_NOT_FOUND;
	}
	if (err != 0) {
		fprintf(stderr, "rsp-run: %s\n", strerror(err));
		return EXIT_NOT_EXECUTABLE;
	}
	return 0;
}

/* Some commands start their program without LD_PRELOAD.  Then the pools' names
 * are unknown to it, for no visible reason. */
static void
warn_of_empty_environments(char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash != NULL ? slash + 1 : argv[0];

	if (strcmp(name, "sudo") == 0 || strcmp(name, "doas") == 0)
		fprintf(stderr,
		    "rsp-run: %s drops LD_PRELOAD: write %s rsp-run COMMAND\n",
		    name, name);
	if (strcmp(name, "env") == 0 && argv[1] != NULL &&
	    (strcmp(argv[1], "-i") == 0 || strcmp(argv[1], "-") == 0 ||
		strcmp(argv[1], "--ignore-environment") == 0))
		fprintf(stderr,
		    "rsp-run: env %s drops LD_PRELOAD: write env %s rsp-run "
		    "COMMAND\n",
		    argv[1], argv[1]);
}

static int
run(char **argv)
{
	char path[TARGET_PATH];
	const char *why;
	enum target t = target_check(argv[0], path, &why);
	int status;

	if (t != TARGET_OK) {
		fprintf(stderr, "rsp-run: %s: %s\n",
		    t == TARGET_MISSING ? argv[0] : path, why);
		return t == TARGET_MISSING ? EXIT_NOT_FOUND
					   : EXIT_NOT_EXECUTABLE;
	}
	status = preload();
	if (status != 0)
		return status;
	warn_of_empty_environments(argv);
	execvp(argv[0], argv);
	fprintf(stderr, "rsp-run: %s: %s\n", argv[0], strerror(errno));
	return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

int
main(int argc, char **argv)
{
	struct option options[N_SETTINGS + 6];
	int c, verbose = 0;
	bool check = false;

	fill_options(options);
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+hVv", options, NULL)) != -1) {
		if (c >= 0 && c < (int)N_SETTINGS) {
			if (check_setting((size_t)c, optarg) != 0)
				return EXIT_USAGE;
			set_variable((size_t)c, optarg);
		} else if (c == 'v')
			setenv("RSP_LOG", ++verbose > 1 ? "debug" : "info", 1);
		else if (c == CHECK)
			check = true;
		else if (c == PROBE)
			return run_probe();
		else if (c == 'h') {
			help();
			return 0;
		} else if (c == 'V') {
			puts("rsp-run (" PACKAGE_NAME ") " PACKAGE_VERSION);
			return 0;
		} else
			return usage(argv[optind - 1]);
	}
	if (check) {
		int status = preload();

		return status != 0 ? status : run_check();
	}
	if (optind == argc)
		return usage("no command");
	return run(argv + optind);
}
