// One call from JavaScript: its arguments are taken with the *_arg functions, its result is given by finish().
//
// An argument of the wrong kind sets `bad` and throws a TypeError; the function then returns NULL without making its system
// call. Every N-API status is checked.

#ifndef MARKERFS_CALL_H
#define MARKERFS_CALL_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_ARGUMENTS 6

struct call {
  napi_env env;
  napi_value arguments[MAX_ARGUMENTS];
  bool bad;
};

struct bytes {
  uint8_t *data;
  size_t length;
};

// Takes the arguments; fewer than `count` is an error.
struct call begin(napi_env env, napi_callback_info info, size_t count);

// Numbers with a fraction, and those that do not fit, are wrong arguments.
int32_t int_arg(struct call *call, size_t index);
uint32_t uint_arg(struct call *call, size_t index);

// A 64-bit number: a BigInt, or a Number that is a safe integer. Unsigned values above INT64_MAX wrap as in C.
int64_t long_arg(struct call *call, size_t index);

// A Uint8Array or Buffer.
struct bytes bytes_arg(struct call *call, size_t index);

// The same, at least `length` bytes long.
void *struct_arg(struct call *call, size_t index, size_t length);

// The same, or null.
void *struct_or_null_arg(struct call *call, size_t index, size_t length);

// A byte string whose last byte is NUL (and may hold none before it).
const char *name_arg(struct call *call, size_t index);

// The system call's result for JavaScript: `result`, or -errno when it is -1. Values beyond 2^53 become BigInts.
napi_value finish(struct call *call, int64_t result);

#endif
