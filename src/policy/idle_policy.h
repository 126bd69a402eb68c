/* When a service goes to sleep by itself.
 *
 * in:     keys of Load_Balancer.external_ids; what is known of its activity
 * out:    sleep now, stay awake (why, and when to ask again), or wake
 * thread: any; pure: no clock, no database
 *
 * What is not known never lets a service sleep: a policy that does not parse,
 * a chassis that does not report. */

#ifndef POLICY_IDLE_POLICY_H
#define POLICY_IDLE_POLICY_H 1

#include "ovs.h"
#include "diag.h"
#include "prefixes.h"
#include "schedule.h"

enum idle_connections {
    IDLE_CONNECTIONS_KEEP,   /* An open connection keeps awake. */
    IDLE_CONNECTIONS_IGNORE, /* Only its packets do. */
};

#define IDLE_BACKOFF_DEFAULT 8

struct idle_policy {
    bool enabled;                   /* rouse-idle-after is there. */
    bool unusable;                  /* A key is wrong: it stays awake. */
    long long int idle_after_ms;    /* rouse-idle-after. */
    long long int min_awake_ms;     /* rouse-min-awake. */
    enum idle_connections connections; /* rouse-idle-connections. */
    struct prefixes ignore_from;    /* rouse-ignore-from. */
    unsigned int backoff;           /* rouse-idle-backoff: idle_after grows up
                                     * to so many times. */
    struct schedule schedule;       /* rouse-schedule. */
    long long int stay_awake_until_wall_ms; /* rouse-stay-awake: 0 = no veto,
                                             * LLONG_MAX = for ever. */
    bool dry_run;                   /* rouse-idle-dry-run. */
};

#define IDLE_AFTER_MAX_S (366 * 24 * 3600)

/* Of a service that has no such key. */
#define IDLE_POLICY_INITIALIZER                                               \
    { .idle_after_ms = 1000LL * IDLE_AFTER_MAX_S,                             \
      .backoff = IDLE_BACKOFF_DEFAULT }

/* Sets all of '*policy'.  What is wrong goes to 'diag': Load_Balancer
 * 'row'. */
void idle_policy_parse(const struct smap *external_ids, const char *row,
                       struct idle_policy *policy, struct diag *diag);
void idle_policy_uninit(struct idle_policy *);

/* What is known of a service.  Times are time_msec()'s unless they say
 * otherwise. */
struct idle_facts {
    long long int now_ms;
    long long int now_wall_ms;
    bool asleep;
    long long int awake_since_ms;
    bool known;                   /* All chassis report. */
    long long int known_until_ms; /* What happened before is known. */
    long long int last_ms;        /* Last activity; 0 if there was none. */
    int64_t n_connections;
    unsigned int n_flaps;         /* idle_policy_flaps(). */
};

/* REASON(NAME, TEXT): why it stays as it is, or why not. */
#define IDLE_REASONS                                                          \
    REASON(OFF, "no idle policy")                                             \
    REASON(UNUSABLE, "its idle policy is wrong")                              \
    REASON(VETO, "told to stay awake")                                        \
    REASON(SCHEDULE, "its schedule wants it awake")                           \
    REASON(UNKNOWN, "not all chassis report")                                 \
    REASON(CONNECTIONS, "it has connections")                                 \
    REASON(ACTIVE, "not idle for long enough")                                \
    REASON(MIN_AWAKE, "not awake for long enough")                            \
    REASON(IDLE, "idle")                                                      \
    REASON(ASLEEP, "asleep")

enum idle_reason {
#define REASON(NAME, TEXT) IDLE_##NAME,
    IDLE_REASONS
#undef REASON
};
const char *idle_reason_text(enum idle_reason);

enum idle_verdict {
    IDLE_VERDICT_STAY,
    IDLE_VERDICT_SLEEP,
    IDLE_VERDICT_WAKE,
};

struct idle_decision {
    enum idle_verdict verdict;
    enum idle_reason reason;
    long long int next_ms;  /* Ask again then; LLONG_MAX: when what is known
                             * changes. */
    long long int sleep_ms; /* When it will sleep if nothing happens;
                             * LLONG_MAX: that is not known. */
};

struct idle_decision idle_policy_decide(const struct idle_policy *,
                                        const struct idle_facts *);

/* How often in a row sleep was not worth it, after one more of 'slept_ms': it
 * was not if the service was wanted again sooner than it had been idle.  Each
 * time doubles the idle time that it takes, up to the policy's limit. */
unsigned int idle_policy_flaps(const struct idle_policy *,
                               unsigned int n_flaps, long long int slept_ms);
/* Idle time that it takes. */
long long int idle_policy_idle_ms(const struct idle_policy *,
                                  unsigned int n_flaps);

/* How often activity is to be looked at for such a policy. */
long long int idle_policy_period_ms(long long int idle_after_ms);

#endif /* policy/idle_policy.h */
