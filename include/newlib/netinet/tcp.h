/* Options of TCP (POSIX; Linux, tcp(7)). The numbers are hermit/network.h's. */
#ifndef _NETINET_TCP_H
#define _NETINET_TCP_H

#define TCP_NODELAY      1
#define TCP_MAXSEG       2
#define TCP_CORK         3
#define TCP_KEEPIDLE     4 /* seconds */
#define TCP_KEEPINTVL    5 /* seconds */
#define TCP_KEEPCNT      6
#define TCP_QUICKACK     12
#define TCP_USER_TIMEOUT 18 /* milliseconds */

#endif
