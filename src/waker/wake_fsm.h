/* The life of a service as a table of state by input.
 *
 * Pure: no clock, no database, no driver.  wake.c says what is done when a
 * state is entered and which input follows from what it sees; this says where
 * an input leads.  Every cell is written down, no-ops too. */

#ifndef WAKER_WAKE_FSM_H
#define WAKER_WAKE_FSM_H 1

#include "nb.h"

/* STATE(NAME, TEXT, PERSISTENT): PERSISTENT is the rouse-state that the step
 * belongs to.  STOP_WAKE is a part of a wake, but the row must not say so: a
 * waker that takes over has to know that a stop may be going on. */
#define WAKE_STATES                                                           \
    STATE(ASLEEP, "asleep", SERVICE_ASLEEP)                                   \
    STATE(NEEDS, "needs", SERVICE_WAKING)     /* Others must be awake. */     \
    STATE(START, "start", SERVICE_WAKING)     /* The driver starts it. */     \
    STATE(READY, "ready", SERVICE_WAKING)     /* Until it answers. */         \
    STATE(RESTORE, "restore", SERVICE_WAKING) /* Until committed. */          \
    STATE(BACKOFF, "back-off", SERVICE_WAKING)                                \
    STATE(BLOCKED, "blocked", SERVICE_WAKING) /* Until the row changes. */    \
    STATE(AWAKE, "awake", SERVICE_AWAKE)                                      \
    STATE(BARRIER, "barrier", SERVICE_IDLING) /* All chassis hold. */         \
    STATE(DRAIN, "drain", SERVICE_IDLING)                                     \
    STATE(STOP, "stop", SERVICE_IDLING)                                       \
    STATE(STOP_RETRY, "stop-retry", SERVICE_IDLING)                           \
    STATE(STOP_WAKE, "stop-first", SERVICE_IDLING) /* Stops; then starts. */  \
    STATE(GIVE_UP, "give-up", SERVICE_FAILED) /* Stops what it started. */    \
    STATE(FAILED, "failed", SERVICE_FAILED)

enum wake_state {
#define STATE(NAME, TEXT, PERSISTENT) WAKE_##NAME,
    WAKE_STATES
#undef STATE
    N_WAKE_STATES
};

#define WAKE_INPUTS                                                           \
    INPUT(WAKE)          /* Event, request or another's need. */              \
    INPUT(WAKE_DIRTY)    /* The same; a stop may be going on elsewhere. */    \
    INPUT(IDLE)          /* Request. */                                       \
    INPUT(NEEDS_MET)     /* All needs are awake. */                           \
    INPUT(STILL_RUNNING) /* The same, and the backend was never stopped. */   \
    INPUT(STARTED)       /* The driver has started it. */                     \
    INPUT(ANSWERS)       /* The backend answers. */                           \
    INPUT(NOT_RUNNING)   /* Thought to run still, but does not answer. */     \
    INPUT(RESTORED)      /* Backends and state are committed. */              \
    INPUT(FAILURE)       /* Of a driver, a need or a commit. */               \
    INPUT(UNUSABLE)      /* The row must be mended first. */                  \
    INPUT(RETRY)         /* Back-off is over. */                              \
    INPUT(DEADLINE)      /* Of the wake, or the patience with a stop. */      \
    INPUT(CONFIRMED)     /* All chassis hold new packets. */                  \
    INPUT(DRAINED)                                                            \
    INPUT(STOPPED)                                                            \
    INPUT(FILLED)        /* Somebody wrote backends. */                       \
    INPUT(EMPTIED)       /* Somebody took them away. */                       \
    INPUT(CHANGED)       /* Driver, target, backends or needs are others. */

enum wake_input {
#define INPUT(NAME) IN_##NAME,
    WAKE_INPUTS
#undef INPUT
    N_WAKE_INPUTS,
    IN_NONE = N_WAKE_INPUTS
};

const char *wake_state_name(enum wake_state);
const char *wake_input_name(enum wake_input);
enum service_state wake_state_persistent(enum wake_state);
/* True from the first wish for the service to the end of its wake. */
bool wake_state_is_wake(enum wake_state);

/* The state that follows; 'state' itself if the input changes nothing. */
enum wake_state wake_fsm_next(enum wake_state state, enum wake_input input);

/* 100, 200, ... 5,000 ms after the first, second, ... failure, a quarter more
 * or less by 'random' (any number), so that many services do not retry in
 * step. */
long long int wake_backoff_ms(unsigned int n_failures, uint32_t random);

/* How long to wait before a backend that was started 'elapsed_ms' ago is asked
 * again: an eighth of that, so that the answer comes at most an eighth late,
 * 5 to 250 ms.  With 'n_busy' other drivers at work asking is rarer. */
long long int wake_ready_interval_ms(long long int elapsed_ms, size_t n_busy);

#endif /* waker/wake_fsm.h */
