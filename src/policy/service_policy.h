/* What a chassis knows of a service's policy, and how that is written down.
 *
 * in:     keys of Load_Balancer.external_ids (policy_keys.def), VIPs
 * out:    text for the Southbound database, and back
 * owner:  the caller of each function
 * thread: any
 *
 * The text is a JSON object of strings, its keys in order: the same policy is
 * always the same text.  The values of keys are passed on as the user wrote
 * them; who uses one parses it, and the waker is who says what is wrong with
 * it. */

#ifndef POLICY_SERVICE_POLICY_H
#define POLICY_SERVICE_POLICY_H 1

#include "ovs.h"
#include "vip.h"

struct service_policy {
    struct uuid lb;        /* Of the Northbound Load_Balancer row. */
    char *protocol;        /* "tcp", "udp" or "sctp"; NULL without keys. */
    struct endpoints vips; /* None without keys. */
    struct smap keys;      /* By name, "rouse-" included. */
};

/* True if chassis must know 'key'. */
bool service_policy_is_key(const char *key);

/* Sets all of '*policy' from a Load_Balancer row.  VIPs that do not parse are
 * left out, as OVN does. */
void service_policy_init(struct service_policy *policy, const struct uuid *lb,
                         const char *protocol, const struct smap *vips,
                         const struct smap *external_ids);
void service_policy_uninit(struct service_policy *);
/* True if the service has no policy that a chassis must know. */
bool service_policy_is_empty(const struct service_policy *);

/* The caller's. */
char *service_policy_to_text(const struct service_policy *);
/* The inverse.  False, with 'why' (the caller's) and '*policy' untouched, if
 * 'text' is nothing that service_policy_to_text() makes. */
bool service_policy_from_text(const struct uuid *lb, const char *text,
                              struct service_policy *policy, char **why)
    OVS_WARN_UNUSED_RESULT;

#endif /* policy/service_policy.h */
