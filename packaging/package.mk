# SPDX-License-Identifier: GPL-2.0
##@ Package
.PHONY: dist deb static

dist: ## A tarball of what is committed, the same bytes each time: build/dist
	$(Q)tools/dist $(O)/dist
deb: ## A Debian package of that, lint-clean: build/deb
	$(Q)tools/deps build package
	$(Q)tools/deb $(O)/deb
static: ## A program for devices that lack the libraries: build/static/locktrace
	$(Q)tools/deps build static
	$(Q)$(MAKE) --no-print-directory O=$(O)/static STATIC=1 $(O)/static/locktrace

.PHONY: package-test
package-test: $(O)/locktrace $(DEMO) $(O)/scenes/scene deb static ## The package: reproducible; installed, run, upgraded and purged in machines
	$(Q)tools/deps build package vm
	$(Q)tests/check words static reproducible package units operations
.PHONY: e2e
e2e: $(O)/locktrace $(DEMO) deb ## From the hang on a device, by every way out and a reboot, to the desk (machines)
	$(Q)tools/deps build package vm
	$(Q)tests/check e2e
