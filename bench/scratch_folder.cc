#include "bench/scratch_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <system_error>

namespace gapless::bench {

ScratchFolder::ScratchFolder() {
  std::string pattern = GAPLESS_BENCH_FOLDER "/scratch-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::system_error(errno, std::generic_category(), pattern);
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;  // what cannot be removed stays in the build folder
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace gapless::bench
