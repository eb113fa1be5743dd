#pragma once

// libcurl's option functions are variadic and therefore invisible to Swift. One wrapper for each
// argument type stands in; the few macros Swift cannot import follow as constants.

#include <curl/curl.h>

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

/// Lets libcurl copy as many bytes of a body as CURLOPT_POSTFIELDSIZE_LARGE has said.
static inline CURLcode ccurl_copy_body(CURL *easy, const void *bytes) {
    return curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, bytes);
}

static inline CURLcode ccurl_set_list(
    CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

/// Serves CURLOPT_WRITEFUNCTION, CURLOPT_HEADERFUNCTION and CURLOPT_READFUNCTION.
typedef size_t (*ccurl_data_callback)(char *data, size_t size, size_t count, void *context);

static inline CURLcode ccurl_set_data_callback(
    CURL *easy, CURLoption option, ccurl_data_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}

static inline CURLcode ccurl_set_open_socket_callback(
    CURL *easy, curl_opensocket_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, callback);
}

static inline CURLcode ccurl_set_prereq_callback(CURL *easy, curl_prereq_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
}

static inline CURLcode ccurl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode ccurl_get_pointer(CURL *easy, CURLINFO info, void **value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode ccurl_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode ccurl_multi_set_socket_callback(
    CURLM *multi, curl_socket_callback callback) {
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callback);
}

static inline CURLMcode ccurl_multi_set_timer_callback(
    CURLM *multi, curl_multi_timer_callback callback) {
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callback);
}

/// The result code of a finished transfer (a union member in C).
static inline CURLcode ccurl_message_result(const CURLMsg *message) {
    return message->data.result;
}

/// The first of `addrlen` bytes; the declared type holds the smallest kind of address only.
static inline const void *ccurl_socket_address(const struct curl_sockaddr *address) {
    return &address->addr;
}

enum {
    CCURL_WRITE_PAUSE = CURL_WRITEFUNC_PAUSE,
    CCURL_READ_ABORT = CURL_READFUNC_ABORT,
    CCURL_PREREQ_OK = CURL_PREREQFUNC_OK,
    CCURL_PREREQ_ABORT = CURL_PREREQFUNC_ABORT,
    CCURL_PAUSE_CONTINUE = CURLPAUSE_CONT,
    CCURL_POLL_IN = CURL_POLL_IN,
    CCURL_POLL_OUT = CURL_POLL_OUT,
    CCURL_POLL_INOUT = CURL_POLL_INOUT,
    CCURL_POLL_REMOVE = CURL_POLL_REMOVE,
    CCURL_SELECT_IN = CURL_CSELECT_IN,
    CCURL_SELECT_OUT = CURL_CSELECT_OUT,
    CCURL_SELECT_ERROR = CURL_CSELECT_ERR,
    CCURL_HTTP_2_OVER_TLS = CURL_HTTP_VERSION_2TLS,
    CCURL_TLS_1_2 = CURL_SSLVERSION_TLSv1_2,
};

static const curl_socket_t ccurl_bad_socket = CURL_SOCKET_BAD;
static const curl_socket_t ccurl_timeout_socket = CURL_SOCKET_TIMEOUT;
static const long ccurl_global_default = CURL_GLOBAL_DEFAULT;
static const size_t ccurl_error_buffer_size = CURL_ERROR_SIZE;
