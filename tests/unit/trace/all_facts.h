/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TRACE_ALL_FACTS_H
#define TRACE_ALL_FACTS_H

#include "core/facts.h"

static const struct fact_number numbers[] = {{"messages", 128}, {"bytes", -1}};
static const struct fact_frame frames[] = {
	{.module = "[kernel]", .symbol = "do_msgsnd"},
	{.module = "libc.so.6",
	 .build_id = "ab12",
	 .offset = 0x1234,
	 .symbol = "msgsnd",
	 .symbol_offset = 26,
	 .file = "msgsnd.c",
	 .line = 25,
	 .guessed = true,
	 .interrupted = true,
	 .inlined = true,
	 .how = FRAME_SCAN},
};

/* One of each, with every field set to something. */
static const struct fact facts[] = {
	{.type = FACT_SESSION,
	 .session = {"1.0", "h", "6.1", "x86_64", "proc", "futex sysvmsg", "306 x", 306, 1000000000,
		     5, 6, -3600, true, true, "a7eb83148ce540b9a57c011538a4408b",
		     "91b2e7e3d7b34a0f9a26a9f9c9fb3b10"}},
	{.type = FACT_NOTE, .note = {NOTE_WARNING, "a \"quoted\" \\ note"}},
	{.type = FACT_TICK, .tick = {7, 8, 14, 3}},
	{.type = FACT_PROCESS,
	 .process = {306, 99, "statemachined", "statemachined", 14, 7, "/docker/3f2a",
		     "docker 3f2a"}},
	{.type = FACT_THREAD,
	 .thread = {{306, 311, 99},
		    "logger",
		    'S',
		    ACT_LOCK_WAIT,
		    "blocked in msgsnd",
		    69,
		    0x7ffe00000000,
		    4,
		    5,
		    6,
		    7,
		    8,
		    9,
		    true}},
	{.type = FACT_RESOURCE,
	 .resource = {"sysvmsg:1:0:space", "sysvmsg-full", CLASS_FULL, "SysV queue 0", "full",
		      numbers, 2}},
	{.type = FACT_WAIT,
	 .wait = {{306, 311, 99},
		  "sysvmsg:1:0:space",
		  "sends to",
		  1,
		  2,
		  SINCE_EXACT,
		  true,
		  {3, 4, 5, 6, 7, 8, true}}},
	{.type = FACT_HOLD,
	 .hold = {"sysvmsg:1:0:space",
		  {306, 317, 98},
		  EVIDENCE_INFERRED,
		  "read it last",
		  true,
		  true,
		  REENTRY_SIGNAL,
		  3,
		  4,
		  "main.c:203",
		  "snmpd",
		  "0a1b",
		  203}},
	{.type = FACT_LOST, .lost = {"read-timeout", 3}},
	{.type = FACT_LOOKED},
	{.type = FACT_STACK, .stack = {{306, 311, 99}, frames, 2, true, "cut"}},
	{.type = FACT_DETAILED},
	{.type = FACT_END, .end = {"looked once", 9, 10}},
};
#define N_FACTS (sizeof(facts) / sizeof(facts[0]))

#endif
