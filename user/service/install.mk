# SPDX-License-Identifier: GPL-2.0
##@ Install
# Where the program and its service look, whatever PREFIX is.
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
DOCDIR ?= $(PREFIX)/share/doc/locktrace
CATALOGDIR ?= $(PREFIX)/lib/systemd/catalog

# PREFIX may be another one than at the last time.
$(O)/service/%.service: user/service/%.service.in FORCE
	$(call msg,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)sed 's|@BINDIR@|$(PREFIX)/bin|' $< >$@

install: $(O)/locktrace $(O)/service/locktrace.service $(O)/service/locktrace-metrics.service man ## Installs under DESTDIR/PREFIX (default /usr/local)
	install -D -m 755 $(O)/locktrace $(DESTDIR)$(PREFIX)/bin/locktrace
	install -D -m 644 docs/man/locktrace.1 $(DESTDIR)$(PREFIX)/share/man/man1/locktrace.1
	install -D -m 644 docs/man/locktrace.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5/locktrace.conf.5
	install -D -m 644 $(O)/service/locktrace.service $(DESTDIR)$(UNITDIR)/locktrace.service
	install -D -m 644 user/service/locktrace.slice $(DESTDIR)$(UNITDIR)/locktrace.slice
	@# not enabled by itself: who wants it, enables the socket
	install -D -m 644 $(O)/service/locktrace-metrics.service $(DESTDIR)$(UNITDIR)/locktrace-metrics.service
	install -D -m 644 user/service/locktrace-metrics.socket $(DESTDIR)$(UNITDIR)/locktrace-metrics.socket
	install -D -m 644 user/service/prometheus/alerts.yml $(DESTDIR)$(DATADIR)/prometheus/alerts.yml
	install -D -m 644 user/service/prometheus/alertmanager.yml $(DESTDIR)$(DATADIR)/prometheus/alertmanager.yml
	install -D -m 644 user/service/otel/collector.yaml $(DESTDIR)$(DATADIR)/otel/collector.yaml
	@# an administrator's own is left alone
	test -e $(DESTDIR)$(SYSCONFDIR)/locktrace/locktrace.conf || install -D -m 644 \
		user/service/locktrace.conf $(DESTDIR)$(SYSCONFDIR)/locktrace/locktrace.conf
	install -d -m 755 $(DESTDIR)$(SYSCONFDIR)/locktrace/locktrace.conf.d
	install -D -m 644 $(O)/man/locktrace-rules.7 $(DESTDIR)$(PREFIX)/share/man/man7/locktrace-rules.7
	install -D -m 644 docs/man/locktrace.8 $(DESTDIR)$(PREFIX)/share/man/man8/locktrace.8
	install -D -m 644 -t $(DESTDIR)$(DATADIR) docs/report.schema.json docs/end.schema.json
	install -D -m 644 user/wait_sites.txt $(DESTDIR)$(DATADIR)/wait-sites.txt
	install -D -m 644 user/service/completions/locktrace.bash $(DESTDIR)$(BASHDIR)/locktrace
	install -D -m 644 user/service/completions/_locktrace $(DESTDIR)$(ZSHDIR)/_locktrace
	install -D -m 644 -t $(DESTDIR)$(DOCDIR) README.md $(wildcard docs/*.md)

# What carries the reports away: a unit of its own, not enabled by itself. `journalctl
# --update-catalog` makes the page known that `journalctl -x` shows.
.PHONY: install-forward
install: install-forward
install-forward: $(O)/service/locktrace-forward.service
	install -D -m 644 $(O)/service/locktrace-forward.service $(DESTDIR)$(UNITDIR)/locktrace-forward.service
	install -D -m 644 docs/man/locktrace-forward.8 $(DESTDIR)$(PREFIX)/share/man/man8/locktrace-forward.8
	install -D -m 644 user/forward/locktrace.catalog $(DESTDIR)$(CATALOGDIR)/locktrace.catalog
	test -e $(DESTDIR)$(SYSCONFDIR)/locktrace/forward.conf || install -D -m 644 \
		user/service/forward.conf $(DESTDIR)$(SYSCONFDIR)/locktrace/forward.conf
	install -d -m 755 $(DESTDIR)$(SYSCONFDIR)/locktrace/forward.conf.d
