/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - the time, from the kernel's own page (vdso(7))
 *
 * Not libc's clock_gettime(), which is for faketime and its like to replace:
 * the time goes into memory shared with other processes.  The page is an ELF
 * image without section headers that must be believed; its few symbols lie
 * between the symbol table and the strings.  Without it a system call does.
 */
#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

#include "rsp/net/sys.h"

typedef int clock_function(clockid_t clock, struct timespec *t);

static int
ask_kernel(clockid_t clock, struct timespec *t)
{
#if defined(SYS_clock_gettime64) && !defined(__LP64__)
	int64_t wide[2] = { 0, 0 };
	int r =
	    (int)sys_call(SYS_clock_gettime64, clock, (long)wide, 0, 0, 0, 0);

	t->tv_sec = (time_t)wide[0];
	t->tv_nsec = (long)wide[1];
	return r;
#else
	return (int)sys_call(SYS_clock_gettime, clock, (long)t, 0, 0, 0, 0);
#endif
}

#ifdef __LP64__
struct image {
	const char *base; /* its addresses are relative to this */
	const Elf64_Sym *symbols;
	const char *names;
};

/* False if something is missing. */
static bool
read_image(const Elf64_Ehdr *e, struct image *v)
{
	const Elf64_Phdr *p = (const void *)((const char *)e + e->e_phoff);
	const Elf64_Dyn *d = NULL;

	*v = (struct image){ NULL, NULL, NULL };
	for (unsigned i = 0; i < e->e_phnum; i++, p++) {
		if (p->p_type == PT_LOAD && v->base == NULL)
			v->base = (const char *)e + p->p_offset - p->p_vaddr;
		if (p->p_type == PT_DYNAMIC)
			d = (const void *)((const char *)e + p->p_offset);
	}
	if (v->base == NULL || d == NULL)
		return false;
	for (; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_SYMTAB)
			v->symbols = (const void *)(v->base + d->d_un.d_ptr);
		if (d->d_tag == DT_STRTAB)
			v->names = v->base + d->d_un.d_ptr;
	}
	return v->symbols != NULL && v->names > (const char *)v->symbols;
}

static clock_function *
find(void)
{
	const Elf64_Ehdr *e = (const void *)getauxval(AT_SYSINFO_EHDR);
	struct image v;
	const Elf64_Sym *s;

	if (e == NULL || memcmp(e->e_ident, ELFMAG, SELFMAG) != 0 ||
	    !read_image(e, &v))
		return ask_kernel;
	for (s = v.symbols; (const char *)(s + 1) <= v.names; s++) {
		const char *name = v.names + s->st_name;

		if (s->st_shndx != SHN_UNDEF &&
		    (strcmp(name, "__vdso_clock_gettime") == 0 ||
			strcmp(name, "__kernel_clock_gettime") == 0))
			return (
			    clock_function *)(uintptr_t)(v.base + s->st_value);
	}
	return ask_kernel;
}
#else
static clock_function *
find(void)
{
	return ask_kernel;
}
#endif

int64_t
sys_clock(clockid_t clock)
{
	static clock_function *function;
	clock_function *f = __atomic_load_n(&function, __ATOMIC_RELAXED);
	struct timespec t = { 0, 0 };

	if (f == NULL) {
		f = find();
		__atomic_store_n(&function, f, __ATOMIC_RELAXED);
	}
	if (f(clock, &t) != 0)
		ask_kernel(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t
sys_now(void)
{
	return sys_clock(CLOCK_BOOTTIME) / 1000000;
}
