/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes clang's objects apart: each section "xdp/..." is one program; relocations name maps by the
 * symbols of section .maps and constants by their section; .BTF.ext says which generated line an
 * instruction came from. Runs in the process that ran the compiler.
 */
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <linux/btf.h>

#include "loader/codegen/bundle.h"
#include "loader/mem.h"

#ifndef EM_BPF
#define EM_BPF 247
#endif

struct linker {
	Elf *elf;
	size_t shstr;
	Elf_Data *symbols;
	size_t n_symbols, symbol_str;
	size_t maps_shndx, data_shndx;
	/* Constants: each section .rodata* is put behind the other. */
	uint32_t *rodata_base; /* by section index, UINT32_MAX: none */
	size_t n_sections;
	struct sl_bundle *b;
	struct sl_diags *d;
	size_t cap_progs, cap_strings;
	uint32_t first;	    /* of this object's programs in the bundle */
	size_t *prog_shndx; /* section of each of them */
};

static int refuse(struct linker *l, const char *what)
{
	sl_diag_hint(sl_error(l->d, SL_NOPOS, "object", "the compiler's object has %s", what),
		     "this is a mistake in Sluice's element library, not in the graph");
	return -EINVAL;
}

static const char *section_name(struct linker *l, Elf_Scn *scn, GElf_Shdr *sh)
{
	const char *name;

	if (!gelf_getshdr(scn, sh))
		return "";
	name = elf_strptr(l->elf, l->shstr, sh->sh_name);
	return name ? name : "";
}

/* ---- Sections --------------------------------------------------------------------------------*/

static int add_rodata(struct linker *l, Elf_Scn *scn)
{
	struct sl_bundle *b = l->b;
	Elf_Data *data = elf_getdata(scn, NULL);
	uint32_t at = (b->rodata_len + 15) & ~15u;
	uint8_t *p;

	if (!data || !data->d_size)
		return 0;
	p = realloc(b->rodata, at + data->d_size);
	if (!p)
		return -ENOMEM;
	memset(p + b->rodata_len, 0, at - b->rodata_len);
	memcpy(p + at, data->d_buf, data->d_size);
	b->rodata = p;
	b->rodata_len = at + (uint32_t)data->d_size;
	l->rodata_base[elf_ndxscn(scn)] = at;
	return 0;
}

static int add_prog(struct linker *l, Elf_Scn *scn, const char *name)
{
	struct sl_bundle *b = l->b;
	Elf_Data *data = elf_getdata(scn, NULL);
	struct sl_bundle_prog *p;
	size_t *shndx;

	if (!data || !data->d_size || data->d_size % sizeof(struct bpf_insn))
		return refuse(l, "an empty program");
	if (SL_GROW(b->progs, b->n_progs, l->cap_progs))
		return -ENOMEM;
	shndx = reallocarray(l->prog_shndx, b->n_progs - l->first + 1, sizeof(*shndx));
	if (!shndx)
		return -ENOMEM;
	l->prog_shndx = shndx;
	shndx[b->n_progs - l->first] = elf_ndxscn(scn);
	p = &b->progs[b->n_progs++];
	memset(p, 0, sizeof(*p));
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->insns = malloc(data->d_size);
	if (!p->insns)
		return -ENOMEM;
	memcpy(p->insns, data->d_buf, data->d_size);
	p->n_insns = (uint32_t)(data->d_size / sizeof(struct bpf_insn));
	return 0;
}

static int read_sections(struct linker *l)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(l->elf, scn))) {
		GElf_Shdr sh;
		const char *name = section_name(l, scn, &sh);
		int ret = 0;

		if (sh.sh_type == SHT_SYMTAB) {
			l->symbols = elf_getdata(scn, NULL);
			l->n_symbols = sh.sh_entsize ? sh.sh_size / sh.sh_entsize : 0;
			l->symbol_str = sh.sh_link;
		} else if (!strcmp(name, ".maps")) {
			l->maps_shndx = elf_ndxscn(scn);
		} else if (!strcmp(name, ".data") || !strcmp(name, ".bss")) {
			if (sh.sh_size && l->data_shndx)
				return refuse(l, "two sections of variables");
			if (sh.sh_size)
				l->data_shndx = elf_ndxscn(scn);
		} else if (!strncmp(name, ".rodata", 7) && sh.sh_type == SHT_PROGBITS) {
			ret = add_rodata(l, scn);
		} else if (!strncmp(name, "xdp/", 4) && sh.sh_type == SHT_PROGBITS) {
			ret = add_prog(l, scn, name + 4);
		} else if (!strcmp(name, ".text") && sh.sh_size) {
			return refuse(l, "a function that was not put in line");
		}
		if (ret)
			return ret;
	}
	return l->symbols ? 0 : refuse(l, "no symbols");
}

/* ---- Relocations -----------------------------------------------------------------------------*/

/* "map_counters3" -> SL_REF_COUNTERS, 3. */
static int map_ref(const char *name, struct sl_reloc *r)
{
	static const struct {
		const char *prefix;
		enum sl_ref ref;
	} maps[] = {
		{"map_counters", SL_REF_COUNTERS}, {"map_scratch", SL_REF_SCRATCH},
		{"map_chain", SL_REF_CHAIN},	   {"map_table", SL_REF_TABLE},
		{"map_events", SL_REF_EVENTS},	   {"cpu_mask", SL_REF_CPUS},
	};

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		size_t n = strlen(maps[i].prefix);

		if (strncmp(name, maps[i].prefix, n))
			continue;
		r->ref = maps[i].ref;
		r->index = (uint32_t)strtoul(name + n, NULL, 10);
		return 0;
	}
	return -1;
}

static int resolve(struct linker *l, struct sl_bundle_prog *p, const GElf_Rel *rel,
		   struct sl_reloc *r)
{
	GElf_Sym sym;
	const char *name;
	struct bpf_insn *insn;
	uint64_t value;

	r->insn = (uint32_t)(rel->r_offset / sizeof(struct bpf_insn));
	if (rel->r_offset % sizeof(struct bpf_insn) || r->insn + 1 >= p->n_insns ||
	    !gelf_getsym(l->symbols, (int)GELF_R_SYM(rel->r_info), &sym))
		return refuse(l, "a relocation outside its program");
	insn = &p->insns[r->insn];
	if (insn->code != (BPF_LD | BPF_IMM | BPF_DW))
		return refuse(l, "a call to a function that is not there");
	name = elf_strptr(l->elf, l->symbol_str, sym.st_name);
	value = sym.st_value + (uint32_t)insn->imm;
	r->index = 0;
	r->offset = (uint32_t)value;
	if (sym.st_shndx == l->maps_shndx && l->maps_shndx) {
		r->offset = 0;
		if (!name || map_ref(name, r))
			return refuse(l, "an unknown map");
	} else if (sym.st_shndx == l->data_shndx && l->data_shndx) {
		r->ref = SL_REF_DATA;
	} else if (sym.st_shndx < l->n_sections && l->rodata_base[sym.st_shndx] != UINT32_MAX) {
		r->ref = SL_REF_RODATA;
		r->offset += l->rodata_base[sym.st_shndx];
	} else {
		return refuse(l, "a reference to something unknown");
	}
	insn[0].imm = 0;
	insn[1].imm = 0;
	return 0;
}

static int read_relocs(struct linker *l)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(l->elf, scn))) {
		struct sl_bundle_prog *p = NULL;
		GElf_Shdr sh;
		Elf_Data *data;
		size_t n;

		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_REL)
			continue;
		for (uint32_t i = l->first; i < l->b->n_progs; i++)
			if (l->prog_shndx[i - l->first] == sh.sh_info)
				p = &l->b->progs[i];
		data = elf_getdata(scn, NULL);
		if (!p || !data || !sh.sh_entsize)
			continue;
		n = sh.sh_size / sh.sh_entsize;
		p->relocs = calloc(n + 1, sizeof(*p->relocs));
		if (!p->relocs)
			return -ENOMEM;
		for (size_t i = 0; i < n; i++) {
			GElf_Rel rel;
			int ret;

			if (!gelf_getrel(data, (int)i, &rel))
				return refuse(l, "a broken relocation");
			ret = resolve(l, p, &rel, &p->relocs[p->n_relocs]);
			if (ret)
				return ret;
			p->n_relocs++;
		}
	}
	return 0;
}

/* ---- Lines -----------------------------------------------------------------------------------*/

/* .BTF.ext, as in the kernel's include/uapi/linux/btf.h and Documentation/bpf/btf.rst. */
struct ext_header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t hdr_len;
	uint32_t func_off, func_len;
	uint32_t line_off, line_len;
};
struct ext_section {
	uint32_t name_off, n;
};
struct ext_line {
	uint32_t insn_off, file_off, line_off, line_col;
};

/* Strings are few and repeat: a list is searched from its end. */
static long add_string(struct linker *l, const char *s)
{
	struct sl_bundle *b = l->b;
	char *copy;

	while (*s == ' ' || *s == '\t')
		s++;
	for (uint32_t i = b->n_strings; i-- > 0;)
		if (!strcmp(b->strings[i], s))
			return i;
	copy = strdup(s);
	if (!copy || SL_GROW(b->strings, b->n_strings, l->cap_strings)) {
		free(copy);
		return -1;
	}
	b->strings[b->n_strings] = copy;
	return b->n_strings++;
}

static int add_line(struct linker *l, const struct btf *btf, struct sl_bundle_prog *p,
		    const struct ext_line *e)
{
	const char *file = btf__str_by_offset(btf, e->file_off);
	const char *text = btf__str_by_offset(btf, e->line_off);
	long file_idx, text_idx;
	struct sl_line line = {.insn = e->insn_off / 8};

	file = file ? file : "";
	file = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
	if (line.insn >= p->n_insns || (p->n_lines && line.insn <= p->lines[p->n_lines - 1].insn))
		return 0;
	file_idx = add_string(l, file);
	text_idx = add_string(l, text ? text : "");
	if (file_idx < 0 || text_idx < 0)
		return -ENOMEM;
	line.file = (uint32_t)file_idx;
	line.text = (uint32_t)text_idx;
	line.line = e->line_col >> 10;
	line.col = e->line_col & 0x3ff;
	p->lines[p->n_lines++] = line;
	return 0;
}

static int read_lines_of(struct linker *l, const struct btf *btf, const uint8_t *at, size_t left)
{
	uint32_t rec;

	if (left < 4)
		return 0;
	memcpy(&rec, at, 4);
	at += 4;
	left -= 4;
	if (rec < sizeof(struct ext_line))
		return 0;
	while (left >= sizeof(struct ext_section)) {
		struct ext_section s;
		struct sl_bundle_prog *p = NULL;
		const char *name;

		memcpy(&s, at, sizeof(s));
		at += sizeof(s);
		left -= sizeof(s);
		if (s.n > left / rec)
			return 0;
		name = btf__str_by_offset(btf, s.name_off);
		for (uint32_t i = 0; name && i < l->b->n_progs; i++)
			if (!strncmp(name, "xdp/", 4) && !strcmp(name + 4, l->b->progs[i].name))
				p = &l->b->progs[i];
		if (p && !p->lines) {
			p->lines = calloc(s.n + 1, sizeof(*p->lines));
			if (!p->lines)
				return -ENOMEM;
			for (uint32_t i = 0; i < s.n; i++) {
				struct ext_line e;
				int ret;

				memcpy(&e, at + (size_t)i * rec, sizeof(e));
				ret = add_line(l, btf, p, &e);
				if (ret)
					return ret;
			}
		}
		at += (size_t)s.n * rec;
		left -= (size_t)s.n * rec;
	}
	return 0;
}

static int read_lines(struct linker *l)
{
	Elf_Data *btf_data = NULL, *ext_data = NULL;
	Elf_Scn *scn = NULL;
	struct ext_header h;
	struct btf *btf;
	int ret;

	while ((scn = elf_nextscn(l->elf, scn))) {
		GElf_Shdr sh;
		const char *name = section_name(l, scn, &sh);

		if (!strcmp(name, ".BTF"))
			btf_data = elf_getdata(scn, NULL);
		else if (!strcmp(name, ".BTF.ext"))
			ext_data = elf_getdata(scn, NULL);
	}
	if (!btf_data || !ext_data || ext_data->d_size < sizeof(h))
		return 0;
	memcpy(&h, ext_data->d_buf, sizeof(h));
	if ((uint64_t)h.hdr_len + h.line_off + h.line_len > ext_data->d_size)
		return 0;
	btf = btf__new(btf_data->d_buf, (uint32_t)btf_data->d_size);
	if (!btf)
		return 0;
	ret = read_lines_of(l, btf, (const uint8_t *)ext_data->d_buf + h.hdr_len + h.line_off,
			    h.line_len);
	btf__free(btf);
	return ret;
}

/* ---- Order -----------------------------------------------------------------------------------*/

/* seg0, seg1, ..., then resume. */
static int by_place(const void *a, const void *b)
{
	const struct sl_bundle_prog *x = a, *y = b;
	unsigned long i = strncmp(x->name, "seg", 3) ? 1000000 : strtoul(x->name + 3, NULL, 10);
	unsigned long k = strncmp(y->name, "seg", 3) ? 1000000 : strtoul(y->name + 3, NULL, 10);

	return i < k ? -1 : i > k;
}

static int link_object(struct linker *l, const struct sl_object *o)
{
	GElf_Ehdr eh;
	int ret;

	l->first = l->b->n_progs;
	l->symbols = NULL;
	l->maps_shndx = l->data_shndx = 0;
	l->elf = elf_memory(o->bytes, o->len);
	if (!l->elf || !gelf_getehdr(l->elf, &eh) || eh.e_machine != EM_BPF ||
	    elf_getshdrstrndx(l->elf, &l->shstr) || elf_getshdrnum(l->elf, &l->n_sections))
		return refuse(l, "the wrong format");
	l->rodata_base = malloc((l->n_sections + 1) * sizeof(*l->rodata_base));
	if (!l->rodata_base)
		return -ENOMEM;
	memset(l->rodata_base, 0xff, (l->n_sections + 1) * sizeof(*l->rodata_base));
	ret = read_sections(l);
	ret = ret ? ret : read_relocs(l);
	return ret ? ret : read_lines(l);
}

int sl_bundle_link(const struct sl_object *objects, unsigned int n, struct sl_bundle *b,
		   struct sl_diags *d)
{
	struct linker l = {.b = b, .d = d};
	int ret = 0;

	elf_version(EV_CURRENT);
	for (unsigned int k = 0; k < n && !ret; k++) {
		ret = link_object(&l, &objects[k]);
		free(TAKE_PTR(l.rodata_base));
		free(TAKE_PTR(l.prog_shndx));
		if (l.elf)
			elf_end(TAKE_PTR(l.elf));
	}
	for (uint32_t i = 0; i < b->n_progs && !ret; i++) {
		ret = sl_bundle_close_loops(&b->progs[i]);
		if (ret == -EINVAL)
			refuse(&l, "a jump that is too long");
	}
	if (!ret)
		qsort(b->progs, b->n_progs, sizeof(*b->progs), by_place);
	return ret;
}
