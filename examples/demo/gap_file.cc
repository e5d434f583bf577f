#include "examples/demo/gap_file.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace demo {

void AppendGap(const std::string& path, const gapless::Gap& gap) {
  std::ostringstream line;
  line << ToString(gap.kind) << " " << gap.first << " " << gap.last << " " << ToString(gap.cause) << "\n";
  std::ofstream file(path, std::ios::app);
  file << line.str() << std::flush;
  if (!file) throw std::runtime_error("cannot write " + path);
}

void ReadGaps(const std::string& path, Evidence& evidence) {
  if (!std::filesystem::exists(path)) return;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string kind;
    Evidence::Range range;
    if (!(words >> kind >> range.first >> range.last)) throw std::runtime_error(path + " has a line of no known form");
    if (kind == "range") evidence.reported_gaps.push_back(range);
    if (kind == "reset") ++evidence.reported_resets;
  }
  if (file.bad()) throw std::runtime_error("cannot read " + path);
}

}  // namespace demo
