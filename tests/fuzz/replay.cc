// Runs a target on every file of a folder, with any compiler: what a fuzzer once found stays mended.
//
//   replay_NAME FOLDER

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/target.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  for (const std::filesystem::path& path : paths) {
    std::ifstream file(path, std::ios::binary);
    // A vector has nothing behind its last byte, so that AddressSanitizer sees who reads there.
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (file.bad()) return 2;
    // Before, so that the one that ends the process is known.
    std::printf("%s\n", path.c_str());
    std::fflush(stdout);
    gapless::fuzz::TestOneInput({bytes.data(), bytes.size()});
  }
  if (paths.empty()) std::fprintf(stderr, "%s holds nothing to run\n", argv[1]);
  return paths.empty() ? 1 : 0;
}
