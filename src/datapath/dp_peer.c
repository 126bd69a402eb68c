#include "dp_peer.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

/* The kernel's answer about 'ifindex' in the namespace 'netnsid', or in our
 * own if that is negative; NULL if there is none. */
static struct ofpbuf *
get_link(int ifindex, int netnsid)
{
    struct ofpbuf request, *reply = NULL;
    struct ifinfomsg *ifi;

    ofpbuf_init(&request, 0);
    nl_msg_put_nlmsghdr(&request, sizeof *ifi, RTM_GETLINK, NLM_F_REQUEST);
    ifi = ofpbuf_put_zeros(&request, sizeof *ifi);
    ifi->ifi_index = ifindex;
    if (netnsid >= 0) {
        nl_msg_put_u32(&request, IFLA_TARGET_NETNSID, netnsid);
    }
    if (nl_transact(NETLINK_ROUTE, &request, &reply)) {
        reply = NULL;
    }
    ofpbuf_uninit(&request);
    return reply;
}

static const struct nlattr *
find(const struct ofpbuf *reply, uint16_t type, size_t size)
{
    const struct nlattr *a = nl_attr_find(
        reply, NLMSG_HDRLEN + sizeof(struct ifinfomsg), type);

    return a && nl_attr_get_size(a) >= size ? a : NULL;
}

/* True if the attribute is that text. */
static bool
says(const struct nlattr *a, const char *text)
{
    size_t n = strlen(text);

    return (a && nl_attr_get_size(a) >= n && !memcmp(nl_attr_get(a), text, n)
            && (nl_attr_get_size(a) == n
                || !((const char *) nl_attr_get(a))[n]));
}

static bool
is_plain_veth(const struct ofpbuf *reply)
{
    const struct nlattr *info = find(reply, IFLA_LINKINFO, 0);

    return (info && says(nl_attr_find_nested(info, IFLA_INFO_KIND), "veth")
            && says(find(reply, IFLA_QDISC, 0), "noqueue"));
}

struct eth_addr
peer_find(int ifindex)
{
    struct eth_addr mac = eth_addr_zero;
    struct ofpbuf *near = get_link(ifindex, -1);

    if (near && is_plain_veth(near)) {
        /* The first is there only if the other end is elsewhere. */
        const struct nlattr *netns = find(near, IFLA_LINK_NETNSID, 4);
        const struct nlattr *link = find(near, IFLA_LINK, 4);
        struct ofpbuf *far = NULL;

        if (netns && link && (int32_t) nl_attr_get_u32(netns) >= 0) {
            far = get_link(nl_attr_get_u32(link), nl_attr_get_u32(netns));
        }

        const struct nlattr *address = far ? find(far, IFLA_ADDRESS,
                                                  sizeof mac) : NULL;
        if (address) {
            memcpy(&mac, nl_attr_get(address), sizeof mac);
        }
        ofpbuf_delete(far);
    }
    ofpbuf_delete(near);
    return mac;
}
