// The files of `migrations/`, embedded by the C compiler: as Swift array literals they cost a minute of compiling.
#pragma once
#include <stddef.h>

/// One file of `migrations/`: its name and its bytes, not ended by a zero.
struct embedded_migration {
    const char *name;
    const unsigned char *text;
    size_t length;
};

/// How many there are.
size_t embedded_migration_count(void);

/// The one at `place`, from 0, in order of their versions; aborts past the end.
struct embedded_migration embedded_migration_at(size_t place);
