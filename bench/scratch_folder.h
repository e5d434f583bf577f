#ifndef GAPLESS_BENCH_SCRATCH_FOLDER_H_
#define GAPLESS_BENCH_SCRATCH_FOLDER_H_

#include <filesystem>
#include <string>

namespace gapless::bench {

/// A new folder on the disk that holds the build; removed with everything in it.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace gapless::bench

#endif  // GAPLESS_BENCH_SCRATCH_FOLDER_H_
