#include "dp_tap.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dp_queues.h"
#include "dp_vnet.h"
#include "reasons.h"

VLOG_DEFINE_THIS_MODULE(dp_tap);

#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

/* Frames that wait for the daemon, in each queue. */
#define QUEUE_LENGTH 4096

/* The start of what is read and written. */
struct tap_head {
    struct virtio_net_hdr vnet;
    uint8_t macs[2 * ETH_ADDR_LEN];
    ovs_be16 tpid;
    ovs_be16 number;
};
BUILD_ASSERT_DECL(sizeof(struct tap_head) == 10 + 12 + 4);

struct tap {
    struct transport up;
    struct fastpath *fastpath; /* Borrowed. */
    char name[IFNAMSIZ];
    struct queues queues; /* All of the same device; [0] is written to. */
    int ifindex;
    struct transport_buffer buffer;
};

static struct tap *
tap_cast(const struct transport *transport)
{
    return CONTAINER_OF(transport, struct tap, up);
}

static void
tap_close(struct transport *transport, bool remove)
{
    struct tap *tap = tap_cast(transport);

    if (remove && ioctl(tap->queues.fds[0], TUNSETPERSIST, 0)) {
        VLOG_WARN("the TAP stays: %s", ovs_strerror(errno));
    }
    queues_uninit(&tap->queues);
    free(tap);
}

static int
tap_attach(struct transport *transport, uint16_t number, int ifindex,
           struct eth_addr peer)
{
    return fastpath_attach_port(tap_cast(transport)->fastpath, number,
                                ifindex, peer);
}

static void
tap_detach(struct transport *transport, uint16_t number, int ifindex)
{
    fastpath_detach_port(tap_cast(transport)->fastpath, number, ifindex);
}

/* From the queue whose turn it is.  -1, and EAGAIN, if all are empty. */
static ssize_t
read_next(struct queues *queues, const struct iovec *iov, int n_iov)
{
    int fd;

    while ((fd = queues_current(queues)) >= 0) {
        ssize_t n = readv(fd, iov, n_iov);
        bool was_empty = n < 0 && errno == EAGAIN;

        queues_took(queues, was_empty);
        if (!was_empty) {
            return n;
        }
    }
    errno = EAGAIN;
    return -1;
}

static int
tap_receive(struct transport *transport, struct dp_packet **packetp,
            uint16_t *number)
{
    struct tap *tap = tap_cast(transport);
    struct tap_head head;
    struct iovec iov[3] = { { .iov_base = &head, .iov_len = sizeof head } };
    struct dp_packet *packet
        = transport_buffer_prepare(&tap->buffer, sizeof head.macs, &iov[1]);
    ssize_t n = read_next(&tap->queues, iov, ARRAY_SIZE(iov));

    if (n < (ssize_t) sizeof head
        || head.tpid != htons(ETH_TYPE_VLAN_8021AD)) {
        /* Without a tag: the kernel's own chatter on the device. */
        dp_packet_delete(packet);
        return n < 0 ? errno : EPROTO;
    }
    transport_buffer_finish(&tap->buffer, packet,
                            n - sizeof head + sizeof head.macs);
    memcpy(dp_packet_data(packet), head.macs, sizeof head.macs);

    /* The header counts from before the tag. */
    head.vnet.csum_start -= VLAN_HEADER_LEN;
    if (vnet_note(packet, &head.vnet)) {
        dp_packet_delete(packet);
        return EPROTO;
    }
    *number = ntohs(head.number);
    *packetp = packet;
    return 0;
}

static int
tap_send(struct transport *transport, uint16_t number,
         struct dp_packet *packet)
{
    struct tap_head head = {
        .tpid = htons(ETH_TYPE_VLAN_8021AD),
        .number = htons(number),
    };

    if (dp_packet_size(packet) < ETH_HEADER_LEN
        || vnet_header(packet, &head.vnet)) {
        return EPROTO;
    }
    if (head.vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
        head.vnet.csum_start += VLAN_HEADER_LEN;
    }
    if (head.vnet.gso_type) {
        head.vnet.hdr_len += VLAN_HEADER_LEN;
    }
    memcpy(head.macs, dp_packet_data(packet), sizeof head.macs);

    struct iovec iov[2] = {
        { .iov_base = &head, .iov_len = sizeof head },
        {
            .iov_base = (char *) dp_packet_data(packet) + sizeof head.macs,
            .iov_len = dp_packet_size(packet) - sizeof head.macs,
        },
    };
    return (writev(tap_cast(transport)->queues.fds[0], iov,
                   ARRAY_SIZE(iov)) < 0 ? errno : 0);
}

static void
tap_wait(struct transport *transport)
{
    queues_wait(&tap_cast(transport)->queues);
}

static const struct transport_class tap_class = {
    .close = tap_close,
    .attach = tap_attach,
    .detach = tap_detach,
    .receive = tap_receive,
    .send = tap_send,
    .wait = tap_wait,
};

/* An ioctl on a socket, for the device 'name'. */
static int
device_ioctl(const char *name, unsigned long request, struct ifreq *ifr)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int error;

    if (fd < 0) {
        return errno;
    }
    ovs_strlcpy(ifr->ifr_name, name, sizeof ifr->ifr_name);
    error = ioctl(fd, request, ifr) ? errno : 0;
    close(fd);
    return error;
}

/* The kernel must not speak IPv6 of its own there. */
static void
silence_ipv6(const char *name)
{
    char *path = xasprintf("/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd >= 0) {
        if (write(fd, "1", 1) != 1) {
            VLOG_DBG("%s: %s", path, ovs_strerror(errno));
        }
        close(fd);
    }
    free(path);
}

static int
bring_up(struct tap *tap, const char *name)
{
    struct ifreq ifr = { .ifr_flags = 0 };
    int error = device_ioctl(name, SIOCGIFINDEX, &ifr);

    if (error) {
        return error;
    }
    tap->ifindex = ifr.ifr_ifindex;
    silence_ipv6(name);

    memset(&ifr, 0, sizeof ifr);
    ifr.ifr_qlen = QUEUE_LENGTH;
    error = device_ioctl(name, SIOCSIFTXQLEN, &ifr);
    if (error) {
        return error;
    }
    memset(&ifr, 0, sizeof ifr);
    error = device_ioctl(name, SIOCGIFFLAGS, &ifr);
    if (error) {
        return error;
    }
    ifr.ifr_flags |= IFF_UP;
    return device_ioctl(name, SIOCSIFFLAGS, &ifr);
}

/* The most that this kernel can leave to us: an older one cuts UDP packets
 * into segments before they get here. */
static int
set_offloads(int fd)
{
    unsigned int basic = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;

    if (!ioctl(fd, TUNSETOFFLOAD, basic | TUN_F_USO4 | TUN_F_USO6)) {
        return 0;
    }
    return ioctl(fd, TUNSETOFFLOAD, basic) ? errno : 0;
}

/* One more queue of the device, which is made if it is not there.  0 or a
 * positive errno. */
static int
open_queue(struct tap *tap, short int flags)
{
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    struct ifreq ifr = { .ifr_flags = flags };

    if (fd < 0) {
        return errno;
    }
    ovs_strlcpy(ifr.ifr_name, tap->name, sizeof ifr.ifr_name);
    if (ioctl(fd, TUNSETIFF, &ifr)) {
        int error = errno;

        close(fd);
        return error;
    }
    return queues_add(&tap->queues, fd);
}

/* Takes a device with a single queue away, that an older version has left. */
static int
remove_single(const char *name)
{
    struct ifreq ifr = {
        .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR,
    };
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    int error = 0;

    if (fd < 0) {
        return errno;
    }
    ovs_strlcpy(ifr.ifr_name, name, sizeof ifr.ifr_name);
    if (ioctl(fd, TUNSETIFF, &ifr) || ioctl(fd, TUNSETPERSIST, 0)) {
        error = errno;
    }
    close(fd);
    return error;
}

/* Frames of a port always wait in the same queue, and so in their order. */
static int
steer(int fd)
{
    const struct bpf_insn program[] = {
        { .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_0,
          .src_reg = BPF_REG_1, .off = offsetof(struct __sk_buff, vlan_tci) },
        { .code = BPF_JMP | BPF_EXIT },
    };
    int prog = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "rouse_queue",
                             "Dual BSD/GPL", program, ARRAY_SIZE(program),
                             NULL);

    if (prog < 0) {
        return -prog;
    }
    int error = ioctl(fd, TUNSETSTEERINGEBPF, &prog) ? errno : 0;
    close(prog);
    return error;
}

static int
open_device(struct tap *tap)
{
    short int flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE;
    int size = sizeof(struct virtio_net_hdr);
    int error = open_queue(tap, flags);

    if (error == EINVAL && !remove_single(tap->name)) {
        error = open_queue(tap, flags);
    }
    while (!error && tap->queues.n < QUEUES_MAX) {
        error = open_queue(tap, flags);
    }
    if (error) {
        return error;
    }

    int fd = tap->queues.fds[0];
    if (ioctl(fd, TUNSETVNETHDRSZ, &size) || ioctl(fd, TUNSETPERSIST, 1)) {
        return errno;
    }
    error = steer(fd);
    if (!error) {
        error = set_offloads(fd);
    }
    return error ? error : bring_up(tap, tap->name);
}

int
tap_open(const char *name, struct fastpath *fastpath,
         struct transport **transport, char **error)
{
    struct tap *tap = xzalloc(sizeof *tap);

    tap->up.class = &tap_class;
    tap->fastpath = fastpath;
    ovs_strlcpy(tap->name, name, sizeof tap->name);

    int err = queues_init(&tap->queues);
    if (!err) {
        err = open_device(tap);
    }
    if (err) {
        *error = xasprintf("TAP %s: %s%s", name, ovs_strerror(err),
                           err == EBUSY ? " (another daemon has it open)"
                           : "");
        queues_uninit(&tap->queues);
        free(tap);
        return err;
    }
    *transport = &tap->up;
    return 0;
}

/* The kernel counts them; any failure to ask reads as none. */
uint64_t
tap_n_lost(const struct transport *transport)
{
    const struct tap *tap = tap_cast(transport);
    struct rtnl_link_stats64 stats;
    struct ofpbuf request, *reply;
    uint64_t lost = 0;

    ofpbuf_init(&request, 0);
    nl_msg_put_nlmsghdr(&request, sizeof(struct ifinfomsg), RTM_GETLINK,
                        NLM_F_REQUEST);
    ofpbuf_put_zeros(&request, sizeof(struct ifinfomsg));
    nl_msg_put_string(&request, IFLA_IFNAME, tap->name);
    if (!nl_transact(NETLINK_ROUTE, &request, &reply)) {
        const struct nlattr *a = nl_attr_find(
            reply, NLMSG_HDRLEN + sizeof(struct ifinfomsg), IFLA_STATS64);

        if (a && nl_attr_get_size(a) >= offsetof(struct rtnl_link_stats64,
                                                 multicast)) {
            memcpy(&stats, nl_attr_get(a),
                   offsetof(struct rtnl_link_stats64, multicast));
            lost = stats.tx_dropped;
        }
        ofpbuf_delete(reply);
    }
    ofpbuf_uninit(&request);
    return lost;
}

int
tap_ifindex(const struct transport *transport)
{
    return tap_cast(transport)->ifindex;
}
