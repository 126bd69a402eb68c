#include "interval.h"

#include "constant.h"

static ovs_u128
plus_one(ovs_u128 x)
{
    x.u64.hi += !++x.u64.lo;
    return x;
}

static ovs_u128
minus_one(ovs_u128 x)
{
    x.u64.hi -= !x.u64.lo--;
    return x;
}

void
intervals_uninit(struct intervals *v)
{
    free(v->list);
    *v = (struct intervals) INTERVALS_INITIALIZER;
}

void
intervals_add(struct intervals *v, ovs_u128 first, ovs_u128 last)
{
    if (v->n >= v->allocated) {
        v->list = x2nrealloc(v->list, &v->allocated, sizeof *v->list);
    }
    v->list[v->n++] = (struct interval) { first, last };
}

static int
compare_first(const void *a_, const void *b_)
{
    const struct interval *a = a_, *b = b_;

    return u128_compare(a->first, b->first);
}

void
intervals_sort(struct intervals *v)
{
    if (v->n < 2) {
        return;
    }
    qsort(v->list, v->n, sizeof *v->list, compare_first);

    size_t n = 1;
    for (size_t i = 1; i < v->n; i++) {
        struct interval *last = &v->list[n - 1];

        if (u128_compare(v->list[i].first, last->last) > 0) {
            v->list[n++] = v->list[i];
        } else if (u128_compare(v->list[i].last, last->last) > 0) {
            last->last = v->list[i].last;
        }
    }
    v->n = n;
}

struct intervals
intervals_and(const struct intervals *a, const struct intervals *b)
{
    struct intervals both = INTERVALS_INITIALIZER;
    size_t i = 0, j = 0;

    while (i < a->n && j < b->n) {
        const struct interval *x = &a->list[i], *y = &b->list[j];
        ovs_u128 first = (u128_compare(x->first, y->first) > 0 ? x->first
                          : y->first);
        bool x_ends = u128_compare(x->last, y->last) < 0;
        ovs_u128 last = x_ends ? x->last : y->last;

        if (u128_compare(first, last) <= 0) {
            intervals_add(&both, first, last);
        }
        if (x_ends) {
            i++;
        } else {
            j++;
        }
    }
    return both;
}

struct intervals
intervals_not(const struct intervals *v, int width)
{
    struct intervals rest = INTERVALS_INITIALIZER;
    ovs_u128 max = u128_ones(width);
    ovs_u128 next = OVS_U128_ZERO;

    for (size_t i = 0; i < v->n; i++) {
        if (u128_compare(next, v->list[i].first) < 0) {
            intervals_add(&rest, next, minus_one(v->list[i].first));
        }
        if (u128_compare(v->list[i].last, max) >= 0) {
            return rest;
        }
        next = plus_one(v->list[i].last);
    }
    intervals_add(&rest, next, max);
    return rest;
}

/* The longest run of 0-bits at the end of 'x', at most 'width'. */
static int
trailing_zeros(ovs_u128 x, int width)
{
    int n = (x.u64.lo ? raw_ctz(x.u64.lo)
             : x.u64.hi ? 64 + raw_ctz(x.u64.hi) : 128);

    return MIN(n, width);
}

void
intervals_to_prefixes(const struct intervals *v, int width,
                      interval_prefix_cb *cb, void *aux)
{
    ovs_u128 ones = u128_ones(width);

    for (size_t i = 0; i < v->n; i++) {
        ovs_u128 first = v->list[i].first;

        for (;;) {
            /* The largest block that begins at 'first' and ends in time. */
            int bits = trailing_zeros(first, width);
            ovs_u128 last;
            for (;; bits--) {
                ovs_u128 host = u128_ones(bits);
                last = (ovs_u128) { .u64 = {
                    .hi = first.u64.hi | host.u64.hi,
                    .lo = first.u64.lo | host.u64.lo,
                } };
                if (u128_compare(last, v->list[i].last) <= 0) {
                    break;
                }
            }
            ovs_u128 mask = u128_shift_left(u128_ones(width - bits), bits);
            cb(aux, first, ovs_u128_and(mask, ones));
            if (u128_compare(last, v->list[i].last) >= 0) {
                break;
            }
            first = plus_one(last);
        }
    }
}
