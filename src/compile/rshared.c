#include "rshared.h"

static bool
has_ip(const struct caddrs *addrs, const struct caddr *ip)
{
    for (size_t i = 0; i < addrs->n; i++) {
        if (ipv6_addr_equals(&addrs->ips[i].ip, &ip->ip)) {
            return true;
        }
    }
    return false;
}

static bool
contains(const struct uuid *list, size_t n, const struct uuid *uuid)
{
    for (size_t i = 0; i < n; i++) {
        if (uuid_equals(&list[i], uuid)) {
            return true;
        }
    }
    return false;
}

/* Is it an external address of an snat rule? */
static bool
is_snat(struct cctx *ctx, const struct vrouter *router,
        const struct caddr *ip)
{
    size_t n;
    const struct uuid *nats = cctx_named(ctx, CR_NAT_OF_IP, ip->s, &n);

    for (size_t i = 0; i < n; i++) {
        const struct vnat *nat = view_nat(ctx, &nats[i]);
        size_t n_routers;
        const struct uuid *routers = cctx_related(ctx, CR_LR_OF_NAT,
                                                  &nats[i], &n_routers);

        if (nat && !nat->problem && nat->type == VNAT_SNAT
            && contains(routers, n_routers, &router->uuid)) {
            return true;
        }
    }
    return false;
}

static bool
is_vip(struct cctx *ctx, const struct vrouter *router, const struct caddr *ip)
{
    size_t n;
    const struct uuid *lbs = cctx_named(ctx, CR_LB_OF_VIP, ip->s, &n);

    for (size_t i = 0; i < n; i++) {
        const struct vlb_use *use = view_lb_use(ctx, &lbs[i]);

        if (use && use->routers && cdps_contains(use->routers,
                                                 &router->uuid)) {
            return true;
        }
    }
    return false;
}

bool
rshared_ip(struct cctx *ctx, const struct vrouter *router,
           const struct caddr *ip)
{
    return has_ip(&router->dnat_force_snat, ip)
           || (!router->lb_force_router_ip
               && has_ip(&router->lb_force_snat, ip))
           || is_snat(ctx, router, ip) || is_vip(ctx, router, ip);
}
