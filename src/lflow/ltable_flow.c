#include "ltable.h"

#include "lact_syntax.h"
#include "ltable_private.h"

VLOG_DEFINE_THIS_MODULE(ltable);

/* Rules of a flow, in one table. */

/* Puts 'rules' into 'table'. */
static void
instance_install(struct instance *instance, struct ltable *table,
                 const struct lflow *flow, const struct expr_rules *rules)
{
    uint32_t base = table->tables->next_conj_id;

    table->tables->next_conj_id += rules->n_conj;
    instance->contributions = xcalloc(rules->n + rules->n_conj,
                                      sizeof *instance->contributions);
    for (size_t i = 0; i < rules->n; i++) {
        const struct expr_rule *rule = &rules->list[i];
        struct contribution *c = &instance->contributions[instance->n++];

        c->flow = flow;
        if (rule->conj_id) {
            c->conj = (struct cls_conjunction) {
                .id = base + rule->conj_id,
                .clause = rule->clause,
                .n_clauses = rule->n_clauses,
            };
        }
        slot_contribute(table, &rule->match, flow->priority, c);
    }
    for (uint32_t id = 1; id <= rules->n_conj; id++) {
        struct contribution *c = &instance->contributions[instance->n++];
        struct minimatch minimatch;
        struct match match;

        match_init_catchall(&match);
        match_set_conj_id(&match, base + id);
        minimatch_init(&minimatch, &match);
        c->flow = flow;
        slot_contribute(table, &minimatch, flow->priority, c);
        minimatch_destroy(&minimatch);
    }
}

void
instance_uninstall(struct instance *instance)
{
    for (size_t i = 0; i < instance->n; i++) {
        slot_withdraw(&instance->contributions[i]);
    }
    free(instance->contributions);
    instance->contributions = NULL;
    instance->n = 0;
}

size_t
entry_n_instances(const struct entry *entry)
{
    return entry->shared ? 1 : entry->stage->group->n;
}

struct instance *
entry_instances(struct entry *entry)
{
    return entry->has_list ? entry->list : &entry->one;
}

/* The table for the instance at 'index', and '*key' of its datapath, which
 * does not matter if it is shared; NULL if the datapath is gone. */
static struct ltable *
instance_table(const struct entry *entry, size_t index, uint32_t *key)
{
    struct ldatapath *datapath = entry->stage->group->datapaths[index];
    const struct lflow *flow = &entry->flow;

    *key = datapath ? datapath->key : 0;
    return entry->shared ? entry->stage->shared
           : datapath ? ldatapath_table(datapath, flow->pipeline, flow->stage)
           : NULL;
}

/* Compiles and installs in all tables; compiles once, unless names of ports,
 * which are a datapath's own, are in the match. */
static bool
install_everywhere(struct ltables *tables, struct entry *entry,
                   const struct expr *guarded, char **error)
{
    struct expr_rules rules;
    bool compiled = false;
    bool ok = true;

    for (size_t i = 0; ok && i < entry_n_instances(entry); i++) {
        uint32_t key;
        struct ltable *table = instance_table(entry, i, &key);

        if (!table) {
            continue;
        }
        if (compiled && entry->names_ports) {
            expr_rules_uninit(&rules);
            compiled = false;
        }
        if (!compiled) {
            ok = expr_compile(guarded, tables->env, key, &rules, error);
            compiled = ok;
        }
        if (ok) {
            instance_install(&entry_instances(entry)[i], table, &entry->flow,
                             &rules);
        }
    }
    if (compiled) {
        expr_rules_uninit(&rules);
    }
    return ok;
}

/* Texts. */

/* Parses the match, with what the actions imply, and the actions. */
static bool
parse_texts(const struct ltables *tables, const struct lflow_desc *desc,
            struct expr **guarded, struct lacts *actions, char **error)
{
    struct lact_context context = {
        .symtab = tables->symtab,
        .actions = tables->actions,
        .pipeline = desc->pipeline,
        .stage = desc->stage,
    };
    struct expr *prereqs;
    char *problem;

    if (desc->stage >= N_LSTAGES) {
        *error = xasprintf("stage %d: there are only %d", desc->stage,
                           N_LSTAGES);
        return false;
    }

    struct expr *match = expr_parse(desc->match, tables->symtab, &problem);
    if (!match) {
        *error = xasprintf("match: %s", problem);
        free(problem);
        return false;
    }
    if (!lacts_parse(desc->actions, &context, actions, &prereqs, &problem)) {
        *error = xasprintf("actions: %s", problem);
        free(problem);
        expr_free(match);
        return false;
    }
    *guarded = expr_and(match, prereqs);
    return true;
}

/* Names. */

static struct ref *
find_ref(const struct ltables *tables, enum expr_ref_type type,
         const char *name)
{
    struct ref *ref;

    HMAP_FOR_EACH_WITH_HASH (ref, in_tables, hash_string(name, type),
                             &tables->refs) {
        if (ref->type == type && !strcmp(ref->name, name)) {
            return ref;
        }
    }
    return NULL;
}

static void
count_ref(void *aux, enum expr_ref_type type, const char *name)
{
    struct entry *entry = aux;

    entry->n_refs++;
    entry->names_ports |= type == REF_PORT || type == REF_PORT_GROUP;
}

struct link_aux {
    struct ltables *tables;
    struct entry *entry;
};

static void
link_ref(void *aux, enum expr_ref_type type, const char *name)
{
    struct link_aux *link_aux = aux;
    struct entry *entry = link_aux->entry;
    struct ref *ref = find_ref(link_aux->tables, type, name);

    if (!ref) {
        ref = xzalloc(sizeof *ref);
        ref->type = type;
        ref->name = xstrdup(name);
        ovs_list_init(&ref->links);
        hmap_insert(&link_aux->tables->refs, &ref->in_tables,
                    hash_string(name, type));
    }
    /* A flow may say a name twice; compiling it again once is enough. */
    if (!ovs_list_is_empty(&ref->links)
        && CONTAINER_OF(ovs_list_back(&ref->links), struct ref_link,
                        in_ref)->entry == entry) {
        return;
    }

    struct ref_link *link = &entry->refs[entry->n_refs++];
    link->ref = ref;
    link->entry = entry;
    ovs_list_push_back(&ref->links, &link->in_ref);
}

static void
link_refs(struct ltables *tables, struct entry *entry,
          const struct expr *guarded)
{
    struct link_aux aux = { tables, entry };

    expr_for_each_ref(guarded, count_ref, entry);
    if (entry->n_refs) {
        entry->refs = xcalloc(entry->n_refs, sizeof *entry->refs);
        entry->n_refs = 0;
        expr_for_each_ref(guarded, link_ref, &aux);
    }
}

static void
unlink_refs(struct ltables *tables, struct entry *entry)
{
    for (size_t i = 0; i < entry->n_refs; i++) {
        struct ref *ref = entry->refs[i].ref;

        ovs_list_remove(&entry->refs[i].in_ref);
        if (ovs_list_is_empty(&ref->links)) {
            hmap_remove(&tables->refs, &ref->in_tables);
            free(ref->name);
            free(ref);
        }
    }
    free(entry->refs);
    entry->refs = NULL;
    entry->n_refs = 0;
}

/* The match of a flow that says names, and what its actions imply; the
 * caller's.  Parsed again: the tree takes several times as much memory as the
 * text, and names change seldom. */
static struct expr *
get_guarded(const struct ltables *tables, const struct entry *entry,
            char **error)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    struct expr *guarded;
    struct lacts actions;

    lacts_format(&entry->flow.actions, &text);
    const struct lflow_desc desc = {
        .pipeline = entry->flow.pipeline, .stage = entry->flow.stage,
        .match = entry->flow.match, .actions = ds_cstr(&text),
    };
    if (parse_texts(tables, &desc, &guarded, &actions, error)) {
        lacts_uninit(&actions);
    } else {
        guarded = NULL;
    }
    ds_destroy(&text);
    return guarded;
}

static void
compile_again(struct ltables *tables, struct entry *entry)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 10);
    char *error = NULL;
    struct expr *guarded = get_guarded(tables, entry, &error);

    for (size_t i = 0; i < entry_n_instances(entry); i++) {
        instance_uninstall(&entry_instances(entry)[i]);
    }
    if (!guarded || !install_everywhere(tables, entry, guarded, &error)) {
        VLOG_WARN_RL(&rl, "flow "UUID_FMT": %s; it matches nothing now",
                     UUID_ARGS(&entry->flow.uuid), error);
        free(error);
    }
    expr_free(guarded);
}

size_t
ltables_touch(struct ltables *tables, enum expr_ref_type type,
              const char *name)
{
    struct ref *ref = find_ref(tables, type, name);
    struct ref_link *link;
    size_t n = 0;

    if (!ref) {
        return 0;
    }
    LIST_FOR_EACH (link, in_ref, &ref->links) {
        compile_again(tables, link->entry);
        n++;
    }
    return n;
}

/* Flows. */

void
entry_free(struct entry *entry)
{
    struct lflow *flow = &entry->flow;

    free(flow->match);
    lacts_uninit(&flow->actions);
    free(flow->stage_name);
    free(flow->meter);
    if (entry->has_list) {
        free(entry->list);
    }
    free(entry);
}

/* How many of 'actions', from the first on, assign constants. */
static size_t
count_words(const struct lacts *actions)
{
    size_t n = 0;

    while (n < MIN(actions->n, UINT8_MAX)
           && actions->list[n]->class->kind == LACT_SET
           && ((const struct lact_assign *) actions->list[n])->word.mask) {
        n++;
    }
    return n;
}

/* Is the last of 'actions', the one at 'i', "next;"? */
static bool
is_last_next(const struct lacts *actions, size_t i,
             const struct lflow_desc *desc)
{
    if (i + 1 != actions->n
        || actions->list[i]->class->kind != LACT_NEXT) {
        return false;
    }

    const struct lact_next *next
        = (const struct lact_next *) actions->list[i];
    return (next->pipeline == desc->pipeline
            && next->stage == desc->stage + 1);
}

/* Takes what is in 'actions'; all but the match. */
static struct entry *
entry_new(const struct lflow_desc *desc, const struct lacts *actions)
{
    size_t n_words = count_words(actions);
    struct entry *entry = xzalloc(sizeof *entry
                                  + n_words * sizeof entry->flow.words[0]);
    struct lflow *flow = &entry->flow;

    flow->only_assigns = is_last_next(actions, n_words, desc);
    flow->n_words = n_words;
    for (size_t i = 0; i < n_words; i++) {
        flow->words[i]
            = ((const struct lact_assign *) actions->list[i])->word;
    }
    flow->uuid = desc->uuid;
    flow->pipeline = desc->pipeline;
    flow->stage = desc->stage;
    flow->priority = desc->priority;
    flow->actions = *actions;
    flow->meter = nullable_xstrdup(desc->meter);
    if (!desc->brief) {
        flow->stage_name = nullable_xstrdup(desc->stage_name);
    }
    return entry;
}

/* Puts the flow into the stage of its group. */
static void
join_stage(struct ltables *tables, struct entry *entry,
           const struct lflow_desc *desc)
{
    struct lgroup *group = lgroup_get(tables, desc->datapaths,
                                      desc->n_datapaths);
    struct lstage *stage = lgroup_stage(group, desc->pipeline, desc->stage);

    group->n_flows++;
    stage->n_shareable += !entry->names_ports;
    ovs_list_push_back(&stage->flows, &entry->in_stage);
    entry->stage = stage;
    entry->shared = stage->shared && !entry->names_ports;
    entry->has_list = entry_n_instances(entry) != 1;
    if (entry->has_list) {
        entry->list = xcalloc(entry_n_instances(entry), sizeof *entry->list);
    }
}

/* Puts 'entry', which has been made from 'desc', into the tables.  False, with
 * '*error', if that is not possible. */
static bool
add_entry(struct ltables *tables, struct entry *entry,
          const struct lflow_desc *desc, const struct expr *guarded,
          char **error)
{
    hmap_insert(&tables->flows, &entry->by_uuid, uuid_hash(&desc->uuid));
    link_refs(tables, entry, guarded);
    if (!desc->brief || entry->n_refs) {
        entry->flow.match = xstrdup(desc->match);
    }
    join_stage(tables, entry, desc);
    if (!install_everywhere(tables, entry, guarded, error)) {
        ltables_remove(tables, &entry->flow);
        return false;
    }
    lstage_share(entry->stage);
    return true;
}

const struct lflow *
ltables_add(struct ltables *tables, const struct lflow_desc *desc,
            char **error)
{
    struct lacts actions;
    struct expr *guarded;

    if (!parse_texts(tables, desc, &guarded, &actions, error)) {
        return NULL;
    }

    struct entry *entry = entry_new(desc, &actions);
    bool ok = add_entry(tables, entry, desc, guarded, error);
    expr_free(guarded);
    return ok ? &entry->flow : NULL;
}

const struct lflow *
ltables_find(const struct ltables *tables, const struct uuid *uuid)
{
    const struct entry *entry;

    HMAP_FOR_EACH_WITH_HASH (entry, by_uuid, uuid_hash(uuid),
                             &tables->flows) {
        if (uuid_equals(&entry->flow.uuid, uuid)) {
            return &entry->flow;
        }
    }
    return NULL;
}

size_t
ltables_n_flows(const struct ltables *tables)
{
    return hmap_count(&tables->flows);
}

void
ltables_remove(struct ltables *tables, const struct lflow *flow)
{
    struct entry *entry = CONTAINER_OF(CONST_CAST(struct lflow *, flow),
                                       struct entry, flow);
    struct lstage *stage = entry->stage;

    for (size_t i = 0; i < entry_n_instances(entry); i++) {
        instance_uninstall(&entry_instances(entry)[i]);
    }
    unlink_refs(tables, entry);
    hmap_remove(&tables->flows, &entry->by_uuid);
    ovs_list_remove(&entry->in_stage);
    ovs_list_push_back(&tables->batch->flows, &entry->in_stage);
    stage->n_shareable -= !entry->names_ports;
    stage->group->n_flows--;
    lgroup_unuse(stage->group);
}
