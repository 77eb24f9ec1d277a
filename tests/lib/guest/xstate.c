/* SPDX-License-Identifier: Apache-2.0 */
/* xstate.c - preload library that lets user-mode Linux 6.1 run on new CPUs
 *
 * That kernel sets the floating-point registers of its processes from an area
 * of a fixed size.  Where the CPU has more registers, the host's kernel takes
 * no area as short as that (EFAULT).  So ptrace() pads it, with the additional
 * registers in their initial state; elsewhere nothing is changed.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define XSTATE 0x202	   /* NT_X86_XSTATE */
#define XSTATE_MIN 576	   /* the legacy area and the header */
#define XSTATE_PRESENT 512 /* where the header says what is in the area */
#define TILES (UINT64_C(3) << 17)

static long
raw(long request, long pid, void *addr, void *data)
{
	return syscall(SYS_ptrace, request, pid, addr, data);
}

/* The CPU's own size, asked once; 0: unknown. */
static size_t
full_size(long pid, uint8_t *room, size_t size)
{
	static size_t full;
	struct iovec v = { room, size };

	if (full == 0 && raw(PTRACE_GETREGSET, pid, (void *)XSTATE, &v) == 0)
		full = v.iov_len;
	return full;
}

static long
set_xstate(long pid, const struct iovec *in)
{
	static uint8_t room[65536] __attribute__((aligned(64)));
	struct iovec v = { room, full_size(pid, room, sizeof(room)) };
	uint64_t present;

	if (v.iov_len <= in->iov_len || in->iov_len < XSTATE_MIN)
		return raw(PTRACE_SETREGSET, pid, (void *)XSTATE, (void *)in);
	memcpy(room, in->iov_base, in->iov_len);
	memset(room + in->iov_len, 0, v.iov_len - in->iov_len);
	memcpy(&present, room + XSTATE_PRESENT, sizeof(present));
	present &= ~TILES;
	memcpy(room + XSTATE_PRESENT, &present, sizeof(present));
	return raw(PTRACE_SETREGSET, pid, (void *)XSTATE, &v);
}

long ptrace(enum __ptrace_request request, ...);

long
ptrace(enum __ptrace_request request, ...)
{
	va_list ap;
	void *addr, *data;
	long pid, word, r;

	va_start(ap, request);
	pid = va_arg(ap, pid_t);
	addr = va_arg(ap, void *);
	data = va_arg(ap, void *);
	va_end(ap);
	if (request == PTRACE_SETREGSET && addr == (void *)XSTATE)
		return set_xstate(pid, data);
	if (request < PTRACE_PEEKTEXT || request > PTRACE_PEEKUSER)
		return raw(request, pid, addr, data);
	/* the system call stores the word, libc's function returns it */
	r = raw(request, pid, addr, &word);
	if (r < 0)
		return r;
	errno = 0;
	return word;
}
