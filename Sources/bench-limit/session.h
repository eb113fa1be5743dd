#pragma once
#include <libpq-fe.h>

/// A session with the settings the worker makes.
PGconn *session_open(const char *url);

/// Runs a statement prepared under `name`; ends the program unless it succeeds.
PGresult *session_run(PGconn *session, const char *name, int count, const char *const *values);

void session_prepare(PGconn *session, const char *name, const char *sql);

/// Runs SQL that answers nothing of interest.
void session_do(PGconn *session, const char *sql);
