# SPDX-License-Identifier: GPL-2.0
# `make help` lists the targets; V=1 shows the commands; SANITIZE=1 builds with ASan and UBSan.

O ?= build
CC ?= cc
CLANG ?= clang
BPFTOOL ?= $(shell command -v bpftool || echo /usr/sbin/bpftool)
PKG_CONFIG ?= pkg-config
PREFIX ?= /usr/local
DATADIR ?= $(PREFIX)/share/locktrace
VERSION := $(shell tools/version)
ARCH := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')

Q := $(if $(V),,@)
msg = $(if $(V),,@printf '  %-8s %s\n' $(1) $(2);)

# What is not there the program is built without, and says so when it is asked for.
ZSTD := $(shell $(PKG_CONFIG) --exists libzstd 2>/dev/null && echo libzstd)
PKGS := libbpf libelf libdw jansson zlib $(ZSTD)
CPPFLAGS += $(if $(ZSTD),-DHAVE_ZSTD) $(if $(STATIC),,-DHAVE_DLOPEN)
BUILT_FOR := -DLOCKTRACE_VERSION='"$(VERSION)"' -DLOCKTRACE_DATADIR='"$(DATADIR)"'
CPPFLAGS += -D_GNU_SOURCE $(BUILT_FOR) -I$(O)/gen $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
# Without these some targets of `locktrace forward` are left out, and probes of lock functions
# are dearer (capstone). They are loaded when they are needed, not linked: what watches does
# not carry them.
LOADED := $(if $(STATIC),,$(foreach p,libcurl libsystemd capstone,$(shell $(PKG_CONFIG) --exists $(p) 2>/dev/null && echo $(p))))
CPPFLAGS += $(if $(filter libcurl,$(LOADED)),-DHAVE_LIBCURL) $(if $(filter libsystemd,$(LOADED)),-DHAVE_LIBSYSTEMD) \
	$(if $(filter capstone,$(LOADED)),-DHAVE_CAPSTONE) \
	$(if $(LOADED),$(shell $(PKG_CONFIG) --cflags $(LOADED)))
CFLAGS ?= -O2 -g
# For who packages it: WERROR= takes a newer compiler's warnings.
WERROR ?= -Werror
# What is built does not depend on where it is built.
HERE_IS_NOWHERE := -ffile-prefix-map=$(CURDIR)=.
LANGFLAGS := $(HERE_IS_NOWHERE) -std=gnu11 -Wall -Wextra $(WERROR) -Wshadow -Wstrict-prototypes -Wmissing-prototypes
LDLIBS := $(shell $(PKG_CONFIG) $(if $(STATIC),--static) --libs $(PKGS) 2>/dev/null || echo -lbpf -lelf -ldw -ljansson -lz) -liberty -pthread
# A program that loads nothing loads neither libcurl nor libsystemd: docs/operations.md.
ifdef STATIC
LDFLAGS += -static
endif
ifdef SANITIZE
O := $(O)/sanitize
LANGFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
endif

# Kinds of wait that have a hook, from the one list of them.
KINDS := $(shell sed -n 's/^\tX.[A-Z0-9_]*, *\([a-z0-9_]*\),.*/\1/p' bpf/lt_kinds.h)

core_src := $(sort $(wildcard user/core/*.c))
report_src := $(sort $(wildcard user/report/*.c user/report/*/*.c))
rest_src := $(filter-out user/main.c user/core/% user/report/% user/probes/%,$(sort $(wildcard user/*.c user/*/*.c))) \
	    user/probes/registry.c $(filter-out user/probes/registry.c,$(sort $(wildcard user/probes/*.c)))
bpf_src := $(wildcard bpf/*.bpf.c)

obj = $(patsubst %.c,$(O)/%.o,$(1))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all clean help install check unit golden lint demo format FORCE

##@ Build
all: $(O)/locktrace ## The program (the default)

$(O)/locktrace: $(call obj,user/main.c) $(O)/rest.a $(O)/report.a $(O)/core.a
	$(call msg,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LANGFLAGS) $(LDFLAGS) -o $@ $(call obj,user/main.c) \
		-Wl,--start-group $(O)/rest.a $(O)/report.a $(O)/core.a -Wl,--end-group $(LDLIBS)

# The core and the reports are archives of their own: their unit tests link
# nothing else, so that a slip in the direction of the data is a link error.
$(O)/core.a: $(call obj,$(core_src))
$(O)/report.a: $(call obj,$(report_src)) $(O)/gen/rule_pages.o $(O)/gen/html_style.o
$(O)/rest.a: $(call obj,$(rest_src)) $(O)/gen/bpf_objects.o $(O)/gen/wait_sites.o
$(O)/gen/wait_sites.o: user/wait_sites.S user/wait_sites.txt
	$(call msg,AS,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -c -Iuser -o $@ $<
$(O)/gen/html_style.S: user/report/html/html.css tools/css-asm
	$(call msg,GEN,$@)
	$(Q)mkdir -p $(@D) && tools/css-asm $< >$@
$(O)/gen/html_style.o: $(O)/gen/html_style.S
	$(call msg,AS,$@)
	$(Q)$(CC) -c -o $@ $<
$(O)/%.a:
	$(call msg,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(O)/%.o: %.c
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LANGFLAGS) -MMD -MP -c -o $@ $<

# The version changes with each commit, PREFIX perhaps at `make install`: what they are
# compiled into is compiled anew.
$(O)/gen/built-for: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' $(BUILT_FOR) | cmp -s - $@ || printf '%s\n' $(BUILT_FOR) >$@
$(foreach dir,$(O) $(O)/san,$(patsubst %.c,$(dir)/%.o,$(shell grep -lr --include='*.c' \
	'LOCKTRACE_VERSION\|LOCKTRACE_DATADIR' user))): $(O)/gen/built-for

include bpf/bpf.mk
include docs/docs.mk
include tests/tests.mk
include user/service/install.mk
include packaging/package.mk

clean: ## Removes what was built
	$(Q)rm -rf build

help: ## This list
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-zA-Z_-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

-include $(shell find $(O) -name '*.d' 2>/dev/null)
