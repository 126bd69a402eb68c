/* Admission: whether a packet for a sleeping service may wake it.
 *
 * in:     what the packet is (opening.h), the service's policy, the time
 * out:    yes, or a reason (refusals.def)
 * owner:  struct admission owns what it remembers: budgets of services and
 *         sources, counts of packets
 * thread: one; no clock of its own
 *
 * Memory is bounded: of services and of pairs of service and source, those
 * that were not asked about for longest are forgotten.  To forget a source is
 * to give it a new budget, so that whoever can make up many addresses is held
 * by the service's budget only. */

#ifndef POLICY_ADMISSION_H
#define POLICY_ADMISSION_H 1

#include "admit_policy.h"
#include "opening.h"
#include "ovs.h"

enum refusal {
    REFUSAL_NONE, /* It may. */
#define REFUSAL(NAME, TEXT, WHY) REFUSAL_##NAME,
#include "refusals.def"
#undef REFUSAL
    N_REFUSALS
};

/* "not-opening"; "none" for REFUSAL_NONE. */
const char *refusal_name(enum refusal);
/* For people. */
const char *refusal_text(enum refusal);
/* REFUSAL_NONE if there is none of that name. */
enum refusal refusal_from_name(const char *);

/* Numbers of refusals, by enum refusal, as text:
 * "closing=3 unlisted-source=1"; the caller's. */
char *refusals_format(const uint64_t n[N_REFUSALS]);
/* The inverse: adds to 'n'.  What is no such text is passed over. */
void refusals_add_text(uint64_t n[N_REFUSALS], const char *text);
uint64_t refusals_sum(const uint64_t n[N_REFUSALS]);

struct admission_question {
    struct uuid service;
    struct opening opening;
    bool is_established; /* Of a connection that conntrack knows. */
    bool is_pending;     /* Others have asked for this wake already. */
};

struct admission;

/* At most 'max' services, and as many pairs of service and source. */
struct admission *admission_new(size_t max);
void admission_free(struct admission *);

/* Answers, and takes what the wake costs from the budgets. */
enum refusal admission_ask(struct admission *, const struct admit_policy *,
                           const struct admission_question *,
                           long long now_ms);

#endif /* policy/admission.h */
