/* The bare relay that bench.relay holds the bridge to: bytes from one socket to another, and nothing else.
 *
 * `relay` prints its port on 127.0.0.1. Of the connections that come, the first and the second are a pair, the third
 * and the fourth, and so on: what one of them says is told to the other. It ends with its standard input.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_FDS = 65536, READ_BYTES = 65536, EVENTS = 256 };

static int mate[MOST_FDS];

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int listen_anywhere(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) || listen(fd, 1024)) die("listen");
    if (getsockname(fd, (struct sockaddr *)&address, &size)) die("getsockname");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

/* Wait for a socket that takes no more: this relay has one queue, the kernel's. */
static void send_all(int fd, const char *bytes, ssize_t left) {
    while (left > 0) {
        ssize_t sent = send(fd, bytes, left, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            struct pollfd room = {.fd = fd, .events = POLLOUT};
            poll(&room, 1, 1000);
        } else if (sent < 0) {
            return;
        } else {
            bytes += sent;
            left -= sent;
        }
    }
}

int main(void) {
    static char bytes[READ_BYTES];
    struct epoll_event events[EVENTS], wanted = {.events = EPOLLIN};
    int loop = epoll_create1(0), door = listen_anywhere(), alone = -1;
    for (int fd = 0; fd < MOST_FDS; fd++) mate[fd] = -1;
    wanted.data.fd = door;
    epoll_ctl(loop, EPOLL_CTL_ADD, door, &wanted);
    wanted.data.fd = STDIN_FILENO;
    epoll_ctl(loop, EPOLL_CTL_ADD, STDIN_FILENO, &wanted);
    for (;;) {
        int ready = epoll_wait(loop, events, EVENTS, -1);
        for (int each = 0; each < ready; each++) {
            int fd = events[each].data.fd;
            if (fd == STDIN_FILENO) return 0;
            if (fd == door) {
                int yes = 1, next = accept4(door, NULL, NULL, SOCK_NONBLOCK);
                if (next < 0 || next >= MOST_FDS) continue;
                setsockopt(next, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                if (alone >= 0) {
                    mate[next] = alone;
                    mate[alone] = next;
                    alone = -1;
                } else {
                    alone = next;
                }
                wanted.data.fd = next;
                epoll_ctl(loop, EPOLL_CTL_ADD, next, &wanted);
                continue;
            }
            ssize_t got = recv(fd, bytes, sizeof bytes, 0);
            if (got < 0 && errno == EAGAIN) continue;
            if (got <= 0) {
                if (mate[fd] >= 0) mate[mate[fd]] = -1;
                if (alone == fd) alone = -1;
                mate[fd] = -1;
                close(fd);
            } else if (mate[fd] >= 0) {
                send_all(mate[fd], bytes, got);
            }
        }
    }
}
