#ifndef CLIBRARIES_H
#define CLIBRARIES_H

// What Swift cannot say, one header a library.
#include "crypto.h"
#include "curl.h"
#include "files.h"
#include "listeners.h"
#include "process.h"
#include "sqlite.h"

#endif
