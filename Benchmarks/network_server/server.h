/* The services of the program, each of which has a thread. */
#ifndef SERVER_H
#define SERVER_H

/* Serves a socket that listens, until a client orders the end. */
void serve_connections(int fd);
/* The same of one that is bound, or listens, for ever. */
void serve_datagrams(int fd);
void serve_http(int fd);

/* Says what has failed, and ends the program. */
_Noreturn void fail(const char *what);

#endif
