/* SPDX-License-Identifier: Apache-2.0 */
/* room.c - working memory for the time of a call: a few places, each of which
 * holds a room or none */
#include "rsp/user/room.h"

#include "rsp/net/sys.h"

#define KEPT 4

static void *kept[KEPT];

void *
rsp_room_open(void)
{
	void *room;

	for (int i = 0; i < KEPT; i++) {
		if (__atomic_load_n(&kept[i], __ATOMIC_RELAXED) == NULL)
			continue;
		room = __atomic_exchange_n(&kept[i], NULL, __ATOMIC_ACQUIRE);
		if (room != NULL)
			return room;
	}
	sys_mmap(&room, NULL, RSP_ROOM_BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1);
	return room;
}

void
rsp_room_close(void *room)
{
	for (int i = 0; i < KEPT && room != NULL; i++) {
		void *none = NULL;

		if (__atomic_compare_exchange_n(&kept[i], &none, room, false,
			__ATOMIC_RELEASE, __ATOMIC_RELAXED))
			return;
	}
	if (room != NULL)
		sys_munmap(room, RSP_ROOM_BYTES);
}

void
rsp_room_prepare(void)
{
	void *rooms[KEPT - 1];

	for (int i = 0; i < KEPT - 1; i++)
		rooms[i] = rsp_room_open();
	for (int i = 0; i < KEPT - 1; i++)
		rsp_room_close(rooms[i]);
}
