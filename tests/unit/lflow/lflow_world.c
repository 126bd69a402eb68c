#include "lflow_world.h"

static bool
port_key(void *aux, uint32_t datapath, const char *name, uint32_t *key)
{
    if (!strcmp(name, "_MC_flood")) {
        *key = 32768;
        return true;
    }
    if (name[0] == 'p' && name[1] >= '1' && name[1] <= '9' && !name[2]) {
        *key = name[1] - '0';
        return true;
    }
    return false;
}

static const struct constant_set *
address_set(void *aux, const char *name)
{
    const struct lflow_world *world = aux;

    return (!strcmp(name, "as") ? &world->as
            : !strcmp(name, "many") ? &world->many
            : !strcmp(name, "none") ? &world->none
            : !strcmp(name, "only6") ? &world->only6 : NULL);
}

static const struct sset *
port_group(void *aux, const char *name)
{
    const struct lflow_world *world = aux;

    return !strcmp(name, "pg") ? &world->pg : NULL;
}

static bool
is_resident(void *aux, const char *port)
{
    return !strcmp(port, "p1");
}

void
lflow_world_init(struct lflow_world *world)
{
    static char *const as[] = {
        "10.0.0.1", "10.0.0.2", "10.0.1.0/24", "fd00::1", "fd00:1::/64",
        "00:00:00:00:00:01",
    };
    static char *const only6[] = { "fd00::1", "fd00:1::/64" };

    world->symtab = symtab_new();
    world->env = (struct lenv) {
        .aux = world,
        .port_key = port_key,
        .address_set = address_set,
        .port_group = port_group,
        .is_resident = is_resident,
    };
    constant_set_from_strings(&world->as, as, ARRAY_SIZE(as));
    constant_set_from_strings(&world->only6, only6, ARRAY_SIZE(only6));
    constant_set_init(&world->none);
    constant_set_init(&world->many);
    for (int i = 0; i < 40; i++) {
        struct constant c = constant_from_u64(0x0a000000 + i * 3);
        constant_set_add(&world->many, &c);
    }
    sset_init(&world->pg);
    sset_add(&world->pg, "p1");
    sset_add(&world->pg, "p2");
    sset_add(&world->pg, "p3");
}

void
lflow_world_uninit(struct lflow_world *world)
{
    symtab_free(world->symtab);
    constant_set_uninit(&world->as);
    constant_set_uninit(&world->only6);
    constant_set_uninit(&world->none);
    constant_set_uninit(&world->many);
    sset_destroy(&world->pg);
}

uint32_t
dice_roll(struct dice *dice, uint32_t n_sides)
{
    dice->state = hash_int(dice->state + 1, 0x9e3779b9);
    return dice->state % n_sides;
}

/* Packets. */

static struct in6_addr
random_ipv6(struct dice *dice)
{
    static const char *const addrs[] = {
        "fd00::1", "fd00:1::5", "fe80::1", "ff02::1", "ff02::16", "ff0e::1",
    };
    struct in6_addr addr;

    ipv6_parse(addrs[dice_roll(dice, ARRAY_SIZE(addrs))], &addr);
    return addr;
}

static ovs_be32
random_ipv4(struct dice *dice)
{
    uint32_t host = dice_roll(dice, 8) | dice_roll(dice, 2) << 8;

    return htonl((dice_roll(dice, 6) ? 0x0a000000 : 0xe0000000) | host);
}

static struct eth_addr
random_mac(struct dice *dice)
{
    static const struct eth_addr macs[] = {
        ETH_ADDR_C(00, 00, 00, 00, 00, 01), ETH_ADDR_C(00, 00, 00, 00, 00, 02),
        ETH_ADDR_C(01, 00, 5e, 00, 00, 01), ETH_ADDR_C(33, 33, 00, 00, 00, 01),
        ETH_ADDR_C(ff, ff, ff, ff, ff, ff), ETH_ADDR_C(00, 00, 00, 00, 00, 00),
    };

    return macs[dice_roll(dice, ARRAY_SIZE(macs))];
}

static void
random_transport(struct dice *dice, struct flow *flow)
{
    static const uint8_t protos4[] = { 1, 2, 6, 17, 132, 47 };
    static const uint8_t protos6[] = { 58, 58, 6, 17, 132, 0 };
    bool v6 = flow->dl_type == htons(ETH_TYPE_IPV6);

    flow->nw_proto = (v6 ? protos6 : protos4)[dice_roll(dice, 6)];
    if (flow->nw_proto == IPPROTO_ICMP || flow->nw_proto == IPPROTO_ICMPV6) {
        flow->tp_src = htons(v6 ? 130 + dice_roll(dice, 14)
                                : dice_roll(dice, 12));
        flow->tp_dst = htons(dice_roll(dice, 2));
    } else if (flow->nw_proto == IPPROTO_TCP || flow->nw_proto == IPPROTO_UDP
               || flow->nw_proto == IPPROTO_SCTP) {
        flow->tp_src = htons(dice_roll(dice, 100));
        flow->tp_dst = htons(dice_roll(dice, 100));
    }
    if (flow->nw_proto == IPPROTO_TCP) {
        flow->tcp_flags = htons(dice_roll(dice, 64));
    }
    if (v6 && flow->nw_proto == IPPROTO_ICMPV6
        && (flow->tp_src == htons(135) || flow->tp_src == htons(136))) {
        flow->nd_target = random_ipv6(dice);
        flow->arp_sha = random_mac(dice);
        flow->arp_tha = random_mac(dice);
    }
}

static void
random_network(struct dice *dice, struct flow *flow)
{
    static const uint8_t frags[] = { 0, 0, 0, 1, 3 };

    if (flow->dl_type == htons(ETH_TYPE_ARP)
        || flow->dl_type == htons(ETH_TYPE_RARP)) {
        flow->nw_proto = 1 + dice_roll(dice, 3);
        flow->nw_src = random_ipv4(dice);
        flow->nw_dst = random_ipv4(dice);
        flow->arp_sha = random_mac(dice);
        flow->arp_tha = random_mac(dice);
        return;
    }
    if (flow->dl_type == htons(ETH_TYPE_IP)) {
        flow->nw_src = random_ipv4(dice);
        flow->nw_dst = random_ipv4(dice);
    } else if (flow->dl_type == htons(ETH_TYPE_IPV6)) {
        flow->ipv6_src = random_ipv6(dice);
        flow->ipv6_dst = random_ipv6(dice);
        flow->ipv6_label = htonl(dice_roll(dice, 4));
    } else {
        return;
    }
    flow->nw_ttl = dice_roll(dice, 2) ? 255 : dice_roll(dice, 4);
    flow->nw_tos = dice_roll(dice, 16);
    flow->nw_frag = frags[dice_roll(dice, ARRAY_SIZE(frags))];
    random_transport(dice, flow);
}

void
lflow_world_random_flow(struct dice *dice, struct flow *flow)
{
    static const uint16_t types[] = {
        ETH_TYPE_IP, ETH_TYPE_IP, ETH_TYPE_IP, ETH_TYPE_IPV6, ETH_TYPE_IPV6,
        ETH_TYPE_ARP, ETH_TYPE_RARP, 0x88cc,
    };

    memset(flow, 0, sizeof *flow);
    flow->metadata = htonll(7);
    for (int i = 0; i < 10; i++) {
        flow->regs[i] = dice_roll(dice, 3) ? dice_roll(dice, 16) : 0;
    }
    flow->regs[LREG_FLAGS] = dice_roll(dice, 1 << 12);
    flow->regs[LREG_INPORT] = dice_roll(dice, 10);
    flow->regs[LREG_OUTPORT] = (dice_roll(dice, 4) ? dice_roll(dice, 10)
                                : 32768);
    flow->pkt_mark = dice_roll(dice, 3);
    flow->ct_state = dice_roll(dice, 256);
    flow->ct_mark = dice_roll(dice, 16);
    flow->ct_label.u64.lo = dice_roll(dice, 16);
    flow->ct_label.u64.hi = (uint64_t) dice_roll(dice, 3) << 32;
    flow->dl_src = random_mac(dice);
    flow->dl_dst = random_mac(dice);
    flow->dl_type = htons(types[dice_roll(dice, ARRAY_SIZE(types))]);
    if (!dice_roll(dice, 4)) {
        flow->vlans[0].tpid = htons(ETH_TYPE_VLAN);
        flow->vlans[0].tci = htons(VLAN_CFI | dice_roll(dice, 3)
                                   | dice_roll(dice, 8) << 13);
    }
    random_network(dice, flow);
}

/* Matches. */

#define PICK(DICE, ARRAY) ARRAY[dice_roll(DICE, ARRAY_SIZE(ARRAY))]

static void random_expr(struct dice *, int depth, bool negated, struct ds *);

/* A comparison, or a predicate, from patterns: '%' is a small number, '~' an
 * operator, '=' (among the nominal) "==" or, behind a "!", "!=". */
static void
random_leaf(struct dice *dice, bool negated, struct ds *s)
{
    static const char *const ordinal[] = {
        "reg0 ~ %", "reg1[0..3] ~ %", "xxreg0 ~ %", "xreg1[0..31] ~ %",
        "reg2[1]", "reg3 == 0", "reg9 == {%, %, %}", "reg9 != {%, %, %}",
        "reg4 == %/7", "reg4 != %/5", "% <= reg5 < 1%", "1% > reg5[0..4] > %",
        "flags.loopback", "flags ~ 5%", "pkt.mark ~ %", "ct_mark.natted",
        "ct.new", "ct.est == 0", "!ct.trk", "ct_state ~ 4%",
        "ct_state != 0x100/0x100", "ct_mark ~ %",
        "ct_label ~ %", "ct_label.blocked", "ct_label.label ~ %",
        "eth.src == 00:00:00:00:00:01", "eth.dst[40]", "eth.mcast",
        "eth.bcast", "eth.mcastv6", "eth.src ~ 00:00:00:00:00:02",
        "vlan.present", "vlan.pcp ~ 5", "vlan.vid ~ %", "vlan.tci[0..3] ~ %",
        "ip.is_frag", "ip.later_frag", "ip.first_frag", "ip.frag ~ 1",
        "ip4.src ~ 10.0.0.%", "ip4.dst == 10.0.1.0/24", "ip4.src == $as",
        "ip4.src != $as", "ip4.dst == $many", "ip4.dst != $many",
        "ip4.src == $none", "ip6.dst != $none", "ip4.src != {$none}",
        "ip4.dst == {10.0.0.%, $none}", "ip4.src != {$none, 10.0.0.%}",
        "ip4.dst == {10.0.0.%, 10.0.1.%}", "ip4.src != 10.0.1.0/24",
        "ip6.src == fd00::1", "ip6.dst == $as", "ip6.src != fd00:1::/64",
        "ip6.label ~ %", "ip6.dst[120..127] == 0xff",
        "tcp.dst ~ 4%", "tcp.src == {1%, 2%}", "tcp.flags[1]",
        "tcp.flags ~ 1%", "udp.dst ~ 4%", "sctp.src ~ 5%", "udp.src != {%}",
        "arp.spa ~ 10.0.0.%", "arp.tha == 00:00:00:00:00:00",
        "rarp.tpa ~ 10.0.0.%", "nd.target == fd00::1",
        "is_chassis_resident(\"p1\")", "is_chassis_resident(\"p2\")",
        "1", "0",
    };
    static const char *const nominal[] = {
        "inport = \"p%\"", "outport = \"_MC_flood\"", "inport = @pg",
        "inport = {\"p1\", \"p%\", \"nobody\"}", "outport = \"\"",
        "eth.type = 0x800", "ip.proto = {6, 17}", "ip.ttl = {0, 1, 255}",
        "ip.dscp = %", "ip.ecn = 1", "icmp4.type = %", "icmp6.type = 13%",
        "arp.op = %", "rarp.op = 1", "icmp4.code = 0",
    };
    static const char *const predicates[] = {
        "ip4", "ip6", "ip", "icmp4", "icmp6", "icmp", "igmp", "nd", "nd_ns",
        "nd_na", "nd_rs", "mldv1", "mldv2", "arp", "rarp", "tcp", "udp",
        "sctp", "ip4.mcast", "ip4.src_mcast", "ip6.mcast", "ip6.mcast_rsvd",
        "ip6.mcast_all_nodes", "ip6.mcast_flood",
    };
    static const char *const relops[] = { "==", "!=", "<", "<=", ">", ">=" };
    /* Nominal predicates only where nothing negates them. */
    int kind = dice_roll(dice, negated ? 3 : 4);
    const char *p = (kind == 3 ? PICK(dice, predicates)
                     : kind == 2 ? PICK(dice, nominal)
                     : PICK(dice, ordinal));

    for (; *p; p++) {
        if (*p == '%') {
            ds_put_format(s, "%"PRIu32, dice_roll(dice, 10));
        } else if (*p == '~') {
            ds_put_cstr(s, relops[dice_roll(dice, ARRAY_SIZE(relops))]);
        } else if (*p == '=' && kind == 2) {
            ds_put_cstr(s, negated ? "!=" : "==");
        } else {
            ds_put_char(s, *p);
        }
    }
}

static void
random_chain(struct dice *dice, int depth, bool negated, struct ds *s)
{
    const char *op = dice_roll(dice, 2) ? " && " : " || ";
    int n = 2 + dice_roll(dice, 3);

    for (int i = 0; i < n; i++) {
        bool simple = depth <= 0 || dice_roll(dice, 2);

        ds_put_cstr(s, i ? op : "");
        ds_put_char(s, '(');
        if (simple) {
            random_leaf(dice, negated, s);
        } else {
            random_expr(dice, depth - 1, negated, s);
        }
        ds_put_char(s, ')');
    }
}

static void
random_expr(struct dice *dice, int depth, bool negated, struct ds *s)
{
    switch (dice_roll(dice, 5)) {
    case 0:
        random_leaf(dice, negated, s);
        break;
    case 1:
        ds_put_cstr(s, "!(");
        random_expr(dice, depth - 1, !negated, s);
        ds_put_char(s, ')');
        break;
    default:
        random_chain(dice, depth, negated, s);
        break;
    }
}

char *
lflow_world_random_match(struct dice *dice)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    random_expr(dice, 2, false, &s);
    return ds_steal_cstr(&s);
}

bool
expr_rules_match(const struct expr_rules *rules, const struct flow *flow)
{
    uint64_t *seen = xcalloc(rules->n_conj + 1, sizeof *seen);
    bool matches = false;

    for (size_t i = 0; !matches && i < rules->n; i++) {
        const struct expr_rule *rule = &rules->list[i];

        if (minimatch_matches_flow(&rule->match, flow)) {
            uint64_t all = UINT64_MAX >> (64 - MAX(rule->n_clauses, 1));

            seen[rule->conj_id] |= UINT64_C(1) << rule->clause;
            matches = !rule->conj_id || seen[rule->conj_id] == all;
        }
    }
    free(seen);
    return matches;
}

size_t
lflow_world_for_each_line(const char *name,
                          void (*cb)(const char *line, void *aux), void *aux)
{
    char *path = xasprintf("%s/lflow/%s", TESTS_DATA_DIR, name);
    FILE *file = fopen(path, "r");
    struct ds line = DS_EMPTY_INITIALIZER;
    size_t n = 0;

    if (!file) {
        ovs_fatal(errno, "%s", path);
    }
    while (!ds_get_line(&line, file)) {
        const char *text = ds_cstr(&line);

        if (*text && *text != '#') {
            cb(text, aux);
            n++;
        }
    }
    fclose(file);
    ds_destroy(&line);
    free(path);
    return n;
}
