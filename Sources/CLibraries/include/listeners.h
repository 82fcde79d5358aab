#ifndef NCB_LISTENERS_H
#define NCB_LISTENERS_H

#include <stdint.h>

/// A number that changes when a TCP socket of this machine begins to wait for connections, or ends; 0 where the system does not tell. Asked
/// of the kernel by netlink: /proc/net/tcp walks all connections, which takes ten milliseconds on a machine with much memory.
uint64_t ncb_listeners(void);

#endif
