// operator new and delete. All are weak: a program may replace any of them.
// There are no exceptions: the plain forms end the program when memory has
// run out, the nothrow ones return null.
#include <hermit.h>

#include "cxx_message.h"

namespace std {
enum class align_val_t : size_t {};
struct nothrow_t {};
__attribute__((weak)) extern const nothrow_t nothrow{};
}

#define WEAK __attribute__((weak))

namespace {

constexpr size_t usual = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

void *need(size_t size, size_t alignment)
{
	void *block = sys_alloc(size, alignment);

	if (!block)
		__hermit_cxx_fail("operator new: out of memory");
	return block;
}

void *tryNew(size_t size, size_t alignment) { return sys_alloc(size, alignment); }

void give(void *block) { sys_free(block, 0, usual); }

size_t bytes(std::align_val_t alignment) { return static_cast<size_t>(alignment); }

}

WEAK void *operator new(size_t size) { return need(size, usual); }
WEAK void *operator new(size_t size, const std::nothrow_t &) noexcept { return tryNew(size, usual); }
WEAK void *operator new(size_t size, std::align_val_t to) { return need(size, bytes(to)); }
WEAK void *operator new(size_t size, std::align_val_t to, const std::nothrow_t &) noexcept
{
	return tryNew(size, bytes(to));
}
WEAK void operator delete(void *block) noexcept { give(block); }
WEAK void operator delete(void *block, size_t) noexcept { give(block); }
WEAK void operator delete(void *block, const std::nothrow_t &) noexcept { give(block); }
WEAK void operator delete(void *block, std::align_val_t) noexcept { give(block); }
WEAK void operator delete(void *block, size_t, std::align_val_t) noexcept { give(block); }
WEAK void operator delete(void *block, std::align_val_t, const std::nothrow_t &) noexcept { give(block); }

WEAK void *operator new[](size_t size) { return need(size, usual); }
WEAK void *operator new[](size_t size, const std::nothrow_t &) noexcept { return tryNew(size, usual); }
WEAK void *operator new[](size_t size, std::align_val_t to) { return need(size, bytes(to)); }
WEAK void *operator new[](size_t size, std::align_val_t to, const std::nothrow_t &) noexcept
{
	return tryNew(size, bytes(to));
}
WEAK void operator delete[](void *block) noexcept { give(block); }
WEAK void operator delete[](void *block, size_t) noexcept { give(block); }
WEAK void operator delete[](void *block, const std::nothrow_t &) noexcept { give(block); }
WEAK void operator delete[](void *block, std::align_val_t) noexcept { give(block); }
WEAK void operator delete[](void *block, size_t, std::align_val_t) noexcept { give(block); }
WEAK void operator delete[](void *block, std::align_val_t, const std::nothrow_t &) noexcept { give(block); }
