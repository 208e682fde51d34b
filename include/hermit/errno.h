/*
 * Error numbers: Linux's. A function returns one as its negative, and the
 * calling task's errno then holds it as it is.
 */
#ifndef HERMIT_ERRNO_H
#define HERMIT_ERRNO_H

#include "types.h"

#define HERMIT_EPERM             1   /* operation not permitted */
#define HERMIT_ENOENT            2   /* no such file or directory */
#define HERMIT_ESRCH             3   /* no such task */
#define HERMIT_EINTR             4   /* interrupted */
#define HERMIT_EIO               5   /* input or output failed */
#define HERMIT_ENXIO             6   /* no such device or address */
#define HERMIT_E2BIG             7   /* argument list too long */
#define HERMIT_ENOEXEC           8   /* not an executable */
#define HERMIT_EBADF             9   /* no such open descriptor, or not open for this */
#define HERMIT_ECHILD            10  /* no child */
#define HERMIT_EAGAIN            11  /* not now; try again (also HERMIT_EWOULDBLOCK) */
#define HERMIT_ENOMEM            12  /* not enough memory */
#define HERMIT_EACCES            13  /* permission denied */
#define HERMIT_EFAULT            14  /* bad address */
#define HERMIT_ENOTBLK           15  /* not a block device */
#define HERMIT_EBUSY             16  /* in use */
#define HERMIT_EEXIST            17  /* exists already */
#define HERMIT_EXDEV             18  /* on another file system */
#define HERMIT_ENODEV            19  /* no such device */
#define HERMIT_ENOTDIR           20  /* not a directory */
#define HERMIT_EISDIR            21  /* is a directory */
#define HERMIT_EINVAL            22  /* invalid argument */
#define HERMIT_ENFILE            23  /* too many open files in the system */
#define HERMIT_EMFILE            24  /* too many open descriptors */
#define HERMIT_ENOTTY            25  /* not a terminal, or no such request for this descriptor */
#define HERMIT_ETXTBSY           26  /* file is being executed */
#define HERMIT_EFBIG             27  /* file too large */
#define HERMIT_ENOSPC            28  /* no space left */
#define HERMIT_ESPIPE            29  /* cannot seek */
#define HERMIT_EROFS             30  /* read-only file system */
#define HERMIT_EMLINK            31  /* too many links */
#define HERMIT_EPIPE             32  /* nobody reads the other end */
#define HERMIT_EDOM              33  /* argument outside of the function's domain */
#define HERMIT_ERANGE            34  /* result too large */
#define HERMIT_EDEADLK           35  /* would deadlock */
#define HERMIT_ENAMETOOLONG      36  /* name too long */
#define HERMIT_ENOLCK            37  /* no locks left */
#define HERMIT_ENOSYS            38  /* not available in this version */
#define HERMIT_ENOTEMPTY         39  /* directory not empty */
#define HERMIT_ELOOP             40  /* too many symbolic links */
#define HERMIT_ENOMSG            42  /* no such message */
#define HERMIT_EIDRM             43  /* identifier removed */
#define HERMIT_ENOSTR            60  /* not a stream */
#define HERMIT_ENODATA           61  /* no data */
#define HERMIT_ETIME             62  /* timer expired */
#define HERMIT_ENOSR             63  /* no stream resources */
#define HERMIT_ENOLINK           67  /* link severed */
#define HERMIT_EPROTO            71  /* protocol error */
#define HERMIT_EMULTIHOP         72  /* multihop attempted */
#define HERMIT_EBADMSG           74  /* bad message */
#define HERMIT_EOVERFLOW         75  /* value too large for its type */
#define HERMIT_EILSEQ            84  /* invalid byte sequence */
#define HERMIT_EUSERS            87  /* too many users */
#define HERMIT_ENOTSOCK          88  /* not a socket */
#define HERMIT_EDESTADDRREQ      89  /* destination address required */
#define HERMIT_EMSGSIZE          90  /* message too long */
#define HERMIT_EPROTOTYPE        91  /* wrong protocol for the socket */
#define HERMIT_ENOPROTOOPT       92  /* no such option */
#define HERMIT_EPROTONOSUPPORT   93  /* protocol not supported */
#define HERMIT_ESOCKTNOSUPPORT   94  /* socket type not supported */
#define HERMIT_EOPNOTSUPP        95  /* operation not supported (also HERMIT_ENOTSUP) */
#define HERMIT_EPFNOSUPPORT      96  /* protocol family not supported */
#define HERMIT_EAFNOSUPPORT      97  /* address family not supported */
#define HERMIT_EADDRINUSE        98  /* address in use */
#define HERMIT_EADDRNOTAVAIL     99  /* address not available */
#define HERMIT_ENETDOWN          100 /* network is down */
#define HERMIT_ENETUNREACH       101 /* network unreachable */
#define HERMIT_ENETRESET         102 /* connection aborted by the network */
#define HERMIT_ECONNABORTED      103 /* connection aborted */
#define HERMIT_ECONNRESET        104 /* connection reset */
#define HERMIT_ENOBUFS           105 /* no buffer space */
#define HERMIT_EISCONN           106 /* connected already */
#define HERMIT_ENOTCONN          107 /* not connected */
#define HERMIT_ESHUTDOWN         108 /* shut down already */
#define HERMIT_ETOOMANYREFS      109 /* too many references */
#define HERMIT_ETIMEDOUT         110 /* timed out */
#define HERMIT_ECONNREFUSED      111 /* connection refused */
#define HERMIT_EHOSTDOWN         112 /* host is down */
#define HERMIT_EHOSTUNREACH      113 /* host unreachable */
#define HERMIT_EALREADY          114 /* in progress already */
#define HERMIT_EINPROGRESS       115 /* in progress */
#define HERMIT_ESTALE            116 /* stale handle */
#define HERMIT_EDQUOT            122 /* quota exceeded */
#define HERMIT_ECANCELED         125 /* cancelled */
#define HERMIT_EOWNERDEAD        130 /* owner died */
#define HERMIT_ENOTRECOVERABLE   131 /* state not recoverable */

#define HERMIT_EWOULDBLOCK HERMIT_EAGAIN
#define HERMIT_ENOTSUP HERMIT_EOPNOTSUPP

HERMIT_BEGIN_DECLARATIONS

/*
 * sys_errno_location: where the calling task's errno is.
 *
 * The int is the task's for as long as the task lives; it may be read and
 * written. Never NULL.
 */
HERMIT_LEAF int *sys_errno_location(void);

/*
 * sys_errno, sys_get_errno: the calling task's errno, a positive number, or 0
 * if no function has failed yet. The two are the same.
 */
HERMIT_LEAF int sys_errno(void);
HERMIT_LEAF int sys_get_errno(void);

HERMIT_END_DECLARATIONS

#endif
