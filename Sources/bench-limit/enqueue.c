// Enqueues jobs one by one, as an upstream application does, and says when each was committed.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "limit.h"
#include "session.h"

// enqueue URL COUNT PAUSE_US INSERT: prints each job's id and the nanosecond of its commit. The
// pause is that long on average, between half and one and a half of it.
int limit_enqueue(int count, char **arguments)
{
    if (count < 4) limit_fail("enqueue", "too few arguments");
    int times = atoi(arguments[1]);
    long pause_us = atol(arguments[2]);
    PGconn *upstream = session_open(arguments[0]);
    session_prepare(upstream, "insert", arguments[3]);
    for (int round = 0; round < times; round++) {
        long chosen = (pause_us / 2 + random() % (pause_us + 1)) * 1000;
        struct timespec pause = {.tv_sec = chosen / 1000000000, .tv_nsec = chosen % 1000000000};
        nanosleep(&pause, 0);
        PGresult *inserted = session_run(upstream, "insert", 0, 0);
        printf("%s %lld\n", PQgetvalue(inserted, 0, 0), (long long)limit_now());
        PQclear(inserted);
    }
    PQfinish(upstream);
    return 0;
}
