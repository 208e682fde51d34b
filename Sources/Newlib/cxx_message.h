/* How the C++ runtime ends a program that cannot go on. */
#ifndef HERMIT_SHIM_CXX_MESSAGE_H
#define HERMIT_SHIM_CXX_MESSAGE_H

#ifdef __cplusplus
extern "C"
#endif
/* Writes the reason to standard error and aborts (cxx_calls.c). */
__attribute__((__visibility__("hidden"), __noreturn__)) void __hermit_cxx_fail(const char *why);

#endif
