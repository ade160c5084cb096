# SPDX-License-Identifier: GPL-2.0
##@ Install
install: $(O)/locktrace ## Installs under DESTDIR/PREFIX (default /usr/local)
	install -D -m 755 $(O)/locktrace $(DESTDIR)$(PREFIX)/bin/locktrace
	install -D -m 644 docs/man/locktrace.1 $(DESTDIR)$(PREFIX)/share/man/man1/locktrace.1
	install -D -m 644 docs/report.schema.json $(DESTDIR)$(PREFIX)/share/locktrace/report.schema.json
	install -D -m 644 user/wait_sites.txt $(DESTDIR)$(DATADIR)/wait-sites.txt
	install -D -m 644 user/service/completions/locktrace.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/locktrace
