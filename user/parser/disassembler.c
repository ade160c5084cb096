// SPDX-License-Identifier: GPL-2.0
#include "disassembler.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_CAPSTONE
#include <capstone.h>
#include <dlfcn.h>

/* Its structures are those of the version that this was built with. */
#define QUOTED(x) #x
#define SONAME(x) "libcapstone.so." QUOTED(x)
#define LIBRARY	  SONAME(CS_API_MAJOR)

struct disassembler {
	void *library;
	csh plain, detailed;
	cs_insn *insn, *sized; /* a place for one each: with detail, and without */

	typeof(cs_open) *open;
	typeof(cs_close) *close;
	typeof(cs_option) *option;
	typeof(cs_malloc) *new;
	typeof(cs_free) *free;
	typeof(cs_disasm_iter) *next;
	typeof(cs_regs_access) *registers;
};

static int load(struct disassembler *d)
{
	const struct {
		const char *name;
		void *at;
	} functions[] = {
		{"cs_open", &d->open},
		{"cs_close", &d->close},
		{"cs_option", &d->option},
		{"cs_malloc", &d->new},
		{"cs_free", &d->free},
		{"cs_disasm_iter", &d->next},
		{"cs_regs_access", &d->registers},
	};

	d->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!d->library)
		return -ENOENT;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *found = dlsym(d->library, functions[i].name);

		if (!found)
			return -ENOENT;
		memcpy(functions[i].at, &found, sizeof(found));
	}
	return 0;
}

int disassembler_open(struct disassembler **ret)
{
	struct disassembler *d = calloc(1, sizeof(*d));
	int err = d ? load(d) : -ENOMEM;

	if (!err && (d->open(CS_ARCH_X86, CS_MODE_64, &d->plain) ||
		     d->open(CS_ARCH_X86, CS_MODE_64, &d->detailed) ||
		     d->option(d->detailed, CS_OPT_DETAIL, CS_OPT_ON)))
		err = -ENOTSUP; /* built without x86 */
	if (!err) {
		d->insn = d->new (d->detailed);
		d->sized = d->new (d->plain);
		err = d->insn && d->sized ? 0 : -ENOMEM;
	}
	if (err) {
		disassembler_close(d);
		return err;
	}
	*ret = d;
	return 0;
}

void disassembler_close(struct disassembler *d)
{
	if (!d)
		return;
	if (d->insn)
		d->free(d->insn, 1);
	if (d->sized)
		d->free(d->sized, 1);
	if (d->detailed)
		d->close(&d->detailed);
	if (d->plain)
		d->close(&d->plain);
	if (d->library)
		dlclose(d->library);
	free(d);
}

/* What is not in this list is not gone past: a mistake about it would be one about all that
 * follows. */
static bool is_known(unsigned int id)
{
	static const unsigned int ids[] = {
		X86_INS_MOV,
		X86_INS_MOVABS,
		X86_INS_MOVZX,
		X86_INS_MOVSX,
		X86_INS_MOVSXD,
		X86_INS_LEA,
		X86_INS_AND,
		X86_INS_OR,
		X86_INS_XOR,
		X86_INS_NOT,
		X86_INS_NEG,
		X86_INS_ADD,
		X86_INS_SUB,
		X86_INS_INC,
		X86_INS_DEC,
		X86_INS_SHL,
		X86_INS_SHR,
		X86_INS_SAR,
		X86_INS_TEST,
		X86_INS_CMP,
		X86_INS_BT,
		X86_INS_NOP,
		X86_INS_PXOR,
		X86_INS_XORPS,
		X86_INS_MOVD,
		X86_INS_MOVQ,
		X86_INS_MOVAPS,
		X86_INS_MOVUPS,
#if CS_API_MAJOR >= 4
		X86_INS_ENDBR64,
#endif
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (ids[i] == id)
			return true;
	return false;
}

static void count_register(struct instruction *i, unsigned int reg)
{
	switch (reg) {
	case X86_REG_RDI:
	case X86_REG_EDI:
	case X86_REG_DI:
	case X86_REG_DIL:
		i->writes_arg[0] = true;
		break;
	case X86_REG_RSI:
	case X86_REG_ESI:
	case X86_REG_SI:
	case X86_REG_SIL:
		i->writes_arg[1] = true;
		break;
	case X86_REG_RSP:
	case X86_REG_ESP:
	case X86_REG_SP:
	case X86_REG_SPL:
		i->writes_stack = true;
		break;
	default:
		break;
	}
}

bool disassembler_at(struct disassembler *d, const uint8_t *bytes, size_t n,
		     struct instruction *ret)
{
	const cs_insn *insn = d->insn;
	const cs_x86_op *to;
	uint8_t n_read = 0, n_written = 0;
	cs_regs read, written;
	uint64_t at = 0;

	*ret = (struct instruction){0};
	if (!d->next(d->detailed, &bytes, &n, &at, d->insn) ||
	    d->registers(d->detailed, insn, read, &n_read, written, &n_written))
		return false;
	ret->size = insn->size;
	ret->known = is_known(insn->id);
	for (uint8_t i = 0; i < n_written; i++)
		count_register(ret, written[i]);
	/* what stands first is what is written, whatever the library's tables say of it */
	to = &insn->detail->x86.operands[0];
	if (!insn->detail->x86.op_count || insn->id == X86_INS_CMP || insn->id == X86_INS_TEST ||
	    insn->id == X86_INS_BT)
		return true;
	if (to->type == X86_OP_REG)
		count_register(ret, to->reg);
	if (to->type == X86_OP_MEM && (to->mem.base == X86_REG_RSP || to->mem.base == X86_REG_ESP))
		ret->writes_stack = true;
	return true;
}

size_t disassembler_size(struct disassembler *d, const uint8_t *bytes, size_t n)
{
	uint64_t at = 0;

	return d->next(d->plain, &bytes, &n, &at, d->sized) ? d->sized->size : 0;
}
#else
int disassembler_open(struct disassembler **ret)
{
	(void)ret;
	return -ENOSYS;
}

void disassembler_close(struct disassembler *d)
{
	(void)d;
}

bool disassembler_at(struct disassembler *d, const uint8_t *bytes, size_t n,
		     struct instruction *ret)
{
	(void)d, (void)bytes, (void)n, (void)ret;
	return false;
}

size_t disassembler_size(struct disassembler *d, const uint8_t *bytes, size_t n)
{
	(void)d, (void)bytes, (void)n;
	return 0;
}
#endif
