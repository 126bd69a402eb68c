/* Reading and writing a field at its place, against meta-flow. */

#include "unit.h"

#include "constant.h"
#include "flow_place.h"
#include "lflow_world.h"

static struct symtab *symtab;

static void
fill_random(struct dice *dice, void *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ((uint8_t *) p)[i] = dice_roll(dice, 256);
    }
}

/* The low 'n_bits' of meta-flow's value. */
static ovs_u128
mf_read(const struct mf_field *mf, const struct flow *flow)
{
    union mf_value value;
    ovs_be128 be;

    mf_get_value(mf, flow, &value);
    memset(&be, 0, sizeof be);
    memcpy((char *) &be + sizeof be - mf->n_bytes, &value, mf->n_bytes);
    return ovs_u128_and(ntoh128(be), u128_ones(mf->n_bits));
}

static void
mf_write(const struct mf_field *mf, ovs_u128 x, struct flow *flow)
{
    ovs_be128 be = hton128(x);
    union mf_value value;

    memset(&value, 0, sizeof value);
    memcpy(&value, (char *) &be + sizeof be - mf->n_bytes, mf->n_bytes);
    mf_set_flow_value(mf, &value, flow);
}

static void
check_field(struct dice *dice, const char *name, const struct mf_field *mf,
            const struct flow_place *place)
{
    ovs_u128 ones = u128_ones(mf->n_bits), x, mask, all;
    struct flow flow, other;

    fill_random(dice, &flow, sizeof flow);
    fill_random(dice, &x, sizeof x);
    fill_random(dice, &mask, sizeof mask);
    mask = ovs_u128_and(mask, ones);

    ovs_u128 old = mf_read(mf, &flow);
    assert_case(ovs_u128_equals(
                    ovs_u128_and(flow_place_read(place, &flow), ones), old),
                "%s: is read otherwise", name);

    other = flow;
    flow_place_write(place, x, mask, &flow);
    all.u64.lo = (old.u64.lo & ~mask.u64.lo) | (x.u64.lo & mask.u64.lo);
    all.u64.hi = (old.u64.hi & ~mask.u64.hi) | (x.u64.hi & mask.u64.hi);
    mf_write(mf, all, &other);
    assert_case(ovs_u128_equals(mf_read(mf, &flow), mf_read(mf, &other)),
                "%s: is written otherwise", name);
}

static void
as_meta_flow_does(void **state OVS_UNUSED)
{
    struct dice dice = { 4 };
    int n_placed = 0;

    for (size_t i = 0; i < symtab_n(symtab); i++) {
        const struct symbol *symbol = symtab_get(symtab, i);

        if (symbol->type != SYMBOL_FIELD) {
            continue;
        }

        struct flow_place place = flow_place_find(symbol->mf);
        assert_int_equal(place.order, symbol->place.order);
        if (place.order == FLOW_ORDER_OTHER) {
            continue;
        }
        n_placed++;
        for (int round = 0; round < 50; round++) {
            check_field(&dice, symbol->name, symbol->mf, &place);
        }
    }
    assert_true(n_placed > 30);
}

static void
places(void **state OVS_UNUSED)
{
    static const struct {
        const char *symbol;
        struct flow_place place;
    } cases[] = {
        { "reg1", { FLOW_ORDER_HOST, offsetof(struct flow, regs[1]), 4 } },
        { "xxreg0", { FLOW_ORDER_HOST, offsetof(struct flow, regs), 16 } },
        { "ct_mark", { FLOW_ORDER_HOST, offsetof(struct flow, ct_mark), 4 } },
        { "eth.src", { FLOW_ORDER_NETWORK, offsetof(struct flow, dl_src),
                       6 } },
        { "ip6.dst", { FLOW_ORDER_NETWORK, offsetof(struct flow, ipv6_dst),
                       16 } },
        { "tcp.dst", { FLOW_ORDER_NETWORK, offsetof(struct flow, tp_dst),
                       2 } },
        { "ip.ttl", { FLOW_ORDER_NETWORK, offsetof(struct flow, nw_ttl),
                      1 } },
        /* Shifted; with a bit of its own; 16 bits of which 8 are there. */
        { "ip.dscp", { .order = FLOW_ORDER_OTHER } },
        { "vlan.tci", { .order = FLOW_ORDER_OTHER } },
        { "arp.op", { .order = FLOW_ORDER_OTHER } },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct flow_place *want = &cases[i].place;
        const struct flow_place *got
            = &symtab_find(symtab, cases[i].symbol)->place;

        assert_case(got->order == want->order
                    && (got->order == FLOW_ORDER_OTHER
                        || (got->ofs == want->ofs
                            && got->size == want->size)),
                    "%s: order %d, %d bytes at %d", cases[i].symbol,
                    got->order, got->size, got->ofs);
    }
}

static void
constants_to_assign(void **state OVS_UNUSED)
{
    struct dice dice = { 5 };
    int n_words = 0;

    for (size_t i = 0; i < symtab_n(symtab); i++) {
        const struct symbol *symbol = symtab_get(symtab, i);
        struct lfield f = { symbol, 0, symbol->width };
        struct flow flow, other;
        ovs_u128 x;

        if (symbol->type != SYMBOL_FIELD || symbol->is_string) {
            continue;
        }
        fill_random(&dice, &x, sizeof x);

        struct flow_word word = lfield_word(&f, x, u128_ones(f.width));
        if (!word.mask) {
            continue;
        }
        n_words++;
        assert_int_equal(word.value & ~word.mask, 0);
        fill_random(&dice, &flow, sizeof flow);
        other = flow;
        lfield_write(&f, x, &flow);

        uint64_t *to = (uint64_t *) &other + word.index;
        *to = (*to & ~word.mask) | word.value;
        assert_case(!memcmp(&flow, &other, sizeof flow), "%s", symbol->name);
    }
    assert_true(n_words > 30);
}

int
main(int argc OVS_UNUSED, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_meta_flow_does),
        cmocka_unit_test(places),
        cmocka_unit_test(constants_to_assign),
    };

    set_program_name(argv[0]);
    symtab = symtab_new();
    int failed = cmocka_run_group_tests_name("flow_place", tests, NULL, NULL);
    symtab_free(symtab);
    return failed;
}
