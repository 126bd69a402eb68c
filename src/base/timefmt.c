#include "timefmt.h"

#include <time.h>

char *
timefmt_rfc3339(long long wall_ms)
{
    time_t seconds = wall_ms / 1000;
    struct tm tm;
    char date[32];

    gmtime_r(&seconds, &tm);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
    return xasprintf("%s.%03lldZ", date, wall_ms % 1000);
}

bool
timefmt_parse(const char *s, long long *wall_ms)
{
    struct tm tm = { .tm_isdst = 0 };
    int ms = 0;

    const char *rest = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!rest) {
        return false;
    }
    if (*rest == '.' && rest[1] >= '0' && rest[1] <= '9') {
        int scale = 100;
        for (rest++; *rest >= '0' && *rest <= '9'; rest++) {
            ms += (*rest - '0') * scale;
            scale /= 10;
        }
    }
    if (strcmp(rest, "Z")) {
        return false;
    }
    *wall_ms = (long long) timegm(&tm) * 1000 + ms;
    return true;
}

char *
timefmt_duration(long long ms)
{
    if (ms < 1000) {
        return xasprintf("%lld ms", ms);
    } else if (ms < 60 * 1000) {
        return xasprintf("%lld.%lld s", ms / 1000, ms % 1000 / 100);
    } else if (ms < 60 * 60 * 1000) {
        return xasprintf("%lld min", ms / (60 * 1000));
    } else if (ms < 48LL * 60 * 60 * 1000) {
        return xasprintf("%lld h", ms / (60 * 60 * 1000));
    }
    return xasprintf("%lld d", ms / (24LL * 60 * 60 * 1000));
}
