/* Mappings of memory and of files. */
#include <sys/mman.h>
#include <unistd.h>

#include "shim.h"

_Static_assert(PROT_READ == HERMIT_PROT_READ && PROT_WRITE == HERMIT_PROT_WRITE &&
	       PROT_EXEC == HERMIT_PROT_EXEC && PROT_NONE == HERMIT_PROT_NONE, "PROT");
_Static_assert(MAP_FIXED == HERMIT_MAP_FIXED && MAP_POPULATE == HERMIT_MAP_POPULATE &&
	       MAP_FIXED_NOREPLACE == HERMIT_MAP_FIXED_NOREPLACE, "MAP");
_Static_assert(MAP_SHARED == HERMIT_MAP_SHARED && MAP_PRIVATE == HERMIT_MAP_PRIVATE, "MAP");
_Static_assert(MADV_NORMAL == HERMIT_MADV_NORMAL && MADV_DONTNEED == HERMIT_MADV_DONTNEED &&
	       MADV_FREE == HERMIT_MADV_FREE && MADV_DONTFORK == HERMIT_MADV_DONTFORK &&
	       MADV_DODUMP == HERMIT_MADV_DODUMP, "MADV");
_Static_assert(MS_ASYNC == HERMIT_MS_ASYNC && MS_INVALIDATE == HERMIT_MS_INVALIDATE &&
	       MS_SYNC == HERMIT_MS_SYNC, "MS");
_Static_assert(MCL_CURRENT == HERMIT_MCL_CURRENT && MCL_FUTURE == HERMIT_MCL_FUTURE, "MCL");

/*
 * As checked(); newlib tells ENOTSUP from EOPNOTSUPP, which have one number
 * in hermit.h. For mappings it is the first.
 */
static int done(long result)
{
	if (result == -HERMIT_ENOTSUP)
		return failed(_REENT, ENOTSUP);
	return (int)checked(result);
}

/* Maps a file. An address that is only wished for is taken if nothing is there. */
static int mapFile(int fd, off_t offset, size_t size, uint32_t protection, int flags, void **start)
{
	const uintptr_t page = (uintptr_t)sys_getpagesize();
	void *wish = (void *)((uintptr_t)*start & ~(page - 1));
	int result;

	if (wish && !(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
		*start = wish;
		result = sys_mmap_file(fd, offset, size, protection,
				       (uint32_t)(flags | MAP_FIXED_NOREPLACE), start);
		if (result != -HERMIT_EEXIST && result != -HERMIT_ENOMEM)
			return result;
	}
	return sys_mmap_file(fd, offset, size, protection, (uint32_t)flags, start);
}

WEAK void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	const int passed = MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_POPULATE;
	const int known = passed | MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK;
	const int sharing = flags & (MAP_SHARED | MAP_PRIVATE);
	struct _reent *reent = _REENT;
	void *start;

	if (flags & ~known || !sharing || sharing == (MAP_SHARED | MAP_PRIVATE) ||
	    (offset & (sys_getpagesize() - 1))) {
		failed(reent, EINVAL);
		return MAP_FAILED;
	}
	start = address;
	if (!(flags & MAP_ANONYMOUS))
		return done(mapFile(fd, offset, size, (uint32_t)protection,
				    flags & (passed | MAP_SHARED | MAP_PRIVATE), &start))
			? MAP_FAILED : start;
	if (done(sys_mmap_at(address, size, (uint32_t)protection, (uint32_t)(flags & passed), &start)))
		return MAP_FAILED;
	return start;
}

WEAK int munmap(void *start, size_t size)
{
	return done(sys_munmap(start, size));
}

WEAK int mprotect(void *start, size_t size, int protection)
{
	return done(sys_mprotect(start, size, (uint32_t)protection));
}

WEAK int madvise(void *start, size_t size, int advice)
{
	return done(sys_madvise(start, size, advice));
}

/* Returns the error's number. POSIX's advice loses nothing, MADV_DONTNEED does. */
WEAK int posix_madvise(void *start, size_t size, int advice)
{
	int result;

	if (advice < POSIX_MADV_NORMAL || advice > POSIX_MADV_DONTNEED)
		return EINVAL;
	result = sys_madvise(start, size, HERMIT_MADV_NORMAL);
	return result < 0 ? __hermit_errno(-result) : 0;
}

WEAK int msync(void *start, size_t size, int flags)
{
	return done(sys_msync(start, size, flags));
}

WEAK int mincore(void *start, size_t size, unsigned char *resident)
{
	return done(sys_mincore(start, size, resident));
}

WEAK int mlock(const void *start, size_t size)
{
	return done(sys_mlock(start, size));
}

WEAK int munlock(const void *start, size_t size)
{
	return done(sys_munlock(start, size));
}

WEAK int mlockall(int flags)
{
	return done(sys_mlockall(flags));
}

WEAK int munlockall(void)
{
	return done(sys_munlockall(0));
}
