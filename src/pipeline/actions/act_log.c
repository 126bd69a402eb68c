/* "log(name = ..., severity = ..., verdict = ..., meter = ...);" */

#include "pipe_private.h"

static const struct lact_key keys[] = {
    { "name", VALUE_STR, false },
    { "severity", VALUE_WORD, false },
    { "verdict", VALUE_WORD, false },
    { "meter", VALUE_STR, false },
};

static void
log_parse(struct lact_parser *p, struct lact *lact)
{
    lact_args_parse(p, lact, keys, ARRAY_SIZE(keys));
}

static void
log_execute(struct pipe_state *s, const struct lact *lact,
            bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
    pipe_add_effect(s, EFFECT_LOG)->event
        = pipe_event_from_args((const struct lact_args *) lact, "acl_log");
}

const struct lact_class act_log = {
    .name = "log",
    .size = sizeof(struct lact_args),
    .parse = log_parse,
    .format = lact_args_format,
    .uninit = lact_args_uninit,
    .execute = log_execute,
};
