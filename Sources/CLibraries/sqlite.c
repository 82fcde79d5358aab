#include "sqlite.h"
#include "library.h"

#include <stddef.h>
#include <stdio.h>

static const char *(*libversion)(void);
static int (*libversion_number)(void);
static int (*config)(int, ...);
static int (*open_v2)(const char *, ncb_sqlite **, int, const char *);
static int (*close_v2)(ncb_sqlite *);
static int (*busy_timeout)(ncb_sqlite *, int);
static int (*extended_errcode)(ncb_sqlite *);
static int (*system_errno)(ncb_sqlite *);
static const char *(*errmsg)(ncb_sqlite *);
static int (*exec)(ncb_sqlite *, const char *, void *, void *, char **);
static int (*changes)(ncb_sqlite *);
static int (*total_changes)(ncb_sqlite *);
static int (*get_autocommit)(ncb_sqlite *);
static int (*db_readonly)(ncb_sqlite *, const char *);
static int (*prepare_v3)(ncb_sqlite *, const char *, int, unsigned int, ncb_statement **, const char **);
static int (*bind_int64)(ncb_statement *, int, int64_t);
static int (*bind_null)(ncb_statement *, int);
static int (*bind_text)(ncb_statement *, int, const char *, int, void (*)(void *));
static int (*step)(ncb_statement *);
static int (*reset)(ncb_statement *);
static int64_t (*column_int64)(ncb_statement *, int);
static const void *(*column_blob)(ncb_statement *, int);
static int (*column_bytes)(ncb_statement *, int);
static int (*finalize)(ncb_statement *);

#ifdef __APPLE__
static const char *const names[] = {"libsqlite3.dylib"};
#else
static const char *const names[] = {"libsqlite3.so.0"};
#endif
static const struct ncb_symbol symbols[] = {
    {"sqlite3_libversion", (void **)&libversion},
    {"sqlite3_libversion_number", (void **)&libversion_number},
    {"sqlite3_config", (void **)&config},
    {"sqlite3_open_v2", (void **)&open_v2},
    {"sqlite3_close_v2", (void **)&close_v2},
    {"sqlite3_busy_timeout", (void **)&busy_timeout},
    {"sqlite3_extended_errcode", (void **)&extended_errcode},
    {"sqlite3_system_errno", (void **)&system_errno},
    {"sqlite3_errmsg", (void **)&errmsg},
    {"sqlite3_exec", (void **)&exec},
    {"sqlite3_changes", (void **)&changes},
    {"sqlite3_total_changes", (void **)&total_changes},
    {"sqlite3_get_autocommit", (void **)&get_autocommit},
    {"sqlite3_db_readonly", (void **)&db_readonly},
    {"sqlite3_prepare_v3", (void **)&prepare_v3},
    {"sqlite3_bind_int64", (void **)&bind_int64},
    {"sqlite3_bind_null", (void **)&bind_null},
    {"sqlite3_bind_text", (void **)&bind_text},
    {"sqlite3_step", (void **)&step},
    {"sqlite3_reset", (void **)&reset},
    {"sqlite3_column_int64", (void **)&column_int64},
    {"sqlite3_column_blob", (void **)&column_blob},
    {"sqlite3_column_bytes", (void **)&column_bytes},
    {"sqlite3_finalize", (void **)&finalize},
};

static int works(char *said, size_t size) {
  // The first with STRICT tables.
  const int least = 3037000;
  if (libversion_number() >= least) {
    // It counts what memory it takes, which nobody asks for, under a lock that every piece takes: a tenth of a local get's instructions. Where
    // somebody has used the library before in this process, it says no, and counts.
    const int memstatus = 9;
    config(memstatus, 0);
    return 1;
  }
  snprintf(said, size, "it is version %s, and 3.37 or newer is needed", libversion());
  return 0;
}

static struct ncb_library library = {
    names, sizeof names / sizeof *names, symbols, sizeof symbols / sizeof *symbols, works, PTHREAD_MUTEX_INITIALIZER, 0};

const struct ncb_library_problem *ncb_sqlite_open_library(void) { return ncb_library_open(&library); }

const char *ncb_sqlite_version(void) { return libversion(); }
int ncb_sqlite_open(const char *path, ncb_sqlite **database, int flags) { return open_v2(path, database, flags, NULL); }
int ncb_sqlite_close(ncb_sqlite *database) { return close_v2(database); }
int ncb_sqlite_busy_timeout(ncb_sqlite *database, int milliseconds) { return busy_timeout(database, milliseconds); }
int ncb_sqlite_extended_errcode(ncb_sqlite *database) { return extended_errcode(database); }
int ncb_sqlite_system_errno(ncb_sqlite *database) { return system_errno(database); }
const char *ncb_sqlite_errmsg(ncb_sqlite *database) { return errmsg(database); }
int ncb_sqlite_exec(ncb_sqlite *database, const char *sql) { return exec(database, sql, NULL, NULL, NULL); }
int ncb_sqlite_changes(ncb_sqlite *database) { return changes(database); }
int ncb_sqlite_total_changes(ncb_sqlite *database) { return total_changes(database); }
int ncb_sqlite_get_autocommit(ncb_sqlite *database) { return get_autocommit(database); }
int ncb_sqlite_db_readonly(ncb_sqlite *database) { return db_readonly(database, "main"); }

int ncb_sqlite_prepare(ncb_sqlite *database, const char *sql, ncb_statement **statement) {
  const unsigned int persistent = 1;
  return prepare_v3(database, sql, -1, persistent, statement, NULL);
}

int ncb_sqlite_bind_int64(ncb_statement *statement, int index, int64_t value) { return bind_int64(statement, index, value); }
int ncb_sqlite_bind_null(ncb_statement *statement, int index) { return bind_null(statement, index); }

int ncb_sqlite_bind_text(ncb_statement *statement, int index, const char *text, int count) {
  void (*const transient)(void *) = (void (*)(void *))(intptr_t)-1;
  return bind_text(statement, index, text, count, transient);
}

int ncb_sqlite_bind_text_in_place(ncb_statement *statement, int index, const char *text, int count) {
  return bind_text(statement, index, text, count, NULL);
}

int ncb_sqlite_step(ncb_statement *statement) { return step(statement); }
int ncb_sqlite_reset(ncb_statement *statement) { return reset(statement); }
int64_t ncb_sqlite_column_int64(ncb_statement *statement, int column) { return column_int64(statement, column); }
const void *ncb_sqlite_column_blob(ncb_statement *statement, int column) { return column_blob(statement, column); }
int ncb_sqlite_column_bytes(ncb_statement *statement, int column) { return column_bytes(statement, column); }
int ncb_sqlite_finalize(ncb_statement *statement) { return finalize(statement); }
