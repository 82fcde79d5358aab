#include "listeners.h"

#ifdef __linux__
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// As include/net/tcp_states.h has it, which is not for programs.
enum { LISTENING = 10 };

static uint64_t mixed(uint64_t value) {
  value = (value ^ value >> 33) * 0xff51afd7ed558ccdULL;
  value = (value ^ value >> 33) * 0xc4ceb9fe1a85ec53ULL;
  return value ^ value >> 33;
}

// Adds what one family's sockets come to; 0 if the system does not tell.
static int add(int netlink, int family, uint64_t *sum) {
  struct {
    struct nlmsghdr header;
    struct inet_diag_req_v2 request;
  } question = {
    .header = {.nlmsg_len = sizeof question, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
    .request = {.sdiag_family = (uint8_t)family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = 1U << LISTENING},
  };
  if (send(netlink, &question, sizeof question, 0) != (ssize_t)sizeof question) return 0;
  _Alignas(struct nlmsghdr) char buffer[16 << 10];
  while (1) {
    ssize_t count = recv(netlink, buffer, sizeof buffer, 0);
    if (count <= 0) return 0;
    unsigned left = (unsigned)count;
    for (struct nlmsghdr *message = (struct nlmsghdr *)buffer; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE) return 1;
      if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg))) return 0;
      const struct inet_diag_msg *found = NLMSG_DATA(message);
      // A number that no other socket ever has, until the system starts anew.
      uint64_t cookie = (uint64_t)found->id.idiag_cookie[1] << 32 | found->id.idiag_cookie[0];
      *sum += mixed(cookie);
    }
  }
}

uint64_t ncb_listeners(void) {
  int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (netlink < 0) return 0;
  // The kernel answers at once; a filter of system calls that lets the question out and no response in must not hang anybody.
  struct timeval patience = {.tv_usec = 50000};
  uint64_t sum = 1;
  int is_told = setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 && add(netlink, AF_INET, &sum) &&
                add(netlink, AF_INET6, &sum);
  close(netlink);
  return is_told ? sum : 0;
}
#else
uint64_t ncb_listeners(void) { return 0; }
#endif
