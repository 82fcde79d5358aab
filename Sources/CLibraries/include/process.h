#ifndef NCB_PROCESS_H
#define NCB_PROCESS_H

/// What the program was started with, as the system handed it over, its own name first; 0 if nothing was.
int ncb_process_argument_count(void);
/// `index` is below the count.
const char *_Nullable ncb_process_argument(int index);

/// As the program was called, without its folder.
const char *_Nonnull ncb_program_name(void);

/// The first act of the process: no crash report and no core file may show memory, files are made for their owner alone, and the
/// signals that end the process are not blocked, whatever mask was handed down.
void ncb_process_hush(void);

/// From now on SIGTERM, SIGINT and SIGHUP write their number as one byte to `descriptor` (nonblocking), from the signal handler. One that
/// was ignored when the process began stays ignored.
void ncb_process_forward_signals(int descriptor);

/// From now on they end the process again, but for one that was ignored when it began.
void ncb_process_default_signals(void);

#endif
