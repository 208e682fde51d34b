/* An entry of a directory (POSIX), laid out as hermit.h's. */
#ifndef _SYS_DIRENT_H
#define _SYS_DIRENT_H

#include <sys/cdefs.h>
#include <sys/types.h>

struct dirent {
	ino_t d_ino;
	off_t d_off; /* where the next one is, for seekdir */
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[256]; /* NAME_MAX and its zero; less is there than this */
};

#define _DIRENT_HAVE_D_TYPE   1
#define _DIRENT_HAVE_D_RECLEN 1
#define _DIRENT_HAVE_D_OFF    1

typedef struct __hermit_dir DIR;

/* What d_type says; not every file system does. */
#if __MISC_VISIBLE || __BSD_VISIBLE || __POSIX_VISIBLE >= 202405
#define DT_UNKNOWN 0
#define DT_FIFO    1
#define DT_CHR     2
#define DT_DIR     4
#define DT_BLK     6
#define DT_REG     8
#define DT_LNK     10
#define DT_SOCK    12

#define IFTODT(mode) (((mode) & 0170000) >> 12)
#define DTTOIF(type) ((type) << 12)
#endif

#endif
