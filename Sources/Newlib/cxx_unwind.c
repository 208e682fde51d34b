/*
 * What the compiler refers to wherever an exception would pass. As nothing
 * throws, none of it is ever called; should it be, the program ends.
 */
#include "cxx_message.h"

static void refuse(void)
{
	__hermit_cxx_fail("an exception without anything that throws it");
}

#define NEVER(NAME) \
	void NAME(void); \
	void NAME(void) { refuse(); }

NEVER(__gxx_personality_v0)
NEVER(_Unwind_Resume)
NEVER(__cxa_begin_catch)
NEVER(__cxa_end_catch)
NEVER(__cxa_get_exception_ptr)
NEVER(__cxa_free_exception)
NEVER(__cxa_call_unexpected)
NEVER(__cxa_throw_bad_array_new_length)

/* std::terminate() */
NEVER(_ZSt9terminatev)
