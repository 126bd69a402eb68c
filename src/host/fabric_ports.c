/* Which interfaces are ports: as ovs-vsctl wants it, and as localnet ports and
 * the chassis' mappings say. */

#include "cleanup.h"
#include "fabric_private.h"

VLOG_DEFINE_THIS_MODULE(fabric_ports);

void
fabric_ports_init(struct fabric *f)
{
    shash_init(&f->ports);
}

static void
port_free(struct fabric_port *port)
{
    free(port->interface);
    free(port->logical_port);
    free(port->bound);
    free(port);
}

void
fabric_ports_uninit(struct fabric *f)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &f->ports) {
        port_free(node->data);
    }
    shash_destroy(&f->ports);
}

/* --- Wanted --- */

/* Wants an interface, with a tag, to be a port.  One that is wanted for two
 * logical ports is the first one's. */
static void
want(struct fabric *f, const char *interface, uint16_t vlan,
     const char *logical_port, bool localnet)
{
    char *key OWNED_STRING = xasprintf("%s %"PRIu16, interface, vlan);
    struct fabric_port *port = shash_find_data(&f->ports, key);

    if (port && port->wanted) {
        return;
    }
    if (!port) {
        port = xzalloc(sizeof *port);
        port->interface = xstrdup(interface);
        port->vlan = vlan;
        shash_add(&f->ports, key, port);
    }
    port->wanted = true;
    port->localnet = localnet;
    if (!port->logical_port || strcmp(port->logical_port, logical_port)
        || port->error) {
        free(port->logical_port);
        port->logical_port = xstrdup(logical_port);
        port->error = datapath_add_port(f->datapath, interface, vlan,
                                        logical_port);
    }
}

static void
want_localnet(void *f_, const char *logical_port, const char *network,
              uint16_t vlan)
{
    struct fabric *f = f_;
    const char *interface
        = smap_get(&vswitch_chassis(f->vswitch)->physical, network);

    if (interface) {
        want(f, interface, vlan, logical_port, true);
    }
}

static void
want_all(struct fabric *f)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, vswitch_ports(f->vswitch)) {
        const struct vswitch_port *port = node->data;

        if (!port->problem) {
            /* No logical port has the name " ": its frames are dropped, but
             * its link is known. */
            char *unbound OWNED_STRING = xasprintf(" %s", port->name);

            want(f, port->name, 0,
                 port->logical_port ? port->logical_port : unbound, false);
        }
    }
    netsink_for_each_localnet(f->sink, want_localnet, f);
}

static void
unbind(struct fabric *f, struct fabric_port *port)
{
    if (port->bound && f->chassis) {
        sb_chassis_unbind(f->chassis, port->bound);
    }
    free(port->bound);
    port->bound = NULL;
}

static void
remove_unwanted(struct fabric *f)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &f->ports) {
        struct fabric_port *port = node->data;

        if (!port->wanted) {
            if (!port->error) {
                datapath_remove_port(f->datapath, port->interface,
                                     port->vlan);
            }
            if (port->localnet) {
                /* It may be another bridge's port: not a port any more. */
                vswitch_report(f->vswitch, port->interface,
                               &(struct vswitch_report) {
                    .error = "no logical port of type localnet uses it",
                });
            }
            unbind(f, port);
            port_free(port);
            shash_delete(&f->ports, node);
        }
    }
}

/* --- Reported --- */

static char *
describe_error(const struct fabric_port *port,
               const struct datapath_link *link, bool found)
{
    if (port->error == EEXIST) {
        return xasprintf("logical port \"%s\" is another interface's; give "
                         "them different external_ids:iface-id",
                         port->logical_port);
    } else if (port->error) {
        return xasprintf("could not add network device %s (%s)",
                         port->interface, ovs_strerror(port->error));
    } else if (!found || !link->exists) {
        /* As ovs-vswitchd says it. */
        return xasprintf("could not open network device %s (No such device)",
                         port->interface);
    }
    return nullable_xstrdup(link->error);
}

static void
report(struct fabric *f, struct fabric_port *port)
{
    struct datapath_link link = { .exists = false };
    bool found = !port->error
                 && datapath_get_link(f->datapath, port->interface, &link);
    char *error OWNED_STRING = describe_error(port, &link, found);

    vswitch_report(f->vswitch, port->interface, &(struct vswitch_report) {
        .ofport = error ? 0 : datapath_port_number(f->datapath,
                                                   port->interface,
                                                   port->vlan),
        .error = error,
        .exists = found && link.exists,
        .admin_up = link.up,
        .link_up = link.up,
        .ifindex = link.ifindex,
        .mtu = link.mtu,
        .mac = link.mac,
    });

    bool here = !error && !port->localnet && *port->logical_port != ' ';
    if (port->bound
        && (!here || strcmp(port->bound, port->logical_port))) {
        unbind(f, port);
    }
    if (here && f->chassis) {
        sb_chassis_bind(f->chassis, port->logical_port, true);
        free(port->bound);
        port->bound = xstrdup(port->logical_port);
    }
}

static void
report_all(struct fabric *f)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, vswitch_ports(f->vswitch)) {
        const struct vswitch_port *port = node->data;

        if (port->problem) {
            vswitch_report(f->vswitch, port->name, &(struct vswitch_report) {
                .error = port->problem,
            });
        }
    }
    SHASH_FOR_EACH (node, &f->ports) {
        report(f, node->data);
    }
}

void
fabric_ports_run(struct fabric *f)
{
    struct shash_node *node;

    if (!vswitch_is_ready(f->vswitch)
        || (!f->ports_changed
            && f->vswitch_seqno == vswitch_seqno(f->vswitch))) {
        return;
    }
    f->vswitch_seqno = vswitch_seqno(f->vswitch);
    if (f->ports_changed) {
        datapath_network_changed(f->datapath);
        f->ports_changed = false;
    }
    SHASH_FOR_EACH (node, &f->ports) {
        ((struct fabric_port *) node->data)->wanted = false;
    }
    want_all(f);
    remove_unwanted(f);
    report_all(f);
    vswitch_ack(f->vswitch);
}
