#include "cli_output.h"

#include "cleanup.h"
#include "cli.h"

void
cli_put_clean(struct ds *out, const char *s)
{
    for (; *s; s++) {
        unsigned char c = *s;

        ds_put_char(out, c < 0x20 || c == 0x7f ? '?' : c);
    }
}

void
cli_error(const char *format, ...)
{
    struct ds line OWNED_DS = DS_EMPTY_INITIALIZER;
    char *message OWNED_STRING = NULL;
    va_list args;

    va_start(args, format);
    message = xvasprintf(format, args);
    va_end(args);
    cli_put_clean(&line, message);
    fflush(stdout);
    fprintf(stderr, "rouse: %s\n", ds_cstr(&line));
}

void
cli_json_print_take(struct json **json)
{
    char *text OWNED_STRING = json_to_string(*json, JSSF_PRETTY | JSSF_SORT);

    puts(text);
    json_destroy(*json);
    *json = NULL;
}

void
cli_json_print_line_take(struct json **json)
{
    char *text OWNED_STRING = json_to_string(*json, JSSF_SORT);

    puts(text);
    fflush(stdout);
    json_destroy(*json);
    *json = NULL;
}

struct json *
cli_json_string(const char *s)
{
    return s ? json_string_create(s) : json_null_create();
}

struct json *
cli_json_strings(const struct svec *strings)
{
    struct json *array = json_array_create_empty();
    const char *s;
    size_t i;

    SVEC_FOR_EACH(i, s, strings)
    {
        json_array_add(array, json_string_create(s));
    }
    return array;
}

struct json *
cli_json_list(const char *s)
{
    struct json *array = json_array_create_empty();
    char *copy OWNED_STRING = xstrdup(s);
    char *save = NULL;

    for (char *item = strtok_r(copy, ", \t", &save); item;
         item = strtok_r(NULL, ", \t", &save)) {
        json_array_add(array, json_string_create(item));
    }
    return array;
}

int
cli_finish_output(int status)
{
    if (fflush(stdout) || ferror(stdout)) {
        if (errno != EPIPE) {
            cli_error("cannot write the output: %s", ovs_strerror(errno));
        }
        return status ? status : CLI_FAILED;
    }
    return status;
}
