#ifdef __linux__
#include <sys/prctl.h>

#include <csignal>
#endif

#include "processes.h"

namespace deepsad {

Napi::Value EndWithParent(const Napi::CallbackInfo& info) {
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  return info.Env().Undefined();
}

}  // namespace deepsad
