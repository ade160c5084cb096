# SPDX-License-Identifier: GPL-2.0
##@ Install
install: $(O)/locktrace man ## Installs under DESTDIR/PREFIX (default /usr/local)
	install -D -m 755 $(O)/locktrace $(DESTDIR)$(PREFIX)/bin/locktrace
	install -D -m 644 docs/man/locktrace.1 $(DESTDIR)$(PREFIX)/share/man/man1/locktrace.1
	install -D -m 644 $(O)/man/locktrace-rules.7 $(DESTDIR)$(PREFIX)/share/man/man7/locktrace-rules.7
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/locktrace docs/report.schema.json docs/end.schema.json
	install -D -m 644 user/wait_sites.txt $(DESTDIR)$(DATADIR)/wait-sites.txt
	install -D -m 644 user/service/completions/locktrace.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/locktrace
