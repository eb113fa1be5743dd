// Many slow HTTP calls in flight on one thread: libcurl's multi interface over epoll, nothing else.
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "limit.h"

static CURLM *multi;
static int poller;
static long timeout_ms = -1;

struct reply {
    char *bytes;
    size_t length;
};

static size_t keep(char *bytes, size_t size, size_t count, void *context)
{
    struct reply *reply = context;
    char *larger = realloc(reply->bytes, reply->length + size * count);
    if (larger == 0) return 0;
    memcpy(larger + reply->length, bytes, size * count);
    reply->bytes = larger;
    reply->length += size * count;
    return size * count;
}

static int watch(CURL *easy, curl_socket_t socket, int what, void *context, void *known)
{
    (void)easy, (void)context;
    struct epoll_event event = {.data.fd = socket};
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(poller, EPOLL_CTL_DEL, socket, &event);
        return 0;
    }
    if (what != CURL_POLL_OUT) event.events |= EPOLLIN;
    if (what != CURL_POLL_IN) event.events |= EPOLLOUT;
    epoll_ctl(poller, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
    curl_multi_assign(multi, socket, &poller);
    return 0;
}

static int set_timer(CURLM *of, long milliseconds, void *context)
{
    (void)of, (void)context;
    timeout_ms = milliseconds;
    return 0;
}

static double cpu_seconds(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec
        + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static long resident_kilobytes(const char *field)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    long value = 0;
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, field, strlen(field)) == 0) value = atol(line + strlen(field));
    if (status) fclose(status);
    return value;
}

static CURL *begin(const char *url, const char *body, struct curl_slist *headers)
{
    CURL *easy = curl_easy_init();
    struct reply *reply = calloc(1, sizeof *reply);
    if (easy == 0 || reply == 0) limit_fail("calls", "out of memory");
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, reply);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, reply);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_multi_add_handle(multi, easy);
    return easy;
}

/// Takes what ended; answers how many, and counts those that failed.
static int finish(int *failed)
{
    int ended = 0, left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left)) != 0) {
        CURL *easy = message->easy_handle;
        long status = 0;
        struct reply *reply;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &reply);
        if (message->data.result != CURLE_OK || status != 200) *failed += 1;
        curl_multi_remove_handle(multi, easy);
        curl_easy_cleanup(easy);
        free(reply->bytes);
        free(reply);
        ended += 1;
    }
    return ended;
}

static void await(int wanted, int *failed)
{
    struct epoll_event events[256];
    int running = 0;
    while (wanted > 0) {
        int ready = epoll_wait(poller, events, 256, timeout_ms < 0 ? 1000 : (int)timeout_ms);
        if (ready == 0) {
            timeout_ms = -1;
            curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        for (int place = 0; place < ready; place++) {
            unsigned seen = events[place].events;
            int what = (seen & EPOLLIN ? CURL_CSELECT_IN : 0)
                | (seen & EPOLLOUT ? CURL_CSELECT_OUT : 0)
                | (seen & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
            curl_multi_socket_action(multi, events[place].data.fd, what, &running);
        }
        wanted -= finish(failed);
    }
}

// calls URL COUNT BODY: one call to warm up, then COUNT at once.
int limit_calls(int count, char **arguments)
{
    if (count < 3) limit_fail("calls", "too few arguments");
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    poller = epoll_create1(EPOLL_CLOEXEC);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, atol(arguments[1]));
    struct curl_slist *headers = curl_slist_append(0, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");

    int failed = 0, calls = atoi(arguments[1]);
    begin(arguments[0], arguments[2], headers);
    await(1, &failed);
    long idle = resident_kilobytes("VmRSS:");
    double cpu = cpu_seconds();
    int64_t started = limit_now();
    for (int call = 0; call < calls; call++) begin(arguments[0], arguments[2], headers);
    await(calls, &failed);
    printf(
        "{\"seconds\":%.6f,\"cpu_seconds\":%.6f,\"idle_kb\":%ld,\"peak_kb\":%ld,\"failed\":%d}\n",
        (limit_now() - started) / 1e9, cpu_seconds() - cpu, idle, resident_kilobytes("VmHWM:"),
        failed);
    curl_multi_cleanup(multi);
    return 0;
}
