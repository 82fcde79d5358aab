#ifndef NCB_SQLITE_H
#define NCB_SQLITE_H

#include "problem.h"

#include <stdint.h>

/// SQLite, opened at first use; no header of it is needed to build. Names and meanings are SQLite's own without the prefix; results are
/// its result codes (0 is OK, 100 a row, 101 done).

typedef struct sqlite3 ncb_sqlite;
typedef struct sqlite3_stmt ncb_statement;

/// Opens the library, unless it is open, and sees whether it is new enough; null for success.
const struct ncb_library_problem *_Nullable ncb_sqlite_open_library(void);

const char *_Nonnull ncb_sqlite_version(void);
int ncb_sqlite_open(const char *_Nonnull path, ncb_sqlite *_Nullable *_Nonnull database, int flags);
int ncb_sqlite_close(ncb_sqlite *_Nullable database);
int ncb_sqlite_busy_timeout(ncb_sqlite *_Nonnull database, int milliseconds);
int ncb_sqlite_extended_errcode(ncb_sqlite *_Nonnull database);
int ncb_sqlite_system_errno(ncb_sqlite *_Nonnull database);
const char *_Nonnull ncb_sqlite_errmsg(ncb_sqlite *_Nonnull database);
int ncb_sqlite_exec(ncb_sqlite *_Nonnull database, const char *_Nonnull sql);
int ncb_sqlite_changes(ncb_sqlite *_Nonnull database);
int ncb_sqlite_total_changes(ncb_sqlite *_Nonnull database);
int ncb_sqlite_get_autocommit(ncb_sqlite *_Nonnull database);
int ncb_sqlite_db_readonly(ncb_sqlite *_Nonnull database);

/// Kept for as long as the database is open.
int ncb_sqlite_prepare(ncb_sqlite *_Nonnull database, const char *_Nonnull sql, ncb_statement *_Nullable *_Nonnull statement);
int ncb_sqlite_bind_int64(ncb_statement *_Nonnull statement, int index, int64_t value);
int ncb_sqlite_bind_null(ncb_statement *_Nonnull statement, int index);
/// The text is copied.
int ncb_sqlite_bind_text(ncb_statement *_Nonnull statement, int index, const char *_Nonnull text, int count);
int ncb_sqlite_step(ncb_statement *_Nonnull statement);
int ncb_sqlite_reset(ncb_statement *_Nonnull statement);
/// The text must stay until the statement is reset, which must be before it goes: a copy would cost more than the rest of binding.
int ncb_sqlite_bind_text_in_place(ncb_statement *_Nonnull statement, int index, const char *_Nonnull text, int count);
int64_t ncb_sqlite_column_int64(ncb_statement *_Nonnull statement, int column);
/// The bytes of a text or blob; null for NULL and for an empty one; valid until the next step. Not `column_text`, which copies each text to put
/// a zero behind it.
const void *_Nullable ncb_sqlite_column_blob(ncb_statement *_Nonnull statement, int column);
int ncb_sqlite_column_bytes(ncb_statement *_Nonnull statement, int column);
int ncb_sqlite_finalize(ncb_statement *_Nullable statement);

#endif
