// Claims and settles jobs with the worker's own statements: what is left is the database's time.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limit.h"
#include "session.h"

// drain URL CONNECTIONS CLAIM SETTLE ELEMENT PARAMETER…
// ELEMENT is one job of the settlement's array, with %i for its id, %a for its attempt and %% for a percent sign.
static char **plan;
static int parameters;
static atomic_long settled;

struct text {
    char *bytes;
    size_t length, room;
};

static void append(struct text *text, const char *bytes, size_t length)
{
    if (text->length + length + 1 > text->room) {
        text->room = (text->length + length + 1) * 2;
        text->bytes = realloc(text->bytes, text->room);
        if (text->bytes == 0) limit_fail("drain", "out of memory");
    }
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = 0;
}

static void append_element(struct text *text, const char *id, const char *attempt)
{
    const char *rest = plan[4], *mark;
    while ((mark = strchr(rest, '%')) != 0) {
        append(text, rest, (size_t)(mark - rest));
        if (mark[1] == 'i') append(text, id, strlen(id));
        else if (mark[1] == 'a') append(text, attempt, strlen(attempt));
        else append(text, mark + 1, 1);
        rest = mark + 2;
    }
    append(text, rest, strlen(rest));
}

static void *run_lane(void *unused)
{
    PGconn *session = session_open(plan[0]);
    session_prepare(session, "claim", plan[2]);
    session_prepare(session, "settle", plan[3]);
    struct text settlements = {0};
    for (;;) {
        PGresult *claimed = session_run(
            session, "claim", parameters, (const char *const *)(plan + 5));
        int rows = PQntuples(claimed), jobs = 0;
        int id = PQfnumber(claimed, "id"), attempt = PQfnumber(claimed, "attempt_id");
        settlements.length = 0;
        append(&settlements, "[", 1);
        for (int row = 0; row < rows; row++) {
            // A row without an attempt tells of something else than a claimed job.
            if (PQgetisnull(claimed, row, attempt)) continue;
            if (jobs++ > 0) append(&settlements, ",", 1);
            append_element(
                &settlements, PQgetvalue(claimed, row, id), PQgetvalue(claimed, row, attempt));
        }
        append(&settlements, "]", 1);
        PQclear(claimed);
        if (jobs == 0) break;
        const char *value = settlements.bytes;
        PQclear(session_run(session, "settle", 1, &value));
        atomic_fetch_add(&settled, jobs);
    }
    free(settlements.bytes);
    PQfinish(session);
    return unused;
}

int limit_drain(int count, char **arguments)
{
    if (count < 5) limit_fail("drain", "too few arguments");
    plan = arguments;
    parameters = count - 5;
    int lanes = atoi(arguments[1]);
    pthread_t threads[64];
    if (lanes < 1 || lanes > 64) limit_fail("drain", "1 to 64 connections");
    for (int lane = 0; lane < lanes; lane++)
        if (pthread_create(&threads[lane], 0, run_lane, 0) != 0) limit_fail("drain", "no thread");
    for (int lane = 0; lane < lanes; lane++) pthread_join(threads[lane], 0);
    printf("%ld\n", atomic_load(&settled));
    return 0;
}
