#include "curl_library.h"

#include <dlfcn.h>

/* By its ABI, of which the headers are. */
#define NAME "libcurl.so.4"

/* True unless the library lacks the function 'name'. */
static bool
find(const struct curl_library *library, const char *name, void *function)
{
    void *address = dlsym(library->handle, name);

    /* As POSIX has it: ISO C knows no way from one pointer to the other. */
    memcpy(function, &address, sizeof address);
    return address != NULL;
}

bool
curl_library_open(struct curl_library *library, char **why)
{
    *library = (struct curl_library) {
        .handle = dlopen(NAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE),
    };
    if (library->handle
#define CURL_FUNCTION(NAME) \
        && find(library, "curl_" #NAME, &library->NAME)
        CURL_FUNCTIONS
#undef CURL_FUNCTION
        ) {
        return true;
    }
    *why = xasprintf("%s cannot be loaded (%s); it is in Debian's package "
                     "libcurl4", NAME, dlerror());
    curl_library_close(library);
    return false;
}

void
curl_library_close(struct curl_library *library)
{
    if (library->handle) {
        dlclose(library->handle);
    }
    *library = (struct curl_library) { .handle = NULL };
}
