/* SPDX-License-Identifier: Apache-2.0 */
/* cache_mark.c - single-word tables of the shared cache: marks, counters,
 * unknown handles, reports
 *
 * Each table is indexed by some bits of a key's hash and holds further bits as
 * a tag, next to the value, in one word.  So an entry is taken, changed and
 * given up by one compare and swap.  Two keys with equal bits are taken for
 * each other: one PE in some millions is avoided for no reason for a while.
 *
 *   A mark:     tag 21 | seconds 6 | being tried 1 | end 36 (milliseconds)
 *   A counter:  tag 40 | uses 24
 *   An unknown: tag 32 | time 32
 *   A report:   PE 32 | 1 + slot 13 | time 19 (seconds)
 */
#include "rsp/core/user/cache_block.h"

#define END_BITS 36
#define END_MASK ((UINT64_C(1) << END_BITS) - 1)
#define TRIED (UINT64_C(1) << END_BITS)
#define SECONDS_AT (END_BITS + 1)
#define TAG_AT (END_BITS + 7)
#define REPORT_LIFE_S 30

static uint64_t
mark_word(uint64_t key, unsigned seconds, bool tried, rsp_time end)
{
	return key >> TAG_AT << TAG_AT | (uint64_t)seconds << SECONDS_AT |
	       (tried ? TRIED : 0) | ((uint64_t)end & END_MASK);
}

static unsigned
seconds_of(uint64_t mark)
{
	return mark >> SECONDS_AT & 63;
}

/* Milliseconds until the mark ends, negative when it has ended.  An end further
 * off than any mark can be counts as ended. */
static int64_t
left_of(uint64_t mark, rsp_time now)
{
	uint64_t left = (mark - (uint64_t)now) & END_MASK;

	if (left > END_MASK / 2)
		return (int64_t)left - (int64_t)END_MASK - 1;
	return left <= RSP_CACHE_MARK_MAX_S * 1000 ? (int64_t)left : -1;
}

/* The key's mark, and its value.  Without one, if a place for it is wanted: a
 * free place, or that of the mark that ended or ends first. */
static word *
find_mark(struct rsp_cache *c, uint64_t key, rsp_time now, bool wanted,
    uint64_t *value)
{
	word *set = &c->marks[key % (MARKS / MARK_WAYS) * MARK_WAYS];
	word *first = &set[0];
	int64_t first_left = INT64_MAX;

	for (unsigned i = 0; i < MARK_WAYS; i++) {
		int64_t left;

		*value = cache_load(&set[i]);
		if (seconds_of(*value) != 0 &&
		    *value >> TAG_AT == key >> TAG_AT)
			return &set[i];
		left = *value == 0 ? INT64_MIN : left_of(*value, now);
		if (left < first_left) {
			first_left = left;
			first = &set[i];
		}
	}
	*value = 0;
	return wanted ? first : NULL;
}

enum rsp_mark
rsp_cache_mark(struct rsp_cache *c, uint64_t key, rsp_time now)
{
	uint64_t value;

	if (find_mark(c, key, now, false, &value) == NULL)
		return RSP_MARK_NONE;
	return left_of(value, now) > 0 ? RSP_MARK_DEAD : RSP_MARK_DUE;
}

/* For how long a mark that is made now holds.  0: the present one stands.
 *
 * Failures while it stands are of connects that began before it.  They must not
 * double it, or a burst of them would reach the maximum at once.  But if they
 * say worse (silence after a refusal), it is prolonged.
 */
static unsigned
next_seconds(uint64_t value, rsp_time now, unsigned first_s, unsigned most_s)
{
	unsigned seconds = seconds_of(value);
	int64_t left = left_of(value, now);

	if (seconds == 0 || left < -(int64_t)RSP_CACHE_MARK_MAX_S * 1000)
		return first_s;
	if (left > 0 && (value & TRIED) == 0)
		return left < (int64_t)first_s * 1000 && seconds < first_s
			   ? first_s
			   : 0;
	seconds = seconds * 2 > first_s ? seconds * 2 : first_s;
	return seconds < most_s ? seconds : most_s;
}

bool
rsp_cache_mark_dead(struct rsp_cache *c, uint64_t key, rsp_time now,
    unsigned first_s, unsigned most_s)
{
	/* bounded: a process that always loses knows that the mark was just
	 * made */
	for (int tries = 0; tries < 8; tries++) {
		uint64_t value, present;
		word *mark = find_mark(c, key, now, true, &value);
		unsigned seconds = next_seconds(value, now, first_s, most_s);

		if (seconds == 0)
			return false;
		present = value != 0 ? value : cache_load(mark);
		if (cache_swap(mark, present,
			mark_word(key, seconds, false, now + seconds * 1000)))
			return true;
	}
	return false;
}

void
rsp_cache_mark_alive(struct rsp_cache *c, uint64_t key)
{
	uint64_t value;
	word *mark = find_mark(c, key, 0, false, &value);

	if (mark != NULL)
		cache_swap(mark, value, 0);
}

bool
rsp_cache_probe(struct rsp_cache *c, uint64_t key, rsp_time now,
    int64_t within_ms)
{
	uint64_t value;
	word *mark = find_mark(c, key, now, false, &value);

	if (mark == NULL)
		return true;
	if (left_of(value, now) > 0)
		return false;
	if (within_ms > (int64_t)RSP_CACHE_MARK_MAX_S * 1000)
		within_ms = (int64_t)RSP_CACHE_MARK_MAX_S * 1000;
	return cache_swap(mark, value,
	    mark_word(key, seconds_of(value), true, now + within_ms));
}

#define USES_MASK ((UINT64_C(1) << 24) - 1)

uint32_t
rsp_cache_uses(struct rsp_cache *c, uint64_t key)
{
	uint64_t value = cache_load(&c->uses[key % USES]);

	return value >> 24 == key >> 24 ? (uint32_t)(value & USES_MASK) : 0;
}

void
rsp_cache_use(struct rsp_cache *c, uint64_t key)
{
	word *w = &c->uses[key % USES];
	uint64_t value, start;

	do {
		value = cache_load(w);
		start = value >> 24 == key >> 24 ? value : key >> 24 << 24;
		if ((start & USES_MASK) == USES_MASK)
			return;
	} while (!cache_swap(w, value, start + 1));
}

void
rsp_cache_count(struct rsp_cache *c, int slot, enum rsp_cache_counter which)
{
	if (slot >= 0)
		cache_add(&cache_slot(c, slot)->counters[which], 1);
}

uint64_t
rsp_cache_counted(struct rsp_cache *c, int slot, enum rsp_cache_counter which)
{
	return slot < 0 ? 0 : cache_peek(&cache_slot(c, slot)->counters[which]);
}

void
rsp_cache_note_unknown(struct rsp_cache *c, uint64_t key, rsp_time now)
{
	cache_store(&c->unknowns[key % UNKNOWNS],
	    key >> 32 << 32 | ((uint64_t)now & UINT32_MAX));
}

bool
rsp_cache_was_unknown(struct rsp_cache *c, uint64_t key, rsp_time now,
    int64_t within_ms)
{
	uint64_t value = cache_load(&c->unknowns[key % UNKNOWNS]);
	uint32_t age = (uint32_t)now - (uint32_t)value;

	return value >> 32 == key >> 32 && age < within_ms;
}

static uint64_t
report_word(int slot, uint32_t pe_id, rsp_time now)
{
	return (uint64_t)pe_id << 32 | (uint64_t)(slot + 1) << 19 |
	       ((uint64_t)now / 1000 & 0x7ffff);
}

void
rsp_cache_report(struct rsp_cache *c, int slot, uint32_t pe_id, rsp_time now)
{
	uint64_t wanted = report_word(slot, pe_id, now);

	for (unsigned i = 0; i < REPORTS; i++) {
		uint64_t value = cache_load(&c->reports[i]);

		if (value >> 19 == wanted >> 19 ||
		    (value == 0 && cache_swap(&c->reports[i], 0, wanted)))
			return;
	}
}

bool
rsp_cache_has_reports(struct rsp_cache *c)
{
	for (unsigned i = 0; i < REPORTS; i++)
		if (cache_load(&c->reports[i]) != 0)
			return true;
	return false;
}

bool
rsp_cache_take_report(struct rsp_cache *c, int *slot, uint32_t *pe_id,
    rsp_time now)
{
	for (unsigned i = 0; i < REPORTS; i++) {
		uint64_t value = cache_load(&c->reports[i]);
		uint64_t age = ((uint64_t)now / 1000 - value) & 0x7ffff;

		if (value == 0 || !cache_swap(&c->reports[i], value, 0))
			continue;
		*slot = (int)(value >> 19 & 0x1fff) - 1;
		*pe_id = (uint32_t)(value >> 32);
		if (age <= REPORT_LIFE_S && *slot >= 0)
			return true;
	}
	return false;
}
