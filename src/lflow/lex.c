#include "lex.h"

#include "lex_number.h"

static const char *const token_texts[] = {
#define LEX_TOKEN(NAME, TEXT) [LEX_##NAME] = TEXT,
#include "tokens.def"
#undef LEX_TOKEN
};

static bool
is_id_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_id(char c)
{
    return is_id_start(c) || (c >= '0' && c <= '9') || c == '.';
}

static void
note_error(struct lex *lex, const char *place, const char *problem,
           va_list args)
{
    if (lex->error) {
        return;
    }

    int line = 1;
    const char *line_start = lex->text;
    for (const char *p = lex->text; p < place; p++) {
        if (*p == '\n') {
            line++;
            line_start = p + 1;
        }
    }

    char *text = xvasprintf(problem, args);
    lex->error = xasprintf("line %d, column %d: %s", line,
                           (int) (place - line_start) + 1, text);
    free(text);
}

static void OVS_PRINTF_FORMAT(3, 4)
error_at(struct lex *lex, const char *place, const char *problem, ...)
{
    va_list args;

    va_start(args, problem);
    note_error(lex, place, problem, args);
    va_end(args);
}

/* The first character behind blanks and comments from 'p' on. */
static const char *
skip_blanks(struct lex *lex, const char *p)
{
    for (;;) {
        p += strspn(p, " \t\r\n\v\f");
        if (p[0] == '/' && p[1] == '/') {
            p += strcspn(p, "\n");
        } else if (p[0] == '/' && p[1] == '*') {
            size_t line = strcspn(p, "\n");
            const char *end = strstr(p + 2, "*/");
            if (!end || end >= p + line) {
                error_at(lex, p, "the comment does not end on its line: "
                                 "write \"*/\"");
                return p + strlen(p);
            }
            p = end + 2;
        } else {
            return p;
        }
    }
}

static void
read_string(struct lex *lex, struct lex_token *token)
{
    const char *p = token->start + 1;

    while (*p && *p != '"') {
        p += p[0] == '\\' && p[1] ? 2 : 1;
    }
    if (!*p) {
        error_at(lex, token->start, "the string does not end: write '\"'");
        token->length = p - token->start;
        return;
    }
    token->length = p + 1 - token->start;

    char *s;
    if (!json_string_unescape(token->start + 1, token->length - 2, &s)) {
        error_at(lex, token->start, "bad string: %s", s);
        free(s);
        return;
    }
    token->type = LEX_STRING;
    token->s = s;
}

static void
read_id(struct lex_token *token, enum lex_type type, size_t prefix)
{
    const char *p = token->start + prefix;

    /* The dots of "0..5" do not belong to an identifier. */
    while (is_id(*p) && !(p[0] == '.' && p[1] == '.')) {
        p++;
    }
    token->type = type;
    token->length = p - token->start;
    token->s = xmemdup0(token->start + prefix, token->length - prefix);
}

static void
read_punctuation(struct lex *lex, struct lex_token *token)
{
    for (int i = LEX_LPAREN; i < (int) ARRAY_SIZE(token_texts); i++) {
        size_t n = strlen(token_texts[i]);

        if (!strncmp(token->start, token_texts[i], n)) {
            token->type = i;
            token->length = n;
            return;
        }
    }
    token->length = strlen(token->start);
    if (*token->start == '^') {
        int length = 1;

        while (is_id(token->start[length])) {
            length++;
        }
        error_at(lex, token->start, "the template variable %.*s is not "
                 "supported", length, token->start);
    } else if (*token->start > ' ' && *token->start < 0x7f) {
        error_at(lex, token->start, "unexpected character '%c'",
                 *token->start);
    } else {
        error_at(lex, token->start, "unexpected byte 0x%02x",
                 (unsigned char) *token->start);
    }
}

static void
read_token(struct lex *lex, struct lex_token *token)
{
    const char *p = token->start;

    if (!*p) {
        token->type = LEX_END;
    } else if (*p == '"') {
        read_string(lex, token);
    } else if ((*p == '$' || *p == '@') && is_id(p[1])) {
        read_id(token, *p == '$' ? LEX_ADDRESS_SET : LEX_PORT_GROUP, 1);
    } else {
        const char *problem = NULL;
        size_t n = lex_number(p, &token->constant, &problem);

        if (problem) {
            error_at(lex, p, "%s", problem);
        } else if (n && is_id(p[n]) && p[n] != '.') {
            error_at(lex, p, "bad number: '%.*s'", (int) n + 1, p);
        } else if (n) {
            token->type = token->constant.masked ? LEX_MASKED : LEX_INTEGER;
            token->length = n;
        } else if (is_id_start(*p)) {
            read_id(token, LEX_ID, 0);
        } else {
            read_punctuation(lex, token);
        }
    }
}

void
lex_init(struct lex *lex, const char *text)
{
    *lex = (struct lex) { .text = text, .next = text };
    lex_next(lex);
}

void
lex_uninit(struct lex *lex)
{
    free(lex->token.s);
    free(lex->error);
}

void
lex_next(struct lex *lex)
{
    struct lex_token token = { .type = LEX_END };

    token.start = skip_blanks(lex, lex->next);
    if (!lex->error) {
        read_token(lex, &token);
    }
    if (lex->error) {
        /* Nothing behind an error is read. */
        free(token.s);
        token.s = NULL;
        token.type = LEX_END;
        token.start += strlen(token.start);
        token.length = 0;
    }
    free(lex->token.s);
    lex->token = token;
    lex->next = token.start + token.length;
}

enum lex_type
lex_peek(const struct lex *lex)
{
    struct lex ahead = { .text = lex->text, .next = lex->next };

    lex_next(&ahead);
    enum lex_type type = ahead.token.type;
    lex_uninit(&ahead);
    return type;
}

bool
lex_match(struct lex *lex, enum lex_type type)
{
    if (lex->error || lex->token.type != type) {
        return false;
    }
    lex_next(lex);
    return true;
}

bool
lex_match_id(struct lex *lex, const char *id)
{
    return (lex->token.type == LEX_ID && !strcmp(lex->token.s, id)
            && lex_match(lex, LEX_ID));
}

bool
lex_force(struct lex *lex, enum lex_type type)
{
    return lex_match(lex, type) || lex_expected(lex, lex_type_name(type));
}

bool
lex_force_id(struct lex *lex, const char *id)
{
    return lex_match_id(lex, id) || lex_expected(lex, id);
}

bool
lex_force_end(struct lex *lex)
{
    return ((lex->token.type == LEX_END || lex_expected(lex, "end of text"))
            && !lex->error);
}

bool
lex_force_uint(struct lex *lex, uint64_t max, uint64_t *value)
{
    if (lex->token.type != LEX_INTEGER) {
        return lex_expected(lex, "integer");
    }

    ovs_u128 v = lex->token.constant.value;
    if (v.u64.hi || v.u64.lo > max) {
        return lex_error(lex, "expected an integer up to %"PRIu64, max);
    }
    *value = v.u64.lo;
    lex_next(lex);
    return true;
}

static bool
take_text(struct lex *lex, enum lex_type type, char **value)
{
    if (lex->error || lex->token.type != type) {
        return lex_expected(lex, lex_type_name(type));
    }
    *value = lex->token.s;
    lex->token.s = NULL;
    lex_next(lex);
    return true;
}

bool
lex_force_string(struct lex *lex, char **value)
{
    return take_text(lex, LEX_STRING, value);
}

bool
lex_take_id(struct lex *lex, char **value)
{
    return take_text(lex, LEX_ID, value);
}

bool
lex_error(struct lex *lex, const char *problem, ...)
{
    va_list args;

    va_start(args, problem);
    note_error(lex, lex->token.start, problem, args);
    va_end(args);
    return false;
}

bool
lex_expected(struct lex *lex, const char *what)
{
    const struct lex_token *token = &lex->token;

    if (token->type == LEX_END) {
        return lex_error(lex, "expected %s but the text ends", what);
    }
    return lex_error(lex, "expected %s but found '%.*s'", what,
                     (int) MIN(token->length, 64), token->start);
}

char *
lex_steal_error(struct lex *lex)
{
    char *error = lex->error;

    lex->error = NULL;
    return error;
}

bool
lex_enter(struct lex *lex)
{
    if (lex->depth >= LEX_MAX_DEPTH) {
        return lex_error(lex, "nested deeper than %d levels", LEX_MAX_DEPTH);
    }
    lex->depth++;
    return true;
}

void
lex_leave(struct lex *lex)
{
    lex->depth--;
}

const char *
lex_type_name(enum lex_type type)
{
    return token_texts[type];
}

void
lex_quote(const char *s, struct ds *out)
{
    struct json *json = json_string_create(s);

    json_to_ds(json, 0, out);
    json_destroy(json);
}
