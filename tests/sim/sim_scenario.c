/* SPDX-License-Identifier: Apache-2.0 */
/* sim_scenario.c - scenarios as text: tables of their words, reader and
 * writer */
#include "tests/sim/sim_scenario.h"
#include "tests/sim/sim_world.h"

#include <stdlib.h>
#include <string.h>

#define LINE 200
#define WORDS 16
#define EVERYONE 0xffffffu

struct word {
	const char *text;
	unsigned value;
};

static const struct word verbs[] = {
	{ "start", SIM_START },
	{ "kill", SIM_KILL },
	{ "lose", SIM_LOSE },
	{ "restart", SIM_RESTART },
	{ "stop", SIM_STOP },
	{ "continue", SIM_CONTINUE },
	{ "retire", SIM_RETIRE },
	{ "leave", SIM_LEAVE },
	{ "join", SIM_JOIN },
	{ "sicken", SIM_SICKEN },
	{ "cure", SIM_CURE },
	{ "change", SIM_CHANGE },
	{ "move", SIM_MOVE },
	{ "cut", SIM_CUT },
	{ "heal", SIM_HEAL },
	{ NULL, 0 },
};

static const struct word kinds[] = {
	{ "registrar", SIM_REGISTRAR },
	{ "element", SIM_ELEMENT },
	{ "user", SIM_USER },
	{ "site", SIM_SITE },
	{ "all", SIM_ALL },
	{ NULL, 0 },
};

static const struct word expectations[] = {
	{ "equal", SIM_EXPECT_EQUAL },
	{ "takeover", SIM_EXPECT_TAKEOVER },
	{ "known", SIM_EXPECT_KNOWN },
	{ "unknown", SIM_EXPECT_UNKNOWN },
	{ "member", SIM_EXPECT_MEMBER },
	{ "serving", SIM_EXPECT_SERVING },
	{ "quiet", SIM_EXPECT_QUIET },
	{ "event", SIM_EXPECT_EVENT },
	{ "no", SIM_EXPECT_NO_EVENT },
	{ NULL, 0 },
};

static const struct word terms[] = {
	{ "by", SIM_BY },
	{ "until", SIM_UNTIL },
	{ NULL, 0 },
};

static bool
value_of(const struct word *words, const char *text, unsigned *value)
{
	for (; words->text != NULL; words++)
		if (strcmp(words->text, text) == 0) {
			*value = words->value;
			return true;
		}
	return false;
}

static const char *
word_of(const struct word *words, unsigned value)
{
	for (; words->text != NULL; words++)
		if (words->value == value)
			return words->text;
	return "?";
}

void
sim_scenario_init(struct sim_scenario *s)
{
	memset(s, 0, sizeof(*s));
	sim_config_init(&s->config);
}

void
sim_scenario_fini(struct sim_scenario *s)
{
	free(s->scenes);
	s->scenes = NULL;
}

struct sim_scene *
sim_scenario_add(struct sim_scenario *s, uint64_t at, enum sim_step_kind kind)
{
	struct sim_scene *scene;

	if (s->n == s->size) {
		s->size = s->size == 0 ? 64 : 2 * s->size;
		s->scenes = realloc(s->scenes, s->size * sizeof(*s->scenes));
		if (s->scenes == NULL)
			abort();
	}
	scene = &s->scenes[s->n++];
	memset(scene, 0, sizeof(*scene));
	scene->at = at;
	scene->kind = kind;
	return scene;
}

/* One list of everything that can be set. */
struct setting {
	const char *name;
	size_t offset;
	bool is_core; /* int64_t, else unsigned */
};

static const struct setting settings[] = {
#define OWN(name, value) { #name, offsetof(struct sim_config, name), false },
	SIM_SETTINGS(OWN)
#undef OWN
#define CORE(name, value)                                                      \
	{ #name, offsetof(struct sim_config, core.name), true },
	    RSP_REGISTRY_SETTINGS(CORE)
#undef CORE
};

#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))

static int64_t
get(const struct sim_config *c, const struct setting *s)
{
	const char *at = (const char *)c + s->offset;
	int64_t value;
	unsigned own;

	if (s->is_core) {
		memcpy(&value, at, sizeof(value));
		return value;
	}
	memcpy(&own, at, sizeof(own));
	return own;
}

bool
sim_set(struct sim_config *c, const char *name, int64_t value)
{
	unsigned own = (unsigned)value;

	for (size_t i = 0; i < N_SETTINGS; i++) {
		char *at = (char *)c + settings[i].offset;

		if (strcmp(settings[i].name, name) != 0)
			continue;
		if (settings[i].is_core)
			memcpy(at, &value, sizeof(value));
		else
			memcpy(at, &own, sizeof(own));
		return true;
	}
	return false;
}

/* The words of a line, and where the reader is. */
struct line {
	char text[LINE];
	char *words[WORDS + 1];
	unsigned at;
};

static const char *
peek(const struct line *l)
{
	return l->words[l->at] == NULL ? "" : l->words[l->at];
}

static bool
take(struct line *l, const char *word)
{
	if (strcmp(peek(l), word) != 0)
		return false;
	l->at++;
	return true;
}

static bool
take_word(struct line *l, const struct word *words, unsigned *value)
{
	if (!value_of(words, peek(l), value))
		return false;
	l->at++;
	return true;
}

static bool
take_time(struct line *l, uint64_t *us)
{
	char *end;
	double s = strtod(peek(l), &end);

	if (end == peek(l) || *end != '\0' || s < 0)
		return false;
	*us = (uint64_t)(s * SIM_S + 0.5);
	l->at++;
	return true;
}

static bool
take_number(struct line *l, long *n)
{
	char *end;

	*n = strtol(peek(l), &end, 0);
	if (end == peek(l) || *end != '\0')
		return false;
	l->at++;
	return true;
}

/* "registrar 2", "element 3..7", "all" */
static bool
take_who(struct line *l, struct sim_who *who)
{
	unsigned kind, from, to;
	int n;

	if (!take_word(l, kinds, &kind))
		return false;
	who->kind = (enum sim_kind)kind;
	who->from = 0;
	who->to = EVERYONE;
	if (who->kind == SIM_ALL)
		return true;
	n = sscanf(peek(l), "%u..%u", &from, &to);
	if (n < 1 || from == 0)
		return false;
	l->at++;
	who->from = from - 1;
	who->to = n == 1 ? from - 1 : to - 1;
	return who->to >= who->from;
}

static bool
take_order(struct line *l, struct sim_order *o)
{
	unsigned verb;
	long n;

	if (!take_word(l, verbs, &verb) || !take_who(l, &o->who))
		return false;
	o->verb = (enum sim_verb)verb;
	switch (o->verb) {
	case SIM_CUT:
	case SIM_HEAL:
		o->value = take(l, "to");
		return (o->value != 0 || take(l, "from")) &&
		       take_who(l, &o->other);
	case SIM_CHANGE:
		if (!take(l, "to") || !take_number(l, &n))
			return false;
		o->value = (uint32_t)n;
		return true;
	default:
		o->value = take(l, "new");
		return true;
	}
}

/* As many words as it takes: "takeover begun". */
static bool
take_event(struct line *l, enum rsp_registry_event *event)
{
	char text[LINE] = "";

	while (peek(l)[0] != '\0') {
		if (text[0] != '\0')
			strcat(text, " ");
		strcat(text, peek(l));
		l->at++;
		for (int e = 0; e <= RSP_EVENT_PEER_ERROR; e++) {
			*event = (enum rsp_registry_event)e;
			if (strcmp(rsp_registry_event_text(*event), text) == 0)
				return true;
		}
	}
	return false;
}

static bool
take_expect(struct line *l, uint64_t at, struct sim_expect *e)
{
	unsigned what, term = SIM_AT_ONCE;
	bool has_who = take_who(l, &e->who);

	if (!take_word(l, expectations, &what))
		return false;
	e->what = (enum sim_expectation)what;
	if (e->what == SIM_EXPECT_TAKEOVER)
		has_who = take(l, "of") && take_who(l, &e->who);
	if ((e->what == SIM_EXPECT_TAKEOVER || e->what == SIM_EXPECT_KNOWN ||
		e->what == SIM_EXPECT_UNKNOWN || e->what == SIM_EXPECT_MEMBER ||
		e->what == SIM_EXPECT_SERVING) != has_who)
		return false;
	if ((e->what == SIM_EXPECT_KNOWN || e->what == SIM_EXPECT_UNKNOWN) &&
	    !(take(l, "at") && take_who(l, &e->where)))
		return false;
	if ((e->what == SIM_EXPECT_EVENT || e->what == SIM_EXPECT_NO_EVENT) &&
	    !take_event(l, &e->event))
		return false;
	e->end = at;
	if (take_word(l, terms, &term) && !take_time(l, &e->end))
		return false;
	e->term = (enum sim_term)term;
	return true;
}

static bool
take_scene(struct line *l, struct sim_scenario *s)
{
	struct sim_scene *scene;
	uint64_t at;

	if (!take_time(l, &at))
		return false;
	scene = sim_scenario_add(s, at, SIM_STEP_ORDER);
	if (take(l, "end")) {
		scene->kind = SIM_STEP_END;
		return true;
	}
	if (take(l, "expect")) {
		scene->kind = SIM_STEP_EXPECT;
		return take_expect(l, at, &scene->expect);
	}
	return take_order(l, &scene->order);
}

static bool
take_setting(struct line *l, struct sim_scenario *s)
{
	const char *name = peek(l);
	long n;

	if (name[0] == '\0')
		return false;
	l->at++;
	if (!take_number(l, &n))
		return false;
	if (strcmp(name, "seed") == 0) {
		s->config.seed = (uint64_t)n;
		return true;
	}
	return sim_set(&s->config, name, n);
}

static void
split(struct line *l)
{
	unsigned n = 0;
	char *state, *word;

	l->text[strcspn(l->text, "#\n")] = '\0';
	for (word = strtok_r(l->text, " \t", &state); word != NULL && n < WORDS;
	     word = strtok_r(NULL, " \t", &state))
		l->words[n++] = word;
	l->words[n] = NULL;
	l->at = 0;
}

/* By time; what is of one time stays in the order of its lines. */
static void
sort(struct sim_scenario *s)
{
	for (unsigned i = 1; i < s->n; i++) {
		struct sim_scene scene = s->scenes[i];
		unsigned at = i;

		for (; at > 0 && s->scenes[at - 1].at > scene.at; at--)
			s->scenes[at] = s->scenes[at - 1];
		s->scenes[at] = scene;
	}
}

bool
sim_scenario_read(struct sim_scenario *s, FILE *f, const char *name)
{
	struct line l;
	bool good;

	for (unsigned number = 1; fgets(l.text, sizeof(l.text), f) != NULL;
	     number++) {
		split(&l);
		if (peek(&l)[0] == '\0')
			continue;
		good = take(&l, "set") ? take_setting(&l, s)
				       : take(&l, "at") && take_scene(&l, s);
		if (good && peek(&l)[0] == '\0')
			continue;
		fprintf(stderr, "%s:%u: not understood at \"%s\"\n", name,
		    number, peek(&l));
		return false;
	}
	sort(s);
	return true;
}

static void
who_text(const struct sim_who *who, char *text, size_t size)
{
	if (who->kind == SIM_ALL)
		snprintf(text, size, "all");
	else if (who->from == who->to)
		snprintf(text, size, "%s %u", word_of(kinds, who->kind),
		    who->from + 1);
	else
		snprintf(text, size, "%s %u..%u", word_of(kinds, who->kind),
		    who->from + 1, who->to + 1);
}

static int
order_text(const struct sim_order *o, char *text, size_t size)
{
	char who[40], other[40];
	const char *verb = word_of(verbs, o->verb);

	who_text(&o->who, who, sizeof(who));
	switch (o->verb) {
	case SIM_CUT:
	case SIM_HEAL:
		who_text(&o->other, other, sizeof(other));
		return snprintf(text, size, "%s %s %s %s", verb, who,
		    o->value != 0 ? "to" : "from", other);
	case SIM_CHANGE:
		return snprintf(text, size, "%s %s to %u", verb, who, o->value);
	default:
		return snprintf(text, size, "%s %s%s", verb, who,
		    o->value != 0 ? " new" : "");
	}
}

static void
expect_text(const struct sim_expect *e, char *text, size_t size)
{
	char who[40] = "", where[40] = "", term[40] = "";
	const char *what = word_of(expectations, e->what);

	if (e->who.kind != SIM_NOBODY)
		who_text(&e->who, who, sizeof(who));
	if (e->where.kind != SIM_NOBODY)
		who_text(&e->where, where, sizeof(where));
	if (e->term != SIM_AT_ONCE)
		snprintf(term, sizeof(term), " %s %.6g",
		    word_of(terms, e->term), (double)e->end / SIM_S);
	switch (e->what) {
	case SIM_EXPECT_TAKEOVER:
		snprintf(text, size, "expect takeover of %s%s", who, term);
		break;
	case SIM_EXPECT_KNOWN:
	case SIM_EXPECT_UNKNOWN:
		snprintf(text, size, "expect %s %s at %s%s", who, what, where,
		    term);
		break;
	case SIM_EXPECT_MEMBER:
	case SIM_EXPECT_SERVING:
		snprintf(text, size, "expect %s %s%s", who, what, term);
		break;
	case SIM_EXPECT_EVENT:
	case SIM_EXPECT_NO_EVENT:
		snprintf(text, size, "expect %s %s%s", what,
		    rsp_registry_event_text(e->event), term);
		break;
	case SIM_EXPECT_EQUAL:
	case SIM_EXPECT_QUIET:
		snprintf(text, size, "expect %s%s", what, term);
	}
}

void
sim_scene_text(const struct sim_scene *s, char *text, size_t size)
{
	int len = snprintf(text, size, "at %.6f ", (double)s->at / SIM_S);

	text += len;
	size -= (size_t)len;
	switch (s->kind) {
	case SIM_STEP_ORDER:
		order_text(&s->order, text, size);
		break;
	case SIM_STEP_EXPECT:
		expect_text(&s->expect, text, size);
		break;
	case SIM_STEP_END:
		snprintf(text, size, "end");
	}
}

void
sim_scenario_write(const struct sim_scenario *s, FILE *f)
{
	struct sim_config defaults;
	char text[LINE];

	sim_config_init(&defaults);
	fprintf(f, "set seed %llu\n", (unsigned long long)s->config.seed);
	for (size_t i = 0; i < N_SETTINGS; i++)
		if (get(&s->config, &settings[i]) !=
		    get(&defaults, &settings[i]))
			fprintf(f, "set %s %lld\n", settings[i].name,
			    (long long)get(&s->config, &settings[i]));
	for (unsigned i = 0; i < s->n; i++) {
		sim_scene_text(&s->scenes[i], text, sizeof(text));
		fprintf(f, "%s\n", text);
	}
}
