#include "examples/demo/run_files.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace demo {

RunFiles PrepareRunFolder(const std::string& folder) {
  namespace fs = std::filesystem;
  const fs::path path(folder);
  const fs::path mark = path / ".gapless-demo";
  if (fs::exists(path) && !fs::is_empty(path) && !fs::exists(mark)) {
    throw std::runtime_error(folder + " has files in it that are not of this demo; choose another --out");
  }
  fs::remove_all(path);
  fs::create_directories(path);
  if (!std::ofstream(mark)) throw std::runtime_error("cannot write in " + folder);
  return {folder};
}

}  // namespace demo
