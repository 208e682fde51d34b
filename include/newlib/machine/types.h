/* Types that programs of other systems ask <sys/types.h> for. */
#ifndef _SYS_TYPES_H
#error "must be included via <sys/types.h>"
#endif

#if __MISC_VISIBLE
typedef __INT64_TYPE__ loff_t;
typedef __INT64_TYPE__ quad_t;
typedef __UINT64_TYPE__ u_quad_t;
#endif
