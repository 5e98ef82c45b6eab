/*
 * The floor of the comparison: one thread, one epoll, one shared buffer that is written to every socket. It knows one topic, no ids, no history and
 * no keep-alive, so a server that does anything at all for its clients costs more than this.
 *
 *   floor PORT            GET /sub/...   a stream        POST /pub/...   the body (Content-Length) becomes the data of an event
 *
 * The events of the last moments lie one after the other in a ring; a connection is a position in it. What arrived in one turn of the loop goes out in
 * one send per connection. A connection that is a whole ring behind is cut.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define RING (64u << 20)
#define TURN 512
#define MAX_BODY (4u << 20)

struct connection {
    int fd;
    int slot;          /* in the list of streams; -1: not a stream */
    int waits_to_write;
    uint64_t sent;     /* position in the ring */
    char *in;          /* what has been read of a request */
    size_t used, size;
};

static char *ring;
static uint64_t head;
static struct connection **streams;
static int stream_count, stream_size;
static int poll_fd;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void watch(struct connection *c, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(poll_fd, operation, c->fd, &event) != 0)
        die("epoll_ctl");
}

static void drop(struct connection *c) {
    if (c->slot >= 0) {
        streams[c->slot] = streams[--stream_count];
        streams[c->slot]->slot = c->slot;
    }
    close(c->fd);
    free(c->in);
    free(c);
}

/* Returns 0 when the connection is gone. */
static int write_stream(struct connection *c) {
    if (head - c->sent > RING) {
        drop(c);
        return 0;
    }
    while (c->sent < head) {
        size_t at = c->sent % RING, n = head - c->sent;
        if (n > RING - at)
            n = RING - at;
        ssize_t sent = send(c->fd, ring + at, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            c->sent += sent;
        } else if (errno == EAGAIN) {
            if (!c->waits_to_write) {
                c->waits_to_write = 1;
                watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
            }
            return 1;
        } else {
            drop(c);
            return 0;
        }
    }
    if (c->waits_to_write) {
        c->waits_to_write = 0;
        watch(c, EPOLL_CTL_MOD, EPOLLIN);
    }
    return 1;
}

static void append(const char *bytes, size_t n) {
    size_t at = head % RING, first = n < RING - at ? n : RING - at;
    memcpy(ring + at, bytes, first);
    memcpy(ring, bytes + first, n - first);
    head += n;
}

static void add_stream(struct connection *c) {
    static const char response[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n:\n\n";
    if (stream_count == stream_size) {
        stream_size = stream_size ? 2 * stream_size : 1024;
        streams = realloc(streams, stream_size * sizeof *streams);
        if (!streams)
            die("realloc");
    }
    c->slot = stream_count;
    streams[stream_count++] = c;
    c->sent = head;
    free(c->in);
    c->in = NULL;
    c->used = c->size = 0;
    send(c->fd, response, sizeof response - 1, MSG_NOSIGNAL);
}

/* Takes the requests that are complete. Returns 0 when the connection is gone. */
static int take_requests(struct connection *c) {
    static const char response[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    for (;;) {
        char *end = c->used ? memmem(c->in, c->used, "\r\n\r\n", 4) : NULL;
        if (!end)
            return 1;
        size_t head_size = end + 4 - c->in, body_size = 0;
        if (strncmp(c->in, "GET /sub", 8) == 0) {
            add_stream(c);
            return 1;
        }
        *end = 0;
        char *length = strcasestr(c->in, "content-length:");
        if (length)
            body_size = strtoul(length + 15, NULL, 10);
        *end = '\r';
        if (body_size > MAX_BODY) {
            drop(c);
            return 0;
        }
        if (c->used < head_size + body_size)
            return 1;
        if (strncmp(c->in, "POST ", 5) == 0) {
            append("data: ", 6);
            append(c->in + head_size, body_size);
            append("\n\n", 2);
        }
        send(c->fd, response, sizeof response - 1, MSG_NOSIGNAL);
        c->used -= head_size + body_size;
        memmove(c->in, c->in + head_size + body_size, c->used);
    }
}

static void read_connection(struct connection *c) {
    char scratch[256];
    if (c->slot >= 0) { /* a stream has nothing to say but goodbye */
        ssize_t n = recv(c->fd, scratch, sizeof scratch, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            drop(c);
        return;
    }
    if (c->size - c->used < 4096) {
        c->size = c->size ? 2 * c->size : 4096;
        c->in = realloc(c->in, c->size + 1);
        if (!c->in)
            die("realloc");
    }
    ssize_t n = recv(c->fd, c->in + c->used, c->size - c->used, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        drop(c);
    } else if (n > 0) {
        c->used += n;
        c->in[c->used] = 0;
        take_requests(c);
    }
}

int main(int argc, char **argv) {
    struct rlimit files;
    struct epoll_event events[TURN];
    struct connection listener = {.slot = -1};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;

    if (argc != 2) {
        fprintf(stderr, "usage: floor PORT\n");
        return 2;
    }
    address.sin_port = htons(atoi(argv[1]));
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    ring = malloc(RING);
    poll_fd = epoll_create1(0);
    listener.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (!ring || poll_fd < 0 || bind(listener.fd, (void *)&address, sizeof address) != 0 || listen(listener.fd, 65535) != 0)
        die("floor");
    watch(&listener, EPOLL_CTL_ADD, EPOLLIN);

    for (;;) {
        uint64_t before = head;
        int n = epoll_wait(poll_fd, events, TURN, -1);
        if (n < 0 && errno != EINTR)
            die("epoll_wait");
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (c == &listener) {
                int fd;
                while ((fd = accept4(listener.fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    c = calloc(1, sizeof *c);
                    if (!c)
                        die("calloc");
                    c->fd = fd;
                    c->slot = -1;
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    watch(c, EPOLL_CTL_ADD, EPOLLIN);
                }
            } else if (events[i].events & ~EPOLLOUT) {
                read_connection(c);
            } else {
                write_stream(c);
            }
        }
        if (head != before) {
            for (int i = 0; i < stream_count;) {
                struct connection *c = streams[i];
                /* One that is dropped leaves its slot to another; one that cannot take more is written to when it can. */
                i += c->waits_to_write ? 1 : write_stream(c);
            }
        }
    }
}
