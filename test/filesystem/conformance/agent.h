// What the parts of the agent share; see agent.c.

#ifndef AGENT_H
#define AGENT_H

#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 10
#define SLOTS 16

// Descriptors by number, -1 when closed.
extern int slots[SLOTS];

// A command: its words, its own name first. Returns what a system call does; what it prints goes behind the result.
typedef long command(char **words);
struct entry {
  const char *name;
  int arguments;
  command *run;
};
extern const struct entry names_commands[], attributes_commands[], files_commands[];

static inline long number(const char *word) { return strtoll(word, NULL, 0); }
static inline int slot(const char *word) { return slots[number(word) % SLOTS]; }

#endif
