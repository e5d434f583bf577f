#include <string>
#include <string_view>
#include <vector>

#include "examples/demo/history_file.h"
#include "examples/demo/log_schema.h"
#include "examples/demo/reports.h"
#include "examples/demo/roles.h"
#include "examples/demo/run_files.h"
#include "gapless/hub.h"

namespace demo {
namespace {

// Room for the copies that publishers send again after a kill or a cut, beside one of each part.
constexpr std::size_t kRoomForCopies = 1'000'000;

}  // namespace

int RunHub(const Options& options) {
  gapless::HubOptions hub_options;
  hub_options.history_size = static_cast<std::size_t>(options.parts) + kRoomForCopies;
  const auto hub = std::make_shared<gapless::Hub>(hub_options);
  gapless::HubServer server(hub);
  Report("serving " + server.url());
  TakeCommands([&](const std::string& word, std::int64_t) {
    if (word == "cut") {
      Report("cut " + std::to_string(server.CutConnections()));
    } else if (word == "write") {
      const std::vector<gapless::Publication> history = hub->History(kLogChannel);
      std::vector<std::string_view> publications;
      for (const gapless::Publication& publication : history) publications.push_back(publication.data);
      WriteHistory(publications, RunFiles{options.state}.history());
      Report("written");
    }
  });
  return 0;
}

}  // namespace demo
