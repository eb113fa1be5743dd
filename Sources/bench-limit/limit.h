#pragma once
// bench-limit: the least a program in C needs for the same work, as references for agent-bench.
#include <stdint.h>

/// Nanoseconds of the clock that all processes of the machine share.
int64_t limit_now(void);

/// Ends the program with a message.
void limit_fail(const char *what, const char *why) __attribute__((noreturn));

/// Each takes the arguments after its name and returns the exit status.
int limit_drain(int count, char **arguments);
int limit_enqueue(int count, char **arguments);
int limit_pickup(int count, char **arguments);
int limit_calls(int count, char **arguments);
