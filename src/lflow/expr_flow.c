#include "expr.h"

#include "lenv.h"

/* "ip,nw_src=10.0.0.1" without the parts that all alternatives have would be
 * nicer, but this is enough to see what is missing. */
static char *
describe(const struct expr_rule *rule)
{
    return minimatch_to_string(&rule->match, NULL, OFP_DEFAULT_PRIORITY);
}

bool
expr_to_flow(const struct expr *expr, const struct lenv *env,
             uint32_t datapath, struct flow *flow, char **error)
{
    struct expr_rules rules;
    struct match match;
    bool ok = false;

    if (!expr_compile(expr, env, datapath, &rules, error)) {
        return false;
    }
    if (!rules.n) {
        *error = xstrdup("the demands on the packet contradict each other");
    } else if (rules.n > 1) {
        char *a = describe(&rules.list[0]);
        char *b = describe(&rules.list[1]);

        *error = xasprintf("not one packet but several: it could be \"%s\" or "
                           "\"%s\"; say more about it", a, b);
        free(a);
        free(b);
    } else {
        minimatch_expand(&rules.list[0].match, &match);
        *flow = match.flow;
        if (flow->vlans[0].tci & htons(VLAN_CFI)) {
            flow->vlans[0].tpid = htons(ETH_TYPE_VLAN);
        }
        ok = true;
    }
    expr_rules_uninit(&rules);
    return ok;
}
