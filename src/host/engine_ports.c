/* Which interfaces are ports: as ovs-vsctl wants it, and as localnet ports and
 * the chassis' mappings say. */

#include "cleanup.h"
#include "engine_private.h"

VLOG_DEFINE_THIS_MODULE(engine_ports);

void
engine_ports_init(struct engine *e)
{
    shash_init(&e->ports);
}

static void
port_free(struct engine_port *port)
{
    free(port->interface);
    free(port->logical_port);
    free(port->bound);
    free(port);
}

void
engine_ports_uninit(struct engine *e)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &e->ports) {
        port_free(node->data);
    }
    shash_destroy(&e->ports);
}

/* --- Wanted --- */

/* Wants an interface, with a tag, to be a port.  One that is wanted for two
 * logical ports is the first one's. */
static void
want(struct engine *e, const char *interface, uint16_t vlan,
     const char *logical_port, bool localnet)
{
    char *key OWNED_STRING = xasprintf("%s %"PRIu16, interface, vlan);
    struct engine_port *port = shash_find_data(&e->ports, key);

    if (port && port->wanted) {
        return;
    }
    if (!port) {
        port = xzalloc(sizeof *port);
        port->interface = xstrdup(interface);
        port->vlan = vlan;
        shash_add(&e->ports, key, port);
    }
    port->wanted = true;
    port->localnet = localnet;
    if (!port->logical_port || strcmp(port->logical_port, logical_port)
        || port->error) {
        free(port->logical_port);
        port->logical_port = xstrdup(logical_port);
        port->error = datapath_add_port(e->datapath, interface, vlan,
                                        logical_port);
    }
}

static void
want_localnet(void *e_, const char *logical_port, const char *network,
              uint16_t vlan)
{
    struct engine *e = e_;
    const char *interface
        = smap_get(&vswitch_chassis(e->vswitch)->physical, network);

    if (interface) {
        want(e, interface, vlan, logical_port, true);
    }
}

static void
want_all(struct engine *e)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, vswitch_ports(e->vswitch)) {
        const struct vswitch_port *port = node->data;

        if (!port->problem) {
            /* No logical port has the name " ": its frames are dropped, but
             * its link is known. */
            char *unbound OWNED_STRING = xasprintf(" %s", port->name);

            want(e, port->name, 0,
                 port->logical_port ? port->logical_port : unbound, false);
        }
    }
    netsink_for_each_localnet(e->sink, want_localnet, e);
}

static void
unbind(struct engine *e, struct engine_port *port)
{
    if (port->bound && e->chassis) {
        sb_chassis_unbind(e->chassis, port->bound);
    }
    free(port->bound);
    port->bound = NULL;
}

static void
remove_unwanted(struct engine *e)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &e->ports) {
        struct engine_port *port = node->data;

        if (!port->wanted) {
            if (!port->error) {
                datapath_remove_port(e->datapath, port->interface,
                                     port->vlan);
            }
            if (port->localnet) {
                /* It may be another bridge's port: not a port any more. */
                vswitch_report(e->vswitch, port->interface,
                               &(struct vswitch_report) {
                    .error = "no logical port of type localnet uses it",
                });
            }
            unbind(e, port);
            port_free(port);
            shash_delete(&e->ports, node);
        }
    }
}

/* --- Reported --- */

static char *
describe_error(const struct engine_port *port,
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
report(struct engine *e, struct engine_port *port)
{
    struct datapath_link link = { .exists = false };
    bool found = !port->error
                 && datapath_get_link(e->datapath, port->interface, &link);
    char *error OWNED_STRING = describe_error(port, &link, found);

    vswitch_report(e->vswitch, port->interface, &(struct vswitch_report) {
        .ofport = error ? 0 : datapath_port_number(e->datapath,
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
        unbind(e, port);
    }
    if (here && e->chassis) {
        sb_chassis_bind(e->chassis, port->logical_port, true);
        free(port->bound);
        port->bound = xstrdup(port->logical_port);
    }
}

static void
report_all(struct engine *e)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, vswitch_ports(e->vswitch)) {
        const struct vswitch_port *port = node->data;

        if (port->problem) {
            vswitch_report(e->vswitch, port->name, &(struct vswitch_report) {
                .error = port->problem,
            });
        }
    }
    SHASH_FOR_EACH (node, &e->ports) {
        report(e, node->data);
    }
}

void
engine_ports_run(struct engine *e)
{
    struct shash_node *node;

    if (!vswitch_is_ready(e->vswitch)
        || (!e->ports_changed
            && e->vswitch_seqno == vswitch_seqno(e->vswitch))) {
        return;
    }
    e->vswitch_seqno = vswitch_seqno(e->vswitch);
    if (e->ports_changed) {
        datapath_network_changed(e->datapath);
        e->ports_changed = false;
    }
    SHASH_FOR_EACH (node, &e->ports) {
        ((struct engine_port *) node->data)->wanted = false;
    }
    want_all(e);
    remove_unwanted(e);
    report_all(e);
    vswitch_ack(e->vswitch);
}
