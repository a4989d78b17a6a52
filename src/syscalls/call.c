#include "call.h"

#include <errno.h>
#include <string.h>

#define MAX_SAFE_INTEGER 9007199254740991LL

static void fail(struct call *call, const char *message) {
  call->bad = true;
  bool pending = false;
  if (napi_is_exception_pending(call->env, &pending) == napi_ok && pending) return;
  // When even throwing fails there is nothing left to tell; the function still makes no system call.
  (void)napi_throw_type_error(call->env, NULL, message);
}

struct call begin(napi_env env, napi_callback_info info, size_t count) {
  struct call call = {.env = env, .bad = false};
  size_t given = MAX_ARGUMENTS;
  napi_status status = napi_get_cb_info(env, info, &given, call.arguments, NULL, NULL);
  if (status != napi_ok || given < count) fail(&call, "too few arguments");
  return call;
}

// N-API's own conversion would cut fractions off and wrap what is too large: a wrong descriptor may be somebody else's.
static int64_t whole_number(struct call *call, size_t index, int64_t least, int64_t most) {
  double number = 0;
  if (call->bad) return 0;
  if (napi_get_value_double(call->env, call->arguments[index], &number) != napi_ok) fail(call, "expected a number");
  // The comparison is false for NaN as well.
  bool within = number >= (double)least && number <= (double)most;
  if (!call->bad && !(within && number == (double)(int64_t)number)) fail(call, "expected a whole number that fits");
  return call->bad ? 0 : (int64_t)number;
}

int32_t int_arg(struct call *call, size_t index) {
  return (int32_t)whole_number(call, index, INT32_MIN, INT32_MAX);
}

uint32_t uint_arg(struct call *call, size_t index) {
  return (uint32_t)whole_number(call, index, 0, UINT32_MAX);
}

static int64_t from_bigint(struct call *call, napi_value argument) {
  int sign = 0;
  size_t words = 1;
  uint64_t magnitude = 0;
  if (napi_get_value_bigint_words(call->env, argument, &sign, &words, &magnitude) != napi_ok || words > 1) {
    fail(call, "expected a 64-bit BigInt");
    return 0;
  }
  return (int64_t)(sign ? 0 - magnitude : magnitude);
}

int64_t long_arg(struct call *call, size_t index) {
  if (call->bad) return 0;
  napi_valuetype type = napi_undefined;
  napi_value argument = call->arguments[index];
  if (napi_typeof(call->env, argument, &type) == napi_ok && type == napi_bigint) return from_bigint(call, argument);
  return whole_number(call, index, -MAX_SAFE_INTEGER, MAX_SAFE_INTEGER);
}

static bool is_null(struct call *call, size_t index) {
  napi_valuetype type = napi_undefined;
  if (napi_typeof(call->env, call->arguments[index], &type) != napi_ok) fail(call, "cannot tell an argument's type");
  return type == napi_null;
}

struct bytes bytes_arg(struct call *call, size_t index) {
  struct bytes bytes = {NULL, 0};
  if (call->bad) return bytes;
  void *data = NULL;
  bool view = false;
  napi_value argument = call->arguments[index];
  if (napi_is_typedarray(call->env, argument, &view) != napi_ok || !view ||
      napi_get_buffer_info(call->env, argument, &data, &bytes.length) != napi_ok) {
    fail(call, "expected a Uint8Array");
    return bytes;
  }
  // The engine gives no address for no bytes; system calls want one all the same.
  static uint8_t nothing;
  bytes.data = data == NULL ? &nothing : data;
  return bytes;
}

void *struct_or_null_arg(struct call *call, size_t index, size_t length) {
  return call->bad || is_null(call, index) ? NULL : struct_arg(call, index, length);
}

void *struct_arg(struct call *call, size_t index, size_t length) {
  struct bytes bytes = bytes_arg(call, index);
  if (!call->bad && bytes.length < length) fail(call, "the buffer is too short");
  return bytes.data;
}

const char *name_arg(struct call *call, size_t index) {
  struct bytes bytes = bytes_arg(call, index);
  if (call->bad) return NULL;
  bool terminated = bytes.length > 0 && memchr(bytes.data, 0, bytes.length) == bytes.data + bytes.length - 1;
  if (!terminated) fail(call, "expected a byte string that ends with its only NUL");
  return (const char *)bytes.data;
}

napi_value finish(struct call *call, int64_t result) {
  int64_t value = result == -1 ? -(int64_t)errno : result;
  napi_value answer = NULL;
  bool safe = value >= -MAX_SAFE_INTEGER && value <= MAX_SAFE_INTEGER;
  napi_status status = safe ? napi_create_int64(call->env, value, &answer)
                            : napi_create_bigint_int64(call->env, value, &answer);
  if (status != napi_ok) fail(call, "cannot make the result");
  return answer;
}
