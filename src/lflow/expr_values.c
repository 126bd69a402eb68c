#include "expr_values.h"

#include "lenv.h"

/* Bits of a field's values: names of ports are 32-bit keys. */
static int
value_width(const struct lfield *f)
{
    return f->symbol->is_string ? f->symbol->mf->n_bits : f->width;
}

static void
add_value(struct expr_values *values, ovs_u128 value, ovs_u128 mask)
{
    if (values->n >= values->allocated) {
        values->list = x2nrealloc(values->list, &values->allocated,
                                  sizeof *values->list);
    }
    values->list[values->n++] = (struct expr_value) { value, mask };
}

static void
add_constant(struct expr_values *values, const struct lfield *f,
             const struct constant *c)
{
    add_value(values, c->value, ovs_u128_and(c->mask, u128_ones(f->width)));
}

static void
add_port(struct expr_values *values, const struct expr_target *target,
         const char *name)
{
    uint32_t key = 0;

    if (!*name || target->env->port_key(target->env->aux, target->datapath,
                                        name, &key)) {
        add_value(values, (ovs_u128) { .u64 = { .lo = key } },
                  u128_ones(32));
    }
}

static bool
suits(const struct constant *c, const struct lfield *f)
{
    return (constant_suits(c, f)
            && (!c->masked || f->symbol->level == LEVEL_ORDINAL));
}

bool
expr_compare_is_fixed(const struct expr *expr, bool negated,
                      const struct lenv *env, bool *value)
{
    const struct constant_set *set = &expr->compare.set;
    const char *name;
    size_t i;

    if (!set->address_sets.n || set->n_integers) {
        return false;
    }
    *value = (expr->compare.relop == REL_NE) != negated;
    SVEC_FOR_EACH (i, name, &set->address_sets) {
        const struct constant_set *named = env->address_set(env->aux, name);

        for (size_t j = 0; named && j < named->n_integers; j++) {
            if (suits(&named->integers[j], &expr->compare.field)) {
                return false;
            }
        }
        if (!named || named->n_integers) {
            *value = false;
        }
    }
    return true;
}

struct expr_values
expr_compare_values(const struct expr *expr, const struct expr_target *target)
{
    const struct constant_set *set = &expr->compare.set;
    const struct lfield *f = &expr->compare.field;
    const struct lenv *env = target->env;
    struct expr_values values = { NULL, 0, 0 };
    const char *name;
    size_t i;

    for (i = 0; i < set->n_integers; i++) {
        add_constant(&values, f, &set->integers[i]);
    }
    SVEC_FOR_EACH (i, name, &set->address_sets) {
        const struct constant_set *named = env->address_set(env->aux, name);

        for (size_t j = 0; named && j < named->n_integers; j++) {
            if (suits(&named->integers[j], f)) {
                add_constant(&values, f, &named->integers[j]);
            }
        }
    }
    SVEC_FOR_EACH (i, name, &set->strings) {
        add_port(&values, target, name);
    }
    SVEC_FOR_EACH (i, name, &set->port_groups) {
        const struct sset *ports = env->port_group(env->aux, name);
        const char *port;

        if (ports) {
            SSET_FOR_EACH (port, ports) {
                add_port(&values, target, port);
            }
        }
    }
    return values;
}

/* Intervals. */

static bool
add_prefix(struct intervals *v, const struct expr_value *value, int width)
{
    ovs_u128 ones = u128_ones(width);
    ovs_u128 host = {
        .u64 = {
            .hi = ones.u64.hi & ~value->mask.u64.hi,
            .lo = ones.u64.lo & ~value->mask.u64.lo,
        },
    };
    ovs_u128 last = {
        .u64 = {
            .hi = value->value.u64.hi | host.u64.hi,
            .lo = value->value.u64.lo | host.u64.lo,
        },
    };
    int bits = (host.u64.hi ? 64 + log_2_floor(host.u64.hi) + 1
                : host.u64.lo ? log_2_floor(host.u64.lo) + 1 : 0);

    if (!ovs_u128_equals(host, u128_ones(bits))) {
        return false;
    }
    intervals_add(v, value->value, last);
    return true;
}

static bool
set_intervals(const struct expr *expr, const struct expr_target *target,
              struct intervals *v)
{
    struct expr_values values = expr_compare_values(expr, target);
    int width = value_width(&expr->compare.field);
    bool ok = true;

    for (size_t i = 0; ok && i < values.n; i++) {
        ok = add_prefix(v, &values.list[i], width);
    }
    free(values.list);
    intervals_sort(v);
    return ok;
}

bool
expr_compare_intervals(const struct expr *expr, bool negated,
                       const struct expr_target *target, struct intervals *v)
{
    enum expr_relop relop = expr->compare.relop;
    int width = value_width(&expr->compare.field);
    ovs_u128 max = u128_ones(width);
    bool complement;

    *v = (struct intervals) INTERVALS_INITIALIZER;
    if (relop == REL_EQ || relop == REL_NE) {
        if (!set_intervals(expr, target, v)) {
            intervals_uninit(v);
            return false;
        }
        complement = relop == REL_NE;
    } else {
        /* Both "<=" and ">" are about 0...x, "<" and ">=" about x...max. */
        ovs_u128 x = expr->compare.set.integers[0].value;
        if (relop == REL_LE || relop == REL_GT) {
            intervals_add(v, OVS_U128_ZERO, x);
        } else {
            intervals_add(v, x, max);
        }
        complement = relop == REL_LT || relop == REL_GT;
    }

    if (complement != negated) {
        struct intervals rest = intervals_not(v, width);

        intervals_uninit(v);
        *v = rest;
    }
    return true;
}

/* Cubes. */

static void
add_cube(struct cubes *cubes, const struct lfield *f, ovs_u128 value,
         ovs_u128 mask)
{
    struct match match;

    /* A value that the field cannot have (arp.op == 0x100) matches nothing,
     * but meta-flow would cut it to one that does. */
    if (!lfield_can_be(f, value)) {
        return;
    }
    match_init_catchall(&match);
    lfield_match(f, value, mask, &match);
    struct cube *cube = cube_from_match(&match);
    cubes_add(cubes, &cube);
}

struct collector {
    struct cubes *cubes;
    const struct lfield *f;
};

static void
collect_prefix(void *aux, ovs_u128 value, ovs_u128 mask)
{
    struct collector *collector = aux;

    add_cube(collector->cubes, collector->f, value, mask);
}

struct cubes
lfield_cubes(const struct lfield *f, const struct intervals *v)
{
    struct cubes cubes = CUBES_INITIALIZER;
    struct collector collector = { &cubes, f };

    intervals_to_prefixes(v, value_width(f), collect_prefix, &collector);
    return cubes;
}

struct cubes
expr_compare_cubes(const struct expr *expr, const struct expr_target *target)
{
    struct expr_values values = expr_compare_values(expr, target);
    struct cubes cubes = CUBES_INITIALIZER;

    for (size_t i = 0; i < values.n; i++) {
        add_cube(&cubes, &expr->compare.field, values.list[i].value,
                 values.list[i].mask);
    }
    free(values.list);
    return cubes;
}

struct cubes
lfield_differs(const struct lfield *f, ovs_u128 value, ovs_u128 mask)
{
    struct cubes cubes = CUBES_INITIALIZER;
    ovs_u128 one = { .u64 = { .lo = 1 } };

    for (int i = 0; i < value_width(f); i++) {
        ovs_u128 bit = u128_shift_left(one, i);

        if (!ovs_u128_is_zero(ovs_u128_and(mask, bit))) {
            ovs_u128 other = {
                .u64 = {
                    .hi = ~value.u64.hi & bit.u64.hi,
                    .lo = ~value.u64.lo & bit.u64.lo,
                },
            };
            add_cube(&cubes, f, other, bit);
        }
    }
    return cubes;
}
