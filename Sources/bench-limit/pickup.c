// From the commit of a job to its claim in hand, with nothing in between but LISTEN: the least that
// a pickup can take.
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "limit.h"
#include "session.h"

static void await_notification(PGconn *listener)
{
    PGnotify *note;
    while ((note = PQnotifies(listener)) == 0) {
        struct pollfd wanted = {.fd = PQsocket(listener), .events = POLLIN};
        if (poll(&wanted, 1, 10000) != 1) limit_fail("pickup", "no notification within 10 s");
        if (PQconsumeInput(listener) != 1) limit_fail("pickup", PQerrorMessage(listener));
    }
    PQfreemem(note);
}

// pickup URL COUNT PAUSE_US ENQUEUE CLAIM PARAMETER…: prints each pickup in nanoseconds.
int limit_pickup(int count, char **arguments)
{
    if (count < 5) limit_fail("pickup", "too few arguments");
    int times = atoi(arguments[1]);
    PGconn *listener = session_open(arguments[0]), *upstream = session_open(arguments[0]);
    session_prepare(listener, "claim", arguments[4]);
    session_do(listener, "LISTEN bench_limit");
    for (int round = 0; round < times; round++) {
        struct timespec pause = {.tv_nsec = atol(arguments[2]) * 1000};
        nanosleep(&pause, 0);
        session_do(upstream, arguments[3]);
        int64_t committed = limit_now();
        await_notification(listener);
        PGresult *claimed = session_run(
            listener, "claim", count - 5, (const char *const *)(arguments + 5));
        if (PQntuples(claimed) != 1) limit_fail("pickup", "the claim found no job");
        printf("%lld\n", (long long)(limit_now() - committed));
        PQclear(claimed);
    }
    PQfinish(listener);
    PQfinish(upstream);
    return 0;
}
