#include "dp_port.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dp_peer.h"

VLOG_DEFINE_THIS_MODULE(dp_port);

#define MAX_NUMBER 65534

void
dp_ports_init(struct dp_ports *p, struct transport *transport,
              struct cache *cache, struct neighbors *neighbors,
              const struct datapath_ops *ops, void *aux)
{
    memset(p, 0, sizeof *p);
    hmap_init(&p->by_name);
    hmap_init(&p->by_ifindex);
    hmap_init(&p->by_logical);
    p->transport = transport;
    p->cache = cache;
    p->neighbors = neighbors;
    p->ops = ops;
    p->aux = aux;
}

static void
port_free(struct dp_ports *p, struct dp_port *port)
{
    hmap_remove(&p->by_logical, &port->by_logical);
    ovs_list_remove(&port->in_iface);
    free(port->logical);
    free(port);
}

static void
iface_free(struct dp_ports *p, struct dp_iface *iface)
{
    hmap_remove(&p->by_name, &iface->by_name);
    if (iface->attached) {
        hmap_remove(&p->by_ifindex, &iface->by_ifindex);
    }
    p->by_number[iface->number] = NULL;
    free(iface->name);
    free(iface->error);
    free(iface);
}

void
dp_ports_uninit(struct dp_ports *p)
{
    struct dp_port *port;
    struct dp_iface *iface;

    HMAP_FOR_EACH_SAFE (port, by_logical, &p->by_logical) {
        port_free(p, port);
    }
    HMAP_FOR_EACH_SAFE (iface, by_name, &p->by_name) {
        iface_free(p, iface);
    }
    hmap_destroy(&p->by_name);
    hmap_destroy(&p->by_ifindex);
    hmap_destroy(&p->by_logical);
    free(p->by_number);
}

struct dp_iface *
dp_ports_find_iface(const struct dp_ports *p, const char *name)
{
    struct dp_iface *iface;

    HMAP_FOR_EACH_WITH_HASH (iface, by_name, hash_string(name, 0),
                             &p->by_name) {
        if (!strcmp(iface->name, name)) {
            return iface;
        }
    }
    return NULL;
}

struct dp_iface *
dp_ports_find_number(const struct dp_ports *p, uint16_t number)
{
    return number < p->n_numbers ? p->by_number[number] : NULL;
}

struct dp_iface *
dp_ports_find_ifindex(const struct dp_ports *p, int ifindex)
{
    struct dp_iface *iface;

    HMAP_FOR_EACH_WITH_HASH (iface, by_ifindex, hash_int(ifindex, 0),
                             &p->by_ifindex) {
        if (iface->link.ifindex == ifindex) {
            return iface;
        }
    }
    return NULL;
}

struct dp_port *
dp_ports_find_logical(const struct dp_ports *p, const char *name)
{
    struct dp_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, by_logical, hash_string(name, 0),
                             &p->by_logical) {
        if (!strcmp(port->logical, name)) {
            return port;
        }
    }
    return NULL;
}

struct dp_port *
dp_iface_find_port(const struct dp_iface *iface, uint16_t vlan)
{
    struct dp_port *port;

    LIST_FOR_EACH (port, in_iface, &iface->ports) {
        if (port->vlan == vlan) {
            return port;
        }
    }
    return NULL;
}

/* Promiscuous, unless frames for others come anyway. */
static void
listen_to_all(int fd, struct ifreq *ifr)
{
    struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

    ifr->ifr_data = (void *) &info;
    if (!ioctl(fd, SIOCETHTOOL, ifr)
        && (!strcmp(info.driver, "veth") || !strcmp(info.driver, "tun"))) {
        return;
    }
    if (!ioctl(fd, SIOCGIFFLAGS, ifr) && !(ifr->ifr_flags & IFF_PROMISC)) {
        ifr->ifr_flags |= IFF_PROMISC;
        if (ioctl(fd, SIOCSIFFLAGS, ifr)) {
            VLOG_WARN("%s: promiscuous mode: %s", ifr->ifr_name,
                      ovs_strerror(errno));
        }
    }
}

/* What the kernel says of an interface now. */
static void
query(const char *name, struct datapath_link *link)
{
    struct ifreq ifr = { .ifr_flags = 0 };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    *link = (struct datapath_link) { .interface = name };
    ovs_strlcpy(ifr.ifr_name, name, sizeof ifr.ifr_name);
    if (fd < 0 || ioctl(fd, SIOCGIFINDEX, &ifr)) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    link->exists = true;
    link->ifindex = ifr.ifr_ifindex;
    if (!ioctl(fd, SIOCGIFMTU, &ifr)) {
        link->mtu = ifr.ifr_mtu;
    }
    if (!ioctl(fd, SIOCGIFFLAGS, &ifr)) {
        link->up = (ifr.ifr_flags & IFF_UP) && (ifr.ifr_flags & IFF_RUNNING);
    }
    if (!ioctl(fd, SIOCGIFHWADDR, &ifr)) {
        memcpy(&link->mac, ifr.ifr_hwaddr.sa_data, sizeof link->mac);
    }
    listen_to_all(fd, &ifr);
    close(fd);
}

/* What was remembered of an interface's frames. */
static void
forget_traffic(struct dp_ports *p, const struct dp_iface *iface)
{
    if (p->cache && iface->attached) {
        cache_drop_interface(p->cache, iface->link.ifindex);
        neighbors_drop_interface(p->neighbors, iface->link.ifindex);
    }
}

/* Its index and whether it was there are in 'link', which is old. */
static void
iface_detach(struct dp_ports *p, struct dp_iface *iface)
{
    if (!iface->attached) {
        return;
    }
    p->transport->class->detach(p->transport, iface->number,
                                iface->link.ifindex);
    forget_traffic(p, iface);
    hmap_remove(&p->by_ifindex, &iface->by_ifindex);
    iface->attached = false;
}

static void
iface_attach(struct dp_ports *p, struct dp_iface *iface)
{
    int error = p->transport->class->attach(p->transport, iface->number,
                                            iface->link.ifindex, iface->peer);

    free(iface->error);
    iface->error = NULL;
    if (error) {
        iface->error = xasprintf("cannot receive from it: %s",
                                 ovs_strerror(error));
        VLOG_WARN("%s: %s", iface->name, iface->error);
        return;
    }
    if (iface->attached) {
        return;
    }
    iface->attached = true;
    hmap_insert(&p->by_ifindex, &iface->by_ifindex,
                hash_int(iface->link.ifindex, 0));
}

static bool
link_equals(const struct datapath_link *a, const struct datapath_link *b)
{
    return (a->exists == b->exists && a->up == b->up
            && a->ifindex == b->ifindex && a->mtu == b->mtu
            && eth_addr_equals(a->mac, b->mac));
}

/* Compares with what was known. */
static void
iface_refresh(struct dp_ports *p, struct dp_iface *iface, bool tell)
{
    struct eth_addr peer = eth_addr_zero;
    struct datapath_link link;

    query(iface->name, &link);
    if (link.exists && p->cache) {
        peer = peer_find(link.ifindex);
    }
    bool is_other_peer = !eth_addr_equals(peer, iface->peer);
    if (!tell && !is_other_peer && link_equals(&link, &iface->link)) {
        return;
    }

    bool is_other = link.ifindex != iface->link.ifindex;
    if (is_other) {
        iface_detach(p, iface);
    } else if (link.mtu != iface->link.mtu || is_other_peer) {
        forget_traffic(p, iface);
    }
    iface->link = link;
    iface->peer = peer;
    if (link.exists && (!iface->attached || is_other_peer)) {
        iface_attach(p, iface);
    }
    iface->link.interface = iface->name;
    iface->link.error = iface->error;
    if (p->ops->link) {
        p->ops->link(p->aux, &iface->link);
    }
}

/* A free number, not 0; or 0. */
static uint16_t
new_number(struct dp_ports *p)
{
    size_t i = 1;

    while (i < p->n_numbers && p->by_number[i]) {
        i++;
    }
    if (i > MAX_NUMBER) {
        return 0;
    }
    if (i >= p->n_numbers) {
        size_t old = p->n_numbers;

        p->n_numbers = MIN(MAX(64, old * 2), MAX_NUMBER + 1);
        p->by_number = xrealloc(p->by_number,
                                p->n_numbers * sizeof *p->by_number);
        memset(p->by_number + old, 0,
               (p->n_numbers - old) * sizeof *p->by_number);
    }
    return i;
}

static struct dp_iface *
iface_new(struct dp_ports *p, const char *name)
{
    uint16_t number = new_number(p);
    struct dp_iface *iface;

    if (!number) {
        return NULL;
    }
    iface = xzalloc(sizeof *iface);
    iface->name = xstrdup(name);
    iface->number = number;
    iface->link.interface = iface->name;
    ovs_list_init(&iface->ports);
    p->by_number[number] = iface;
    hmap_insert(&p->by_name, &iface->by_name, hash_string(name, 0));
    return iface;
}

int
dp_ports_add(struct dp_ports *p, const char *interface, uint16_t vlan,
             const char *logical)
{
    struct dp_iface *iface;
    struct dp_port *port, *other;

    if (!*interface || strlen(interface) >= IFNAMSIZ || vlan > 4094
        || strchr(interface, '/')) {
        return EINVAL;
    }
    iface = dp_ports_find_iface(p, interface);
    port = iface ? dp_iface_find_port(iface, vlan) : NULL;
    other = dp_ports_find_logical(p, logical);
    if (other) {
        return other == port ? 0 : EEXIST;
    }
    if (!iface) {
        iface = iface_new(p, interface);
        if (!iface) {
            return ENOSPC;
        }
    }
    if (port) {
        /* Bound anew: what was remembered of it is of another port. */
        forget_traffic(p, iface);
        port_free(p, port);
    }
    port = xzalloc(sizeof *port);
    port->iface = iface;
    port->vlan = vlan;
    port->logical = xstrdup(logical);
    ovs_list_push_back(&iface->ports, &port->in_iface);
    hmap_insert(&p->by_logical, &port->by_logical, hash_string(logical, 0));
    iface_refresh(p, iface, true);
    return 0;
}

void
dp_ports_remove(struct dp_ports *p, const char *interface, uint16_t vlan)
{
    struct dp_iface *iface = dp_ports_find_iface(p, interface);
    struct dp_port *port = iface ? dp_iface_find_port(iface, vlan) : NULL;

    if (!port) {
        return;
    }
    port_free(p, port);
    if (ovs_list_is_empty(&iface->ports)) {
        iface_detach(p, iface);
        iface_free(p, iface);
    } else {
        forget_traffic(p, iface);
    }
}

void
dp_ports_changed(struct dp_ports *p, const char *name, int ifindex)
{
    if (!name) {
        p->all_changed = true;
        return;
    }

    /* After a renaming these are two. */
    struct dp_iface *iface = dp_ports_find_ifindex(p, ifindex);
    if (iface) {
        iface_refresh(p, iface, false);
    }
    iface = dp_ports_find_iface(p, name);
    if (iface) {
        iface_refresh(p, iface, false);
    }
}

void
dp_ports_run(struct dp_ports *p)
{
    struct dp_iface *iface;

    if (p->all_changed) {
        p->all_changed = false;
        HMAP_FOR_EACH (iface, by_name, &p->by_name) {
            iface_refresh(p, iface, false);
        }
    }
}
