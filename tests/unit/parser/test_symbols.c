// SPDX-License-Identifier: GPL-2.0
/* Which of a program's names an address gets, and that a wrong one is worse than none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "files.h"

static uint64_t at(const char *symbol)
{
	char path[PATH_MAX];
	uint64_t value;

	file_built("names/whole", path);
	value = file_symbol(path, symbol);
	assert_true(value != 0);
	return value;
}

/* "" for none. */
static const char *name_at(const char *built, uint64_t addr)
{
	static char name[2048];
	struct elf_file *f = file_open_at(built, "/bin/names");
	const struct elf_place *p = elf_file_place(f, addr);

	snprintf(name, sizeof(name), "%s", p && p->symbol ? p->symbol : "");
	elf_file_unref(f);
	return name;
}

/* Of three names of one function, that for people; whether or not it is stripped. */
static void of_several_names_the_plain_one(void **state)
{
	(void)state;
	assert_string_equal(name_at("names/whole", at("weak_name")), "exported_name");
	assert_string_equal(name_at("names/whole.stripped", at("weak_name")), "exported_name");
}

static void a_symbol_without_a_size_ends_where_a_function_begins(void **state)
{
	uint64_t sizeless = at("sizeless_name"), behind = at("nameless_behind_it");

	(void)state;
	assert_string_equal(name_at("names/partly", sizeless), "sizeless_name");
	assert_string_equal(name_at("names/partly", sizeless + 4), "sizeless_name");
	assert_string_equal(name_at("names/whole", behind + 1), "nameless_behind_it");
	assert_string_equal(name_at("names/partly", behind), "");
	assert_string_equal(name_at("names/partly", behind + 4), "");
}

static void stripped_code_has_no_name(void **state)
{
	(void)state;
	assert_string_equal(name_at("names/whole.stripped", at("local_name")), "");
	assert_string_equal(name_at("names/whole", 8), "");
}

/* All of a section of stubs: names that end with @plt, or none. */
static size_t check_stubs(const char *built, struct elf_file *f, const GElf_Shdr *shdr)
{
	size_t found = 0;

	(void)f;
	for (uint64_t a = shdr->sh_addr; a < shdr->sh_addr + shdr->sh_size; a += 4) {
		const char *name = name_at(built, a);

		if (!*name)
			continue;
		assert_string_equal(name + strlen(name) - 4, "@plt");
		found += strcmp(name, "read@plt") == 0;
	}
	return found;
}

static void stubs_have_the_name_of_what_they_call(void **state)
{
	static const char *const programs[] = {"names/whole", "names/whole.stripped"};

	(void)state;
#ifndef __x86_64__
	skip();
#endif
	for (size_t i = 0; i < 2; i++) {
		struct elf_file *f = file_open_at(programs[i], "/bin/names");
		size_t names, found = 0;
		Elf_Scn *scn = NULL;
		GElf_Shdr shdr;

		assert_int_equal(elf_getshdrstrndx(f->elf, &names), 0);
		while ((scn = elf_nextscn(f->elf, scn))) {
			assert_non_null(gelf_getshdr(scn, &shdr));
			if (!strncmp(elf_strptr(f->elf, names, shdr.sh_name), ".plt", 4))
				found += check_stubs(programs[i], f, &shdr);
		}
		assert_in_range(found, 2, 4); /* one stub of 16 bytes */
		elf_file_unref(f);
	}
}

static void names_of_any_length_and_any_bytes(void **state)
{
	const char *name = name_at("names/hostile", at("local_name"));

	(void)state;
	assert_int_equal(strlen(name), 1023);
	assert_int_equal(strspn(name, "a"), 1023);
	assert_string_equal(name_at("names/hostile", at("nameless_behind_it")),
			    "\033[2J\377\376_main");
}

static void check_inlined(const char *built)
{
	struct elf_file *f = file_open_at(built, "/bin/names");
	char path[PATH_MAX];
	const struct elf_place *p;
	uint64_t start;
	size_t both = 0;

	file_built(built, path);
	start = file_symbol(path, "exported_name");
	assert_true(start != 0);
	for (uint64_t a = start; a < start + 64; a++) {
		p = elf_file_place(f, a);
		assert_non_null(p);
		if (p->n_inlined != 2 || strcmp(p->symbol, "exported_name") != 0)
			continue;
		both++;
		assert_string_equal(p->inlined[0].name, "inner");
		assert_string_equal(p->inlined[1].name, "middle");
		assert_true(p->inlined[0].call_line > p->line);
		assert_true(p->inlined[1].call_line > p->inlined[0].call_line);
	}
	assert_true(both > 0);
	elf_file_unref(f);
}

static void inlined_functions_say_where_they_are_called(void **state)
{
	(void)state;
	check_inlined("names/whole");
}

static void also_those_of_another_unit(void **state)
{
	(void)state;
	check_inlined("names/lto");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_several_names_the_plain_one),
		cmocka_unit_test(a_symbol_without_a_size_ends_where_a_function_begins),
		cmocka_unit_test(stripped_code_has_no_name),
		cmocka_unit_test(stubs_have_the_name_of_what_they_call),
		cmocka_unit_test(names_of_any_length_and_any_bytes),
		cmocka_unit_test(inlined_functions_say_where_they_are_called),
		cmocka_unit_test(also_those_of_another_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
