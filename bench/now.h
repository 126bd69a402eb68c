/* Clocks of benchmarks. */

#ifndef BENCH_NOW_H
#define BENCH_NOW_H 1

#include <stdint.h>
#include <time.h>

static inline uint64_t
now_of_clock_ns(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return t.tv_sec * UINT64_C(1000000000) + t.tv_nsec;
}

/* Of CLOCK_MONOTONIC. */
static inline uint64_t
now_ns(void)
{
    return now_of_clock_ns(CLOCK_MONOTONIC);
}

static inline double
now_us(void)
{
    return now_ns() / 1e3;
}

/* The thread's processor time. */
static inline double
now_cpu_ns(void)
{
    return now_of_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

#endif /* bench/now.h */
