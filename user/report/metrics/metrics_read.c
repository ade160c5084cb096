// SPDX-License-Identifier: GPL-2.0
#include "metrics_read.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char *sample_label(const struct sample *s, const char *name)
{
	for (size_t i = 0; i < s->n_labels; i++) {
		if (strcmp(s->labels[i].name, name) == 0)
			return s->labels[i].value;
	}
	return "";
}

/* The name at *at, which is ended; what stood behind it is returned, or '\0' if there is none. */
static char take_name(char **at)
{
	char *from = *at, *end = from, behind;

	while (isalnum((unsigned char)*end) || *end == '_' || *end == ':')
		end++;
	if (end == from || isdigit((unsigned char)*from) || !*end)
		return '\0';
	behind = *end;
	*end = '\0';
	*at = end + 1;
	return behind;
}

/* From behind the opening quote to behind the closing one; undoes the escapes in place. */
static bool take_value(char **at)
{
	char *from = *at, *to = *at;

	for (; *from != '"'; from++) {
		if (*from == '\\') {
			from++;
			*to++ = *from == 'n' ? '\n' : *from;
		} else {
			*to++ = *from;
		}
		if (!*from)
			return false;
	}
	*to = '\0';
	*at = from + 1;
	return true;
}

static bool take_labels(char **at, struct sample *s)
{
	while (**at != '}') {
		char *name = *at, *value;

		if (take_name(at) != '=' || **at != '"' || s->n_labels == SAMPLE_LABELS_MAX)
			return false;
		value = ++*at;
		if (!take_value(at))
			return false;
		s->labels[s->n_labels].name = name;
		s->labels[s->n_labels++].value = value;
		if (**at == ',')
			++*at;
		else if (**at != '}')
			return false;
	}
	++*at;
	return true;
}

static bool read_sample(char *line, struct sample *ret)
{
	struct sample s = {.name = line};
	char behind = take_name(&line), *end;

	if (behind == '{' && (!take_labels(&line, &s) || *line++ != ' '))
		return false;
	if (behind != '{' && behind != ' ')
		return false;
	if (!isdigit((unsigned char)*line) && *line != '-' && *line != '+' && *line != 'N')
		return false;
	s.value = strtod(line, &end);
	*ret = s;
	return end != line && !*end;
}

int metrics_read(char *text, size_t n, void (*fn)(void *ctx, const struct sample *s), void *ctx,
		 size_t *ret_line)
{
	char *end = text + n;
	struct sample s;

	for (size_t number = 1; text < end; number++) {
		char *newline = memchr(text, '\n', (size_t)(end - text));

		*ret_line = number;
		if (!newline)
			return -EBADMSG;
		*newline = '\0';
		if (memchr(text, '\0', (size_t)(newline - text)))
			return -EBADMSG;
		if (*text && *text != '#') {
			if (!read_sample(text, &s))
				return -EBADMSG;
			fn(ctx, &s);
		}
		text = newline + 1;
	}
	return 0;
}
