/*
 * The numbers of errors: Linux's.
 */
#ifndef HERMIT_ERRNO_H
#define HERMIT_ERRNO_H

#define HERMIT_EPERM 1 /* operation not permitted */
#define HERMIT_ENOENT 2 /* no such file or directory */
#define HERMIT_ESRCH 3 /* no such process */
#define HERMIT_EINTR 4 /* interrupted system call */
#define HERMIT_EIO 5 /* input/output error */
#define HERMIT_ENXIO 6 /* no such device or address */
#define HERMIT_E2BIG 7 /* argument list too long */
#define HERMIT_ENOEXEC 8 /* exec format error */
#define HERMIT_EBADF 9 /* bad file descriptor */
#define HERMIT_ECHILD 10 /* no child processes */
#define HERMIT_EAGAIN 11 /* resource temporarily unavailable */
#define HERMIT_ENOMEM 12 /* cannot allocate memory */
#define HERMIT_EACCES 13 /* permission denied */
#define HERMIT_EFAULT 14 /* bad address */
#define HERMIT_ENOTBLK 15 /* block device required */
#define HERMIT_EBUSY 16 /* device or resource busy */
#define HERMIT_EEXIST 17 /* file exists */
#define HERMIT_EXDEV 18 /* invalid cross-device link */
#define HERMIT_ENODEV 19 /* no such device */
#define HERMIT_ENOTDIR 20 /* not a directory */
#define HERMIT_EISDIR 21 /* is a directory */
#define HERMIT_EINVAL 22 /* invalid argument */
#define HERMIT_ENFILE 23 /* too many open files in system */
#define HERMIT_EMFILE 24 /* too many open files */
#define HERMIT_ENOTTY 25 /* inappropriate ioctl for device */
#define HERMIT_ETXTBSY 26 /* text file busy */
#define HERMIT_EFBIG 27 /* file too large */
#define HERMIT_ENOSPC 28 /* no space left on device */
#define HERMIT_ESPIPE 29 /* illegal seek */
#define HERMIT_EROFS 30 /* read-only file system */
#define HERMIT_EMLINK 31 /* too many links */
#define HERMIT_EPIPE 32 /* broken pipe */
#define HERMIT_EDOM 33 /* numerical argument out of domain */
#define HERMIT_ERANGE 34 /* numerical result out of range */
#define HERMIT_EDEADLOCK 35 /* resource deadlock avoided */
#define HERMIT_ENAMETOOLONG 36 /* file name too long */
#define HERMIT_ENOLCK 37 /* no locks available */
#define HERMIT_ENOSYS 38 /* function not implemented */
#define HERMIT_ENOTEMPTY 39 /* directory not empty */
#define HERMIT_ELOOP 40 /* too many levels of symbolic links */
#define HERMIT_ENOMSG 42 /* no message of desired type */
#define HERMIT_EIDRM 43 /* identifier removed */
#define HERMIT_ECHRNG 44 /* channel number out of range */
#define HERMIT_EL2NSYNC 45 /* level 2 not synchronized */
#define HERMIT_EL3HLT 46 /* level 3 halted */
#define HERMIT_EL3RST 47 /* level 3 reset */
#define HERMIT_ELNRNG 48 /* link number out of range */
#define HERMIT_EUNATCH 49 /* protocol driver not attached */
#define HERMIT_ENOCSI 50 /* no csi structure available */
#define HERMIT_EL2HLT 51 /* level 2 halted */
#define HERMIT_EBADE 52 /* invalid exchange */
#define HERMIT_EBADR 53 /* invalid request descriptor */
#define HERMIT_EXFULL 54 /* exchange full */
#define HERMIT_ENOANO 55 /* no anode */
#define HERMIT_EBADRQC 56 /* invalid request code */
#define HERMIT_EBADSLT 57 /* invalid slot */
#define HERMIT_EBFONT 59 /* bad font file format */
#define HERMIT_ENOSTR 60 /* device not a stream */
#define HERMIT_ENODATA 61 /* no data available */
#define HERMIT_ETIME 62 /* timer expired */
#define HERMIT_ENOSR 63 /* out of streams resources */
#define HERMIT_ENONET 64 /* machine is not on the network */
#define HERMIT_ENOPKG 65 /* package not installed */
#define HERMIT_EREMOTE 66 /* object is remote */
#define HERMIT_ENOLINK 67 /* link has been severed */
#define HERMIT_EADV 68 /* advertise error */
#define HERMIT_ESRMNT 69 /* srmount error */
#define HERMIT_ECOMM 70 /* communication error on send */
#define HERMIT_EPROTO 71 /* protocol error */
#define HERMIT_EMULTIHOP 72 /* multihop attempted */
#define HERMIT_EDOTDOT 73 /* rfs specific error */
#define HERMIT_EBADMSG 74 /* bad message */
#define HERMIT_EOVERFLOW 75 /* value too large for defined data type */
#define HERMIT_ENOTUNIQ 76 /* name not unique on network */
#define HERMIT_EBADFD 77 /* file descriptor in bad state */
#define HERMIT_EREMCHG 78 /* remote address changed */
#define HERMIT_ELIBACC 79 /* can not access a needed shared library */
#define HERMIT_ELIBBAD 80 /* accessing a corrupted shared library */
#define HERMIT_ELIBSCN 81 /* .lib section in a.out corrupted */
#define HERMIT_ELIBMAX 82 /* attempting to link in too many shared libraries */
#define HERMIT_ELIBEXEC 83 /* cannot exec a shared library directly */
#define HERMIT_EILSEQ 84 /* invalid or incomplete multibyte or wide character */
#define HERMIT_ERESTART 85 /* interrupted system call should be restarted */
#define HERMIT_ESTRPIPE 86 /* streams pipe error */
#define HERMIT_EUSERS 87 /* too many users */
#define HERMIT_ENOTSOCK 88 /* socket operation on non-socket */
#define HERMIT_EDESTADDRREQ 89 /* destination address required */
#define HERMIT_EMSGSIZE 90 /* message too long */
#define HERMIT_EPROTOTYPE 91 /* protocol wrong type for socket */
#define HERMIT_ENOPROTOOPT 92 /* protocol not available */
#define HERMIT_EPROTONOSUPPORT 93 /* protocol not supported */
#define HERMIT_ESOCKTNOSUPPORT 94 /* socket type not supported */
#define HERMIT_ENOTSUP 95 /* operation not supported */
#define HERMIT_EPFNOSUPPORT 96 /* protocol family not supported */
#define HERMIT_EAFNOSUPPORT 97 /* address family not supported by protocol */
#define HERMIT_EADDRINUSE 98 /* address already in use */
#define HERMIT_EADDRNOTAVAIL 99 /* cannot assign requested address */
#define HERMIT_ENETDOWN 100 /* network is down */
#define HERMIT_ENETUNREACH 101 /* network is unreachable */
#define HERMIT_ENETRESET 102 /* network dropped connection on reset */
#define HERMIT_ECONNABORTED 103 /* software caused connection abort */
#define HERMIT_ECONNRESET 104 /* connection reset by peer */
#define HERMIT_ENOBUFS 105 /* no buffer space available */
#define HERMIT_EISCONN 106 /* transport endpoint is already connected */
#define HERMIT_ENOTCONN 107 /* transport endpoint is not connected */
#define HERMIT_ESHUTDOWN 108 /* cannot send after transport endpoint shutdown */
#define HERMIT_ETOOMANYREFS 109 /* too many references: cannot splice */
#define HERMIT_ETIMEDOUT 110 /* connection timed out */
#define HERMIT_ECONNREFUSED 111 /* connection refused */
#define HERMIT_EHOSTDOWN 112 /* host is down */
#define HERMIT_EHOSTUNREACH 113 /* no route to host */
#define HERMIT_EALREADY 114 /* operation already in progress */
#define HERMIT_EINPROGRESS 115 /* operation now in progress */
#define HERMIT_ESTALE 116 /* stale file handle */
#define HERMIT_EUCLEAN 117 /* structure needs cleaning */
#define HERMIT_ENOTNAM 118 /* not a xenix named type file */
#define HERMIT_ENAVAIL 119 /* no xenix semaphores available */
#define HERMIT_EISNAM 120 /* is a named type file */
#define HERMIT_EREMOTEIO 121 /* remote i/o error */
#define HERMIT_EDQUOT 122 /* disk quota exceeded */
#define HERMIT_ENOMEDIUM 123 /* no medium found */
#define HERMIT_EMEDIUMTYPE 124 /* wrong medium type */
#define HERMIT_ECANCELED 125 /* operation canceled */
#define HERMIT_ENOKEY 126 /* required key not available */
#define HERMIT_EKEYEXPIRED 127 /* key has expired */
#define HERMIT_EKEYREVOKED 128 /* key has been revoked */
#define HERMIT_EKEYREJECTED 129 /* key was rejected by service */
#define HERMIT_EOWNERDEAD 130 /* owner died */
#define HERMIT_ENOTRECOVERABLE 131 /* state not recoverable */
#define HERMIT_ERFKILL 132 /* operation not possible due to rf-kill */

#endif
