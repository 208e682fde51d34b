/*
 * What the tracer knows of the ABI's functions: tables that the tool makes
 * from the headers in include/, for images that can be traced.
 */
#ifndef HERMIT_TRACE_H
#define HERMIT_TRACE_H

#include <stdint.h>

/* How a value is shown. */
enum hermit_trace_kind {
	HERMIT_TRACE_NOTHING = 0,  /* there is none */
	HERMIT_TRACE_SIGNED = 1,   /* of `size` bytes */
	HERMIT_TRACE_UNSIGNED = 2,
	HERMIT_TRACE_OCTAL = 3,
	HERMIT_TRACE_ADDRESS = 4,
	HERMIT_TRACE_ONE_OF = 5,   /* one of `constants` */
	HERMIT_TRACE_FLAGS = 6,    /* some of `constants`, or-ed */
	HERMIT_TRACE_STRING = 7,   /* the address of bytes up to a zero */
	HERMIT_TRACE_BYTES = 8,    /* the address of bytes */
	HERMIT_TRACE_POINTER = 9,  /* the address of one or more `type` */
	HERMIT_TRACE_RECORD = 10,  /* a `type` itself; only in another one */
	HERMIT_TRACE_ARRAY = 11    /* `size` bytes themselves; only in a `type` */
};

struct hermit_trace_constant {
	const char *name;
	int64_t value;
};

struct hermit_trace_constants {
	uint64_t count;
	const struct hermit_trace_constant *list;
};

struct hermit_trace_type;

struct hermit_trace_value {
	uint32_t kind;
	uint32_t size;
	/* The function writes what the address names; it is shown when it returns. */
	uint32_t is_written;
	/* Which parameter, from 1 on, says how many; 0: one, or as many as there are. */
	uint32_t count;
	const struct hermit_trace_constants *constants;
	const struct hermit_trace_type *type;
};

struct hermit_trace_field {
	const char *name;
	uint64_t offset;
	struct hermit_trace_value value;
};

/* A structure; or a value alone, which is one field without a name. */
struct hermit_trace_type {
	uint64_t size;
	uint64_t field_count;
	const struct hermit_trace_field *fields;
};

#define HERMIT_TRACE_PARAMETERS 6

struct hermit_trace_function {
	const char *name;
	uint32_t returns; /* 0: never */
	uint32_t parameter_count;
	struct hermit_trace_value result;
	struct hermit_trace_value parameters[HERMIT_TRACE_PARAMETERS];
};

/* A call, on the caller's stack, as the traced gate leaves it there. */
struct hermit_trace_call {
	uint64_t arguments[HERMIT_TRACE_PARAMETERS];
	uint64_t result;
	uint64_t start; /* nanoseconds on the monotonic clock */
};

/* trace.c: starts the tracer; 0: the image has none. */
int machine_start_trace(void);

#endif
