#include "dp_programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

VLOG_DEFINE_THIS_MODULE(dp_programs);

/* Of one program, and of one object.  One that has more is not taken. */
#define MAX_MAPS 32

static const struct {
    const char *name; /* Function. */
    const char *pin;  /* And "-BUILD". */
    size_t fd;        /* In struct programs. */
} kinds[] = {
    { "fastpath_port", "port", offsetof(struct programs, port) },
    { "fastpath_tap", "tap", offsetof(struct programs, tap) },
};

static int *
fd_of(struct programs *p, size_t kind)
{
    return ALIGNED_CAST(int *, (char *) p + kinds[kind].fd);
}

void
programs_init(struct programs *p, const void *elf, size_t n)
{
    uint8_t digest[SHA1_DIGEST_SIZE];

    p->port = p->tap = -1;
    sha1_bytes(elf, n, digest);
    sha1_to_hex(digest, p->build);
}

void
programs_close(struct programs *p)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        int *fd = fd_of(p, i);

        if (*fd >= 0) {
            close(*fd);
            *fd = -1;
        }
    }
}

/* IDs of the object's maps that are pinned in 'folder'; how many. */
static size_t
pinned_maps(struct bpf_object *object, const char *folder,
            uint32_t ids[MAX_MAPS])
{
    const struct bpf_map *map;
    size_t n = 0;

    bpf_object__for_each_map (map, object) {
        char *path = xasprintf("%s/%s", folder, bpf_map__name(map));
        struct bpf_map_info info = { .id = 0 };
        uint32_t size = sizeof info;
        int fd = bpf_obj_get(path);

        if (fd >= 0 && n < MAX_MAPS
            && !bpf_obj_get_info_by_fd(fd, &info, &size)) {
            ids[n++] = info.id;
        }
        if (fd >= 0) {
            close(fd);
        }
        free(path);
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
pin_name(const struct programs *p, size_t kind)
{
    return xasprintf("%s-%s", kinds[kind].pin, p->build);
}

static char *
pin_path(const struct programs *p, size_t kind, const char *folder)
{
    char *name = pin_name(p, kind);
    char *path = xasprintf("%s/%s", folder, name);

    free(name);
    return path;
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
    size_t n = pinned_maps(object, folder, ids);

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        char *path = pin_path(p, i, folder);
        int fd = *fd_of(p, i) = bpf_obj_get(path);

        free(path);
        if (fd < 0 || !uses_only(fd, ids, n)) {
            programs_close(p);
            return;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        bpf_program__set_autoload(find_program(object, i), false);
    }
}

/* Takes pins of programs of this kind away. */
static void
unpin(size_t kind, const char *folder)
{
    char *prefix = xasprintf("%s-", kinds[kind].pin);
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        if (!strncmp(entry->d_name, prefix, strlen(prefix))) {
            unlinkat(dirfd(dir), entry->d_name, 0);
        }
    }
    if (dir) {
        closedir(dir);
    }
    free(prefix);
}

void
programs_pin(struct programs *p, struct bpf_object *object,
             const char *folder)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        int *fd = fd_of(p, i);

        if (*fd >= 0) {
            continue;
        }
        *fd = fcntl(bpf_program__fd(find_program(object, i)),
                    F_DUPFD_CLOEXEC, 0);
        unpin(i, folder);

        char *path = pin_path(p, i, folder);
        if (bpf_obj_pin(*fd, path)) {
            /* The next start loads them anew. */
            VLOG_INFO("%s: %s", path, ovs_strerror(errno));
        }
        free(path);
    }
}
