/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - rsp-registrar(8): settings, start, run, end */
#include <stdio.h>
#include <stdlib.h>

#include "registrar/config.h"
#include "registrar/log.h"
#include "rsp/net/log.h"
#include "registrar/server.h"

/* What only prints and ends. */
static bool
printed(const struct config *c)
{
	if (c->help)
		config_help(stdout);
	else if (c->version)
		puts("rsp-registrar (" PACKAGE_NAME ") " PACKAGE_VERSION);
	else if (c->dump)
		config_dump(c, stdout);
	return c->help || c->version || c->dump;
}

int
main(int argc, char **argv)
{
	static struct server server;
	struct config config;
	char error[SERVER_ERROR];
	int status;

	(void)argc;
	log_init(RSP_LOG_INFO);
	if (!config_load(&config, argv, error))
		fatalx(2, "%s", error);
	if (printed(&config))
		return ferror(stdout) || fclose(stdout) != 0;
	log_init(config_log_level(&config));
	status = server_init(&server, &config, argv, error);
	if (status == 0)
		server_run(&server);
	server_fini(&server);
	if (status != 0)
		fatalx(status, "%s", error);
	return 0;
}
