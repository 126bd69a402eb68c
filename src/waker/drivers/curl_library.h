/* libcurl, loaded when it is first asked for: with what it depends on it takes
 * 4 MB, which only who has containers pays.
 *
 * owner:  struct curl_library, one for each user: it is loaded once and stays
 * thread: any */

#ifndef WAKER_CURL_LIBRARY_H
#define WAKER_CURL_LIBRARY_H 1

#include <curl/curl.h>

#include "ovs.h"

/* curl_NAME(). */
#define CURL_FUNCTIONS                  \
    CURL_FUNCTION(easy_cleanup)         \
    CURL_FUNCTION(easy_getinfo)         \
    CURL_FUNCTION(easy_init)            \
    CURL_FUNCTION(easy_setopt)          \
    CURL_FUNCTION(easy_strerror)        \
    CURL_FUNCTION(global_cleanup)       \
    CURL_FUNCTION(global_init)          \
    CURL_FUNCTION(multi_add_handle)     \
    CURL_FUNCTION(multi_cleanup)        \
    CURL_FUNCTION(multi_info_read)      \
    CURL_FUNCTION(multi_init)           \
    CURL_FUNCTION(multi_remove_handle)  \
    CURL_FUNCTION(multi_setopt)         \
    CURL_FUNCTION(multi_socket_action)  \
    CURL_FUNCTION(multi_strerror)

struct curl_library {
    void *handle; /* NULL: there is none, and no function. */
#define CURL_FUNCTION(NAME) __typeof__(curl_##NAME) *NAME;
    CURL_FUNCTIONS
#undef CURL_FUNCTION
};

/* False, with 'why' (the caller's), if it cannot be loaded; then '*library' is
 * all zeros. */
bool curl_library_open(struct curl_library *library, char **why)
    OVS_WARN_UNUSED_RESULT;
/* Takes one that was not opened. */
void curl_library_close(struct curl_library *);

#endif /* waker/curl_library.h */
