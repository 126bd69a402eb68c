/* "fwd_group(childports = "a", "b");": to one of several ports. */

#include "pipe_private.h"

static const struct lact_key keys[] = {
    { "liveness", VALUE_OTHER, false },
    { "childports", VALUE_STR, true },
};

static void
fwd_group_parse(struct lact_parser *p, struct lact *lact)
{
    lact_args_parse(p, lact, keys, ARRAY_SIZE(keys));
}

static void
fwd_group_execute(struct pipe_state *s, const struct lact *lact, bool last)
{
    const struct lact_arg *ports
        = lact_args_find((const struct lact_args *) lact, "childports");
    const struct svec *names = &ports->set.strings;
    const char *name = names->names[pipe_hash_tuple(s) % names->n];
    uint32_t key;

    pipe_note(s, lact, "%s", name);
    if (net_datapath_key(s->run->pipeline->network, s->datapath, name,
                         &key)) {
        s->flow.regs[LREG_OUTPORT] = key;
        pipe_output(s, last);
    } else {
        pipe_drop(s, DROP_NO_PORT);
    }
}

const struct lact_class act_fwd_group = {
    .name = "fwd_group",
    .size = sizeof(struct lact_args),
    .parse = fwd_group_parse,
    .format = lact_args_format,
    .uninit = lact_args_uninit,
    .execute = fwd_group_execute,
};
