/* SPDX-License-Identifier: Apache-2.0 */
/* list.h - intrusive lists, circular and linked both ways
 *
 * The list itself is a node like its members; that it is circular makes adding
 * and removing free of cases.  A member is found from its node by
 * RSP_CONTAINER.
 */
#ifndef RSP_LIST_H
#define RSP_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct rsp_list {
	struct rsp_list *next, *prev;
};

/* The structure around a member that `node` points to. */
#define RSP_CONTAINER(node, type, member)                                      \
	((type *)(void *)((char *)(node) - (offsetof(type, member))))

/* While a list is visited, `l` may change its place, but the node behind it may
 * not. */
#define RSP_LIST_EACH(l, list)                                                 \
	for (struct rsp_list *l = (list)->next, *l##_next = l->next;           \
	     l != (list); l = l##_next, l##_next = l->next)

static inline void
rsp_list_init(struct rsp_list *list)
{
	list->next = list->prev = list;
}

static inline bool
rsp_list_is_empty(const struct rsp_list *list)
{
	return list->next == list;
}

/* Puts a node in front of `place`.  In front of the list itself is its end. */
static inline void
rsp_list_add(struct rsp_list *place, struct rsp_list *node)
{
	node->next = place;
	node->prev = place->prev;
	place->prev->next = node;
	place->prev = node;
}

/* The node becomes a list of its own, so that it may be removed again. */
static inline void
rsp_list_remove(struct rsp_list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	rsp_list_init(node);
}

/* `node`, a copy of one that is in a list, takes the place of that one. */
static inline void
rsp_list_replace(struct rsp_list *node)
{
	node->prev->next = node;
	node->next->prev = node;
}

/* Moves all members of `from` behind those of `list`. */
static inline void
rsp_list_join(struct rsp_list *list, struct rsp_list *from)
{
	if (rsp_list_is_empty(from))
		return;
	from->next->prev = list->prev;
	list->prev->next = from->next;
	from->prev->next = list;
	list->prev = from->prev;
	rsp_list_init(from);
}

#endif
