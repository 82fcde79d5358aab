#ifndef CLIBRARIES_H
#define CLIBRARIES_H
#endif
