# SPDX-License-Identifier: GPL-2.0
$(O)/unit/cli/test_notify: CPPFLAGS += -DLOCKTRACE='"$(abspath $(O))/locktrace"'
$(O)/unit/cli/test_service: CPPFLAGS += -DLOCKTRACE='"$(abspath $(O))/locktrace"'
$(O)/unit/cli/test_restart: CPPFLAGS += -DLOCKTRACE='"$(abspath $(O))/locktrace"'
