/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_peers.c - fuzz target: three registrars, their elements, and two
 * strangers that say anything
 *
 * The input is a program: registrars die, restart, hang, are cut apart,
 * elements come and go, and the strangers send messages of every type, well
 * formed or not, in any registrar's name.  After every step each registrar is
 * audited.  At the end the strangers leave and all is healed.  When the timers
 * have run out the three must hold the same: the elements that live, and no
 * others.
 */
#include "tests/sim/net.h"
#include "tests/sim/net_element.h"
#include "tests/sim/net_handmade.h"
#include "tests/sim/net_look.h"
#include "tests/sim/net_registrar.h"
#include "tests/fuzz/promise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REGISTRARS 3
#define ELEMENTS 6
#define STRANGERS 2
#define STEPS 60 /* so that an input ends soon */
#define RAW_MAX 128

enum op {
	PASS,
	STEP,
	START_OR_KILL,
	FREEZE,
	CUT,
	JOIN,
	LEAVE,
	KILL,
	LOAD,
	CONNECT,
	HANG_UP,
	SAY,
	SAY_TABLE,
	SAY_RAW,
	DATAGRAM,
	RETIRE,
	OPS,
};

static const char *const handles[] = { "P", "Echo", "echo" };

/* IDs that mean something: nobody's, the registrars', the strangers'. */
static uint32_t
id_of(uint8_t x)
{
	switch (x % 8) {
	case 0:
		return 0;
	case 1:
	case 2:
	case 3:
		return NET_ID(x % 8 - 1);
	case 4:
		return 0x00000042;
	case 5:
		return 0x99990000;
	case 6:
		return 0x25004e4e;
	}
	return x;
}

static uint32_t
stranger(unsigned end)
{
	return end == 0 ? 0x00000042 : 0x99990000;
}

static void
element_of(struct rsp_pe *pe, uint8_t x, uint8_t home)
{
	rsp_clear_pe(pe);
	pe->id = x % 8 + 1;
	pe->home = id_of(home);
	pe->life = (x & 0x40) != 0 ? x % 3 - 1 : 90;
	pe->user.type = (x & 0x80) != 0 ? RSP_PARAM_UDP : RSP_PARAM_TCP;
	pe->user.port = 80;
	pe->user.n_addresses = 1;
	memset(&pe->user.addresses[0], 0, sizeof(pe->user.addresses[0]));
	pe->user.addresses[0].family = 4;
	pe->user.addresses[0].bytes[0] = 10;
	pe->policy.type = (x & 0x20) != 0 ? 1 : 0x40000001;
	pe->policy.n_words = (x & 0x20) != 0 ? 0 : 1;
	pe->policy.words[0] = x;
	if ((x & 0x10) != 0) {
		pe->asap = pe->user;
		pe->asap.type = RSP_PARAM_TCP;
		pe->asap.addresses[0].bytes[1] = 1;
		pe->asap.addresses[0].bytes[3] = (uint8_t)(x % 8 + 1);
		pe->asap.port = 40000;
	}
}

static struct rsp_span
handle_of(uint8_t x)
{
	const char *text = handles[x % 3];

	return (struct rsp_span){ (const uint8_t *)text, strlen(text) };
}

static void
make_message(struct rsp_message *m, uint8_t type, uint8_t from, uint8_t about,
    uint8_t x)
{
	static const uint8_t cause[] = { 0, 2, 0, 4 };

	rsp_message_init(m, RSP_ENRP, type);
	m->flags = about >> 4 & 3;
	m->sender = id_of(from);
	m->receiver = (from & 0x80) != 0 ? id_of(about) : 0;
	m->server = id_of(about);
	m->action = x >> 3 & 1;
	m->is_rspool = (from & 0x40) != 0;
	m->has_checksum = (from & 0x20) != 0;
	m->checksum = (uint16_t)(about << 8 | x);
	m->has_server_info = (from & 0x10) != 0;
	m->server_info.id = m->sender;
	m->server_info.transport.type = RSP_PARAM_TCP;
	m->server_info.transport.port = NET_PORT;
	m->server_info.transport.n_addresses = 1;
	memset(&m->server_info.transport.addresses[0], 0,
	    sizeof(m->server_info.transport.addresses[0]));
	m->server_info.transport.addresses[0].family = 4;
	m->server_info.transport.addresses[0].bytes[0] = 10;
	m->server_info.transport.addresses[0].bytes[3] = (uint8_t)(x % 6);
	m->has_handle = m->has_pe = true;
	m->handle = handle_of(about >> 6);
	element_of(&m->pe, x, about);
	m->has_error = true;
	m->causes = (struct rsp_span){ cause, sizeof(cause) };
}

/* One after the other, for compilers differ in the order of arguments. */
static void
read_message(struct rsp_message *m, uint8_t type, struct rsp_cursor *program)
{
	uint8_t from = rsp_get_u8(program);
	uint8_t about = rsp_get_u8(program);
	uint8_t x = rsp_get_u8(program);

	make_message(m, type, from, about, x);
}

static struct rsp_span
table_of(struct rsp_cursor *program, uint8_t *room, size_t size)
{
	struct rsp_builder b = rsp_builder_into(room, size);
	unsigned n = rsp_get_u8(program) % 6;
	struct rsp_pe pe;
	size_t mark;

	for (unsigned i = 0; i < n; i++) {
		uint8_t x = rsp_get_u8(program), home = rsp_get_u8(program);

		if (i == 0 || (home & 0x80) != 0) {
			mark = rsp_open_param(&b, RSP_PARAM_HANDLE);
			rsp_put_span(&b, handle_of(home >> 4));
			rsp_close_param(&b, mark);
		}
		element_of(&pe, x, home);
		rsp_put_padding(&b);
		rsp_put_pe(&b, &pe);
	}
	return rsp_builder_span(&b);
}

static void
start(unsigned i)
{
	net_prepare(i);
	net.config[i].multicast = i == 2;
	net.config[i].max_table_response = 300;
	net.config[i].max_calls = 2;
	net.config[i].interop_rsplib = i == 1;
	net_start(i, 7u & ~(1u << i));
}

static void
say(unsigned end, const struct rsp_message *m)
{
	if (net_is_open(end))
		net_say(end, m);
}

static void
datagram(unsigned i, const struct rsp_message *m)
{
	static uint8_t room[8192];
	struct rsp_builder b = rsp_builder_into(room, sizeof(room));
	struct rsp_transport from = { .type = RSP_PARAM_UDP,
		.port = 1,
		.n_addresses = 1 };

	from.addresses[0].family = 4;
	from.addresses[0].bytes[0] = 10;
	rsp_message_encode(&b, m);
	if (net.reg[i] != NULL)
		rsp_registry_datagram(net.reg[i], net.now, RSP_ENRP, &from,
		    rsp_builder_span(&b));
}

/* What a stranger, or somebody in its name, does. */
static void
speak(uint8_t op, uint8_t x, struct rsp_cursor *program)
{
	static uint8_t room[8192];
	unsigned end = x % STRANGERS;
	struct rsp_message m;
	size_t len;

	switch (op) {
	case CONNECT:
		if (!net_is_open(end)) {
			net_open(end, x / STRANGERS % REGISTRARS);
			make_message(&m, RSP_ENRP_PRESENCE, 0, 0, 0);
			m.sender = stranger(end);
			m.is_rspool = x >= 128;
			say(end, &m);
		}
		break;
	case HANG_UP:
		if (net_is_open(end))
			net_close(end);
		break;
	case SAY:
		read_message(&m, x / STRANGERS % 10 + 1, program);
		if (x < 200)
			m.sender = stranger(end);
		say(end, &m);
		break;
	case SAY_TABLE:
		make_message(&m, RSP_ENRP_TABLE_RESPONSE, 0, 0, 0);
		m.sender = stranger(end);
		m.flags = x >> 1 & 3;
		m.elements = table_of(program, room, sizeof(room));
		say(end, &m);
		break;
	case SAY_RAW:
		len = rsp_get_u8(program) % RAW_MAX;
		if (len > program->left)
			len = program->left;
		if (net_is_open(end))
			net_say_bytes(end, rsp_get_span(program, len));
		break;
	case DATAGRAM:
		read_message(&m, RSP_ENRP_PRESENCE, program);
		datagram(x % REGISTRARS, &m);
		break;
	}
}

static void
step(struct rsp_cursor *program)
{
	uint8_t op = rsp_get_u8(program) % OPS, x = rsp_get_u8(program);
	unsigned i = x % REGISTRARS, k = x / REGISTRARS % REGISTRARS;
	unsigned e = x % ELEMENTS;

	switch (op) {
	case PASS:
		net_run(x * 40);
		break;
	case STEP:
		net_run(x % 8);
		break;
	case START_OR_KILL:
		if (net.reg[i] == NULL)
			start(i);
		else
			net_kill(i);
		break;
	case FREEZE:
		net_freeze(i, x >= 128);
		break;
	case CUT:
		if (i != k)
			net_cut(i, k, x >= 128);
		break;
	case JOIN:
		net_element(e, handles[x >> 3 & 1], 7, x < 128);
		break;
	case LEAVE:
		if (net_is_element(e))
			net_element_leave(e);
		break;
	case KILL:
		if (net_is_element(e))
			net_element_kill(e);
		break;
	case LOAD:
		if (net_is_element(e))
			net_element_load(e, x);
		break;
	case RETIRE:
		if (net.reg[i] != NULL && x >= 128)
			rsp_registry_retire(net.reg[i], net.now);
		break;
	default:
		speak(op, x, program);
	}
}

static void
heal(void)
{
	for (unsigned end = 0; end < STRANGERS; end++)
		if (net_is_open(end))
			net_close(end);
	for (unsigned i = 0; i < REGISTRARS; i++) {
		for (unsigned k = 0; k < REGISTRARS; k++)
			net_cut(i, k, false);
		net_freeze(i, false);
		if (net.reg[i] == NULL)
			start(i);
	}
	net_run(60000);
}

static void
check(void)
{
	unsigned living = 0;

	for (unsigned i = 0; i < REGISTRARS; i++)
		promise(rsp_registry_is_serving(net.reg[i]), "all serve");
	promise(net_is_equal(), "all agree");
	for (unsigned e = 0; e < ELEMENTS; e++)
		living += net_is_element(e) && net_element_home(e) >= 0;
	promise(net_elements(0) == living, "who lives is there, nobody else");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rsp_cursor program =
	    rsp_cursor_over((struct rsp_span){ data, size });

	net_init();
	net.forgets = true;
	for (unsigned i = 0; i < REGISTRARS; i++)
		start(i);
	net_run(600);
	for (unsigned n = 0; n < STEPS && program.left > 0; n++)
		step(&program);
	heal();
	check();
	net_end();
	return 0;
}
