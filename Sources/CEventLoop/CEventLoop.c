#define _GNU_SOURCE
#include "CEventLoop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

_Static_assert(EL_READ == EPOLLIN && EL_WRITE == EPOLLOUT, "event bits are epoll's");
_Static_assert(EL_FAULT == (EPOLLERR | EPOLLHUP), "event bits are epoll's");

int el_poller_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int el_poller_set(int poller, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    // A closed descriptor leaves epoll by itself, so whether `fd` is still known can't be told
    // from our side: change first, add when the kernel has forgotten it.
    if (epoll_ctl(poller, EPOLL_CTL_MOD, fd, &event) == 0) return 0;
    if (errno != ENOENT) return errno;
    return epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

void el_poller_remove(int poller, int fd) {
    struct epoll_event unused = {0};
    epoll_ctl(poller, EPOLL_CTL_DEL, fd, &unused);
}

int el_poller_wait(int poller, struct el_event *events, int capacity, bool block) {
    struct epoll_event ready[256];
    if (capacity > 256) capacity = 256;
    int count = epoll_wait(poller, ready, capacity, block ? -1 : 0);
    if (count < 0) return 0;
    for (int i = 0; i < count; i++) {
        events[i].token = ready[i].data.u64;
        events[i].events = ready[i].events;
    }
    return count;
}

int el_wake_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void el_wake_send(int wake) {
    uint64_t one = 1;
    ssize_t ignored = write(wake, &one, sizeof one);
    (void)ignored;
}

void el_wake_drain(int wake) {
    uint64_t count;
    ssize_t ignored = read(wake, &count, sizeof count);
    (void)ignored;
}

int el_timer_create(void) { return timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK); }

void el_timer_arm(int timer, uint64_t deadline) {
    if (deadline == 0) deadline = 1; // zero would disarm
    struct itimerspec spec = {
        .it_value = {.tv_sec = (time_t)(deadline / 1000000000u),
                     .tv_nsec = (long)(deadline % 1000000000u)},
    };
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &spec, NULL);
}

void el_timer_drain(int timer) { el_wake_drain(timer); }

uint64_t el_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct thread_start {
    void (*body)(void *);
    void *context;
    char name[16];
};

static void *thread_main(void *argument) {
    struct thread_start start = *(struct thread_start *)argument;
    free(argument);
    pthread_setname_np(pthread_self(), start.name);
    start.body(start.context);
    return NULL;
}

int el_thread_start(const char *name, void (*body)(void *), void *context) {
    struct thread_start *start = calloc(1, sizeof *start);
    if (start == NULL) return ENOMEM;
    start->body = body;
    start->context = context;
    strncpy(start->name, name, sizeof start->name - 1);

    // A new thread inherits the mask: signals stay with the threads that expect them.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    int failure = pthread_create(&thread, &attributes, thread_main, start);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure != 0) free(start);
    return failure;
}

static _Thread_local const void *current_loop;

const void *el_current_loop(void) { return current_loop; }
void el_set_current_loop(const void *loop) { current_loop = loop; }
