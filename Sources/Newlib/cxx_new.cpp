// operator new and delete. All are weak: a program may replace any of them.
// There are no exceptions: the plain forms end the program when memory has
// run out, the nothrow ones return null. Memory is malloc's, so that a
// program that brings an allocator of its own has one.
#include <new>

#include <stdlib.h>

#include "cxx_message.h"

#define WEAK __attribute__((weak))

namespace std {

WEAK extern const nothrow_t nothrow{};

}

namespace {

using std::align_val_t;
using std::nothrow_t;
using std::size_t;

// malloc(0) may be null elsewhere; the size of an object is never 0 here.
void *get(size_t size) noexcept { return malloc(size ? size : 1); }

void *get(size_t size, align_val_t to) noexcept
{
	return aligned_alloc(static_cast<size_t>(to), size ? size : 1);
}

void *need(void *block)
{
	if (!block)
		__hermit_cxx_fail("operator new: out of memory");
	return block;
}

}

WEAK void *operator new(size_t size) { return need(get(size)); }
WEAK void *operator new(size_t size, const nothrow_t &) noexcept { return get(size); }
WEAK void *operator new(size_t size, align_val_t to) { return need(get(size, to)); }
WEAK void *operator new(size_t size, align_val_t to, const nothrow_t &) noexcept { return get(size, to); }
WEAK void operator delete(void *block) noexcept { free(block); }
WEAK void operator delete(void *block, size_t) noexcept { free(block); }
WEAK void operator delete(void *block, const nothrow_t &) noexcept { free(block); }
WEAK void operator delete(void *block, align_val_t) noexcept { free(block); }
WEAK void operator delete(void *block, size_t, align_val_t) noexcept { free(block); }
WEAK void operator delete(void *block, align_val_t, const nothrow_t &) noexcept { free(block); }

WEAK void *operator new[](size_t size) { return operator new(size); }
WEAK void *operator new[](size_t size, const nothrow_t &none) noexcept { return operator new(size, none); }
WEAK void *operator new[](size_t size, align_val_t to) { return operator new(size, to); }
WEAK void *operator new[](size_t size, align_val_t to, const nothrow_t &none) noexcept
{
	return operator new(size, to, none);
}
WEAK void operator delete[](void *block) noexcept { operator delete(block); }
WEAK void operator delete[](void *block, size_t) noexcept { operator delete(block); }
WEAK void operator delete[](void *block, const nothrow_t &) noexcept { operator delete(block); }
WEAK void operator delete[](void *block, align_val_t to) noexcept { operator delete(block, to); }
WEAK void operator delete[](void *block, size_t, align_val_t to) noexcept { operator delete(block, to); }
WEAK void operator delete[](void *block, align_val_t to, const nothrow_t &) noexcept
{
	operator delete(block, to);
}
