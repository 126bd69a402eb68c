#include "unix_http.h"

#include <poll.h>

#include "cleanup.h"
#include "curl_library.h"

/* The largest answer taken; what engines say of a container is some 10 kB. */
#define BODY_MAX (4 * 1024 * 1024)
#define CONNECT_TIMEOUT_MS 5000L

struct unix_http {
    struct curl_library curl; /* All zeros if there is none. */
    CURLM *multi;
    CURL *easy;
    struct ds body;
    bool ended;
    int status;    /* 0 unless the whole answer is here. */
    CURLcode code; /* Once 'ended'. */
    char error[CURL_ERROR_SIZE];

    /* What libcurl waits for: the sockets (as pollfd) and the timer. */
    struct pollfd *fds;
    size_t n_fds;
    long long int wakeup_ms; /* time_msec(); LLONG_MAX = none. */
};

static size_t
write_cb(char *data, size_t size, size_t n, void *http_)
{
    struct unix_http *http = http_;

    if (http->body.length + size * n > BODY_MAX) {
        return 0;
    }
    ds_put_buffer(&http->body, data, size * n);
    return size * n;
}

static int
socket_cb(CURL *easy OVS_UNUSED, curl_socket_t fd, int what, void *http_,
          void *aux OVS_UNUSED)
{
    struct unix_http *http = http_;
    size_t i;

    for (i = 0; i < http->n_fds && http->fds[i].fd != fd; i++) {
        continue;
    }
    if (what == CURL_POLL_REMOVE) {
        if (i < http->n_fds) {
            http->fds[i] = http->fds[--http->n_fds];
        }
        return 0;
    }
    if (i == http->n_fds) {
        http->fds = xrealloc(http->fds, ++http->n_fds * sizeof *http->fds);
    }
    http->fds[i] = (struct pollfd) {
        .fd = fd,
        .events = (what & CURL_POLL_IN ? POLLIN : 0)
                  | (what & CURL_POLL_OUT ? POLLOUT : 0),
    };
    return 0;
}

static int
timer_cb(CURLM *multi OVS_UNUSED, long timeout_ms, void *http_)
{
    struct unix_http *http = http_;

    http->wakeup_ms = timeout_ms < 0 ? LLONG_MAX : time_msec() + timeout_ms;
    return 0;
}

static void
set_options(struct unix_http *http, const struct unix_http_request *request)
{
    char *url = xasprintf("http://localhost%s", request->path);
    __typeof__(curl_easy_setopt) *set = http->curl.easy_setopt;
    CURL *easy = http->easy;

    set(easy, CURLOPT_URL, url);
    set(easy, CURLOPT_PROTOCOLS_STR, "http");
    set(easy, CURLOPT_UNIX_SOCKET_PATH, request->socket);
    /* Whatever the environment's http_proxy says. */
    set(easy, CURLOPT_PROXY, "");
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    set(easy, CURLOPT_TIMEOUT_MS, request->timeout_ms);
    set(easy, CURLOPT_USERAGENT, "rouse/" ROUSE_VERSION);
    set(easy, CURLOPT_ERRORBUFFER, http->error);
    set(easy, CURLOPT_WRITEFUNCTION, write_cb);
    set(easy, CURLOPT_WRITEDATA, http);
    if (!strcmp(request->method, "POST")) {
        set(easy, CURLOPT_POST, 1L);
        set(easy, CURLOPT_POSTFIELDS, "");
        set(easy, CURLOPT_POSTFIELDSIZE, 0L);
    }
    free(url);
}

static void
end_with(struct unix_http *http, CURLcode code, const char *error)
{
    http->ended = true;
    http->code = code;
    if (!http->error[0]) {
        ovs_strzcpy(http->error, error, sizeof http->error);
    }
}

struct unix_http *
unix_http_start(const struct unix_http_request *request)
{
    struct unix_http *http = xzalloc(sizeof *http);

    ds_init(&http->body);
    http->wakeup_ms = LLONG_MAX;

    char *why OWNED_STRING = NULL;
    if (!curl_library_open(&http->curl, &why)) {
        end_with(http, CURLE_FAILED_INIT, why);
        return http;
    }
    /* Counted by libcurl; no TLS is wanted over a unix socket. */
    http->curl.global_init(CURL_GLOBAL_NOTHING);
    http->multi = http->curl.multi_init();
    http->easy = http->curl.easy_init();
    if (!http->multi || !http->easy) {
        end_with(http, CURLE_OUT_OF_MEMORY, "libcurl does not start");
        return http;
    }
    http->curl.multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, socket_cb);
    http->curl.multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    http->curl.multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, timer_cb);
    http->curl.multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    set_options(http, request);

    CURLMcode code = http->curl.multi_add_handle(http->multi, http->easy);
    if (code) {
        end_with(http, CURLE_FAILED_INIT, http->curl.multi_strerror(code));
    }
    return http;
}

static void
look_for_end(struct unix_http *http)
{
    CURLMsg *msg;
    int n_left;

    while ((msg = http->curl.multi_info_read(http->multi, &n_left))) {
        if (msg->msg == CURLMSG_DONE) {
            CURLcode code = msg->data.result;

            if (!code) {
                long status = 0;
                http->curl.easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE,
                                        &status);
                http->status = status;
            }
            end_with(http, code, http->curl.easy_strerror(code));
            return;
        }
    }
}

bool
unix_http_run(struct unix_http *http)
{
    int n_running;

    if (http->ended) {
        return true;
    }

    /* The callbacks change the set of sockets meanwhile.  libcurl looks by
     * itself what has happened on a socket if it is told "0". */
    size_t n = http->n_fds;
    struct pollfd *fds = n ? xmemdup(http->fds, n * sizeof *fds) : NULL;
    for (size_t i = 0; i < n; i++) {
        http->curl.multi_socket_action(http->multi, fds[i].fd, 0, &n_running);
    }
    free(fds);
    if (time_msec() >= http->wakeup_ms) {
        http->wakeup_ms = LLONG_MAX;
        http->curl.multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0,
                                 &n_running);
    }
    look_for_end(http);
    return http->ended;
}

void
unix_http_wait(struct unix_http *http)
{
    if (http->ended) {
        poll_immediate_wake();
        return;
    }
    for (size_t i = 0; i < http->n_fds; i++) {
        poll_fd_wait(http->fds[i].fd, http->fds[i].events);
    }
    if (http->wakeup_ms != LLONG_MAX) {
        poll_timer_wait_until(http->wakeup_ms);
    }
}

int
unix_http_status(const struct unix_http *http)
{
    return http->status;
}

const char *
unix_http_error(const struct unix_http *http)
{
    return http->error;
}

bool
unix_http_is_refused(const struct unix_http *http)
{
    return http->code == CURLE_COULDNT_CONNECT;
}

const char *
unix_http_body(const struct unix_http *http)
{
    return ds_cstr_ro(&http->body);
}

void
unix_http_free(struct unix_http *http)
{
    if (http) {
        const struct curl_library *curl = &http->curl;

        if (http->multi && http->easy) {
            curl->multi_remove_handle(http->multi, http->easy);
        }
        if (curl->handle) {
            curl->easy_cleanup(http->easy);
            curl->multi_cleanup(http->multi);
            curl->global_cleanup();
        }
        curl_library_close(&http->curl);
        ds_destroy(&http->body);
        free(http->fds);
        free(http);
    }
}
