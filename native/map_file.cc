#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "processes.h"

namespace deepsad {

Napi::Value MapFile(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int descriptor = info[0].As<Napi::Number>();
  const int64_t position = info[1].As<Napi::Number>();
  const int64_t length = info[2].As<Napi::Number>();
  // The system maps whole pages.
  const int64_t before = position % sysconf(_SC_PAGESIZE);
  const size_t size = static_cast<size_t>(before + length);
  // A page is copied when it is written to, and none may ever be, so that no memory is set aside for them.
  const int flags = MAP_PRIVATE | MAP_NORESERVE;
  const int access = info[3].As<Napi::Boolean>() ? PROT_READ | PROT_WRITE : PROT_READ;
  void* mapped = mmap(nullptr, size, access, flags, descriptor, position - before);
  if (mapped == MAP_FAILED) throw Napi::Error::New(env, std::strerror(errno));
  try {
    const auto unmap = [mapped, size](Napi::Env, void*) { munmap(mapped, size); };
    return Napi::ArrayBuffer::New(env, static_cast<char*>(mapped) + before, static_cast<size_t>(length), unmap);
  } catch (const Napi::Error&) {
    // Not every build of Node takes memory that is not its own.
    munmap(mapped, size);
    throw;
  }
}

}  // namespace deepsad
