#include "rneighbor.h"

#define PORT_MAC "xreg0[0..47]"

char *
rneighbor_network(const struct caddr *ip)
{
    return strchr(ip->network_s, '/')
           ? xstrdup(ip->network_s)
           : xasprintf("%s/%u", ip->network_s, ip->plen);
}

char *
rneighbor_arp_reply(const char *mac)
{
    mac = mac ? mac : PORT_MAC;
    return xasprintf("eth.dst = eth.src; eth.src = %s; "
                     "arp.op = 2; /* ARP reply */ arp.tha = arp.sha; "
                     "arp.sha = %s; arp.tpa <-> arp.spa; outport = inport; "
                     "flags.loopback = 1; output;", mac, mac);
}

char *
rneighbor_nd_reply(const char *action, const char *mac)
{
    mac = mac ? mac : PORT_MAC;
    return xasprintf("%s { eth.src = %s; ip6.src = nd.target; nd.tll = %s; "
                     "outport = inport; flags.loopback = 1; output; };",
                     action, mac, mac);
}
