/* "sample(probability = ..., ...);": for an IPFIX collector, and there is none
 * here. */

#include "pipe_private.h"

static const struct lact_key keys[] = {
    { "probability", VALUE_UINT16, true },
    { "collector_set", VALUE_UINT32, false },
    { "obs_domain", VALUE_UINT8, false },
    { "obs_point", VALUE_OTHER, false },
};

static void
sample_parse(struct lact_parser *p, struct lact *lact)
{
    lact_args_parse(p, lact, keys, ARRAY_SIZE(keys));
}

static void
sample_execute(struct pipe_state *s, const struct lact *lact,
               bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
}

const struct lact_class act_sample = {
    .name = "sample",
    .size = sizeof(struct lact_args),
    .parse = sample_parse,
    .format = lact_args_format,
    .uninit = lact_args_uninit,
    .execute = sample_execute,
};
