#include "reasons.h"

#include "ovs.h"

#define REASON(NUMBER, NAME, TEXT)                                            \
    BUILD_ASSERT_DECL(NUMBER > 0 && NUMBER < N_DROP_REASONS);
#include "reasons.def"
#undef REASON

static const struct {
    const char *symbol;
    const char *text;
} reasons[N_DROP_REASONS] = {
#define REASON(NUMBER, NAME, TEXT) [NUMBER] = { #NAME, TEXT },
#include "reasons.def"
#undef REASON
};

const char *
drop_reason_name(enum drop_reason reason)
{
    return reason < N_DROP_REASONS && reasons[reason].symbol
               ? reasons[reason].symbol
               : "unknown";
}

const char *
drop_reason_text(enum drop_reason reason)
{
    return reason < N_DROP_REASONS && reasons[reason].text
               ? reasons[reason].text
               : "unknown reason";
}
