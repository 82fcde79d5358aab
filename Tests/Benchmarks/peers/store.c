// The measure of the region local: credentials.create, get, list and stream on a store with the bridge's tables, as far as these four use them.
// It knows no JSON, checks nothing, and writes rows straight from SQLite's columns. A create makes a key, signs a token of a usual length, and
// commits; those that were read together are committed together. No answer is written before its commit is synced.
//
//   store DATABASE

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

// Of SQLite and libcrypto, whose headers a machine that builds the bridge need not have.
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
int sqlite3_open(const char *, sqlite3 **);
int sqlite3_exec(sqlite3 *, const char *, void *, void *, char **);
int sqlite3_prepare_v3(sqlite3 *, const char *, int, unsigned, sqlite3_stmt **, const char **);
int sqlite3_bind_text(sqlite3_stmt *, int, const char *, int, void (*)(void *));
int sqlite3_bind_int64(sqlite3_stmt *, int, int64_t);
int sqlite3_step(sqlite3_stmt *);
int sqlite3_reset(sqlite3_stmt *);
int64_t sqlite3_column_int64(sqlite3_stmt *, int);
const unsigned char *sqlite3_column_text(sqlite3_stmt *, int);
int sqlite3_column_bytes(sqlite3_stmt *, int);
const char *sqlite3_errmsg(sqlite3 *);
int sqlite3_close(sqlite3 *);
void *EVP_PKEY_new_raw_private_key(int, void *, const unsigned char *, size_t);
int EVP_PKEY_get_raw_public_key(void *, unsigned char *, size_t *);
void EVP_PKEY_free(void *);
void *EVP_MD_CTX_new(void);
void EVP_MD_CTX_free(void *);
int EVP_DigestSignInit(void *, void *, void *, void *, void *);
int EVP_DigestSign(void *, unsigned char *, size_t *, const unsigned char *, size_t);

enum { ROW = 100, DONE = 101, PERSISTENT = 1, ED25519 = 1087, PAGE = 100, INPUT_SIZE = 64 << 10, OUTPUT_SIZE = 256 << 10, LONGEST_ANSWER = 64 << 10 };
enum { ID = 36, KEY = 56, TOKEN = 420 };

#define COLUMNS "id, name, account_id, created_at, checksum, state, number"
static const char account[KEY + 1] = "AAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB776S";
static const char schema[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "CREATE TABLE IF NOT EXISTS signing_keys (public_key TEXT PRIMARY KEY, issued INTEGER NOT NULL, alive INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS counts (list TEXT NOT NULL, scope TEXT NOT NULL, rows INTEGER NOT NULL,"
    " PRIMARY KEY (list, scope)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS credentials (number INTEGER PRIMARY KEY, id TEXT NOT NULL, account_id TEXT NOT NULL, name TEXT NOT NULL,"
    " created_at INTEGER NOT NULL, checksum TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'active', project_id TEXT NOT NULL,"
    " user_key TEXT NOT NULL, signing_key TEXT NOT NULL, iat INTEGER NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX IF NOT EXISTS credentials_by_id ON credentials (id);"
    "CREATE INDEX IF NOT EXISTS credentials_by_name ON credentials (name, id);"
    "CREATE INDEX IF NOT EXISTS credentials_of_account_by_creation ON credentials (account_id);"
    "CREATE INDEX IF NOT EXISTS credentials_of_account_by_name ON credentials (account_id, name, id);"
    "CREATE INDEX IF NOT EXISTS credentials_of_project_by_creation ON credentials (project_id);"
    "CREATE INDEX IF NOT EXISTS credentials_of_project_by_name ON credentials (project_id, name, id);"
    "CREATE INDEX IF NOT EXISTS credentials_by_user_key ON credentials (user_key);"
    "INSERT OR IGNORE INTO signing_keys VALUES ('A', 0, 0);"
    "INSERT OR IGNORE INTO counts VALUES ('credentials', '', 0), ('credentials', 'A', 0), ('credentials', 'P', 0);";

static sqlite3 *store;
static sqlite3_stmt *begin, *commit, *get, *page, *total, *insert, *issue, *grow;
static int is_writing;
static void *signer;
static char input[INPUT_SIZE], output[OUTPUT_SIZE];
static size_t queued;

static void require(int condition, const char *what) {
  if (condition) return;
  fprintf(stderr, "store: %s: %s\n", what, store ? sqlite3_errmsg(store) : "");
  exit(1);
}

static sqlite3_stmt *prepared(const char *sql) {
  sqlite3_stmt *statement;
  require(sqlite3_prepare_v3(store, sql, -1, PERSISTENT, &statement, NULL) == 0, sql);
  return statement;
}

static void run(sqlite3_stmt *statement) {
  require(sqlite3_step(statement) == DONE, "step");
  sqlite3_reset(statement);
}

static void open_store(const char *path) {
  require(sqlite3_open(path, &store) == 0, "open");
  require(sqlite3_exec(store, schema, NULL, NULL, NULL) == 0, "schema");
  begin = prepared("BEGIN IMMEDIATE");
  commit = prepared("COMMIT");
  get = prepared("SELECT " COLUMNS " FROM credentials WHERE id = ?");
  page = prepared("SELECT " COLUMNS " FROM credentials WHERE number > ? ORDER BY number LIMIT 100");
  total = prepared("SELECT rows FROM counts WHERE list = 'credentials' AND scope = ''");
  insert = prepared("INSERT INTO credentials (number, id, account_id, name, created_at, checksum, project_id, user_key, signing_key, iat)"
                    " VALUES (?5, ?1, ?2, ?3, ?5, ?6, '00000000-0000-4000-8000-000000000000', ?4, 'A', ?5 / 1000000)");
  issue = prepared("UPDATE signing_keys SET issued = issued + 1, alive = alive + 1 WHERE public_key = 'A'");
  grow = prepared("UPDATE counts SET rows = rows + 1 WHERE list = 'credentials' AND scope IN ('', 'A', 'P')");
}

static void flush(void) {
  if (is_writing) run(commit);
  is_writing = 0;
  for (size_t written = 0; written < queued;) {
    const ssize_t count = write(1, output + written, queued - written);
    if (count <= 0) exit(1);
    written += (size_t)count;
  }
  queued = 0;
}

static void put(const void *bytes, size_t count) {
  memcpy(output + queued, bytes, count);
  queued += count;
}
#define PUT(text) put(text, sizeof(text) - 1)

static void put_number(int64_t number) { queued += (size_t)sprintf(output + queued, "%lld", (long long)number); }

// A text that has nothing to escape, as all have that this program stores.
static void put_column(sqlite3_stmt *statement, int column) {
  const unsigned char *text = sqlite3_column_text(statement, column);
  put(text, (size_t)sqlite3_column_bytes(statement, column));
}

static void put_digits(char *at, int64_t number, int count) {
  for (; count > 0; number /= 10) at[--count] = (char)('0' + number % 10);
}

// Microseconds since 1970 as 2026-03-04T05:06:07.890123Z; the days by Howard Hinnant's civil_from_days.
static void put_time(int64_t time) {
  const int64_t seconds = time / 1000000, day = seconds / 86400 + 719468, era = day / 146097, of_era = day % 146097;
  const int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365, of_year = of_era - (365 * year + year / 4 - year / 100);
  const int64_t shifted = (5 * of_year + 2) / 153, month = shifted < 10 ? shifted + 3 : shifted - 9;
  char *text = memcpy(output + queued, "0000-00-00T00:00:00.000000Z", 27);
  put_digits(text, year + era * 400 + (month <= 2), 4);
  put_digits(text + 5, month, 2);
  put_digits(text + 8, of_year - (153 * shifted + 2) / 5 + 1, 2);
  put_digits(text + 11, seconds % 86400 / 3600, 2);
  put_digits(text + 14, seconds % 3600 / 60, 2);
  put_digits(text + 17, seconds % 60, 2);
  put_digits(text + 20, time % 1000000, 6);
  queued += 27;
}

static void put_row(sqlite3_stmt *statement) {
  PUT("{\"id\":\"");
  put_column(statement, 0);
  PUT("\",\"name\":\"");
  put_column(statement, 1);
  PUT("\",\"nats_account_id\":\"");
  put_column(statement, 2);
  PUT("\",\"region\":\"local\",\"created_at\":\"");
  put_time(sqlite3_column_int64(statement, 3));
  PUT("\",\"updated_at\":\"");
  put_time(sqlite3_column_int64(statement, 3));
  PUT("\",\"checksum\":\"");
  put_column(statement, 4);
  PUT("\",\"state\":\"");
  put_column(statement, 5);
  PUT("\",\"credentials\":null}");
}

// The text behind a mark, up to the next quote or comma.
static size_t member(const char *line, size_t length, const char *mark, const char **value) {
  const char *found = memmem(line, length, mark, strlen(mark));
  require(found != NULL, mark);
  *value = found + strlen(mark);
  return strcspn(*value, "\",}");
}

static void put_one(const char *id) {
  sqlite3_bind_text(get, 1, id, ID, NULL);
  require(sqlite3_step(get) == ROW, "no such row");
  put_row(get);
  sqlite3_reset(get);
}

// The rows after that number, which is moved on; gives how many.
static int put_rows(int64_t *number) {
  sqlite3_bind_int64(page, 1, *number);
  int rows = 0;
  while (sqlite3_step(page) == ROW) {
    if (rows++) PUT(",");
    put_row(page);
    if (rows == PAGE) *number = sqlite3_column_int64(page, 6);
  }
  sqlite3_reset(page);
  return rows;
}

static void put_page(void) {
  require(sqlite3_step(total) == ROW, "total");
  PUT("{\"total_count\":");
  put_number(sqlite3_column_int64(total, 0));
  sqlite3_reset(total);
  PUT(",\"nats_credentials\":[");
  put_rows(&(int64_t){0});
  PUT("],\"page\":1,\"page_size\":100,\"region\":\"local\"}");
}

static void stream(const char *id, size_t length) {
  int64_t number = 0, count = 0;
  for (int rows = PAGE; rows == PAGE;) {
    const size_t part = queued;
    PUT("{\"jsonrpc\":\"2.0\",\"method\":\"$/progress\",\"params\":{\"token\":");
    put(id, length);
    PUT(",\"value\":{\"nats_credentials\":[");
    rows = put_rows(&number);
    PUT("]}}}\n");
    if (!rows) queued = part;
    count += rows;
    if (queued > OUTPUT_SIZE - LONGEST_ANSWER) flush();
  }
  PUT("{\"jsonrpc\":\"2.0\",\"id\":");
  put(id, length);
  PUT(",\"result\":{\"items\":");
  put_number(count);
  PUT(",\"complete\":true}");
}

static void put_text(char *to, const unsigned char *bytes, int count, const char *digits) {
  for (int i = 0; i < count; i++) to[i] = digits[bytes[i] % 32];
}

static void create(const char *name, size_t name_length) {
  static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", base16[] = "0123456789abcdef0123456789abcdef";
  unsigned char seed[32], public[KEY] = {0}, signature[64], random[ID + 40], token[TOKEN] = {0};
  char id[ID], user[KEY] = "U", checksum[40];
  require(getrandom(seed, sizeof seed, 0) == sizeof seed && getrandom(random, sizeof random, 0) == sizeof random, "getrandom");
  void *key = EVP_PKEY_new_raw_private_key(ED25519, NULL, seed, sizeof seed);
  size_t size = sizeof public;
  require(key && EVP_PKEY_get_raw_public_key(key, public, &size), "a key");
  EVP_PKEY_free(key);
  memcpy(token, public, size);
  void *context = EVP_MD_CTX_new();
  size = sizeof signature;
  require(EVP_DigestSignInit(context, NULL, NULL, NULL, signer) && EVP_DigestSign(context, signature, &size, token, sizeof token), "a signature");
  EVP_MD_CTX_free(context);
  put_text(id, random, ID, base16);
  id[8] = id[13] = id[18] = id[23] = '-';
  put_text(user + 1, public, KEY - 1, base32);
  put_text(checksum, random + ID, 40, base16);

  if (!is_writing) run(begin);
  is_writing = 1;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  sqlite3_bind_text(insert, 1, id, ID, NULL);
  sqlite3_bind_text(insert, 2, account, KEY, NULL);
  sqlite3_bind_text(insert, 3, name, (int)name_length, NULL);
  sqlite3_bind_text(insert, 4, user, KEY, NULL);
  sqlite3_bind_int64(insert, 5, now.tv_sec * 1000000 + now.tv_nsec / 1000);
  sqlite3_bind_text(insert, 6, checksum, sizeof checksum, NULL);
  run(insert);
  run(issue);
  run(grow);
  put_one(id);
}

static void answer(const char *line, size_t length) {
  const char *id, *method, *value;
  const size_t id_length = member(line, length, "\"id\":", &id);
  member(line, length, "\"credentials.", &method);
  if (queued > OUTPUT_SIZE - LONGEST_ANSWER) flush();
  if (*method == 's') {
    stream(id, id_length);
  } else {
    PUT("{\"jsonrpc\":\"2.0\",\"id\":");
    put(id, id_length);
    PUT(",\"result\":");
    if (*method == 'g') {
      member(line, length, "\"nats_credentials_id\":\"", &value);
      put_one(value);
    } else if (*method == 'c') {
      const size_t name_length = member(line, length, "\"name\":\"", &value);
      create(value, name_length);
    } else {
      put_page();
    }
  }
  PUT("}\n");
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  open_store(arguments[1]);
  signer = EVP_PKEY_new_raw_private_key(ED25519, NULL, (const unsigned char[32]){1}, 32);
  require(signer != NULL, "the signer's key");
  size_t filled = 0;
  for (;;) {
    const ssize_t size = read(0, input + filled, INPUT_SIZE - filled);
    if (size <= 0) {
      sqlite3_exec(store, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
      return size < 0;
    }
    filled += (size_t)size;
    char *line = input, *const end = input + filled, *feed;
    while ((feed = memchr(line, '\n', (size_t)(end - line)))) {
      answer(line, (size_t)(feed - line));
      line = feed + 1;
    }
    flush();
    filled = (size_t)(end - line);
    if (filled == INPUT_SIZE) return 1;
    memmove(input, line, filled);
  }
}
