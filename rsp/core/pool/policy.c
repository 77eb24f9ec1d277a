/* SPDX-License-Identifier: Apache-2.0 */
/* policy.c - pool member selection policies: their table, and their
 * specifications as text */
#include "rsp/core/pool/policy.h"

#define MILLIONTH 1000000u
#define FULL_LOAD 0xffffffffu
#define ADAPTIVE 0x40000000u

static uint64_t
rank_priority(const uint32_t *words, uint32_t selections)
{
	(void)selections;
	return UINT32_MAX - words[0]; /* the highest comes first */
}

static uint64_t
rank_load(const uint32_t *words, uint32_t selections)
{
	(void)selections;
	return words[0];
}

static uint64_t
rank_degraded(const uint32_t *words, uint32_t selections)
{
	return words[0] + (uint64_t)selections * words[1];
}

/* The load that the element would have with one more user. */
static uint64_t
rank_next_load(const uint32_t *words, uint32_t selections)
{
	(void)selections;
	return (uint64_t)words[0] + words[1];
}

/* Draft delay, section 3.2: by load, then by distance.  The penalty factor is
 * carried there, but is not used. */
static uint64_t
rank_load_distance(const uint32_t *words, uint32_t selections)
{
	(void)selections;
	return (uint64_t)words[0] << 32 | words[2];
}

/* Under its private number the policy is RSPLIB's: the distance is added to the
 * load. */
static uint64_t
rank_penalized(const uint32_t *words, uint32_t selections)
{
	uint64_t penalty = (uint64_t)words[1] * words[2];

	(void)selections;
	return penalty > UINT64_MAX - words[0] ? UINT64_MAX
					       : words[0] + penalty;
}

static uint32_t
weight_given(const uint32_t *words)
{
	return words[0];
}

/* An element at full load weighs next to nothing, but not nothing: the formula
 * of RFC 5356 section 5.4.1 is 0/0 for a pool of such elements, and one of them
 * has to serve. */
static uint32_t
weight_unload(const uint32_t *words)
{
	return words[0] == FULL_LOAD ? 1 : FULL_LOAD - words[0];
}

/* clang-format off */
#define LOAD { "load", RSP_WORD_LOAD }
#define DEGRADATION { "degradation", RSP_WORD_LOAD }
#define WEIGHT { "weight", RSP_WORD_NUMBER }
#define DPF { "dpf", RSP_WORD_LOAD }
#define DISTANCE { "distance", RSP_WORD_DISTANCE }

static const struct rsp_policy_def policies[] = {
	{ RSP_POLICY_RR, "rr", "round-robin",
	    .selection = RSP_SELECT_RR },
	{ RSP_POLICY_WRR, "wrr", "weighted-round-robin",
	    1, 1, { WEIGHT },
	    .selection = RSP_SELECT_WRR, .weight = weight_given },
	{ RSP_POLICY_RAND, "random", "random",
	    .selection = RSP_SELECT_RANDOM },
	{ RSP_POLICY_WRAND, "wrandom", "weighted-random",
	    1, 1, { WEIGHT },
	    .selection = RSP_SELECT_RANDOM, .weight = weight_given },
	/* Elements of equal priority may come in any order.  A fixed order lets
	 * a program with several connections stay at one element. */
	{ RSP_POLICY_PRIO, "priority", "priority",
	    1, 1, { { "priority", RSP_WORD_NUMBER } },
	    .selection = RSP_SELECT_RANKED, .rank = rank_priority },
	{ RSP_POLICY_LU, "lu", "least-used",
	    1, 1, { LOAD },
	    .selection = RSP_SELECT_RANKED, .rotates = true, .rank = rank_load },
	{ RSP_POLICY_LUD, "lud", "least-used-degradation",
	    2, 2, { LOAD, DEGRADATION },
	    .selection = RSP_SELECT_RANKED, .rotates = true, .counts = true,
	    .rank = rank_degraded },
	{ RSP_POLICY_PLU, "plu", "priority-least-used",
	    2, 2, { LOAD, DEGRADATION },
	    .selection = RSP_SELECT_RANKED, .rotates = true, .rank = rank_next_load },
	{ RSP_POLICY_RLU, "rlu", "randomized-least-used",
	    1, 1, { LOAD },
	    .selection = RSP_SELECT_RANDOM, .weight = weight_unload },
	{ RSP_POLICY_LU_DPF_PRIVATE, "lu-dpf", "least-used-dpf",
	    3, 2, { LOAD, DPF, DISTANCE },
	    .selection = RSP_SELECT_RANKED, .rotates = true, .rank = rank_penalized },
	{ RSP_POLICY_LU_DPF, "lu-dpf-draft", "least-used-dpf-draft",
	    3, 2, { LOAD, DPF, DISTANCE },
	    .selection = RSP_SELECT_RANKED, .rotates = true,
	    .rank = rank_load_distance },
};
/* clang-format on */

static const struct rsp_policy_def unknown = { .selection = RSP_SELECT_RR };

#define ROWS (sizeof(policies) / sizeof(policies[0]))

const struct rsp_policy_def *
rsp_policy_row(unsigned i)
{
	return i < ROWS ? &policies[i] : NULL;
}

const struct rsp_policy_def *
rsp_policy_def(uint32_t type)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (policies[i].type == type)
			return &policies[i];
	return &unknown;
}

bool
rsp_policy_is_valid(const struct rsp_policy *p)
{
	const struct rsp_policy_def *def = rsp_policy_def(p->type);

	if (p->type == 0 || p->type == ADAPTIVE)
		return false;
	return def == &unknown || p->n_words == def->n_words;
}

bool
rsp_policy_is_adaptive(uint32_t type)
{
	return (type & ADAPTIVE) != 0;
}

uint32_t
rsp_load_of(uint32_t millionths)
{
	const uint64_t hundred = 100 * (uint64_t)MILLIONTH;

	return (uint32_t)(((uint64_t)millionths * FULL_LOAD + hundred / 2) /
			  hundred);
}

/* Reads a number up to `max`. Returns the next character, or NULL when there is
 * no digit or the number is too large. */
static const char *
parse_number(const char *s, uint32_t max, uint32_t *v)
{
	uint64_t sum = 0;

	if (*s < '0' || *s > '9')
		return NULL;
	for (; *s >= '0' && *s <= '9'; s++) {
		sum = sum * 10 + (uint64_t)(*s - '0');
		if (sum > max)
			return NULL;
	}
	*v = (uint32_t)sum;
	return s;
}

/* A percentage: "50", "12.5", "0.000001". */
static const char *
parse_load(const char *s, uint32_t *v)
{
	uint32_t whole, part = 0, unit = MILLIONTH;

	s = parse_number(s, 100, &whole);
	if (s != NULL && *s == '.') {
		for (s++; *s >= '0' && *s <= '9' && unit > 1; s++) {
			unit /= 10;
			part += (uint32_t)(*s - '0') * unit;
		}
		if (unit == MILLIONTH)
			return NULL;
	}
	if (s == NULL || (whole == 100 && part > 0))
		return NULL;
	*v = rsp_load_of(whole * MILLIONTH + part);
	return s;
}

static const struct rsp_policy_def *
find_spec(const char *spec, size_t len)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (strlen(policies[i].spec) == len &&
		    memcmp(policies[i].spec, spec, len) == 0)
			return &policies[i];
	return NULL;
}

/* The text that ends the message when a word cannot be read. */
static const char *
complaint(enum rsp_word kind, const char *s)
{
	if (kind == RSP_WORD_NUMBER)
		return "wants a number up to 4294967295";
	if (strncmp(s, "auto", 4) == 0)
		return "automatic load is not supported";
	return "wants a load in percent, 0 to 100 with up to six decimals";
}

static const char *
parse_words(const struct rsp_policy_def *def, const char *s, uint32_t *words)
{
	for (unsigned i = 0; i < def->n_given; i++) {
		enum rsp_word kind = def->words[i].kind;
		const char *start;

		if (*s != (i == 0 ? ':' : ','))
			return i == 0 ? "wants values after a colon"
				      : "wants another value after a comma";
		start = s + 1;
		s = kind == RSP_WORD_LOAD
			? parse_load(start, &words[i])
			: parse_number(start, UINT32_MAX, &words[i]);
		if (s == NULL)
			return complaint(kind, start);
	}
	return *s == '\0' ? NULL : "has something behind its last value";
}

int
rsp_policy_parse(const char *spec, struct rsp_policy *p, const char **what)
{
	const struct rsp_policy_def *def;
	struct rsp_policy parsed = { 0 };

	*p = (struct rsp_policy){ .type = RSP_POLICY_RR };
	def = find_spec(spec, strcspn(spec, ":"));
	if (def == NULL) {
		*what = "no such policy";
		return RSP_EINVALID;
	}
	*what = parse_words(def, spec + strlen(def->spec), parsed.words);
	if (*what != NULL)
		return RSP_EINVALID;
	parsed.type = def->type;
	parsed.n_words = def->n_words;
	*p = parsed;
	return RSP_OK;
}

/* Appends; `end` is where the text ends so far. */
static char *
put_text(char *end, const char *text)
{
	size_t len = strlen(text);

	memcpy(end, text, len + 1);
	return end + len;
}

static char *
put_digits(char *end, uint32_t v, unsigned base, unsigned min_digits)
{
	char digits[11];
	unsigned n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v > 0 || n < min_digits);
	while (n > 0)
		*end++ = digits[--n];
	*end = '\0';
	return end;
}

static char *
put_load(char *end, uint32_t load)
{
	uint64_t m =
	    ((uint64_t)load * 100 * MILLIONTH + FULL_LOAD / 2) / FULL_LOAD;

	end = put_digits(end, (uint32_t)(m / MILLIONTH), 10, 1);
	if (m % MILLIONTH == 0)
		return end;
	*end++ = '.';
	end = put_digits(end, (uint32_t)(m % MILLIONTH), 10, 6);
	while (end[-1] == '0')
		*--end = '\0';
	return end;
}

const char *
rsp_word_text(enum rsp_word kind, uint32_t word, char text[RSP_WORD_TEXT])
{
	if (kind == RSP_WORD_LOAD)
		put_load(text, word);
	else
		put_digits(text, word, 10, 1);
	return text;
}

const char *
rsp_policy_text(const struct rsp_policy *p, char text[RSP_POLICY_TEXT])
{
	const struct rsp_policy_def *def = rsp_policy_def(p->type);
	unsigned n = def == &unknown ? p->n_words : def->n_given;
	char *end = text;

	if (def == &unknown)
		end = put_digits(put_text(end, "0x"), p->type, 16, 8);
	else
		end = put_text(end, def->spec);
	for (unsigned i = 0; i < n && i < RSP_POLICY_WORDS; i++) {
		*end++ = i == 0 ? ':' : ',';
		rsp_word_text(def->words[i].kind, p->words[i], end);
		end += strlen(end);
	}
	return text;
}
