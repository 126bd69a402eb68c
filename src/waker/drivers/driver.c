#include "driver.h"

#include <ctype.h>
#include <fnmatch.h>

const struct driver_class *
driver_class_by_name(const char *name)
{
    for (size_t i = 0; driver_classes[i]; i++) {
        if (!strcmp(driver_classes[i]->name, name)) {
            return driver_classes[i];
        }
    }
    return NULL;
}

struct driver_job *
driver_job_start(const struct driver_class *class,
                 const struct driver_config *config,
                 const struct driver_service *svc, enum driver_op op)
{
    struct driver_job *job = class->start(config, svc, op);

    job->class = class;
    job->op = op;
    return job;
}

enum driver_status
driver_job_run(struct driver_job *job)
{
    if (job->status == DRIVER_PENDING) {
        job->status = job->class->run(job);
    }
    return job->status;
}

void
driver_job_wait(struct driver_job *job)
{
    if (job->status == DRIVER_PENDING) {
        job->class->wait(job);
    } else {
        poll_immediate_wake();
    }
}

void
driver_job_free(struct driver_job *job)
{
    if (job) {
        /* The derived structure goes with class->free(). */
        char *error = job->error;

        job->class->free(job);
        free(error);
    }
}

const char *
driver_job_error(const struct driver_job *job)
{
    return job->error ? job->error : "";
}

/* Makes one short line of valid UTF-8 out of 's': what children and servers
 * say ends up in the database, which refuses anything else. */
static void
tidy(char *s)
{
    size_t len = strlen(s);
    char *invalid;

    if (len > DRIVER_ERROR_MAX) {
        len = DRIVER_ERROR_MAX;
        while (len && (s[len] & 0xc0) == 0x80) {
            len--;
        }
        s[len] = '\0';
    }
    while (len && isspace((unsigned char) s[len - 1])) {
        s[--len] = '\0';
    }
    invalid = utf8_validate(s, NULL);
    for (char *p = s; *p; p++) {
        if ((unsigned char) *p < ' ' || *p == 0x7f) {
            *p = ' ';
        } else if (invalid && (*p & 0x80)) {
            *p = '?';
        }
    }
    free(invalid);
}

static void
set_error_valist(struct driver_job *job, const char *format, va_list args)
{
    free(job->error);
    job->error = xvasprintf(format, args);
    tidy(job->error);
}

void
driver_job_set_error(struct driver_job *job, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_error_valist(job, format, args);
    va_end(args);
}

enum driver_status
driver_job_fail(struct driver_job *job, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_error_valist(job, format, args);
    va_end(args);
    job->status = DRIVER_FAILED;
    return DRIVER_FAILED;
}

bool
driver_pattern_matches(const char *patterns, const char *name)
{
    char *copy = xstrdup(patterns);
    char *save = NULL;
    bool matches = false;

    for (char *pattern = strtok_r(copy, ", \t", &save); pattern && !matches;
         pattern = strtok_r(NULL, ", \t", &save)) {
        matches = !fnmatch(pattern, name, 0);
    }
    free(copy);
    return matches;
}

void
driver_service_backends(const struct driver_service *svc,
                        struct svec *backends)
{
    struct smap_node *node;

    svec_init(backends);
    SMAP_FOR_EACH (node, svc->backends) {
        char *copy = xstrdup(node->value);
        char *save = NULL;

        for (char *backend = strtok_r(copy, ", \t", &save); backend;
             backend = strtok_r(NULL, ", \t", &save)) {
            svec_add(backends, backend);
        }
        free(copy);
    }
    svec_sort_unique(backends);
}
