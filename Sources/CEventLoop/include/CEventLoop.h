// The parts of Linux that Swift's Glibc module does not carry: epoll, eventfd, timerfd, thread names.
// No feature macros here: in a module header they change the layout of libc's structs for every
// importer. They are defined in the .c file only.
#pragma once
#include <stdbool.h>
#include <stdint.h>

/// One ready descriptor: the token given to `el_poller_set` and its epoll event bits.
struct el_event {
    uint64_t token;
    uint32_t events;
};

enum {
    EL_READ = 1,   // EPOLLIN
    EL_WRITE = 4,  // EPOLLOUT
    EL_FAULT = 24, // EPOLLERR | EPOLLHUP, always reported
};

/// A new epoll descriptor, or -1 with errno set.
int el_poller_create(void);

/// Registers `fd` for `events` (EL_READ, EL_WRITE) under `token`, adding or changing as needed.
/// Returns 0 or errno.
int el_poller_set(int poller, int fd, uint32_t events, uint64_t token);

/// Forgets `fd`. An unknown descriptor is not an error.
void el_poller_remove(int poller, int fd);

/// Waits for events; `block` false only polls. Returns the number filled in, 0 on EINTR.
int el_poller_wait(int poller, struct el_event *events, int capacity, bool block);

/// An eventfd to wake a sleeping loop, or -1.
int el_wake_create(void);
void el_wake_send(int wake);
void el_wake_drain(int wake);

/// A timerfd on the clock of `el_now`, or -1.
int el_timer_create(void);
/// Fires at `deadline` (nanoseconds of `el_now`); a deadline in the past fires at once.
void el_timer_arm(int timer, uint64_t deadline);
void el_timer_drain(int timer);

/// Nanoseconds of CLOCK_BOOTTIME: monotonic, and counts the time a machine was suspended.
uint64_t el_now(void);

/// Starts a detached thread with every signal blocked. Returns 0 or errno.
int el_thread_start(const char *name, void (*body)(void *context), void *context);

/// The loop that owns the calling thread (set once by that thread), or NULL.
const void *el_current_loop(void);
void el_set_current_loop(const void *loop);
