/* Connection tracking and NAT. */

#include "pipe_ct.h"

static const struct nat_action_info_t nat_restore;

/* On to the next table with 'state' for the copy that goes there. */
static void
next_with_state(struct pipe_state *s, uint8_t state, bool last)
{
    uint8_t old = s->flow.ct_state;

    s->flow.ct_state = state;
    pipe_next(s, s->lflow->pipeline, s->lflow->stage + 1, last);
    if (!last) {
        s->flow.ct_state = old;
    }
}

void
exec_ct_next(struct pipe_state *s, const struct lact *lact, bool last)
{
    if (s->run->pipeline->supposition) {
        uint8_t state = ct_suppose_next(s);

        pipe_note(s, lact, "0x%02x", state);
        next_with_state(s, state, last);
        return;
    }
    pipe_note(s, lact, NULL);

    struct ct_request request = { .zone = ct_default_zone(s) };
    ct_execute_next(s, &request, last);
}

/* Mark and label as the actions in braces set them. */
static void
commit_values(struct pipe_state *s, const struct lacts *actions,
              struct ct_request *request)
{
    struct flow value = { .ct_mark = 0 };
    struct flow_wildcards mask;

    flow_wildcards_init_catchall(&mask);
    for (size_t i = 0; i < actions->n; i++) {
        const struct lact_assign *a
            = (const struct lact_assign *) actions->list[i];

        ovs_u128 v = (actions->list[i]->type == LACT_MOVE
                      ? pipe_read(s, &a->src) : a->constant.value);
        lfield_write(&a->dst, v, &value);
        if (actions->list[i]->type == LACT_SET && a->constant.masked) {
            struct flow bits = { .ct_mark = 0 };

            lfield_write(&a->dst, a->constant.mask, &bits);
            mask.masks.ct_mark |= bits.ct_mark;
            mask.masks.ct_label.u64.lo |= bits.ct_label.u64.lo;
            mask.masks.ct_label.u64.hi |= bits.ct_label.u64.hi;
        } else {
            lfield_unwildcard(&a->dst, &mask);
        }
    }
    request->mark = value.ct_mark;
    request->mark_mask = mask.masks.ct_mark;
    request->label = value.ct_label;
    request->label_mask = mask.masks.ct_label;
}

void
exec_ct_commit(struct pipe_state *s, const struct lact *lact, bool last)
{
    const struct lact_nested *nested = (const struct lact_nested *) lact;

    pipe_note(s, lact, NULL);
    if (s->run->pipeline->supposition) {
        return;
    }

    struct ct_request request = {
        .zone = ct_default_zone(s), .commit = true,
    };

    commit_values(s, &nested->actions, &request);
    if (ct_execute(s, &request)) {
        s->handled = s->handled && !last;
    }
}

/* What --ct says, unless the packet is tracked already; plus 'flag'. */
static uint8_t
suppose_nat_state(struct pipe_state *s, uint8_t flag)
{
    uint8_t state = s->flow.ct_state;

    if (!(state & CS_TRACKED)) {
        state |= ct_suppose_next(s);
    }
    return state | flag;
}

void
exec_ct_commit_nat(struct pipe_state *s, const struct lact *lact, bool last)
{
    if (s->run->pipeline->supposition) {
        pipe_note(s, lact, NULL);
        next_with_state(s, suppose_nat_state(s, 0), last);
        return;
    }
    pipe_note(s, lact, NULL);

    struct ct_request request = {
        .zone = ct_default_zone(s), .commit = true, .nat = &nat_restore,
    };
    ct_execute_next(s, &request, last);
}

static bool
is_source_nat(enum lact_type type)
{
    return type == LACT_CT_SNAT || type == LACT_CT_SNAT_IN_CZONE;
}

static void
suppose_nat(struct pipe_state *s, const struct lact_nat *nat, bool last)
{
    bool is_source = is_source_nat(nat->head.type);
    struct flow old = s->flow;
    uint8_t flag = !nat->has_ip ? 0 : is_source ? CS_SRC_NAT : CS_DST_NAT;

    if (pipe_run_is_like_ovn_trace(s->run) && s->datapath->is_gateway
        && nat->head.type == LACT_CT_SNAT && !nat->has_ip) {
        /* ovn-trace(8): a no-op, so that the packet ends there. */
        pipe_note(s, &nat->head, "no-op");
        return;
    }

    uint8_t state = suppose_nat_state(s, flag);
    if (nat->has_ip) {
        ct_suppose_nat(s, is_source, &nat->ip, 0);
    }
    pipe_note(s, &nat->head, "0x%02x", state);
    next_with_state(s, state, last);
    if (!last) {
        s->flow = old;
    }
}

void
exec_ct_nat(struct pipe_state *s, const struct lact *lact, bool last)
{
    const struct lact_nat *nat = (const struct lact_nat *) lact;
    struct nat_action_info_t info = nat_restore;

    if (s->run->pipeline->supposition) {
        suppose_nat(s, nat, last);
        return;
    }
    pipe_note(s, lact, NULL);

    struct ct_request request = {
        .zone = (lact->type == LACT_CT_SNAT ? s->datapath->snat_zone
                 : s->datapath->dnat_zone),
        .commit = nat->has_ip,
        .nat = &info,
    };
    if (nat->has_ip) {
        ct_nat_to(&info, is_source_nat(lact->type), &nat->ip, nat->port_min,
                  nat->port_max);
    }
    ct_execute_next(s, &request, last);
}
