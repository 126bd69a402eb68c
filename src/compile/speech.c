/* What each row speaks of: the words that relations.c turns round. */

#include "caddr.h"
#include "engine.h"
#include "rroute.h"
#include "vip.h"

/* Adds the rows that a column refers to. */
#define ADD_ROWS(SPEECH, RELATION, ROWS, N)                                   \
    for (size_t i_ = 0; i_ < (N); i_++) {                                     \
        cspeech_add(SPEECH, RELATION, &(ROWS)[i_]->header_.uuid);             \
    }

static void
speech_of_ls(const struct nbrec_logical_switch *ls, struct cspeech *s)
{
    ADD_ROWS(s, CR_LS_OF_PORT, ls->ports, ls->n_ports);
    ADD_ROWS(s, CR_LS_OF_ACL, ls->acls, ls->n_acls);
    ADD_ROWS(s, CR_LS_OF_QOS, ls->qos_rules, ls->n_qos_rules);
    ADD_ROWS(s, CR_LS_OF_LB, ls->load_balancer, ls->n_load_balancer);
    ADD_ROWS(s, CR_LS_OF_LBG, ls->load_balancer_group,
             ls->n_load_balancer_group);
    ADD_ROWS(s, CR_LS_OF_DNS, ls->dns_records, ls->n_dns_records);
    ADD_ROWS(s, CR_LS_OF_FWG, ls->forwarding_groups, ls->n_forwarding_groups);
    if (ls->copp) {
        cspeech_add(s, CR_LS_OF_COPP, &ls->copp->header_.uuid);
    }
}

static void
speech_of_lsp(const struct nbrec_logical_switch_port *lsp, struct cspeech *s)
{
    const char *lrp = smap_get(&lsp->options, "router-port");
    const char *parents = smap_get(&lsp->options, "virtual-parents");

    cspeech_add_name(s, CR_LSP_NAMED, lsp->name);
    if (!strcmp(lsp->type, "router") && lrp) {
        cspeech_add_name(s, CR_LSP_OF_LRP, lrp);
    }
    if (lsp->parent_name && lsp->parent_name[0]) {
        cspeech_add_name(s, CR_LSP_OF_PARENT, lsp->parent_name);
    }
    if (lsp->dhcpv4_options) {
        cspeech_add(s, CR_LSP_OF_DHCP, &lsp->dhcpv4_options->header_.uuid);
    }
    if (lsp->dhcpv6_options) {
        cspeech_add(s, CR_LSP_OF_DHCP, &lsp->dhcpv6_options->header_.uuid);
    }
    if (!strcmp(lsp->type, "virtual") && parents) {
        struct sset names;
        const char *name;

        sset_from_delimited_string(&names, parents, ",");
        SSET_FOR_EACH (name, &names) {
            cspeech_add_name(s, CR_LSP_OF_VIRTUAL, name);
        }
        sset_destroy(&names);
    }
}

static void
speech_of_lr(const struct nbrec_logical_router *lr, struct cspeech *s)
{
    ADD_ROWS(s, CR_LR_OF_PORT, lr->ports, lr->n_ports);
    ADD_ROWS(s, CR_LR_OF_LB, lr->load_balancer, lr->n_load_balancer);
    ADD_ROWS(s, CR_LR_OF_LBG, lr->load_balancer_group,
             lr->n_load_balancer_group);
    ADD_ROWS(s, CR_LR_OF_NAT, lr->nat, lr->n_nat);
    ADD_ROWS(s, CR_LR_OF_ROUTE, lr->static_routes, lr->n_static_routes);
    ADD_ROWS(s, CR_LR_OF_POLICY, lr->policies, lr->n_policies);
    if (lr->copp) {
        cspeech_add(s, CR_LR_OF_COPP, &lr->copp->header_.uuid);
    }
}

static void
speech_of_lrp(const struct nbrec_logical_router_port *lrp, struct cspeech *s)
{
    cspeech_add_name(s, CR_LRP_NAMED, lrp->name);
    if (lrp->peer && lrp->peer[0]) {
        cspeech_add_name(s, CR_LRP_OF_PEER, lrp->peer);
    }
}

static void
speech_of_pg(const struct nbrec_port_group *pg, struct cspeech *s)
{
    cspeech_add_name(s, CR_PG_NAMED, pg->name);
    ADD_ROWS(s, CR_PG_OF_PORT, pg->ports, pg->n_ports);
    ADD_ROWS(s, CR_PG_OF_ACL, pg->acls, pg->n_acls);
}

static void
speech_of_route(const struct nbrec_logical_router_static_route *route,
                struct cspeech *s)
{
    char *key = rroute_key(route);

    if (key) {
        cspeech_add_name(s, CR_ROUTE_OF_KEY, key);
        free(key);
    }
    if (route->bfd) {
        cspeech_add(s, CR_ROUTE_OF_BFD, &route->bfd->header_.uuid);
    }
}

static void
speech_of_nat(const struct nbrec_nat *nat, struct cspeech *s)
{
    struct caddr addr;

    if (caddr_parse(nat->external_ip, &addr)) {
        cspeech_add_name(s, CR_NAT_OF_IP, addr.s);
        caddr_uninit(&addr);
    }
}

static void
speech_of_lb(const struct nbrec_load_balancer *lb, struct cspeech *s)
{
    const struct smap_node *node;

    ADD_ROWS(s, CR_LB_OF_HC, lb->health_check, lb->n_health_check);
    SMAP_FOR_EACH (node, &lb->vips) {
        struct endpoint ep;
        char ip[INET6_ADDRSTRLEN];

        if (endpoint_parse(node->key, &ep)) {
            ipv6_string_mapped(ip, &ep.addr);
            cspeech_add_name(s, CR_LB_OF_VIP, ip);
        }
    }
    if (lb->n_health_check) {
        SMAP_FOR_EACH (node, &lb->ip_port_mappings) {
            /* "PORT:SOURCE". */
            const char *colon = strrchr(node->value, ':');

            if (colon) {
                char *name = xmemdup0(node->value, colon - node->value);

                cspeech_add_name(s, CR_LB_OF_BACKEND_PORT, name);
                free(name);
            }
        }
    }
}

static void
speech_of_lbg(const struct nbrec_load_balancer_group *lbg, struct cspeech *s)
{
    ADD_ROWS(s, CR_LBG_OF_LB, lbg->load_balancer, lbg->n_load_balancer);
}

static void
speech_of_named(const void *row, enum ctable table, struct cspeech *s)
{
    if (table == CT_HAGROUP) {
        const struct nbrec_ha_chassis_group *group = row;

        cspeech_add_name(s, CR_HAGROUP_NAMED, group->name);
    } else if (table == CT_METER) {
        const struct nbrec_meter *meter = row;

        cspeech_add_name(s, CR_METER_NAMED, meter->name);
    } else if (table == CT_BFD) {
        const struct nbrec_bfd *bfd = row;

        cspeech_add_name(s, CR_BFD_OF_PORT, bfd->logical_port);
    } else if (table == CT_TEMPLATE) {
        const struct nbrec_chassis_template_var *vars = row;

        cspeech_add_name(s, CR_TEMPLATE_OF_CHASSIS, vars->chassis);
    } else {
        const struct nbrec_static_mac_binding *smac = row;

        cspeech_add_name(s, CR_SMAC_OF_LRP, smac->logical_port);
    }
}

void
cspeech_of(enum ctable table, const void *row, struct cspeech *s)
{
    switch (table) {
    case CT_LS:
        speech_of_ls(row, s);
        break;
    case CT_LSP:
        speech_of_lsp(row, s);
        break;
    case CT_LR:
        speech_of_lr(row, s);
        break;
    case CT_LRP:
        speech_of_lrp(row, s);
        break;
    case CT_PG:
        speech_of_pg(row, s);
        break;
    case CT_LB:
        speech_of_lb(row, s);
        break;
    case CT_ROUTE:
        speech_of_route(row, s);
        break;
    case CT_NAT:
        speech_of_nat(row, s);
        break;
    case CT_LBG:
        speech_of_lbg(row, s);
        break;
    case CT_HAGROUP:
    case CT_METER:
    case CT_BFD:
    case CT_SMAC:
    case CT_TEMPLATE:
        speech_of_named(row, table, s);
        break;
    case CT_GLOBAL: case CT_COPP: case CT_FWG: case CT_AS: case CT_HC:
    case CT_ACL: case CT_QOS: case CT_MIRROR: case CT_BAND:
    case CT_POLICY: case CT_DHCP: case CT_DNS:
    case CT_GWCHASSIS: case CT_HACHASSIS:
    case N_CTABLES:
        break;
    }
}
