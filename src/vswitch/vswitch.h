/* The Open_vSwitch database: which interfaces are to be ports, and what became
 * of them.
 *
 * in:     Bridge, Port, Interface and Open_vSwitch rows
 *         (ovs-vswitchd.conf.db(5)) as ovs-vsctl(8) writes them
 * out:    wanted ports; what the chassis is called; physical networks.  Back
 *         into the rows: ofport, error, link state and more; cur_cfg, which
 *         ovs-vsctl waits for
 * owner:  struct vswitch owns the connection; pointers it gives are good until
 *         the next vswitch_run()
 * thread: one; nothing blocks
 *
 * Stands in for ovs-vswitchd(8), whose lock it takes: while another process
 * has that, nothing is written.  Makes what is missing: the row of
 * Open_vSwitch, the integration bridge, a system-id.  Knows nothing of frames:
 * whoever does reports with vswitch_report(). */

#ifndef VSWITCH_VSWITCH_H
#define VSWITCH_VSWITCH_H 1

#include "ovs.h"

struct vswitch;

/* Connects to 'remote'; 'bridge' is the integration bridge's name. */
struct vswitch *vswitch_new(const char *remote, const char *bridge);
void vswitch_free(struct vswitch *);
void vswitch_run(struct vswitch *);
void vswitch_wait(struct vswitch *);

/* True once the rows are known, and those that must be there are. */
bool vswitch_is_ready(const struct vswitch *);
bool vswitch_is_connected(const struct vswitch *);
/* False while another process, perhaps ovs-vswitchd, has the lock. */
bool vswitch_has_lock(const struct vswitch *);

/* Grows whenever anything below may have changed. */
uint64_t vswitch_seqno(const struct vswitch *);

/* An interface that somebody wants to be a port of the integration bridge. */
struct vswitch_port {
    char *name;         /* Of the interface; unique. */
    char *logical_port; /* external_ids:iface-id, or NULL. */
    char *problem;      /* Why it cannot be a port, or NULL. */
};

/* Contains "struct vswitch_port"s, by name. */
const struct shash *vswitch_ports(const struct vswitch *);

/* external_ids that concern the chassis, or the defaults. */
struct vswitch_chassis {
    char *system_id;
    char *hostname;
    char *encap_type;
    char *encap_ip;
    char *mappings;        /* ovn-bridge-mappings as it stands. */
    struct smap physical;  /* Physical network -> interface. */
};
const struct vswitch_chassis *vswitch_chassis(const struct vswitch *);

/* What became of a wanted port. */
struct vswitch_report {
    uint16_t ofport;   /* 0: none, because of 'error'. */
    const char *error; /* For people, or NULL. */
    bool exists;       /* The members that follow mean something. */
    bool admin_up;
    bool link_up;
    int ifindex;
    int mtu;
    struct eth_addr mac;
};
void vswitch_report(struct vswitch *, const char *name,
                    const struct vswitch_report *);

/* All that was wanted at the last run has been done and reported: lets go
 * those who wait for it. */
void vswitch_ack(struct vswitch *);

#endif /* vswitch/vswitch.h */
