/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - log lines that are safe anywhere: a small printf, and where its
 * lines go */
#include "rsp/net/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "rsp/net/sys.h"
#include "rsp/core/wire/pool_name.h"

#define LINE_MAX_BYTES 1000

static struct {
	const char *who; /* NULL: silent */
	const char *path;
	enum rsp_log_level level;
	dev_t dev; /* of descriptor 2 */
	ino_t ino;
} to;

struct line {
	char text[LINE_MAX_BYTES + 1];
	size_t len;
};

void
rsp_log_init(const char *who, enum rsp_log_level level, const char *path)
{
	struct stat st;

	to.level = level;
	to.path = path;
	to.dev = 0;
	to.ino = 0;
	if (sys_fstat(2, &st) == 0) {
		to.dev = st.st_dev;
		to.ino = st.st_ino;
	}
	to.who = who;
}

int
rsp_log_parse(const char *text)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };

	for (int i = 0; i < 4; i++)
		if (strcmp(text, names[i]) == 0)
			return i;
	return -1;
}

bool
rsp_log_enabled(enum rsp_log_level level)
{
	return to.who != NULL && level <= to.level;
}

static void
put(struct line *l, char c)
{
	if (l->len < LINE_MAX_BYTES)
		l->text[l->len++] = c;
}

/* Text of others' may not look like another line, or like a line of ours. */
static void
put_text(struct line *l, const char *s)
{
	struct rsp_span character;
	size_t n;

	if (s == NULL)
		s = "(none)";
	for (; *s != '\0'; s += n) {
		character.at = (const uint8_t *)s;
		character.len = strnlen(s, 4);
		n = *s == ' ' ? 1 : rsp_pool_name_visible(character);
		for (size_t i = 0; i < n; i++)
			put(l, s[i]);
		if (n > 0)
			continue;
		put(l, '?');
		n = 1;
	}
}

static void
put_number(struct line *l, unsigned long long v, unsigned base)
{
	char digits[20];
	unsigned n = 0;

	do
		digits[n++] = "0123456789abcdef"[v % base];
	while ((v /= base) != 0);
	while (n > 0)
		put(l, digits[--n]);
}

static void
put_signed(struct line *l, long long v)
{
	if (v < 0)
		put(l, '-');
	put_number(l, v < 0 ? -(unsigned long long)v : (unsigned long long)v,
	    10);
}

/* One conversion; `size` counts the l's before it. */
static void
convert(struct line *l, char kind, int size, va_list *ap)
{
	unsigned long long u;

	switch (kind) {
	case 's':
		put_text(l, va_arg(*ap, const char *));
		break;
	case 'c':
		put(l, (char)va_arg(*ap, int));
		break;
	case 'd':
		put_signed(l, size == 0	  ? va_arg(*ap, int)
			      : size == 1 ? va_arg(*ap, long)
					  : va_arg(*ap, long long));
		break;
	case 'u':
	case 'x':
		u = size == 0	? va_arg(*ap, unsigned)
		    : size == 1 ? va_arg(*ap, unsigned long)
				: va_arg(*ap, unsigned long long);
		put_number(l, u, kind == 'u' ? 10 : 16);
		break;
	case '%':
		put(l, '%');
		break;
	}
}

static void
format_line(struct line *l, const char *format, va_list *ap)
{
	put_text(l, to.who);
	put_text(l, ": ");
	for (; *format != '\0'; format++) {
		int size = 0;

		if (*format != '%') {
			put(l, *format);
			continue;
		}
		for (format++; *format == 'l' || *format == 'z'; format++)
			size++;
		if (*format == '\0')
			break;
		convert(l, *format, size, ap);
	}
	l->text[l->len++] = '\n';
}

/* A reader of the log that has stopped must not stop us. */
static bool
is_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return sys_poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}

static int
open_target(void)
{
	struct stat st;

	if (to.path != NULL)
		return sys_openat(AT_FDCWD, to.path,
		    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK |
			O_NOCTTY,
		    0600);
	if (to.ino == 0 || sys_fstat(2, &st) != 0 || st.st_ino != to.ino ||
	    st.st_dev != to.dev)
		return -EBADF;
	return 2;
}

void
rsp_log(enum rsp_log_level level, const char *format, ...)
{
	struct line l;
	struct sys_quiet quiet;
	va_list ap;
	int fd;

	if (!rsp_log_enabled(level))
		return;
	l.len = 0;
	va_start(ap, format);
	format_line(&l, format, &ap);
	va_end(ap);
	fd = open_target();
	if (fd < 0)
		return;
	if (is_writable(fd)) {
		sys_quiet_begin(&quiet);
		sys_write(fd, l.text, l.len);
		sys_quiet_end(&quiet);
	}
	if (to.path != NULL)
		sys_close(fd);
}
