# SPDX-License-Identifier: GPL-2.0
##@ Package
.PHONY: dist deb

dist: ## A tarball of what is committed, the same bytes each time: build/dist
	$(Q)tools/dist $(O)/dist
deb: ## A Debian package of that, lint-clean: build/deb
	$(Q)tools/deps build package
	$(Q)tools/deb $(O)/deb
