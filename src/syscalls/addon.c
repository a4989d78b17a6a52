#include "functions.h"

#define PROPERTY(name) {#name, NULL, sys_##name, NULL, NULL, NULL, napi_enumerable, NULL},

static const napi_property_descriptor properties[] = {
  FILE_FUNCTIONS(PROPERTY) XATTR_FUNCTIONS(PROPERTY) DEVICE_FUNCTIONS(PROPERTY) IDENTITY_FUNCTIONS(PROPERTY)
  RING_FUNCTIONS(PROPERTY)};

NAPI_MODULE_INIT() {
  size_t count = sizeof properties / sizeof properties[0];
  if (napi_define_properties(env, exports, count, properties) != napi_ok) {
    (void)napi_throw_error(env, NULL, "cannot define the system calls");
    return NULL;
  }
  return exports;
}
