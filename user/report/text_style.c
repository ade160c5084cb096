// SPDX-License-Identifier: GPL-2.0
#include "text_parts.h"

const char *text_on(const struct render *out, enum style style)
{
	static const char *const codes[] = {
		[STYLE_NONE] = "",	     [STYLE_ALARM] = "\033[1;31m",
		[STYLE_ROOT] = "\033[1;33m", [STYLE_GOOD] = "\033[1;32m",
		[STYLE_FAINT] = "\033[2m",   [STYLE_STRONG] = "\033[1m",
	};

	return out->options.color ? codes[style] : "";
}

const char *text_off(const struct render *out)
{
	return out->options.color ? "\033[0m" : "";
}
