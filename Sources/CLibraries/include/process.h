#ifndef NCB_PROCESS_H
#define NCB_PROCESS_H

/// The first act of the process: no crash report and no core file may show memory, and files are made for their owner alone.
void ncb_process_hush(void);

/// From now on SIGTERM, SIGINT and SIGHUP write their number as one byte to `descriptor` (nonblocking), from the signal handler.
void ncb_process_forward_signals(int descriptor);

#endif
