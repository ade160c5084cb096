# SPDX-License-Identifier: GPL-2.0
##@ Test

# A unit test is tests/unit/PART/test_X.c, built with ASan and UBSan. PART says
# what it may link: core and report get nothing but the pure archives.
unit_src := $(wildcard tests/unit/*/test_*.c)
unit_bin := $(patsubst tests/unit/%.c,$(O)/unit/%,$(unit_src))
SAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

san_obj = $(patsubst %.c,$(O)/san/%.o,$(1))
$(O)/san/core.a: $(call san_obj,$(core_src))
$(O)/san/report.a: $(call san_obj,$(report_src)) $(O)/gen/rule_pages.o $(O)/gen/html_style.o
$(O)/san/rest.a: $(call san_obj,$(rest_src)) $(O)/gen/bpf_objects.o $(O)/gen/wait_sites.o
# What the program starts itself as, tests have to find.
$(O)/san/user/os/parser_child.o: CPPFLAGS += -DPARSER_PROGRAM='"$(abspath $(O))/locktrace"'
$(O)/san/%.o: %.c
	$(call msg,CC-SAN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -O1 -g $(LANGFLAGS) $(SAN) -MMD -MP -c -o $@ $<

$(O)/unit/core/%: tests/unit/core/%.c $(O)/san/core.a
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -O1 -g $(LANGFLAGS) -Werror=unused-function $(SAN) -MMD -MP -Iuser -o $@ $< \
		$(O)/san/core.a -lcmocka
$(O)/unit/report/%: tests/unit/report/%.c $(O)/san/report.a $(O)/san/core.a
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -O1 -g $(LANGFLAGS) -Werror=unused-function $(SAN) -MMD -MP -Iuser -o $@ $< \
		$(O)/san/report.a $(O)/san/core.a -ljansson -lcmocka
$(O)/unit/%: tests/unit/%.c $(O)/san/rest.a $(O)/san/report.a $(O)/san/core.a | $(O)/locktrace
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -O1 -g $(LANGFLAGS) -Werror=unused-function $(SAN) -MMD -MP -Iuser -o $@ $< \
		-Wl,--start-group $(O)/san/rest.a $(O)/san/report.a $(O)/san/core.a -Wl,--end-group $(LDLIBS) -lcmocka

# Without it, tests of musl are skipped and its scenes left out.
MUSL_GCC := $(shell command -v musl-gcc)
-include $(wildcard tests/unit/*/part.mk)

# Each runs to its end; one that crashes says so in its own stead.
unit: $(unit_bin) ## Unit tests: seconds, no root
	$(Q)tests/unit/run $(unit_bin)

FUZZ_SECONDS ?= 120
.PHONY: fuzz
fuzz: $(O)/unit/parser/test_hostile $(O)/unit/parser/test_hostile_maps ## Damaged programs against the parser (FUZZ_SECONDS=120, FUZZ_SEED=round)
	$(Q)export FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_SEED=$(or $(FUZZ_SEED),$(shell date +%s | tail -c 8)); \
	for test in $^; do $$test || exit 1; done

# Scenes are programs that hang. They are built like the program itself, for
# their stacks are part of what is looked at.
scene_src := $(wildcard tests/scenes/*.c)
$(O)/scenes/scene: $(call obj,$(scene_src))
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LANGFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(LDLIBS_SCENE)

# What is in Rust is a library of the scenes; without rustc they are skipped.
RUSTC := $(shell command -v rustc)
ifneq ($(RUSTC),)
$(O)/scenes/scene: $(O)/scenes/libreentered.a
$(O)/scenes/libreentered.a: tests/scenes/rust/reentered.rs
	$(call msg,RUSTC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)MAKEFLAGS= $(RUSTC) --crate-type=staticlib --crate-name=cache -C panic=abort -C opt-level=2 -g -o $@ $<
$(call obj,tests/scenes/reentered.c): CPPFLAGS += -DHAVE_RUST
endif

# So is what is in C++; linked as C, with the one library that it needs.
CXX_FOUND := $(shell command -v $(CXX))
ifneq ($(CXX_FOUND),)
$(O)/scenes/scene: $(O)/scenes/statics.o
$(O)/scenes/scene: LDLIBS_SCENE := -lstdc++
$(O)/scenes/statics.o: tests/scenes/cxx/statics.cc
	$(call msg,CXX,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) $(CFLAGS) -Wall -Wextra $(WERROR) -fno-exceptions -fno-rtti -c -o $@ $<
$(call obj,tests/scenes/statics.c): CPPFLAGS += -DHAVE_CXX
endif

# Scenes of other C libraries are programs of their own, that the one above
# becomes when it is asked for "musl-abba" or "static-abba".
other_src := $(wildcard tests/scenes/other_libc/*.c) \
	$(addprefix tests/scenes/,main.c stage.c expect.c contest.c)
other_scenes := $(addprefix $(O)/scenes/scene-,static stripped $(if $(MUSL_GCC),musl musl-static))
$(O)/scenes/scene-static: OTHER := $(CC) -static -g
$(O)/scenes/scene-stripped: OTHER := $(CC) -static -s -DNO_SYMBOLS
$(O)/scenes/scene-musl: OTHER := $(MUSL_GCC) -g -DLOCKS_NAME_NOBODY
$(O)/scenes/scene-musl-static: OTHER := $(MUSL_GCC) -static -g -DLOCKS_NAME_NOBODY
$(O)/scenes/scene-%: $(other_src) tests/scenes/scene.h
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(OTHER) -D_GNU_SOURCE -std=gnu11 -O2 -Wall -Wextra -Werror -DSCENE_PREFIX='"$*-"' -o $@ \
		$(other_src) -pthread
$(O)/scenes/scene: | $(other_scenes)

demo_src := $(wildcard tools/sample/*.c)
$(O)/demo/%: $(O)/tools/sample/%.o
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LANGFLAGS) $(LDFLAGS) -pthread -o $@ $^
DEMO := $(O)/demo/statemachined $(O)/demo/agentd

# The stacks of all threads of a process, to be compared with a debugger's.
$(O)/real/stacks_of: tests/real/stacks_of.c $(O)/rest.a $(O)/report.a $(O)/core.a
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LANGFLAGS) $(LDFLAGS) -MMD -MP -Iuser -o $@ $< \
		-Wl,--start-group $(O)/rest.a $(O)/report.a $(O)/core.a -Wl,--end-group $(LDLIBS)

# A program that notices when it is stopped, and what stacks cost (tests/pause).
$(O)/pause/target: $(O)/tests/pause/target.o
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LANGFLAGS) $(LDFLAGS) -pthread -o $@ $^
$(O)/pause/stacks_cost: tests/pause/stacks_cost.c $(O)/rest.a $(O)/report.a $(O)/core.a
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LANGFLAGS) $(LDFLAGS) -MMD -MP -Iuser -o $@ $< \
		-Wl,--start-group $(O)/rest.a $(O)/report.a $(O)/core.a -Wl,--end-group $(LDLIBS)
PAUSE := $(O)/pause/target $(O)/pause/stacks_cost

KERNELS ?= 6.1 6.12
WAYS ?= hooks census proc
SCENES ?=
.PHONY: budget html-test check-run check-long soak scenes service forward offline no-pause bench bench-quick bench-daemon bench-stacks bench-fleet stacks vm real real-vm demo-vm demo-run demo-vm-run lint-run

golden: $(O)/locktrace $(O)/scenes/scene ## Replays of recorded traces, byte for byte, one of each scene
	$(Q)tests/golden/run
	$(Q)tests/golden/corpus
	$(Q)tests/golden/schema
update-golden: $(O)/locktrace ## Writes the golden reports anew, to be reviewed
	$(Q)tests/golden/run --update
scenes: $(O)/locktrace $(O)/scenes/scene ## Programs that hang, looked at by /proc (SCENES="abba ...")
	$(Q)tests/scenes/run --via=proc $(SCENES)
service: $(O)/locktrace $(O)/scenes/scene ## The shipped unit: exposure, rights, installation
	$(Q)tests/service/unit
forward: $(O)/locktrace ## Reports that leave the device, to receivers that fail in every way
	$(Q)tests/forward/run
vm: $(O)/locktrace $(O)/scenes/scene ## The same in VMs, by every way of seeing (KERNELS=, WAYS=, SCENES=)
	$(Q)rc=0; for k in $(KERNELS); do \
		WAYS="$(WAYS)" tests/vm/run $$k $(SCENES) || rc=1; done; exit $$rc
no-pause: $(O)/locktrace $(PAUSE) ## 1,000 threads are looked at and do not notice; of gdb they do
	$(Q)tools/deps build bench
	$(Q)tests/pause/run
bench-fleet: $(O)/locktrace ## 1,000,000 reports through `locktrace fleet`: time and memory
	$(Q)tests/bench/fleet
bench-stacks: $(O)/locktrace $(PAUSE) ## What stacks cost: time and pause, against gdb and eu-stack
	$(Q)tools/deps build bench
	$(Q)tests/pause/run --table
$(O)/bench/load: tests/bench/load.c tests/bench/load_calls.c tests/bench/load.h
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LANGFLAGS) $(LDFLAGS) -pthread -o $@ $(filter %.c,$^)
$(O)/soak/churn: tests/soak/churn.c
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LANGFLAGS) $(LDFLAGS) -pthread -o $@ $<
soak: $(O)/locktrace $(O)/soak/churn $(O)/sanitize/locktrace ## An hour of 10,000 processes that come and go: what it takes stays flat (SOAK_SECONDS=3600)
	$(Q)tests/check soak soak-vm soak-sanitize soak-memcheck
# O of a command line would hold in there, too.
ifndef SANITIZE
$(O)/sanitize/locktrace: FORCE
	$(Q)env -u MAKEFLAGS O=$(O) SANITIZE=1 $(MAKE) --no-print-directory $@
endif
bench: $(O)/locktrace $(O)/bench/load ## What watching costs in instructions, beside other tracers: docs/cost.md (ROUNDS=3)
	$(Q)tools/deps build bench vm
	$(Q)tests/bench/run --rounds $(or $(ROUNDS),3) $(KERNELS)
	$(Q)tests/bench/run --docs
DAEMON_BENCH := $(O)/bench/graph $(O)/bench/drain $(O)/bench/crowd
$(O)/bench/crowd: tests/bench/crowd.c
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LANGFLAGS) $(LDFLAGS) -pthread -o $@ $<
$(O)/bench/graph: tests/bench/graph.c $(O)/report.a $(O)/core.a
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LANGFLAGS) $(LDFLAGS) -MMD -MP -Iuser -o $@ $< \
		$(O)/report.a $(O)/core.a -ljansson
$(O)/bench/drain: tests/bench/drain.c $(O)/rest.a $(O)/report.a $(O)/core.a
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LANGFLAGS) $(LDFLAGS) -MMD -MP -Iuser -o $@ $< \
		-Wl,--start-group $(O)/rest.a $(O)/report.a $(O)/core.a -Wl,--end-group $(LDLIBS)
bench-daemon: $(O)/locktrace $(DAEMON_BENCH) ## What the service takes by itself, and how that grows: docs/cost.md
	$(Q)tools/deps build bench vm
	$(Q)tests/bench/daemon
	$(Q)tests/bench/daemon --docs
bench-quick: $(O)/locktrace $(O)/bench/load ## The same for locktrace alone, on one kernel, in a few minutes
	$(Q)tools/deps build vm
	$(Q)tests/bench/run --quick 6.12
offline: $(O)/locktrace ## From stripped programs and offsets to file:line on another machine
	$(Q)tests/offline/run
html-test: $(O)/locktrace $(O)/unit/report/test_html ## HTML reports in a headless Chromium, and DOT through Graphviz
	$(Q)tools/deps build html
	$(Q)tests/html/run
stacks: $(O)/real/stacks_of ## Stacks of all threads of eight real programs, against gdb's
	$(Q)tools/deps build check
	$(Q)tests/real/stacks
real: $(O)/locktrace $(O)/scenes/scene $(DEMO) ## Real servers: snmpd, PostgreSQL, Redis
	$(Q)tests/real/run
real-vm: $(O)/locktrace $(O)/scenes/scene ## The same servers under load in a VM, watched by hooks
	$(Q)tests/real/run --vm

# These begin on a machine that may have no compiler: what is missing is
# installed first, then make looks at the system again.
check: ## Everything: installs what is missing, then all tests natively and in VMs
	$(Q)tools/deps build check vm
	$(Q)$(MAKE) --no-print-directory check-run
check-run: all $(unit_bin) $(O)/scenes/scene $(DEMO) $(PAUSE) $(O)/real/stacks_of
	$(Q)KERNELS="$(KERNELS)" MAKE="$(MAKE)" tests/check
check-long: ## The tests that take long: 10 minutes of load for each server, the package, a device from end to end
	$(Q)tools/deps build check bench package static vm
	$(Q)$(MAKE) --no-print-directory all $(O)/scenes/scene $(DEMO) $(PAUSE) $(O)/soak/churn $(BUDGET) $(PROBES) $(O)/sanitize/locktrace deb static
	$(Q)ALL_WATCHES=yes LOAD_SECONDS=600 tests/check $(KERNELS:%=vm-%) vm-forward vm-budget vm-probes contention-long pause-long real vm-real \
		static reproducible package units e2e soak soak-vm soak-sanitize soak-memcheck

BUDGET := $(O)/scenes/scene $(O)/vm/storm $(O)/vm/ways
PROBES := $(O)/vm/sites $(O)/vm/inner $(O)/vm/inner_target $(O)/vm/inner_target-musl
budget: ## Hooks that cost too much come off, and come back: in VMs
	$(Q)tools/deps build vm
	$(Q)$(MAKE) --no-print-directory all $(BUDGET)
	$(Q)KERNELS="$(KERNELS)" tests/check vm-budget

probes: ## Each call of a lock function hits its probe exactly once: in VMs
	$(Q)tools/deps build check vm
	$(Q)$(MAKE) --no-print-directory all $(PROBES)
	$(Q)KERNELS="$(KERNELS)" tests/check vm-probes

lint: ## Format, clang-tidy, shellcheck, and a build with either compiler
	$(Q)tools/deps build check lint
	$(Q)tools/lint

demo: ## A program that hangs, and what locktrace says about it
	$(Q)tools/deps build
	$(Q)$(MAKE) --no-print-directory demo-run
demo-run: all $(DEMO)
	$(Q)tools/demo
demo-vm: ## The same in a VM, with hooks
	$(Q)tools/deps build vm
	$(Q)$(MAKE) --no-print-directory demo-vm-run
demo-vm-run: all $(DEMO)
	$(Q)tools/demo --vm
