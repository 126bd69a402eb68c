#include "wake_fsm.h"

const char *
wake_state_name(enum wake_state state)
{
    static const char *const names[] = {
#define STATE(NAME, TEXT, PERSISTENT) TEXT,
        WAKE_STATES
#undef STATE
    };

    return state < N_WAKE_STATES ? names[state] : "?";
}

const char *
wake_input_name(enum wake_input input)
{
    static const char *const names[] = {
#define INPUT(NAME) #NAME,
        WAKE_INPUTS
#undef INPUT
    };

    return input < N_WAKE_INPUTS ? names[input] : "NONE";
}

enum service_state
wake_state_persistent(enum wake_state state)
{
    static const enum service_state persistent[] = {
#define STATE(NAME, TEXT, PERSISTENT) PERSISTENT,
        WAKE_STATES
#undef STATE
    };

    return state < N_WAKE_STATES ? persistent[state] : SERVICE_UNKNOWN;
}

bool
wake_state_is_wake(enum wake_state state)
{
    return state == WAKE_STOP_WAKE
           || wake_state_persistent(state) == SERVICE_WAKING;
}

/* Where the inputs lead, one state a block.  STAY is written where an input
 * means nothing in that state or cannot happen there. */
#define STAY (-1)

static const int table[N_WAKE_STATES][N_WAKE_INPUTS] = {
    [WAKE_ASLEEP] = {
        [IN_WAKE] = WAKE_NEEDS,
        [IN_WAKE_DIRTY] = WAKE_STOP_WAKE,
        [IN_IDLE] = STAY,
        [IN_NEEDS_MET] = STAY,
        [IN_STILL_RUNNING] = STAY,
        [IN_STARTED] = STAY,
        [IN_ANSWERS] = STAY,
        [IN_NOT_RUNNING] = STAY,
        [IN_RESTORED] = STAY,
        [IN_FAILURE] = STAY,
        [IN_UNUSABLE] = STAY,
        [IN_RETRY] = STAY,
        [IN_DEADLINE] = STAY,
        [IN_CONFIRMED] = STAY,
        [IN_DRAINED] = STAY,
        [IN_STOPPED] = STAY,
        [IN_FILLED] = WAKE_RESTORE,
        [IN_EMPTIED] = STAY,
        [IN_CHANGED] = STAY,
    },
    [WAKE_NEEDS] = {
        [IN_WAKE] = STAY,
        [IN_WAKE_DIRTY] = STAY,
        [IN_IDLE] = STAY,
        [IN_NEEDS_MET] = WAKE_START,
        [IN_STILL_RUNNING] = WAKE_READY,
        [IN_STARTED] = STAY,
        [IN_ANSWERS] = STAY,
        [IN_NOT_RUNNING] = STAY,
        [IN_RESTORED] = STAY,
        [IN_FAILURE] = WAKE_BACKOFF,
        [IN_UNUSABLE] = WAKE_BLOCKED,
        [IN_RETRY] = STAY,
        [IN_DEADLINE] = WAKE_GIVE_UP,
        [IN_CONFIRMED] = STAY,
        [IN_DRAINED] = STAY,
        [IN_STOPPED] = STAY,
        [IN_FILLED] = WAKE_RESTORE,
        [IN_EMPTIED] = STAY,
        [IN_CHANGED] = STAY,
    },
    [WAKE_START] = {
        [IN_WAKE] = STAY,
        [IN_WAKE_DIRTY] = STAY,
        [IN_IDLE] = STAY,
        [IN_NEEDS_MET] = STAY,
        [IN_STILL_RUNNING] = STAY,
        [IN_STARTED] = WAKE_READY,
        [IN_ANSWERS] = STAY,
        [IN_NOT_RUNNING] = STAY,
        [IN_RESTORED] = STAY,
        [IN_FAILURE] = WAKE_BACKOFF,
        [IN_UNUSABLE] = WAKE_BLOCKED,
        [IN_RETRY] = STAY,
        [IN_DEADLINE] = WAKE_GIVE_UP,
        [IN_CONFIRMED] = STAY,
        [IN_DRAINED] = STAY,
        [IN_STOPPED] = STAY,
        [IN_FILLED] = WAKE_RESTORE,
        [IN_EMPTIED] = STAY,
        [IN_CHANGED] = WAKE_NEEDS,
    },
    [WAKE_READY] = {
        [IN_WAKE] = STAY,
        [IN_WAKE_DIRTY] = STAY,
        [IN_IDLE] = STAY,
        [IN_NEEDS_MET] = STAY,
        [IN_STILL_RUNNING] = STAY,
        [IN_STARTED] = STAY,
        [IN_ANSWERS] = WAKE_RESTORE,
        [IN_NOT_RUNNING] = WAKE_START,
        [IN_RESTORED] = STAY,
        [IN_FAILURE] = WAKE_BACKOFF,
        [IN_UNUSABLE] = WAKE_BLOCKED,
        [IN_RETRY] = WAKE_START,
        [IN_DEADLINE] = WAKE_GIVE_UP,
        [IN_CONFIRMED] = STAY,
        [IN_DRAINED] = STAY,
        [IN_STOPPED] = STAY,
        [IN_FILLED] = WAKE_RESTORE,
        [IN_EMPTIED] = STAY,
        [IN_CHANGED] = WAKE_NEEDS,
    },
    [WAKE_RESTORE] = {
        [IN_WAKE] = STAY,
        [IN_WAKE_DIRTY] = STAY,
        [IN_IDLE] = STAY,
        [IN_NEEDS_MET] = STAY,
        [IN_STILL_RUNNING] = STAY,
        [IN_STARTED] = STAY,
        [IN_ANSWERS] = STAY,
        [IN_NOT_RUNNING] = STAY,
        [IN_RESTORED] = WAKE_AWAKE,
        [IN_FAILURE] = WAKE_BACKOFF,
        [IN_UNUSABLE] = STAY,
        [IN_RETRY] = STAY,
        [IN_DEADLINE] = STAY,
        [IN_CONFIRMED] = STAY,
        [IN_DRAINED] = STAY,
        [IN_STOPPED] = STAY,
        [IN_FILLED] = STAY,
        [IN_EMPTIED] = STAY,
        [IN_CHANGED] = STAY,
    },
    [WAKE_BACKOFF] = {
        [IN_WAKE] = STAY,
        [IN_WAKE_DIRTY] = STAY,
        [IN_IDLE] = STAY,
        [IN_NEEDS_MET] = STAY,
        [IN_STILL_RUNNING] = STAY,
        [IN_STARTED] = STAY,
        [IN_ANSWERS] = STAY,
        [IN_NOT_RUNNING] = STAY,
        [IN_RESTORED] = STAY,
        [IN_FAILURE] = STAY,
        [IN_UNUSABLE] = STAY,
        [IN_RETRY] = WAKE_NEEDS,
        [IN_DEADLINE] = WAKE_GIVE_UP,
        [IN_CONFIRMED] = STAY,
        [IN_DRAINED] = STAY,
        [IN_STOPPED] = STAY,
        [IN_FILLED] = WAKE_RESTORE,
        [IN_EMPTIED] = STAY,
        [IN_CHANGED] = WAKE_NEEDS,
    },
    [WAKE_BLOCKED] = {
        [IN_WAKE] = STAY,
        [IN_WAKE_DIRTY] = STAY,
        [IN_IDLE] = STAY,
        [IN_NEEDS_MET] = STAY,
        [IN_STILL_RUNNING] = STAY,
        [IN_STARTED] = STAY,
        [IN_ANSWERS] = STAY,
        [IN_NOT_RUNNING] = STAY,
        [IN_RESTORED] = STAY,
        [IN_FAILURE] = STAY,
        [IN_UNUSABLE] = STAY,
        [IN_RETRY] = WAKE_NEEDS,
        [IN_DEADLINE] = WAKE_GIVE_UP,
        [IN_CONFIRMED] = STAY,
        [IN_DRAINED] = STAY,
        [IN_STOPPED] = STAY,
        [IN_FILLED] = WAKE_RESTORE,
        [IN_EMPTIED] = STAY,
        [IN_CHANGED] = WAKE_NEEDS,
    },
    [WAKE_AWAKE] = {
        [IN_WAKE] = STAY,
        [IN_WAKE_DIRTY] = STAY,
        [IN_IDLE] = WAKE_BARRIER,
        [IN_NEEDS_MET] = STAY,
        [IN_STILL_RUNNING] = STAY,
        [IN_STARTED] = STAY,
        [IN_ANSWERS] = STAY,
        [IN_NOT_RUNNING] = STAY,
        [IN_RESTORED] = STAY,
        [IN_FAILURE] = STAY,
        [IN_UNUSABLE] = STAY,
        [IN_RETRY] = STAY,
        [IN_DEADLINE] = STAY,
        [IN_CONFIRMED] = STAY,
        [IN_DRAINED] = STAY,
        [IN_STOPPED] = STAY,
        [IN_FILLED] = STAY,
        [IN_EMPTIED] = WAKE_ASLEEP,
        [IN_CHANGED] = STAY,
    },
    [WAKE_BARRIER] = {
        [IN_WAKE] = WAKE_NEEDS,
        [IN_WAKE_DIRTY] = WAKE_STOP_WAKE,
        [IN_IDLE] = STAY,
        [IN_NEEDS_MET] = STAY,
        [IN_STILL_RUNNING] = STAY,
        [IN_STARTED] = STAY,
        [IN_ANSWERS] = STAY,
        [IN_NOT_RUNNING] = STAY,
        [IN_RESTORED] = STAY,
        [IN_FAILURE] = WAKE_AWAKE,
        [IN_UNUSABLE] = STAY,
        [IN_RETRY] = STAY,
        [IN_DEADLINE] = STAY,
        [IN_CONFIRMED] = WAKE_DRAIN,
        [IN_DRAINED] = STAY,
        [IN_STOPPED] = STAY,
        [IN_FILLED] = WAKE_RESTORE,
        [IN_EMPTIED] = STAY,
        [IN_CHANGED] = STAY,
    },
    [WAKE_DRAIN] = {
        [IN_WAKE] = WAKE_NEEDS,
        [IN_WAKE_DIRTY] = WAKE_STOP_WAKE,
        [IN_IDLE] = STAY,
        [IN_NEEDS_MET] = STAY,
        [IN_STILL_RUNNING] = STAY,
        [IN_STARTED] = STAY,
        [IN_ANSWERS] = STAY,
        [IN_NOT_RUNNING] = STAY,
        [IN_RESTORED] = STAY,
        [IN_FAILURE] = STAY,
        [IN_UNUSABLE] = STAY,
        [IN_RETRY] = STAY,
        [IN_DEADLINE] = STAY,
        [IN_CONFIRMED] = STAY,
        [IN_DRAINED] = WAKE_STOP,
        [IN_STOPPED] = STAY,
        [IN_FILLED] = WAKE_RESTORE,
        [IN_EMPTIED] = STAY,
        [IN_CHANGED] = STAY,
    },
    [WAKE_STOP] = {
        [IN_WAKE] = WAKE_STOP_WAKE,
        [IN_WAKE_DIRTY] = WAKE_STOP_WAKE,
        [IN_IDLE] = STAY,
        [IN_NEEDS_MET] = STAY,
        [IN_STILL_RUNNING] = STAY,
        [IN_STARTED] = STAY,
        [IN_ANSWERS] = STAY,
        [IN_NOT_RUNNING] = STAY,
        [IN_RESTORED] = STAY,
        [IN_FAILURE] = WAKE_STOP_RETRY,
        [IN_UNUSABLE] = WAKE_ASLEEP,
        [IN_RETRY] = STAY,
        [IN_DEADLINE] = WAKE_ASLEEP,
        [IN_CONFIRMED] = STAY,
        [IN_DRAINED] = STAY,
        [IN_STOPPED] = WAKE_ASLEEP,
        [IN_FILLED] = STAY,
        [IN_EMPTIED] = STAY,
        [IN_CHANGED] = STAY,
    },
    [WAKE_STOP_RETRY] = {
        [IN_WAKE] = WAKE_NEEDS,
        [IN_WAKE_DIRTY] = WAKE_STOP_WAKE,
        [IN_IDLE] = STAY,
        [IN_NEEDS_MET] = STAY,
        [IN_STILL_RUNNING] = STAY,
        [IN_STARTED] = STAY,
        [IN_ANSWERS] = STAY,
        [IN_NOT_RUNNING] = STAY,
        [IN_RESTORED] = STAY,
        [IN_FAILURE] = STAY,
        [IN_UNUSABLE] = STAY,
        [IN_RETRY] = WAKE_STOP,
        [IN_DEADLINE] = WAKE_ASLEEP,
        [IN_CONFIRMED] = STAY,
        [IN_DRAINED] = STAY,
        [IN_STOPPED] = STAY,
        [IN_FILLED] = STAY,
        [IN_EMPTIED] = STAY,
        [IN_CHANGED] = STAY,
    },
    [WAKE_STOP_WAKE] = {
        [IN_WAKE] = STAY,
        [IN_WAKE_DIRTY] = STAY,
        [IN_IDLE] = STAY,
        [IN_NEEDS_MET] = STAY,
        [IN_STILL_RUNNING] = STAY,
        [IN_STARTED] = STAY,
        [IN_ANSWERS] = STAY,
        [IN_NOT_RUNNING] = STAY,
        [IN_RESTORED] = STAY,
        [IN_FAILURE] = WAKE_NEEDS,
        [IN_UNUSABLE] = WAKE_NEEDS,
        [IN_RETRY] = WAKE_NEEDS,
        [IN_DEADLINE] = WAKE_GIVE_UP,
        [IN_CONFIRMED] = STAY,
        [IN_DRAINED] = STAY,
        [IN_STOPPED] = WAKE_NEEDS,
        [IN_FILLED] = STAY,
        [IN_EMPTIED] = STAY,
        [IN_CHANGED] = STAY,
    },
    [WAKE_GIVE_UP] = {
        [IN_WAKE] = WAKE_STOP_WAKE,
        [IN_WAKE_DIRTY] = WAKE_STOP_WAKE,
        [IN_IDLE] = STAY,
        [IN_NEEDS_MET] = STAY,
        [IN_STILL_RUNNING] = STAY,
        [IN_STARTED] = STAY,
        [IN_ANSWERS] = STAY,
        [IN_NOT_RUNNING] = STAY,
        [IN_RESTORED] = STAY,
        [IN_FAILURE] = WAKE_FAILED,
        [IN_UNUSABLE] = WAKE_FAILED,
        [IN_RETRY] = STAY,
        [IN_DEADLINE] = WAKE_FAILED,
        [IN_CONFIRMED] = STAY,
        [IN_DRAINED] = STAY,
        [IN_STOPPED] = WAKE_FAILED,
        [IN_FILLED] = STAY,
        [IN_EMPTIED] = STAY,
        [IN_CHANGED] = STAY,
    },
    [WAKE_FAILED] = {
        [IN_WAKE] = WAKE_NEEDS,
        [IN_WAKE_DIRTY] = WAKE_STOP_WAKE,
        [IN_IDLE] = WAKE_BARRIER,
        [IN_NEEDS_MET] = STAY,
        [IN_STILL_RUNNING] = STAY,
        [IN_STARTED] = STAY,
        [IN_ANSWERS] = STAY,
        [IN_NOT_RUNNING] = STAY,
        [IN_RESTORED] = STAY,
        [IN_FAILURE] = STAY,
        [IN_UNUSABLE] = STAY,
        [IN_RETRY] = STAY,
        [IN_DEADLINE] = STAY,
        [IN_CONFIRMED] = STAY,
        [IN_DRAINED] = STAY,
        [IN_STOPPED] = STAY,
        [IN_FILLED] = WAKE_RESTORE,
        [IN_EMPTIED] = STAY,
        [IN_CHANGED] = STAY,
    },
};

enum wake_state
wake_fsm_next(enum wake_state state, enum wake_input input)
{
    int next = STAY;

    if (state < N_WAKE_STATES && input < N_WAKE_INPUTS) {
        next = table[state][input];
    }
    return next == STAY ? state : (enum wake_state) next;
}

#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 5000

long long int
wake_backoff_ms(unsigned int n_failures, uint32_t random)
{
    long long int ms = BACKOFF_MIN_MS;

    while (n_failures-- > 1 && ms < BACKOFF_MAX_MS) {
        ms *= 2;
    }
    ms = MIN(ms, BACKOFF_MAX_MS);
    return ms - ms / 4 + random % (ms / 2 + 1);
}

#define READY_MIN_MS 5
#define READY_MAX_MS 250

long long int
wake_ready_interval_ms(long long int elapsed_ms, size_t n_busy)
{
    long long int min_ms = READY_MIN_MS + READY_MIN_MS * (n_busy / 8);
    long long int ms = MAX(elapsed_ms / 8, min_ms);

    return MIN(ms, READY_MAX_MS);
}
