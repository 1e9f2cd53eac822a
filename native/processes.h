// What processes that work together ask of the operating system.
#pragma once

#include <napi.h>

namespace deepsad {

// mapFile(descriptor, position, length, writable): so many bytes of a file as an ArrayBuffer. Processes that map one file read one copy
// of it; what one writes, it alone reads, and where it is not writable, writing to it ends the process. Throws where the file cannot be mapped. The length must be more than 0
// and no more than Node's buffer.constants.MAX_LENGTH.
Napi::Value MapFile(const Napi::CallbackInfo& info);

// tryLock(descriptor, shared): locks an open file, without waiting, until it is closed or the process ends. Returns 0, or the system's
// errno: EAGAIN where another has the lock.
Napi::Value TryLock(const Napi::CallbackInfo& info);

// swap(from, to): exchanges two paths of one file system, at once. Returns 0, or the system's errno.
Napi::Value Swap(const Napi::CallbackInfo& info);

// endWithParent(): where the system can, ends this process at once when the thread that started it ends, in whatever way.
Napi::Value EndWithParent(const Napi::CallbackInfo& info);

}  // namespace deepsad
