// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "glibc.h"

static const struct {
	const char *function;
	enum glibc_wait wait;
} waits[] = {
	{"pthread_mutex_lock", GLIBC_MUTEX},
	{"pthread_mutex_timedlock", GLIBC_MUTEX},
	{"pthread_mutex_clocklock", GLIBC_MUTEX},
	{"mtx_lock", GLIBC_MUTEX},
	{"mtx_timedlock", GLIBC_MUTEX},
	{"pthread_join", GLIBC_JOIN},
	{"pthread_timedjoin_np", GLIBC_JOIN},
	{"pthread_clockjoin_np", GLIBC_JOIN},
	{"thrd_join", GLIBC_JOIN},
	{"pthread_cond_wait", GLIBC_CONDVAR},
	{"pthread_cond_timedwait", GLIBC_CONDVAR},
	{"pthread_cond_clockwait", GLIBC_CONDVAR},
	{"cnd_wait", GLIBC_CONDVAR},
	{"cnd_timedwait", GLIBC_CONDVAR},
	{"sem_wait", GLIBC_SEMAPHORE},
	{"sem_timedwait", GLIBC_SEMAPHORE},
	{"sem_clockwait", GLIBC_SEMAPHORE},
	{"pthread_rwlock_rdlock", GLIBC_RDLOCK},
	{"pthread_rwlock_timedrdlock", GLIBC_RDLOCK},
	{"pthread_rwlock_clockrdlock", GLIBC_RDLOCK},
	{"pthread_rwlock_wrlock", GLIBC_WRLOCK},
	{"pthread_rwlock_timedwrlock", GLIBC_WRLOCK},
	{"pthread_rwlock_clockwrlock", GLIBC_WRLOCK},
	{"pthread_barrier_wait", GLIBC_BARRIER},
	{"pthread_once", GLIBC_ONCE},
	{"call_once", GLIBC_ONCE},
	{"syscall", GLIBC_SYSCALL},
};

/* What takes the lock of a FILE, or of the list of all of them. */
static const char *const stdio[] = {
	"flockfile",	 "fputs",	  "fputc",	  "putc",
	"puts",		 "putchar",	  "fwrite",	  "fread",
	"fgets",	 "fgetc",	  "getc",	  "getchar",
	"gets",		 "ungetc",	  "fflush",	  "fclose",
	"fopen",	 "fdopen",	  "freopen",	  "fprintf",
	"printf",	 "vfprintf",	  "vprintf",	  "fscanf",
	"scanf",	 "vfscanf",	  "vscanf",	  "getline",
	"getdelim",	 "perror",	  "fseek",	  "fseeko",
	"ftell",	 "ftello",	  "rewind",	  "fgetpos",
	"fsetpos",	 "setvbuf",	  "setbuf",	  "setbuffer",
	"setlinebuf",	 "clearerr",	  "feof",	  "ferror",
	"fwide",	 "fgetwc",	  "getwc",	  "getwchar",
	"fputwc",	 "putwc",	  "putwchar",	  "fgetws",
	"fputws",	 "ungetwc",	  "fwprintf",	  "vfwprintf",
	"wprintf",	 "vwprintf",	  "fwscanf",	  "wscanf",
	"pclose",	 "popen",	  "putw",	  "getw",
	"psignal",	 "psiginfo",	  "error",	  "error_at_line",
	"warn",		 "warnx",	  "vwarn",	  "vwarnx",
	"err",		 "errx",	  "verr",	  "verrx",
	"fcloseall",	 "fork",	  "exit",	  "putpwent",
	"putgrent",	 "putspent",	  "addmntent",	  "getmntent",
	"getmntent_r",	 "isoc99_fscanf", "isoc99_scanf", "isoc99_vfscanf",
	"isoc99_vscanf", "isoc23_fscanf", "isoc23_scanf",
};

static const char *const allocator[] = {
	"malloc",    "calloc",	     "realloc",	      "reallocarray",	"free",	       "memalign",
	"valloc",    "pvalloc",	     "aligned_alloc", "posix_memalign", "malloc_trim", "mallinfo",
	"mallinfo2", "malloc_stats", "malloc_info",   "mallopt",
};

static bool is_one_of(const char *function, const char *const *names, size_t n)
{
	size_t len = strlen(function);

	/* "_IO_puts", "__fprintf_chk", "fseeko64" */
	if (!strncmp(function, "IO_", 3)) {
		function += 3;
		len -= 3;
	}
	if (len > 4 && !strcmp(function + len - 4, "_chk"))
		len -= 4;
	if (len > 2 && !strcmp(function + len - 2, "64"))
		len -= 2;
	for (size_t i = 0; i < n; i++) {
		if (strlen(names[i]) == len && !strncmp(names[i], function, len))
			return true;
	}
	return false;
}

enum glibc_wait glibc_wait_in(const char *function)
{
	while (*function == '_')
		function++;
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		if (!strcmp(function, waits[i].function))
			return waits[i].wait;
	}
	if (is_one_of(function, stdio, sizeof(stdio) / sizeof(*stdio)))
		return GLIBC_STDIO;
	if (is_one_of(function, allocator, sizeof(allocator) / sizeof(*allocator)))
		return GLIBC_MALLOC;
	return GLIBC_OTHER;
}
