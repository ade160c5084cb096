// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "os/cgroup.h"

#define ID "3f2a9c1b7d5e0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293"

static void units_and_containers_by_their_paths(void **state)
{
	static const struct {
		const char *path, *unit;
	} paths[] = {
		{"/system.slice/nginx.service", "nginx.service"},
		{"/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service"},
		{"/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service",
		 "foo.service"},
		{"/user.slice/user-0.slice/session-3.scope", "session-3.scope"},
		/* delegated to a service: below it are groups of its own */
		{"/system.slice/postgresql@15-main.service/workers/3",
		 "postgresql@15-main.service"},
		{"/system.slice/docker-" ID ".scope", "docker 3f2a9c1b7d5e"},
		{"/docker/" ID, "docker 3f2a9c1b7d5e"},
		{"/docker/" ID "/system.slice/nginx.service",
		 "nginx.service in docker 3f2a9c1b7d5e"},
		{"/machine.slice/libpod-" ID ".scope/container", "podman 3f2a9c1b7d5e"},
		{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope",
		 "podman 3f2a9c1b7d5e"},
		{"/libpod_parent/libpod-" ID, "podman 3f2a9c1b7d5e"},
		{"/kubepods.slice/kubepods-burstable.slice/"
		 "kubepods-burstable-pod6c0f2b8e_2f5d_4c7b_9f5e_2d6b0d1c7a10.slice/"
		 "cri-containerd-" ID ".scope",
		 "containerd 3f2a9c1b7d5e"},
		{"/kubepods/besteffort/pod6c0f2b8e-2f5d-4c7b-9f5e-2d6b0d1c7a10/" ID,
		 "kubernetes 3f2a9c1b7d5e"},
		{"/kubepods.slice/kubepods-pod1.slice/crio-" ID ".scope", "cri-o 3f2a9c1b7d5e"},
		{"/system.slice/containerd.service/"
		 "kubepods-besteffort-pod1.slice:cri-containerd:" ID,
		 "containerd 3f2a9c1b7d5e"},
		{"/mine/" ID, "container 3f2a9c1b7d5e"},
		{"/lxc/web/system.slice/ssh.service", "ssh.service in lxc web"},
		{"/lxc.payload.web/init.scope", "init.scope in lxc web"},
		{"/machine.slice/machine-deb.scope/payload/system.slice/ssh.service",
		 "ssh.service in machine deb"},
		{"/user.slice", NULL},
		{"/my/own/group", NULL},
		/* longer than an id, and no id at all */
		{"/a/" ID "0", NULL},
		{"/a/3f2a9c1b7d5e", NULL},
		{"/", NULL},
		{"", NULL},
	};
	char unit[CGROUP_UNIT];

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		bool is = cgroup_unit(paths[i].path, unit);

		if (paths[i].unit)
			assert_string_equal(unit, paths[i].unit);
		else if (is)
			fail_msg("%s is no unit, yet %s", paths[i].path, unit);
	}
}

static void expect(const char *text, const char *wanted)
{
	char path[CGROUP_PATH];
	int r = cgroup_parse(text, path);

	if (wanted) {
		assert_int_equal(r, 0);
		assert_string_equal(path, wanted);
	} else {
		assert_int_equal(r, -ENOENT);
	}
}

static void the_line_that_tells_most(void **state)
{
	(void)state;
	expect("0::/system.slice/nginx.service\n", "/system.slice/nginx.service");
	expect("0::/", NULL);
	expect("", NULL);
	expect("garbage\n::\n7\n", NULL);
	/* version 1 and 2 together, as systemd sets them up */
	expect("12:pids:/system.slice\n1:name=systemd:/system.slice/nginx.service\n0::/system.slice\n",
	       "/system.slice/nginx.service");
	/* no systemd at all: only the controllers know of the container */
	expect("4:memory:/docker/" ID "\n3:cpu,cpuacct:/docker/" ID "\n1:name=openrc:/docker\n",
	       "/docker/" ID);
	/* a limit on memory is no place where one belongs */
	expect("4:memory:/limited\n1:name=systemd:/\n0::/\n", NULL);
	expect("4:memory:/limited\n0::/my/own/group\n", "/my/own/group");
	/* names may have colons */
	expect("0::/a:b:c.service\n", "/a:b:c.service");
}

static void long_paths_are_cut(void **state)
{
	static const char begins[4] = {'0', ':', ':', '/'};
	char text[4 * CGROUP_PATH], path[CGROUP_PATH], unit[CGROUP_UNIT];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, begins, sizeof(begins));
	memcpy(text + sizeof(text) - 9, ".service", 9);
	assert_int_equal(cgroup_parse(text, path), 0);
	assert_int_equal(strlen(path), CGROUP_PATH - 1);
	cgroup_unit(text + 3, unit);
	assert_true(strlen(unit) < CGROUP_UNIT);
}

static void paths_are_found_by_names(void **state)
{
	(void)state;
	assert_true(cgroup_path_is_below("/a/b", "/a"));
	assert_true(cgroup_path_is_below("/a/b", "/a/b/"));
	assert_false(cgroup_path_is_below("/ab", "/a"));
	assert_false(cgroup_path_is_below("/a", "/a/b"));
	assert_true(cgroup_path_has_unit("/system.slice/nginx.service/x", "nginx"));
	assert_true(cgroup_path_has_unit("/system.slice/nginx.service/x", "nginx.service"));
	assert_true(cgroup_path_has_unit("/system.slice/nginx.service/x", "system.slice"));
	assert_false(cgroup_path_has_unit("/system.slice/nginx.service/x", "ngin"));
	assert_false(cgroup_path_has_unit("/system.slice/nginx.service/x", ".service"));
	assert_true(cgroup_path_has_unit("/system.slice/docker-" ID ".scope", "3f2a9c1b7d5e"));
	assert_true(cgroup_path_has_unit("/docker/" ID "/y", ID));
	assert_false(cgroup_path_has_unit("/docker/" ID, "3f"));
	assert_false(cgroup_path_has_unit("/docker/" ID, "9c1b7d5e"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_and_containers_by_their_paths),
		cmocka_unit_test(the_line_that_tells_most),
		cmocka_unit_test(long_paths_are_cut),
		cmocka_unit_test(paths_are_found_by_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
