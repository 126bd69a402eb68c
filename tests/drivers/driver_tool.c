/* Runs operations of a driver, for the tests in this folder.
 *
 * driver-tool [--exec-dir=D] [--container-socket=S] [--systemd-bus=B]
 *             [--protocol=P] [--backends=VIP=B,B]... [--timeout=MS]
 *             DRIVER TARGET OP...
 *
 * Prints one line of JSON for each operation and ends at the first one that
 * is not done.  "ready" is asked until the answer is yes, or once more than
 * that if "ready!" is written. */

#include "ovs.h"

#include <getopt.h>

#include "driver.h"

struct options {
    struct driver_config config;
    struct smap backends;
    const char *protocol;
    long long int timeout_ms;
};

static void
parse_options(int argc, char *argv[], struct options *o)
{
    static const struct option longopts[] = {
        { "exec-dir", required_argument, NULL, 'e' },
        { "container-socket", required_argument, NULL, 'c' },
        { "systemd-bus", required_argument, NULL, 's' },
        { "systemd-units", required_argument, NULL, 'u' },
        { "protocol", required_argument, NULL, 'p' },
        { "backends", required_argument, NULL, 'b' },
        { "timeout", required_argument, NULL, 't' },
        { NULL, 0, NULL, 0 },
    };
    int c;

    while ((c = getopt_long(argc, argv, "+", longopts, NULL)) != -1) {
        char *equals;

        switch (c) {
        case 'e': o->config.exec_dir = optarg; break;
        case 'c': o->config.container_socket = optarg; break;
        case 's': o->config.systemd_bus = optarg; break;
        case 'u': o->config.systemd_units = optarg; break;
        case 'p': o->protocol = optarg; break;
        case 't': o->timeout_ms = atoll(optarg); break;
        case 'b':
            equals = strchr(optarg, '=');
            if (!equals) {
                ovs_fatal(0, "--backends=VIP=BACKEND,BACKEND");
            }
            *equals = '\0';
            smap_add(&o->backends, optarg, equals + 1);
            break;
        default: exit(2);
        }
    }
}

static enum driver_status
run_once(const struct driver_class *class, const struct options *o,
         const struct driver_service *svc, enum driver_op op,
         long long int end_ms, char **error)
{
    struct driver_job *job = driver_job_start(class, &o->config, svc, op);
    enum driver_status status;

    while ((status = driver_job_run(job)) == DRIVER_PENDING
           && time_msec() < end_ms) {
        driver_job_wait(job);
        poll_timer_wait_until(end_ms);
        poll_block();
    }
    free(*error);
    *error = xstrdup(driver_job_error(job));
    driver_job_free(job);
    return status;
}

static bool
run_op(const struct driver_class *class, const struct options *o,
       const struct driver_service *svc, const char *name)
{
    static const char *const words[] = {
        [DRIVER_PENDING] = "pending",
        [DRIVER_DONE] = "done",
        [DRIVER_NOT_YET] = "not-yet",
        [DRIVER_FAILED] = "failed",
    };
    enum driver_op op = !strcmp(name, "start")  ? DRIVER_START
                        : !strcmp(name, "stop") ? DRIVER_STOP
                                                : DRIVER_READY;
    long long int start_us = time_usec();
    long long int end_ms = time_msec() + o->timeout_ms;
    enum driver_status status;
    char *error = NULL;
    int n = 0;

    do {
        status = run_once(class, o, svc, op, end_ms, &error);
        n++;
        if (status == DRIVER_NOT_YET && strcmp(name, "ready!")) {
            poll_timer_wait(10);
            poll_block();
        }
    } while (status == DRIVER_NOT_YET && strcmp(name, "ready!")
             && time_msec() < end_ms);

    struct json *json = json_object_create();
    json_object_put_string(json, "op", name);
    json_object_put_string(json, "status", words[status]);
    json_object_put_string(json, "error", error);
    json_object_put(json, "us", json_integer_create(time_usec() - start_us));
    json_object_put(json, "jobs", json_integer_create(n));
    char *s = json_to_string(json, JSSF_SORT);
    puts(s);
    fflush(stdout);
    free(s);
    json_destroy(json);
    free(error);
    return status == DRIVER_DONE;
}

int
main(int argc, char *argv[])
{
    struct options o = { .protocol = "tcp", .timeout_ms = 60000 };
    bool ok = true;

    set_program_name(argv[0]);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_SYSLOG, VLL_OFF);
    smap_init(&o.backends);
    parse_options(argc, argv, &o);
    if (argc - optind < 3) {
        ovs_fatal(0, "need DRIVER TARGET OP...");
    }

    const struct driver_class *class = driver_class_by_name(argv[optind]);
    if (!class) {
        ovs_fatal(0, "no driver \"%s\"", argv[optind]);
    }
    struct driver_service svc = {
        .name = "test",
        .target = argv[optind + 1],
        .protocol = o.protocol,
        .backends = &o.backends,
        .vips = &o.backends,
    };
    for (int i = optind + 2; i < argc && ok; i++) {
        ok = run_op(class, &o, &svc, argv[i]);
    }
    smap_destroy(&o.backends);
    return ok ? 0 : 1;
}
