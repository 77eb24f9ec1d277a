/* SPDX-License-Identifier: Apache-2.0 */
/* run_setting.h - checks of the values of rsp-run's options
 *
 * Each function says what is wrong with a value, or NULL.  The library would
 * write a line and use the default, which is too late for a user who types a
 * command.
 */
#ifndef RSP_SHIM_RUN_SETTING_H
#define RSP_SHIM_RUN_SETTING_H

typedef const char *run_setting(const char *value);

run_setting setting_registrars, setting_pools, setting_failover,
    setting_seconds, setting_more_than_no_seconds, setting_cache, setting_bytes,
    setting_domain, setting_directory, setting_level, setting_file;

#endif
