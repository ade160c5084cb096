/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_WORDS_H
#define CORE_WORDS_H

/*
 * The words that stand for the enums in traces and reports: one table each,
 * both ways. word_X() never returns NULL for a valid value; X_from_word()
 * returns 0 for a word that is not in the table.
 */
#include "facts.h"
#include "report.h"

const char *word_fact(enum fact_type v);
const char *word_class(enum wait_class v);
const char *word_evidence(enum evidence v);
const char *word_severity(enum severity v);
const char *word_since(enum since_quality v);
const char *word_activity(enum activity v);
const char *word_note(enum note_level v);
const char *word_reentry(enum reentry_sort v); /* NULL for REENTRY_NONE */
const char *word_frame_how(enum frame_how v);
const char *word_event(enum report_event v);
const char *word_change(enum report_change change);
const char *word_ending(enum report_ending v); /* NULL for ENDING_WATCHED */
const char *word_certainty(enum certainty v);
const char *word_role(enum role v);

enum fact_type fact_from_word(const char *word);
enum wait_class class_from_word(const char *word);
enum evidence evidence_from_word(const char *word);
enum severity severity_from_word(const char *word);
enum since_quality since_from_word(const char *word);
enum activity activity_from_word(const char *word);
enum note_level note_from_word(const char *word);
enum reentry_sort reentry_from_word(const char *word);
enum frame_how frame_how_from_word(const char *word);
enum report_event event_from_word(const char *word);
enum report_ending ending_from_word(const char *word);
enum certainty certainty_from_word(const char *word);
enum role role_from_word(const char *word);
enum report_change change_from_word(const char *word);

#endif
