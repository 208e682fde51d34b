/* Sizes and places of what headers of the network's protocols have: the host's C library says the same. */
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define S(type) printf(#type " %zu\n", sizeof(type))
#define F(type, field) printf(#type "." #field " %zu %zu\n", offsetof(type, field), sizeof(((type *)0)->field))
#define N(number) printf(#number " %lld\n", (long long)(number))

static void bits(void)
{
	struct ip ip;
	struct iphdr header;

	memset(&ip, 0, sizeof ip);
	memset(&header, 0, sizeof header);
	ip.ip_v = 4;
	ip.ip_hl = 5;
	header.version = 4;
	header.ihl = 5;
	printf("%#x %#x\n", *(unsigned char *)&ip, *(unsigned char *)&header);
}

static void filters(void)
{
	struct icmp6_filter filter;

	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
	printf("%d %d", !!ICMP6_FILTER_WILLPASS(ICMP6_ECHO_REPLY, &filter), !!ICMP6_FILTER_WILLPASS(ND_REDIRECT, &filter));
	ICMP6_FILTER_SETPASSALL(&filter);
	ICMP6_FILTER_SETBLOCK(ND_REDIRECT, &filter);
	printf(" %d %d\n", !!ICMP6_FILTER_WILLBLOCK(ND_REDIRECT, &filter), !!ICMP6_FILTER_WILLBLOCK(1, &filter));
}

int main(void)
{
	S(struct ip); F(struct ip, ip_tos); F(struct ip, ip_len); F(struct ip, ip_id); F(struct ip, ip_off);
	F(struct ip, ip_ttl); F(struct ip, ip_p); F(struct ip, ip_sum); F(struct ip, ip_src); F(struct ip, ip_dst);
	S(struct iphdr); F(struct iphdr, tos); F(struct iphdr, tot_len); F(struct iphdr, frag_off);
	F(struct iphdr, ttl); F(struct iphdr, protocol); F(struct iphdr, check); F(struct iphdr, saddr); F(struct iphdr, daddr);
	N(IPVERSION); N(IP_MAXPACKET); N(MAXTTL); N(IPDEFTTL); N(IP_RF); N(IP_DF); N(IP_MF); N(IP_OFFMASK);
	N(IPTOS_LOWDELAY); N(IPTOS_THROUGHPUT); N(IPTOS_RELIABILITY); N(IPTOS_MINCOST); N(IPTOS_TOS_MASK); N(IPTOS_ECN_MASK); N(IPTOS_ECN_CE);
	S(struct ip6_hdr); F(struct ip6_hdr, ip6_flow); F(struct ip6_hdr, ip6_vfc); F(struct ip6_hdr, ip6_plen);
	F(struct ip6_hdr, ip6_nxt); F(struct ip6_hdr, ip6_hlim); F(struct ip6_hdr, ip6_src); F(struct ip6_hdr, ip6_dst);
	S(struct ip6_ext); S(struct ip6_hbh); S(struct ip6_dest); S(struct ip6_rthdr); F(struct ip6_rthdr, ip6r_segleft);
	S(struct ip6_frag); F(struct ip6_frag, ip6f_offlg); F(struct ip6_frag, ip6f_ident);
	N(IP6F_OFF_MASK); N(IP6F_RESERVED_MASK); N(IP6F_MORE_FRAG);
	S(struct udphdr); F(struct udphdr, uh_sport); F(struct udphdr, dest); F(struct udphdr, uh_ulen); F(struct udphdr, check);
	S(struct icmphdr); F(struct icmphdr, checksum); F(struct icmphdr, un.echo.id); F(struct icmphdr, un.echo.sequence);
	F(struct icmphdr, un.gateway); F(struct icmphdr, un.frag.mtu);
	S(struct icmp); F(struct icmp, icmp_cksum); F(struct icmp, icmp_id); F(struct icmp, icmp_seq); F(struct icmp, icmp_pptr);
	F(struct icmp, icmp_gwaddr); F(struct icmp, icmp_void); F(struct icmp, icmp_nextmtu); F(struct icmp, icmp_otime);
	F(struct icmp, icmp_rtime); F(struct icmp, icmp_ttime); F(struct icmp, icmp_ip); F(struct icmp, icmp_mask); F(struct icmp, icmp_data);
	N(ICMP_ECHOREPLY); N(ICMP_DEST_UNREACH); N(ICMP_SOURCE_QUENCH); N(ICMP_REDIRECT); N(ICMP_ECHO); N(ICMP_TIME_EXCEEDED);
	N(ICMP_PARAMETERPROB); N(ICMP_TIMESTAMP); N(ICMP_TIMESTAMPREPLY); N(ICMP_INFO_REQUEST); N(ICMP_INFO_REPLY);
	N(ICMP_ADDRESS); N(ICMP_ADDRESSREPLY); N(NR_ICMP_TYPES); N(ICMP_NET_UNREACH); N(ICMP_HOST_UNREACH);
	N(ICMP_PROT_UNREACH); N(ICMP_PORT_UNREACH); N(ICMP_FRAG_NEEDED); N(ICMP_SR_FAILED); N(ICMP_NET_UNKNOWN);
	N(ICMP_HOST_UNKNOWN); N(ICMP_HOST_ISOLATED); N(ICMP_NET_ANO); N(ICMP_HOST_ANO); N(ICMP_NET_UNR_TOS);
	N(ICMP_HOST_UNR_TOS); N(ICMP_PKT_FILTERED); N(ICMP_PREC_VIOLATION); N(ICMP_PREC_CUTOFF); N(NR_ICMP_UNREACH);
	N(ICMP_REDIR_NET); N(ICMP_REDIR_HOST); N(ICMP_REDIR_NETTOS); N(ICMP_REDIR_HOSTTOS); N(ICMP_EXC_TTL); N(ICMP_EXC_FRAGTIME);
	N(ICMP_UNREACH); N(ICMP_SOURCEQUENCH); N(ICMP_TIMXCEED); N(ICMP_PARAMPROB); N(ICMP_TSTAMP); N(ICMP_TSTAMPREPLY);
	N(ICMP_IREQ); N(ICMP_IREQREPLY); N(ICMP_MASKREQ); N(ICMP_MASKREPLY); N(ICMP_MAXTYPE); N(ICMP_UNREACH_NET);
	N(ICMP_UNREACH_HOST); N(ICMP_UNREACH_PROTOCOL); N(ICMP_UNREACH_PORT); N(ICMP_UNREACH_NEEDFRAG); N(ICMP_UNREACH_SRCFAIL);
	N(ICMP_TIMXCEED_INTRANS); N(ICMP_TIMXCEED_REASS); N(ICMP_MINLEN);
	S(struct icmp6_hdr); F(struct icmp6_hdr, icmp6_cksum); F(struct icmp6_hdr, icmp6_id); F(struct icmp6_hdr, icmp6_seq);
	F(struct icmp6_hdr, icmp6_mtu); F(struct icmp6_hdr, icmp6_pptr); F(struct icmp6_hdr, icmp6_maxdelay); S(struct icmp6_filter);
	N(ICMP6_FILTER); N(ICMP6_DST_UNREACH); N(ICMP6_PACKET_TOO_BIG); N(ICMP6_TIME_EXCEEDED); N(ICMP6_PARAM_PROB);
	N(ICMP6_INFOMSG_MASK); N(ICMP6_ECHO_REQUEST); N(ICMP6_ECHO_REPLY); N(MLD_LISTENER_QUERY); N(MLD_LISTENER_REPORT);
	N(MLD_LISTENER_REDUCTION); N(ND_ROUTER_SOLICIT); N(ND_ROUTER_ADVERT); N(ND_NEIGHBOR_SOLICIT); N(ND_NEIGHBOR_ADVERT);
	N(ND_REDIRECT); N(ICMP6_DST_UNREACH_NOROUTE); N(ICMP6_DST_UNREACH_ADMIN); N(ICMP6_DST_UNREACH_BEYONDSCOPE);
	N(ICMP6_DST_UNREACH_ADDR); N(ICMP6_DST_UNREACH_NOPORT); N(ICMP6_TIME_EXCEED_TRANSIT); N(ICMP6_TIME_EXCEED_REASSEMBLY);
	N(ICMP6_PARAMPROB_HEADER); N(ICMP6_PARAMPROB_NEXTHEADER); N(ICMP6_PARAMPROB_OPTION);
	S(struct nd_router_solicit); F(struct nd_router_solicit, nd_rs_reserved); S(struct nd_router_advert);
	F(struct nd_router_advert, nd_ra_curhoplimit); F(struct nd_router_advert, nd_ra_flags_reserved);
	F(struct nd_router_advert, nd_ra_router_lifetime); F(struct nd_router_advert, nd_ra_reachable);
	F(struct nd_router_advert, nd_ra_retransmit); N(ND_RA_FLAG_MANAGED); N(ND_RA_FLAG_OTHER);
	S(struct nd_neighbor_solicit); F(struct nd_neighbor_solicit, nd_ns_target); S(struct nd_neighbor_advert);
	F(struct nd_neighbor_advert, nd_na_flags_reserved); F(struct nd_neighbor_advert, nd_na_target);
	N(ND_NA_FLAG_ROUTER); N(ND_NA_FLAG_SOLICITED); N(ND_NA_FLAG_OVERRIDE); S(struct nd_opt_hdr);
	N(ND_OPT_SOURCE_LINKADDR); N(ND_OPT_TARGET_LINKADDR); N(ND_OPT_PREFIX_INFORMATION); N(ND_OPT_REDIRECTED_HEADER); N(ND_OPT_MTU);
	S(struct nd_opt_prefix_info); F(struct nd_opt_prefix_info, nd_opt_pi_prefix_len); F(struct nd_opt_prefix_info, nd_opt_pi_valid_time);
	F(struct nd_opt_prefix_info, nd_opt_pi_preferred_time); F(struct nd_opt_prefix_info, nd_opt_pi_prefix);
	N(ND_OPT_PI_FLAG_ONLINK); N(ND_OPT_PI_FLAG_AUTO); S(struct nd_opt_mtu); F(struct nd_opt_mtu, nd_opt_mtu_mtu);
	S(struct ether_addr); S(struct ether_header); F(struct ether_header, ether_shost); F(struct ether_header, ether_type);
	S(struct ethhdr); F(struct ethhdr, h_proto); S(struct arphdr); F(struct arphdr, ar_pln); F(struct arphdr, ar_op);
	S(struct ether_arp); F(struct ether_arp, arp_sha); F(struct ether_arp, arp_spa); F(struct ether_arp, arp_tha);
	F(struct ether_arp, arp_tpa); F(struct ether_arp, arp_op); N(ARPOP_REQUEST); N(ARPOP_REPLY); N(ARPOP_RREQUEST); N(ARPOP_RREPLY);
	N(ARPOP_InREQUEST); N(ARPOP_InREPLY); N(ARPHRD_ETHER); N(ETH_ALEN); N(ETH_HLEN); N(ETH_ZLEN); N(ETH_DATA_LEN); N(ETH_FRAME_LEN);
	N(ETH_FCS_LEN); N(ETHER_ADDR_LEN); N(ETHER_TYPE_LEN); N(ETHER_CRC_LEN); N(ETHER_HDR_LEN); N(ETHER_MIN_LEN); N(ETHER_MAX_LEN);
	N(ETHERMTU); N(ETH_P_IP); N(ETH_P_ARP); N(ETH_P_8021Q); N(ETH_P_IPV6); N(ETHERTYPE_IP); N(ETHERTYPE_ARP); N(ETHERTYPE_VLAN);
	N(ETHERTYPE_IPV6); S(struct ifreq); F(struct ifreq, ifr_name); F(struct ifreq, ifr_addr); F(struct ifreq, ifr_flags);
	F(struct ifreq, ifr_mtu); F(struct ifreq, ifr_hwaddr); F(struct ifreq, ifr_ifindex); S(struct ifconf); F(struct ifconf, ifc_len);
	F(struct ifconf, ifc_req); N(IFF_UP); N(IFF_BROADCAST); N(IFF_LOOPBACK); N(IFF_RUNNING); N(IFF_MULTICAST); N(IFNAMSIZ);
	N(SIOCGIFNAME); N(SIOCGIFCONF); N(SIOCGIFFLAGS); N(SIOCGIFADDR); N(SIOCGIFDSTADDR); N(SIOCGIFBRDADDR); N(SIOCGIFNETMASK);
	N(SIOCGIFMETRIC); N(SIOCGIFMTU); N(SIOCGIFHWADDR); N(SIOCGIFINDEX); N(FIONREAD);
	bits();
	filters();
	return 0;
}
