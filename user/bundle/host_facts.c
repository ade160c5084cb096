// SPDX-License-Identifier: GPL-2.0
#include "host_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "../os/host_id.h"
#include "../report/utf8.h"

#define OS_LINE 256

/* os-release(5): PRETTY_NAME="Debian GNU/Linux 12 (bookworm)". */
static json_t *os_name(void)
{
	static const char key[] = "PRETTY_NAME=";
	FILE *in = fopen("/etc/os-release", "re");
	char line[OS_LINE], *name = NULL;

	if (!in)
		in = fopen("/usr/lib/os-release", "re");
	while (in && !name && fgets(line, sizeof(line), in)) {
		if (strncmp(line, key, sizeof(key) - 1) == 0)
			name = line + sizeof(key) - 1;
	}
	if (in)
		fclose(in);
	if (!name)
		return json_null();
	name[strcspn(name, "\n")] = '\0';
	if ((*name == '"' || *name == '\'') && strlen(name) > 1 &&
	    name[strlen(name) - 1] == *name) {
		name[strlen(name) - 1] = '\0';
		name++;
	}
	return utf8_json(name);
}

json_t *host_facts(void)
{
	char machine_id[HOST_ID], boot_id[HOST_ID];
	struct utsname uts = {0};
	struct sysinfo info = {0};
	time_t now = time(NULL);
	struct tm tm = {0};
	uint64_t memory;

	uname(&uts);
	sysinfo(&info);
	memory = (uint64_t)info.totalram * info.mem_unit;
	localtime_r(&now, &tm);
	host_machine_id(MACHINE_ID_FILE, HOST_ID_REPORTS, machine_id);
	host_boot_id(BOOT_ID_FILE, boot_id);
	return json_pack("{s:o, s:s?, s:s?, s:s, s:s, s:i, s:o, s:I, s:I, s:I}", "name",
			 utf8_json(uts.nodename), "machine_id", *machine_id ? machine_id : NULL,
			 "boot_id", *boot_id ? boot_id : NULL, "kernel", uts.release, "arch",
			 uts.machine, "utc_offset_s", (int)tm.tm_gmtoff, "os", os_name(),
			 "processors", (json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "memory_bytes",
			 (json_int_t)memory, "uptime_s", (json_int_t)info.uptime);
}
