/* Options of TCP (POSIX; Linux, tcp(7)). The numbers are hermit/network.h's. */
#ifndef _NETINET_TCP_H
#define _NETINET_TCP_H

#include <sys/types.h>

#define TCP_NODELAY      1
#define TCP_MAXSEG       2
#define TCP_CORK         3
#define TCP_KEEPIDLE     4 /* seconds */
#define TCP_KEEPINTVL    5 /* seconds */
#define TCP_KEEPCNT      6
#define TCP_DEFER_ACCEPT 9 /* seconds */
#define TCP_INFO         11
#define TCP_QUICKACK     12
#define TCP_CONGESTION   13 /* "cubic", "reno" */
#define TCP_USER_TIMEOUT 18 /* milliseconds */

#define SOL_TCP 6

#define TCPI_OPT_TIMESTAMPS 1
#define TCPI_OPT_SACK       2
#define TCPI_OPT_WSCALE     4

/* tcpi_state. */
enum {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT,
	TCP_SYN_RECV,
	TCP_FIN_WAIT1,
	TCP_FIN_WAIT2,
	TCP_TIME_WAIT,
	TCP_CLOSE,
	TCP_CLOSE_WAIT,
	TCP_LAST_ACK,
	TCP_LISTEN,
	TCP_CLOSING
};

/* tcpi_ca_state. */
enum tcp_ca_state { TCP_CA_Open, TCP_CA_Disorder, TCP_CA_CWR, TCP_CA_Recovery, TCP_CA_Loss };

/* TCP_INFO (hermit/network.h says what is what). */
struct tcp_info {
	__uint8_t tcpi_state;
	__uint8_t tcpi_ca_state;
	__uint8_t tcpi_retransmits;
	__uint8_t tcpi_probes;
	__uint8_t tcpi_backoff;
	__uint8_t tcpi_options;
	__uint8_t tcpi_snd_wscale : 4, tcpi_rcv_wscale : 4;
	__uint8_t __tcpi_unused;
	__uint32_t tcpi_rto;
	__uint32_t tcpi_ato;
	__uint32_t tcpi_snd_mss;
	__uint32_t tcpi_rcv_mss;
	__uint32_t tcpi_unacked;
	__uint32_t tcpi_sacked;
	__uint32_t tcpi_lost;
	__uint32_t tcpi_retrans;
	__uint32_t tcpi_fackets;
	__uint32_t tcpi_last_data_sent;
	__uint32_t tcpi_last_ack_sent;
	__uint32_t tcpi_last_data_recv;
	__uint32_t tcpi_last_ack_recv;
	__uint32_t tcpi_pmtu;
	__uint32_t tcpi_rcv_ssthresh;
	__uint32_t tcpi_rtt;
	__uint32_t tcpi_rttvar;
	__uint32_t tcpi_snd_ssthresh;
	__uint32_t tcpi_snd_cwnd;
	__uint32_t tcpi_advmss;
	__uint32_t tcpi_reordering;
	__uint32_t tcpi_rcv_rtt;
	__uint32_t tcpi_rcv_space;
	__uint32_t tcpi_total_retrans;
};

#endif
