/* SPDX-License-Identifier: Apache-2.0 */
/* registry_inner.h - the registry and its associations, as its parts see them
 *
 * What each part offers is in the header of its name.
 */
#ifndef RSP_REGISTRY_INNER_H
#define RSP_REGISTRY_INNER_H

#include "rsp/core/pool/handlespace.h"
#include "rsp/core/registry/announce.h"
#include "rsp/core/registry/enrp.h"
#include "rsp/core/registry/holders.h"
#include "rsp/core/registry/outbox.h"
#include "rsp/core/registry/owners.h"
#include "rsp/core/registry/quotas.h"
#include "rsp/core/registry/registry.h"
#include "rsp/core/registry/reports.h"
#include "rsp/core/registry/subscription.h"

struct rsp_assoc {
	struct rsp_owner owner; /* of the elements registered over it */
	struct rsp_list all;	/* in the registry's list */
	struct rsp_list broken; /* in the list of those to be ended, or alone */
	struct rsp_list held;	/* elements whose life line it was once */
	uint32_t n_held;
	void *user;
	enum rsp_protocol protocol;
	bool local;
	bool has_uid;
	uint32_t uid;
	struct counted *counted; /* NULL: not counted */
	struct rsp_list of_counted;
	bool outgoing; /* this registrar opened it */
	bool ended;    /* ENRP: the shell has been told to end it */
	rsp_time since;
	bool yielded; /* an element to a peer that says it serves elsewhere */
	bool cut;     /* its end is this registrar's own doing */

	/* ENRP */
	struct peer *peer;	 /* NULL: has not said who it is */
	struct rsp_list of_peer; /* in the peer's list */
	struct configured *configured;
	uint32_t expected; /* the peer that was called; 0: any */
	bool asked;	   /* a reply has been required */
	bool greeted;	   /* by the message that is being read */
	struct session *session;
	struct rsp_list asking; /* in the list of those who can be answered */
	uint8_t requests;	/* for a table, not answered yet */
	uint8_t table_flags;	/* of the last one */
	struct call *call;	/* ASAP: to elements that were called */
	struct subscriber subscriber;

	uint16_t type; /* transport of the remote end, 0: unix */
	uint16_t port;
	unsigned n_addresses;
	struct rsp_address addresses[];
};

struct rsp_registry {
	struct rsp_registry_config config;
	struct rsp_handlespace space;
	struct rsp_home home;	  /* this registrar */
	struct rsp_owner orphans; /* elements whose association is gone */
	struct rsp_heap timers;	  /* entries by what is due first */
	struct rsp_reports reports;
	struct holders holders;
	struct owners owners;
	struct quotas quotas;
	struct rsp_outbox outbox;
	struct rsp_list assocs;
	struct rsp_list broken;
	struct rsp_registry_counts counts;
	struct enrp enrp;
	struct subscriptions subscriptions;
	struct announcements announcements;
	struct rsp_message in; /* too large for many stacks' liking */
};

#endif
