#include "dp_sock.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dp_vnet.h"

/* From 4.20 on; libc's headers may be older. */
#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

#define RECEIVE_BUFFER (4 << 20)

struct sock_port {
    struct hmap_node by_number;
    uint16_t number;
    int fd;
};

struct sock {
    struct transport up;
    struct hmap ports;      /* Contains "struct sock_port"s. */
    struct hmap_position next; /* Whose turn it is. */
    struct transport_buffer buffer;
};

static struct sock *
sock_cast(const struct transport *transport)
{
    return CONTAINER_OF(transport, struct sock, up);
}

static struct sock_port *
find(const struct sock *sock, uint16_t number)
{
    struct sock_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, by_number, hash_int(number, 0),
                             &sock->ports) {
        if (port->number == number) {
            return port;
        }
    }
    return NULL;
}

static void
remove_port(struct sock *sock, struct sock_port *port)
{
    hmap_remove(&sock->ports, &port->by_number);
    close(port->fd);
    free(port);
}

static void
sock_close(struct transport *transport, bool remove OVS_UNUSED)
{
    struct sock *sock = sock_cast(transport);
    struct sock_port *port;

    HMAP_FOR_EACH_SAFE (port, by_number, &sock->ports) {
        remove_port(sock, port);
    }
    hmap_destroy(&sock->ports);
    free(sock);
}

static int
configure(int fd, int ifindex)
{
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_ALL),
        .sll_ifindex = ifindex,
    };
    int one = 1, size = RECEIVE_BUFFER;

    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    return (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one)
            || setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof one)
            || setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one,
                          sizeof one)
            || bind(fd, (struct sockaddr *) &address, sizeof address)
            ? errno : 0);
}

static int
sock_attach(struct transport *transport, uint16_t number, int ifindex,
            struct eth_addr peer OVS_UNUSED)
{
    struct sock *sock = sock_cast(transport);
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? errno : configure(fd, ifindex);

    if (error) {
        if (fd >= 0) {
            close(fd);
        }
        return error;
    }

    struct sock_port *port = xzalloc(sizeof *port);
    port->number = number;
    port->fd = fd;
    hmap_insert(&sock->ports, &port->by_number, hash_int(number, 0));
    return 0;
}

static void
sock_detach(struct transport *transport, uint16_t number,
            int ifindex OVS_UNUSED)
{
    struct sock *sock = sock_cast(transport);
    struct sock_port *port = find(sock, number);

    if (port) {
        remove_port(sock, port);
    }
}

/* The kernel takes the tag out of the frame and puts it beside it. */
static void
put_tag_back(struct msghdr *msg, struct dp_packet *packet)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        struct tpacket_auxdata aux;

        if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA
            || c->cmsg_len < CMSG_LEN(sizeof aux)) {
            continue;
        }
        memcpy(&aux, CMSG_DATA(c), sizeof aux);
        if (aux.tp_status & TP_STATUS_VLAN_VALID) {
            uint16_t tpid = (aux.tp_status & TP_STATUS_VLAN_TPID_VALID
                             ? aux.tp_vlan_tpid : ETH_TYPE_VLAN_8021Q);

            dp_packet_reset_offsets(packet);
            eth_push_vlan(packet, htons(tpid), htons(aux.tp_vlan_tci));
        }
    }
}

static int
receive_from(struct sock *sock, struct sock_port *port,
             struct dp_packet **packetp)
{
    struct virtio_net_hdr vnet;
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
    } control;
    struct iovec iov[3] = { { .iov_base = &vnet, .iov_len = sizeof vnet } };
    struct msghdr msg = {
        .msg_iov = iov,
        .msg_iovlen = ARRAY_SIZE(iov),
        .msg_control = &control,
        .msg_controllen = sizeof control,
    };
    struct dp_packet *packet = transport_buffer_prepare(&sock->buffer, 0,
                                                        &iov[1]);
    ssize_t n = recvmsg(port->fd, &msg, 0);
    int error = n < 0 ? errno : 0;

    if (error || n < (ssize_t) (sizeof vnet + ETH_HEADER_LEN)) {
        dp_packet_delete(packet);
        return error ? error : EPROTO;
    }
    transport_buffer_finish(&sock->buffer, packet, n - sizeof vnet);
    if (vnet_note(packet, &vnet)) {
        dp_packet_delete(packet);
        return EPROTO;
    }
    put_tag_back(&msg, packet);
    *packetp = packet;
    return 0;
}

static int
sock_receive(struct transport *transport, struct dp_packet **packet,
             uint16_t *number)
{
    struct sock *sock = sock_cast(transport);

    for (size_t i = 0; i <= hmap_count(&sock->ports); i++) {
        struct hmap_node *node = hmap_at_position(&sock->ports, &sock->next);

        if (!node) {
            /* The end: from the start again. */
            memset(&sock->next, 0, sizeof sock->next);
            continue;
        }

        struct sock_port *port = CONTAINER_OF(node, struct sock_port,
                                              by_number);
        int error = receive_from(sock, port, packet);
        if (error != EAGAIN) {
            *number = port->number;
            return error;
        }
    }
    return EAGAIN;
}

static int
sock_send(struct transport *transport, uint16_t number,
          struct dp_packet *packet)
{
    struct sock_port *port = find(sock_cast(transport), number);
    struct virtio_net_hdr vnet;

    if (!port) {
        return ENODEV;
    }
    if (vnet_header(packet, &vnet)) {
        return EPROTO;
    }

    struct iovec iov[2] = {
        { .iov_base = &vnet, .iov_len = sizeof vnet },
        {
            .iov_base = dp_packet_data(packet),
            .iov_len = dp_packet_size(packet),
        },
    };
    return writev(port->fd, iov, ARRAY_SIZE(iov)) < 0 ? errno : 0;
}

static void
sock_wait(struct transport *transport)
{
    struct sock_port *port;

    HMAP_FOR_EACH (port, by_number, &sock_cast(transport)->ports) {
        poll_fd_wait(port->fd, POLLIN);
    }
}

static const struct transport_class sock_class = {
    .close = sock_close,
    .attach = sock_attach,
    .detach = sock_detach,
    .receive = sock_receive,
    .send = sock_send,
    .wait = sock_wait,
};

struct transport *
sock_open(void)
{
    struct sock *sock = xzalloc(sizeof *sock);

    sock->up.class = &sock_class;
    hmap_init(&sock->ports);
    return &sock->up;
}
