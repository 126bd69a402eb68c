#include "dp_programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "dp_pins.h"

VLOG_DEFINE_THIS_MODULE(dp_programs);

/* Of one program, and of one object.  One that has more is not taken. */
#define MAX_MAPS 32

/* Of each: its function's name, and how its pin begins. */
static const struct {
    const char *name;
    const char *pin; /* And the build. */
} kinds[N_PROGRAMS] = {
    [PROGRAM_PORT] = { "fastpath_port", "port-" },
    [PROGRAM_TAP] = { "fastpath_tap", "tap-" },
};

void
programs_init(struct programs *p, const void *elf, size_t n)
{
    uint8_t digest[SHA1_DIGEST_SIZE];

    for (size_t i = 0; i < N_PROGRAMS; i++) {
        p->fds[i] = -1;
    }
    sha1_bytes(elf, n, digest);
    sha1_to_hex(digest, p->build);
}

void
programs_close(struct programs *p)
{
    for (size_t i = 0; i < N_PROGRAMS; i++) {
        if (p->fds[i] >= 0) {
            close(p->fds[i]);
            p->fds[i] = -1;
        }
    }
}

/* IDs of the object's maps that are pinned; how many. */
static size_t
pinned_maps(struct bpf_object *object, uint32_t ids[MAX_MAPS])
{
    const struct bpf_map *map;
    size_t n = 0;

    bpf_object__for_each_map (map, object) {
        const char *path = bpf_map__pin_path(map);
        struct bpf_map_info info = { .id = 0 };
        uint32_t size = sizeof info;
        int fd = path ? bpf_obj_get(path) : -1;

        if (fd >= 0 && n < MAX_MAPS
            && !bpf_obj_get_info_by_fd(fd, &info, &size)) {
            ids[n++] = info.id;
        }
        if (fd >= 0) {
            close(fd);
        }
    }
    return n;
}

/* Whether a program uses none but these maps. */
static bool
uses_only(int fd, const uint32_t ids[], size_t n)
{
    uint32_t used[MAX_MAPS];
    struct bpf_prog_info info = {
        .nr_map_ids = MAX_MAPS, .map_ids = (uintptr_t) used,
    };
    uint32_t size = sizeof info;

    if (bpf_obj_get_info_by_fd(fd, &info, &size)
        || info.nr_map_ids > MAX_MAPS) {
        return false;
    }
    for (size_t i = 0; i < info.nr_map_ids; i++) {
        size_t j = 0;

        while (j < n && ids[j] != used[i]) {
            j++;
        }
        if (j == n) {
            return false;
        }
    }
    return true;
}

static char *
pin_path(const struct programs *p, size_t kind, const char *folder)
{
    return xasprintf("%s/%s%s", folder, kinds[kind].pin, p->build);
}

static struct bpf_program *
find_program(struct bpf_object *object, size_t kind)
{
    return bpf_object__find_program_by_name(object, kinds[kind].name);
}

void
programs_take(struct programs *p, struct bpf_object *object,
              const char *folder)
{
    uint32_t ids[MAX_MAPS];
    size_t n = pinned_maps(object, ids);

    for (size_t i = 0; i < N_PROGRAMS; i++) {
        char *path = pin_path(p, i, folder);
        int fd = p->fds[i] = bpf_obj_get(path);

        free(path);
        if (fd < 0 || !uses_only(fd, ids, n)) {
            programs_close(p);
            return;
        }
    }
    for (size_t i = 0; i < N_PROGRAMS; i++) {
        bpf_program__set_autoload(find_program(object, i), false);
    }
}

void
programs_pin(struct programs *p, struct bpf_object *object,
             const char *folder)
{
    for (size_t i = 0; i < N_PROGRAMS; i++) {
        if (p->fds[i] >= 0) {
            continue;
        }
        p->fds[i] = fcntl(bpf_program__fd(find_program(object, i)),
                          F_DUPFD_CLOEXEC, 0);
        pins_empty(folder, kinds[i].pin);

        char *path = pin_path(p, i, folder);
        if (bpf_obj_pin(p->fds[i], path)) {
            /* The next start loads them anew. */
            VLOG_INFO("%s: %s", path, ovs_strerror(errno));
        }
        free(path);
    }
}
