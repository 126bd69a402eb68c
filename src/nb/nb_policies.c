/* Policies of a service. */

#include "nb_private.h"

/* Of all services that say nothing of theirs: there may be very many. */
static const struct nb_policies no_policies = {
    .chassis.keys = SMAP_INITIALIZER(&no_policies.chassis.keys),
    .admit = ADMIT_POLICY_INITIALIZER,
    .idle = IDLE_POLICY_INITIALIZER,
};

/* True if a key may be a policy's: one of Rouse's, and none of those that many
 * services have. */
static bool
has_own(const struct smap *external_ids)
{
    static const char *const others[] = {
        "rouse-backends", "rouse-driver", "rouse-error", "rouse-last-wake",
        "rouse-needs", "rouse-reject", "rouse-request", "rouse-state",
        "rouse-state-since", "rouse-target",
    };
    const struct smap_node *node;

    SMAP_FOR_EACH (node, external_ids) {
        size_t i = 0;

        if (strncmp(node->key, "rouse-", 6)) {
            continue;
        }
        while (i < ARRAY_SIZE(others) && strcmp(node->key, others[i])) {
            i++;
        }
        if (i >= ARRAY_SIZE(others)) {
            return true;
        }
    }
    return false;
}

const struct nb_policies *
nb_policies_parse(const struct nb_row *row, const char *label,
                  const char *protocol, struct diag *diag)
{
    const struct smap *ids = row->external_ids;

    if (!has_own(ids)) {
        return &no_policies;
    }

    struct nb_policies *policies = xzalloc(sizeof *policies);
    service_policy_init(&policies->chassis, &row->uuid, protocol, row->vips,
                        ids);
    admit_policy_parse(ids, label, &policies->admit, diag);
    idle_policy_parse(ids, label, &policies->idle, diag);
    if (!strcmp(protocol, "udp")) {
        /* What conntrack remembers of a client goes on to the backend, though
         * the VIP is empty: its next packet would wake nobody. */
        policies->idle.connections = IDLE_CONNECTIONS_KEEP;
    }
    idle_saved_from_text(smap_get_def(ids, "rouse-idle-dry-saved", ""),
                         &policies->dry_saved);
    return policies;
}

void
nb_policies_free(const struct nb_policies *policies_)
{
    struct nb_policies *policies = CONST_CAST(struct nb_policies *, policies_);

    if (policies != &no_policies) {
        service_policy_uninit(&policies->chassis);
        admit_policy_uninit(&policies->admit);
        idle_policy_uninit(&policies->idle);
        free(policies);
    }
}
