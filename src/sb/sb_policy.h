/* Services' policy in the Southbound database: SB_Global.external_ids, one key
 * "rouse-service:UUID" for each (UUID of the Northbound Load_Balancer).
 *
 * The waker that holds the lock writes them; chassis, which may read that row
 * but not write it, read them.  ovn-northd keeps keys that it does not know.
 *
 * Needs sb_options' 'policies'. */

#ifndef SB_SB_POLICY_H
#define SB_SB_POLICY_H 1

#include "global_limits.h"
#include "sb.h"
#include "service_policy.h"

/* --- Reading --- */

/* Grows whenever a policy comes, changes or goes. */
uint64_t sb_policies_seqno(const struct sb *);
/* What that was when 'policy', one of the following, changed last. */
uint64_t sb_policy_seqno(const struct service_policy *policy);
/* Good until the next sb_run(); NULL if there is none. */
const struct service_policy *sb_policy_get(const struct sb *,
                                           const struct uuid *lb);
/* All of them: for (policy = sb_policy_first(sb); policy;
 *                   policy = sb_policy_next(sb, policy)) */
const struct service_policy *sb_policy_first(const struct sb *);
const struct service_policy *sb_policy_next(const struct sb *,
                                            const struct service_policy *);

/* "rouse-look": grows each time the waker wants all chassis to look now, and
 * say so in their reports (sb_activity.h). */
int64_t sb_policy_look(const struct sb *);

/* Bounds of what is held. */
const struct global_limits *sb_policy_limits(const struct sb *);

/* --- Writing --- */

/* From now on this process is who publishes: what nobody has published is
 * taken away.  False: it is not, any more. */
void sb_policy_publisher(struct sb *, bool);
/* The policy of 'policy->lb'; an empty one is taken away. */
void sb_policy_publish(struct sb *, const struct service_policy *policy);
void sb_policy_withdraw(struct sb *, const struct uuid *lb);
/* What there is for chassis in it; 0 is taken away. */
void sb_policy_publish_limits(struct sb *, const struct global_limits *);
/* Asks for a look.  It has been taken once reports carry the number that is
 * returned, or a larger one. */
int64_t sb_policy_ask_look(struct sb *);

#endif /* sb/sb_policy.h */
