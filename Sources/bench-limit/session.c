#include "session.h"

#include "limit.h"

static void check(PGconn *session, PGresult *result, const char *what)
{
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        limit_fail(what, PQerrorMessage(session));
}

PGconn *session_open(const char *url)
{
    PGconn *session = PQconnectdb(url);
    if (PQstatus(session) != CONNECTION_OK) limit_fail("connect", PQerrorMessage(session));
    session_do(session, "SET plan_cache_mode = force_generic_plan; SET jit = off");
    return session;
}

void session_do(PGconn *session, const char *sql)
{
    PGresult *result = PQexec(session, sql);
    check(session, result, sql);
    PQclear(result);
}

void session_prepare(PGconn *session, const char *name, const char *sql)
{
    PGresult *result = PQprepare(session, name, sql, 0, 0);
    check(session, result, name);
    PQclear(result);
}

PGresult *session_run(PGconn *session, const char *name, int count, const char *const *values)
{
    PGresult *result = PQexecPrepared(session, name, count, values, 0, 0, 0);
    check(session, result, name);
    return result;
}
