#include "flow_place.h"

#include "constant.h"

static uint32_t
get_word(const struct flow_place *p, const uint8_t *at)
{
    uint32_t word;

    memcpy(&word, at, sizeof word);
    return p->order == FLOW_ORDER_NETWORK ? ntohl((OVS_FORCE ovs_be32) word)
           : word;
}

static void
put_word(const struct flow_place *p, uint8_t *at, uint32_t word)
{
    if (p->order == FLOW_ORDER_NETWORK) {
        word = (OVS_FORCE uint32_t) htonl(word);
    }
    memcpy(at, &word, sizeof word);
}

ovs_u128
flow_place_read(const struct flow_place *p, const void *flow)
{
    const uint8_t *at = (const uint8_t *) flow + p->ofs;
    int i = p->size % 4;
    ovs_u128 x = OVS_U128_ZERO;

    for (int j = 0; j < i; j++) {
        x.u64.lo = x.u64.lo << 8 | at[j];
    }
    for (; i < p->size; i += 4) {
        x.u64.hi = x.u64.hi << 32 | x.u64.lo >> 32;
        x.u64.lo = x.u64.lo << 32 | get_word(p, at + i);
    }
    return x;
}

void
flow_place_write(const struct flow_place *p, ovs_u128 x, ovs_u128 mask,
                 void *flow)
{
    uint8_t *at = (uint8_t *) flow + p->ofs;
    int i = p->size;

    for (; i >= 4; i -= 4) {
        uint32_t bits = mask.u64.lo;

        if (bits) {
            uint32_t word = get_word(p, at + i - 4);

            put_word(p, at + i - 4, (word & ~bits) | (x.u64.lo & bits));
        }
        x.u64.lo = x.u64.lo >> 32 | x.u64.hi << 32;
        x.u64.hi >>= 32;
        mask.u64.lo = mask.u64.lo >> 32 | mask.u64.hi << 32;
        mask.u64.hi >>= 32;
    }
    for (; i > 0; i--) {
        uint8_t bits = mask.u64.lo;

        at[i - 1] = (at[i - 1] & ~bits) | (x.u64.lo & bits);
        x.u64.lo >>= 8;
        mask.u64.lo >>= 8;
    }
}

/* A flow of zeros in which 'mf' is 'x'. */
static void
try(const struct mf_field *mf, ovs_u128 x, struct flow *flow)
{
    ovs_be128 be = hton128(x);
    union mf_value value;

    memset(&value, 0, sizeof value);
    memcpy(&value, (char *) &be + sizeof be - mf->n_bytes, mf->n_bytes);
    memset(flow, 0, sizeof *flow);
    mf_set_flow_value(mf, &value, flow);
}

/* Do writing there and what meta-flow does come to the same, for each bit? */
static bool
fits(const struct flow_place *p, const struct mf_field *mf)
{
    for (int bit = 0; bit < mf->n_bits; bit++) {
        ovs_u128 x = u128_shift_left((ovs_u128) { .u64 = { .lo = 1 } }, bit);
        struct flow expected, flow;

        try(mf, x, &expected);
        memset(&flow, 0, sizeof flow);
        flow_place_write(p, x, x, &flow);
        if (memcmp(&flow, &expected, sizeof flow)) {
            return false;
        }
    }
    return true;
}

struct flow_place
flow_place_find(const struct mf_field *mf)
{
    struct flow_place place = { .order = FLOW_ORDER_OTHER };
    const uint8_t *bytes;
    struct flow flow;
    size_t end = sizeof flow;

    if (mf->n_bytes > sizeof(ovs_u128)) {
        return place;
    }

    /* The place are the bytes that a value of 1-bits changes. */
    bytes = (const uint8_t *) &flow;
    try(mf, u128_ones(mf->n_bits), &flow);
    while (place.ofs < end && !bytes[place.ofs]) {
        place.ofs++;
    }
    while (end > place.ofs && !bytes[end - 1]) {
        end--;
    }
    if (end - place.ofs != mf->n_bytes) {
        return place;
    }
    place.size = mf->n_bytes;
    place.order = FLOW_ORDER_NETWORK;
    if (!fits(&place, mf)) {
        place.order = FLOW_ORDER_HOST;
        if (place.size % 4 || !fits(&place, mf)) {
            place.order = FLOW_ORDER_OTHER;
        }
    }
    return place;
}
