/* An ACL: what its switches must know of it.  Small, so that a change of its
 * match does not reach them. */

#include "views.h"

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_acl *acl = get_acl(ctx, key);

    if (!acl) {
        return NULL;
    }

    struct vacl *v = xzalloc(sizeof *v);
    v->is_stateful = !strcmp(acl->action, "allow-related");
    return v;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vacl *a = a_, *b = b_;

    return a->is_stateful == b->is_stateful;
}

const struct cview_class cview_acl = {
    .compute = compute,
    .equal = equal,
    .free = free,
};
