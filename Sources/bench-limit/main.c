#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "limit.h"

int64_t limit_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void limit_fail(const char *what, const char *why)
{
    fprintf(stderr, "bench-limit: %s: %s\n", what, why);
    exit(1);
}

int main(int count, char **arguments)
{
    if (count > 1) {
        const char *name = arguments[1];
        if (strcmp(name, "drain") == 0) return limit_drain(count - 2, arguments + 2);
        if (strcmp(name, "pickup") == 0) return limit_pickup(count - 2, arguments + 2);
        if (strcmp(name, "enqueue") == 0) return limit_enqueue(count - 2, arguments + 2);
        if (strcmp(name, "calls") == 0) return limit_calls(count - 2, arguments + 2);
    }
    fputs("usage: bench-limit drain | pickup | enqueue | calls ARGUMENTS (agent-bench starts it)\n", stderr);
    return 2;
}
