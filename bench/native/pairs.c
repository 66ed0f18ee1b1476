/* Robots and the people who drive them, for bench.relay and bench.connections: they talk, and note when it arrives.
 *
 * `pairs PORT COUNT RATE_HZ WARM_S SECONDS IS_BARE PID` connects COUNT times to 127.0.0.1, where PID relays. Its standard input is lines: a
 * drive command, a robot's telemetry, both with `@@@@@@@@@@` where a number goes, then the hello of each connection:
 * robot, its driver, the next robot, and so on. A bare relay gets no upgrade and no hello.
 *
 * RATE_HZ: every driver sends so many commands a second, every robot telemetry 20 times, all of them in turn. 0: each
 * driver sends its next command when the last has arrived. Below 0: nobody says anything, but answers pings.
 *
 * It prints `open`, waits for a line on its standard input, talks, and prints one JSON object and then the one-way time
 * of each command that was sent when it was warm, in ns, as 32-bit integers in the host's order.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { FRAME_MOST = 40000, LINE_MOST = 8192, EVENTS = 256, MARK = 10, MOST_STAMPS = 1 << 22, A_HOST = 100 };
enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };
static const int64_t NS = 1000000000, FIRST = 1000000000;
static const int TELEMETRY_HZ = 20;

struct frame { unsigned char bytes[LINE_MOST + 8]; int size, mark; };
struct connection { int fd, filled, is_welcome; unsigned char *buffer; };

static struct connection *all;
static int count, loop, is_bare, is_closed_loop, is_over, port, relay_pid, welcomes;
static struct frame drive, telemetry;
static int64_t *sent_ns, made, made_cold, begin_ns, end_ns, arrived, beacons, latest_ns, lost_to_buffers, ran_ns;
static uint32_t *times;
static int64_t timed;

static void die(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ns(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * NS + at.tv_nsec;
}

/* A client's frame, with a mask of zeros (RFC 6455, 5.2). */
static void make_frame(struct frame *frame, int opcode, const char *text, int size) {
    unsigned char *at = frame->bytes;
    *at++ = 0x80 | opcode;
    if (size < 126) {
        *at++ = 0x80 | size;
    } else {
        *at++ = 0x80 | 126;
        *at++ = size >> 8;
        *at++ = size & 255;
    }
    memset(at, 0, 4);
    at += 4;
    memcpy(at, text, size);
    frame->size = at + size - frame->bytes;
    unsigned char *mark = memmem(frame->bytes, frame->size, "@@@@@@@@@@", MARK);
    frame->mark = mark ? mark - frame->bytes : -1;
}

static int read_line(char *line) {
    if (!fgets(line, LINE_MOST, stdin)) die("expected another line on standard input");
    int size = strcspn(line, "\n");
    line[size] = 0;
    return size;
}

/* What does not fit into the kernel's buffer is not said. */
static int say(struct connection *to, const struct frame *frame) {
    ssize_t sent = send(to->fd, frame->bytes, frame->size, MSG_NOSIGNAL);
    if (sent == frame->size) return 1;
    if (sent > 0) die("a frame went in half");
    if (errno != EAGAIN) die("send");
    lost_to_buffers++;
    return 0;
}

static void say_numbered(struct connection *to, struct frame *frame, int64_t number) {
    for (int digit = MARK - 1; digit >= 0; digit--, number /= 10) frame->bytes[frame->mark + digit] = '0' + number % 10;
    say(to, frame);
}

static void send_drive(int pair) {
    int64_t number = made++;
    sent_ns[number % MOST_STAMPS] = now_ns();
    say_numbered(&all[2 * pair + 1], &drive, FIRST + number);
}

static void heard_drive(int pair, const unsigned char *text, int size) {
    static const char key[] = "\"seq\":";
    const unsigned char *found = memmem(text, size, key, sizeof key - 1);
    if (!found) return;
    int64_t at_ns = now_ns(), number = strtoll((const char *)found + sizeof key - 1, NULL, 10) - FIRST;
    if (number < 0 || number >= made) return;  /* the bridge's own */
    int64_t left_ns = sent_ns[number % MOST_STAMPS];
    if (begin_ns && at_ns < end_ns && (is_closed_loop ? at_ns : left_ns) >= begin_ns) {
        arrived++;
        if (timed < MOST_STAMPS) times[timed++] = at_ns - left_ns;
    }
    if (is_closed_loop && !is_over) send_drive(pair);
}

static void heard(int number, int opcode, const unsigned char *text, int size) {
    struct connection *from = &all[number];
    struct frame pong;
    if (opcode == TEXT && !from->is_welcome) {
        from->is_welcome = 1;
        welcomes++;
    } else if (opcode == TEXT && number % 2 == 0) {
        heard_drive(number / 2, text, size);
    } else if (opcode == TEXT) {
        beacons += memmem(text, size, "\"tick\":", 7) != NULL;
    } else if (opcode == PING) {
        make_frame(&pong, PONG, (const char *)text, size);
        say(from, &pong);
    } else if (opcode == CLOSE) {
        fprintf(stderr, "the bridge closed connection %d: %.*s\n", number, size > 2 ? size - 2 : 0, text + 2);
        exit(1);
    }
}

static void read_frames(int number) {
    struct connection *from = &all[number];
    ssize_t got = recv(from->fd, from->buffer + from->filled, FRAME_MOST - from->filled, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) die("a connection ended");
    from->filled += got;
    unsigned char *at = from->buffer, *until = at + from->filled;
    while (until - at >= 2) {
        int head = 2, size = at[1] & 127;
        if (size == 126) {
            if (until - at < 4) break;
            size = at[2] << 8 | at[3];
            head = 4;
        } else if (size == 127) {
            die("a frame is too long");
        }
        head += at[1] & 128 ? 4 : 0;
        if (until - at < head + size) break;
        heard(number, at[0] & 15, at + head, size);
        at += head + size;
    }
    from->filled = until - at;
    memmove(from->buffer, at, from->filled);
}

static void poll_once(int timeout_ms) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(loop, events, EVENTS, timeout_ms);
    for (int each = 0; each < ready; each++)
        if (events[each].data.u32 < (uint32_t)count) read_frames(events[each].data.u32);
}

static void shake_hands(int fd, const char *hello, int size) {
    static const char upgrade[] =
        "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    char words[512], answer[2048];
    int asked = snprintf(words, sizeof words, upgrade, port), heard_bytes = 0;
    if (send(fd, words, asked, MSG_NOSIGNAL) != asked) die("send an upgrade");
    do {
        if (heard_bytes == sizeof answer - 1 || recv(fd, answer + heard_bytes, 1, 0) != 1) die("hear the upgrade");
        answer[++heard_bytes] = 0;
    } while (heard_bytes < 4 || memcmp(answer + heard_bytes - 4, "\r\n\r\n", 4));
    if (strncmp(answer, "HTTP/1.1 101", 12)) {
        fprintf(stderr, "expected an upgrade, got %.60s\n", answer);
        exit(1);
    }
    struct frame frame;
    make_frame(&frame, TEXT, hello, size);
    if (send(fd, frame.bytes, frame.size, MSG_NOSIGNAL) != frame.size) die("say hello");
}

static void open_connection(int number, const char *hello, int size) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f010001 + number / A_HOST)};
    struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = number};
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof from)) die("bind");
    if (connect(fd, (struct sockaddr *)&to, sizeof to)) die("connect");
    all[number] = (struct connection){.fd = fd, .is_welcome = is_bare, .buffer = malloc(FRAME_MOST)};
    welcomes += is_bare;
    if (!is_bare) shake_hands(fd, hello, size);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    epoll_ctl(loop, EPOLL_CTL_ADD, fd, &wanted);
}

static void open_all(void) {
    char line[LINE_MOST];
    make_frame(&drive, TEXT, line, read_line(line));
    make_frame(&telemetry, TEXT, line, read_line(line));
    for (int number = 0; number < count; number++) {
        int size = is_bare ? 0 : read_line(line);
        open_connection(number, line, size);
        poll_once(0);
    }
    for (int64_t until_ns = now_ns() + 10 * NS; welcomes < count; poll_once(100))
        if (now_ns() > until_ns) die("not everybody was welcomed");
}

/* How long the first thread of whoever relays has run, from the scheduler's own count. */
static int64_t relay_ran_ns(void) {
    char path[64];
    long long ran_ns = 0;
    snprintf(path, sizeof path, "/proc/%d/schedstat", relay_pid);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%lld", &ran_ns) != 1) die(path);
    fclose(file);
    return ran_ns;
}

/* Talk until the time is over; in turn, so that no two drivers send at once unless this process is late. */
static void talk(double rate_hz, double warm_s, double seconds) {
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), pairs = count / 2, driver = 0, robot = 0;
    int64_t start_ns = now_ns() + NS / 100, drive_gap_ns = rate_hz > 0 ? NS / (rate_hz * pairs) : 0;
    int64_t next_drive_ns = rate_hz > 0 ? start_ns : INT64_MAX;
    int64_t beacon_gap_ns = pairs ? NS / (TELEMETRY_HZ * pairs) : 0, next_beacon_ns = rate_hz < 0 ? INT64_MAX : start_ns;
    int64_t opens_ns = start_ns + warm_s * NS, closes_ns = opens_ns + seconds * NS, rings_ns = 0;
    struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = count};
    epoll_ctl(loop, EPOLL_CTL_ADD, timer, &wanted);
    if (is_closed_loop)
        for (int pair = 0; pair < pairs; pair++) send_drive(pair);
    for (int64_t now; (now = now_ns()) < closes_ns;) {
        if (!begin_ns && now >= opens_ns) {
            begin_ns = now;
            made_cold = made;
            ran_ns = -relay_ran_ns();
            end_ns = closes_ns + NS / 4;
        }
        if (now >= next_drive_ns && begin_ns && now - next_drive_ns > latest_ns) latest_ns = now - next_drive_ns;
        for (; now >= next_drive_ns; next_drive_ns += drive_gap_ns, driver = (driver + 1) % pairs) send_drive(driver);
        for (; now >= next_beacon_ns; next_beacon_ns += beacon_gap_ns, robot = (robot + 1) % pairs)
            say_numbered(&all[2 * robot], &telemetry, FIRST + now / 50000000 % FIRST);
        int64_t next_ns = next_drive_ns < next_beacon_ns ? next_drive_ns : next_beacon_ns;
        if (next_ns > closes_ns) next_ns = closes_ns;
        if (!begin_ns && next_ns > opens_ns) next_ns = opens_ns;
        if (next_ns != rings_ns) {
            struct itimerspec at = {.it_value = {.tv_sec = next_ns / NS, .tv_nsec = next_ns % NS}};
            timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
            rings_ns = next_ns;
        }
        poll_once(-1);
    }
    is_over = 1;
    end_ns = is_closed_loop ? 0 : end_ns;
    ran_ns += relay_ran_ns();
    for (int64_t until_ns = now_ns() + NS / 4; !is_closed_loop && now_ns() < until_ns;) poll_once(10);
}

int main(int argc, char **argv) {
    if (argc != 8) return 2;
    char go[LINE_MOST];
    double rate_hz = atof(argv[3]), warm_s = atof(argv[4]), seconds = atof(argv[5]);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    port = atoi(argv[1]);
    count = atoi(argv[2]);
    is_bare = atoi(argv[6]);
    relay_pid = atoi(argv[7]);
    is_closed_loop = rate_hz == 0;
    loop = epoll_create1(0);
    all = calloc(count, sizeof *all);
    sent_ns = calloc(MOST_STAMPS, sizeof *sent_ns);
    times = calloc(MOST_STAMPS, sizeof *times);
    open_all();
    printf("open\n");
    fflush(stdout);
    read_line(go);
    talk(rate_hz, warm_s, seconds);
    printf("{\"sent\": %ld, \"arrived\": %ld, \"beacons\": %ld, \"late_ns\": %ld, \"unsaid\": %ld, \"ran_ns\": %ld, \"times\": %ld}\n",
           (long)(made - made_cold), (long)arrived, (long)beacons, (long)latest_ns, (long)lost_to_buffers, (long)ran_ns, (long)timed);
    fwrite(times, sizeof *times, timed, stdout);
    return 0;
}
