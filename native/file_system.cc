#include <fcntl.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#else
#include <stdio.h>
#include <sys/file.h>
#endif

#include <cerrno>
#include <string>

#include "processes.h"

namespace deepsad {

namespace {

Napi::Value outcome(const Napi::CallbackInfo& info, int result) {
  return Napi::Number::New(info.Env(), result == 0 ? 0 : errno);
}

}  // namespace

Napi::Value TryLock(const Napi::CallbackInfo& info) {
  const int descriptor = info[0].As<Napi::Number>();
  const bool shared = info[1].As<Napi::Boolean>();
#ifdef __linux__
  // Of the whole file, by the open file and not by the process: closing another descriptor of the file does not free it.
  struct flock whole = {};
  whole.l_type = shared ? F_RDLCK : F_WRLCK;
  whole.l_whence = SEEK_SET;
  return outcome(info, fcntl(descriptor, F_OFD_SETLK, &whole));
#else
  return outcome(info, flock(descriptor, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB));
#endif
}

Napi::Value Swap(const Napi::CallbackInfo& info) {
  const std::string from = info[0].As<Napi::String>();
  const std::string to = info[1].As<Napi::String>();
#ifdef __linux__
  // Not every C library that Node runs with has a function for it.
  constexpr unsigned EXCHANGE = 2;
  return outcome(info,
                 static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), EXCHANGE)));
#else
  return outcome(info, renamex_np(from.c_str(), to.c_str(), RENAME_SWAP));
#endif
}

}  // namespace deepsad
