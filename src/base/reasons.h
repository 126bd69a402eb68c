/* Reasons for dropping a packet, one number each (see reasons.def). */

#ifndef BASE_REASONS_H
#define BASE_REASONS_H 1

enum drop_reason {
#define REASON(NUMBER, NAME, TEXT) DROP_##NAME = NUMBER,
#include "reasons.def"
#undef REASON
};

/* One more than the largest number in use. */
#define N_DROP_REASONS 29

/* Name as in reasons.def ("VIP_FULL"), and what it means. */
const char *drop_reason_name(enum drop_reason);
const char *drop_reason_text(enum drop_reason);

#endif /* base/reasons.h */
