#include "symbol.h"

#include "constant.h"
#include "expr.h"
#include "lex.h"

bool
lfield_equals(const struct lfield *a, const struct lfield *b)
{
    return (a->symbol == b->symbol && a->ofs == b->ofs
            && a->width == b->width);
}

void
lfield_format(const struct lfield *f, struct ds *s)
{
    ds_put_cstr(s, f->symbol->name);
    if (f->width == f->symbol->width) {
        return;
    } else if (f->width == 1) {
        ds_put_format(s, "[%d]", f->ofs);
    } else {
        ds_put_format(s, "[%d..%d]", f->ofs, f->ofs + f->width - 1);
    }
}

/* Parses "[LO]" or "[LO..HI]" behind the name of '*f'. */
static bool
parse_bits(struct lex *lex, struct lfield *f)
{
    const struct symbol *symbol = f->symbol;
    uint64_t lo, hi;

    if (symbol->is_string) {
        return lex_error(lex, "the string field %s has no bits to select",
                         symbol->name);
    } else if (symbol->level != LEVEL_ORDINAL) {
        return lex_error(lex, "the nominal field %s has no bits to select",
                         symbol->name);
    }

    lex_next(lex);
    if (!lex_force_uint(lex, INT_MAX, &lo)) {
        return false;
    }
    hi = lo;
    if (lex_match(lex, LEX_ELLIPSIS) && !lex_force_uint(lex, INT_MAX, &hi)) {
        return false;
    }
    if (lo > hi) {
        return lex_error(lex, "the bits %"PRIu64" to %"PRIu64" are in the "
                         "wrong order: write the lower one first", lo, hi);
    } else if (hi >= symbol->width) {
        return lex_error(lex, "%s has only %d bits, not bit %"PRIu64,
                         symbol->name, symbol->width, hi);
    }
    f->ofs = lo;
    f->width = hi - lo + 1;
    return lex_force(lex, LEX_RSQUARE);
}

bool
lfield_parse(struct lex *lex, const struct symtab *symtab, struct lfield *f)
{
    if (lex->token.type != LEX_ID) {
        return lex_expected(lex, "field name");
    }

    const struct symbol *symbol = symtab_find(symtab, lex->token.s);
    if (!symbol || symbol->type == SYMBOL_PREDICATE) {
        return lex_expected(lex, "field name");
    }
    lex_next(lex);
    *f = (struct lfield) { .symbol = symbol, .width = symbol->width };
    return lex->token.type == LEX_LSQUARE ? parse_bits(lex, f) : !lex->error;
}

/* Big-endian, left-aligned, as meta-flow wants it, and back. */

static void
u128_to_mf(ovs_u128 x, const struct mf_field *mf, union mf_value *value)
{
    memset(value, 0, sizeof *value);
    for (int i = mf->n_bytes - 1; i >= 0; i--) {
        value->b[i] = x.u64.lo;
        x = u128_shift_right(x, 8);
    }
}

static ovs_u128
mf_to_u128(const struct mf_field *mf, const union mf_value *value)
{
    ovs_u128 x = OVS_U128_ZERO;

    for (int i = 0; i < mf->n_bytes; i++) {
        x = u128_shift_left(x, 8);
        x.u64.lo |= value->b[i];
    }
    return x;
}

static int
lfield_width(const struct lfield *f)
{
    return f->symbol->is_string ? f->symbol->mf->n_bits : f->width;
}

/* The field's bits in 'mf'. */
static ovs_u128
lfield_mask(const struct lfield *f)
{
    return u128_shift_left(u128_ones(lfield_width(f)), lfield_ofs(f));
}

ovs_u128
lfield_read(const struct lfield *f, const struct flow *flow)
{
    const struct symbol *symbol = f->symbol;
    ovs_u128 x;

    if (symbol->place.order != FLOW_ORDER_OTHER) {
        x = flow_place_read(&symbol->place, flow);
    } else {
        union mf_value value;

        mf_get_value(symbol->mf, flow, &value);
        x = mf_to_u128(symbol->mf, &value);
    }
    return ovs_u128_and(u128_shift_right(x, lfield_ofs(f)),
                        u128_ones(lfield_width(f)));
}

void
lfield_write(const struct lfield *f, ovs_u128 x, struct flow *flow)
{
    const struct mf_field *mf = f->symbol->mf;
    ovs_u128 mask = lfield_mask(f);

    x = u128_shift_left(x, lfield_ofs(f));
    if (f->symbol->place.order != FLOW_ORDER_OTHER) {
        flow_place_write(&f->symbol->place, x, mask, flow);
        return;
    }

    union mf_value old, value;
    mf_get_value(mf, flow, &old);
    ovs_u128 all = mf_to_u128(mf, &old);
    all.u64.lo = (all.u64.lo & ~mask.u64.lo) | (x.u64.lo & mask.u64.lo);
    all.u64.hi = (all.u64.hi & ~mask.u64.hi) | (x.u64.hi & mask.u64.hi);
    u128_to_mf(all, mf, &value);
    mf_set_flow_value(mf, &value, flow);
}

void
lfield_unwildcard(const struct lfield *f, struct flow_wildcards *wc)
{
    const struct mf_field *mf = f->symbol->mf;
    ovs_u128 mask = lfield_mask(f);
    union mf_value bits;

    if (f->symbol->place.order != FLOW_ORDER_OTHER) {
        flow_place_write(&f->symbol->place, mask, mask, &wc->masks);
    } else if (mf->maskable == MFM_FULLY) {
        u128_to_mf(mask, mf, &bits);
        mf_mask_field_masked(mf, &bits, wc);
    } else {
        mf_mask_field(mf, wc);
    }
}

void
lfield_words(const struct lfield *f, size_t *first, size_t *n)
{
    const struct flow_place *place = &f->symbol->place;

    if (place->order == FLOW_ORDER_OTHER) {
        *first = 0;
        *n = FLOW_U64S;
    } else {
        *first = place->ofs / sizeof(uint64_t);
        *n = (place->ofs + place->size - 1) / sizeof(uint64_t) - *first + 1;
    }
}

struct flow_word
lfield_word(const struct lfield *f, ovs_u128 x, ovs_u128 mask)
{
    struct flow_word word = { .mask = 0 };
    size_t first, n;

    lfield_words(f, &first, &n);
    if (n == 1) {
        struct flow_place place = f->symbol->place;

        place.ofs %= sizeof word.value;
        mask = ovs_u128_and(u128_shift_left(mask, lfield_ofs(f)),
                            lfield_mask(f));
        flow_place_write(&place, mask, mask, &word.mask);
        flow_place_write(&place, u128_shift_left(x, lfield_ofs(f)), mask,
                         &word.value);
        word.index = first;
    }
    return word;
}

bool
lfield_can_be(const struct lfield *f, ovs_u128 x)
{
    union mf_value value;

    u128_to_mf(u128_shift_left(x, lfield_ofs(f)), f->symbol->mf, &value);
    return mf_is_value_valid(f->symbol->mf, &value);
}

void
lfield_match(const struct lfield *f, ovs_u128 x, ovs_u128 mask,
             struct match *match)
{
    const struct mf_field *mf = f->symbol->mf;
    union mf_value value, bits;
    char *error = NULL;

    u128_to_mf(u128_shift_left(x, lfield_ofs(f)), mf, &value);
    u128_to_mf(u128_shift_left(mask, lfield_ofs(f)), mf, &bits);
    if (mf->maskable == MFM_FULLY) {
        mf_set(mf, &value, &bits, match, &error);
        free(error);
    } else {
        /* What OpenFlow cannot express, "eth.type != 0x800" in parts, the
         * classifier can all the same. */
        mf_set_flow_value(mf, &value, &match->flow);
        mf_set_flow_value(mf, &bits, &match->wc.masks);
    }
}
