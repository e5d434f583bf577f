#include "examples/demo/options.h"

#include <charconv>
#include <system_error>

namespace demo {
namespace {

constexpr struct {
  Sabotage sabotage;
  std::string_view name;
} kSabotages[] = {{Sabotage::kNone, "none"},
                  {Sabotage::kDrop, "drop"},
                  {Sabotage::kDuplicate, "duplicate"},
                  {Sabotage::kReorder, "reorder"},
                  {Sabotage::kCorrupt, "corrupt"}};

template <typename Number>
Number ParseNumber(const std::string& name, const std::string& text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw UsageError(name + " takes a number of 0 or more, not \"" + text + "\"");
  }
  return value;
}

Sabotage ParseSabotage(const std::string& text) {
  for (const auto& [sabotage, name] : kSabotages) {
    if (name == text) return sabotage;
  }
  throw UsageError("--sabotage takes none, drop, duplicate, reorder or corrupt, not \"" + text + "\"");
}

void Set(Options& options, const std::string& name, const std::string& value) {
  if (name == "--input") {
    options.input = value;
  } else if (name == "--out") {
    options.out = value;
  } else if (name == "--seed") {
    options.seed = ParseNumber<std::uint64_t>(name, value);
  } else if (name == "--sabotage") {
    options.sabotage = ParseSabotage(value);
  } else if (name == "--role") {
    options.role = value;
  } else if (name == "--url") {
    options.url = value;
  } else if (name == "--state") {
    options.state = value;
  } else if (name == "--parts") {
    options.parts = ParseNumber<std::int64_t>(name, value);
  } else {
    throw UsageError("unknown option " + name);
  }
}

}  // namespace

Options ParseOptions(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      options.help = true;
      continue;
    }
    if (argument.rfind("--", 0) != 0) throw UsageError("unexpected argument \"" + argument + "\"");
    const std::size_t equals = argument.find('=');
    std::string name = argument.substr(0, equals);
    std::string value;
    if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (i + 1 < arguments.size()) {
      value = arguments[++i];
    } else {
      throw UsageError(name + " needs a value");
    }
    if (value.empty()) throw UsageError(name + " needs a value");
    Set(options, name, value);
  }
  return options;
}

std::string_view ToString(Sabotage sabotage) noexcept {
  for (const auto& [known, name] : kSabotages) {
    if (known == sabotage) return name;
  }
  return "none";
}

std::string_view UsageText() noexcept {
  return "Ships a log line by line from a publisher process through a hub to a subscriber process, kills both with\n"
         "SIGKILL and cuts their connections on the way, and checks that the far side has the same bytes.\n"
         "\n"
         "  --input FILE   what to ship: any file of lines, or - for standard input\n"
         "                 (default: this machine's package log, /var/log/dpkg.log and its rotated siblings)\n"
         "  --seed N       repeat the random choices of an earlier run\n"
         "  --out DIR      where ledger.json and the run's files go (default: build/demo)\n"
         "  --help         this text\n"
         "\n"
         "Exit status: 0 every promise was kept; 1 a promise was broken, or the demo could not do what it is for;\n"
         "2 it could not start; 130 interrupted. The hub keeps the whole input in memory.\n";
}

}  // namespace demo
