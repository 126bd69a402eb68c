/* Health checks of services on this chassis' ports: svc_check.h joined to the
 * datapath and to the database. */

#include "fabric_private.h"

static bool
find_mac(void *f_, const char *logical_port, const struct in6_addr *ip,
         struct eth_addr *mac)
{
    struct fabric *f = f_;

    return f->chassis
           && sb_chassis_find_mac(f->chassis, logical_port, ip, mac);
}

/* As ovn-controller does it: straight out of the port. */
static void
send_packet(void *f_, const char *logical_port, struct dp_packet **packet)
{
    struct fabric *f = f_;
    const struct net_port *port = network_find_port(f->network,
                                                    logical_port);

    if (port) {
        datapath_send(f->datapath, packet, port);
    } else {
        dp_packet_delete(*packet);
        *packet = NULL;
    }
}

static void
found(void *f_, const struct uuid *row, bool online)
{
    struct fabric *f = f_;

    if (f->chassis) {
        sb_chassis_set_service(f->chassis, row, online);
    }
}

static const struct svc_check_ops svc_check_ops = {
    .find_mac = find_mac, .send = send_packet, .found = found,
};

void
fabric_check_init(struct fabric *f)
{
    f->checks = svc_checks_new(&svc_check_ops, f);
}

void
fabric_check_told(void *f_, const struct sb_service *service, bool gone)
{
    struct fabric *f = f_;

    if (gone) {
        svc_checks_remove(f->checks, &service->row);
    } else {
        svc_checks_set(f->checks, service, time_msec());
    }
}

void
fabric_check_punt(struct fabric *f, const struct pipe_effect *effect)
{
    if (!strcmp(effect->event->name, "svc_check") && effect->port) {
        svc_checks_answer(f->checks, effect->port->name, effect->packet);
    }
}

void
fabric_check_run(struct fabric *f)
{
    if (f->complete) {
        svc_checks_run(f->checks, f->now_ms);
    }
}
