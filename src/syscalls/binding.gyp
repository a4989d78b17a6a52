{
  "targets": [
    {
      "target_name": "syscalls",
      "sources": ["addon.c", "call.c", "files.c", "xattrs.c", "device.c", "identity.c", "rings.c"],
      "defines": ["NAPI_VERSION=8", "_GNU_SOURCE", "_FILE_OFFSET_BITS=64"],
      "cflags": ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"]
    }
  ]
}
