#include "tests/interop/centrifugo/server.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace gapless::test {
namespace {

nlohmann::json Configuration() {
  const std::string path = GAPLESS_SOURCE_DIR "/tests/interop/centrifugo/config.json";
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  return nlohmann::json::parse(file);
}

}  // namespace

CentrifugoServer::CentrifugoServer() : process_("GET /health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", " 200 ") {
  Begin("{}");
}

CentrifugoServer::CentrifugoServer(std::uint16_t redis_port, const std::string& node)
    : process_("GET /health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", " 200 ") {
  const nlohmann::json redis = {{"address", {"redis://127.0.0.1:" + std::to_string(redis_port)}}};
  Begin(nlohmann::json{{"engine", {{"type", "redis"}, {"redis", redis}}}, {"node", {{"name", node}}}}.dump());
}

void CentrifugoServer::Begin(const std::string& engine_and_node) {
  nlohmann::json config = Configuration();
  config["http_server"]["port"] = process_.port();
  config.update(nlohmann::json::parse(engine_and_node));
  const std::string path = (process_.folder() / "config.json").string();
  std::ofstream(path) << config;
  process_.SetCommand({GAPLESS_CENTRIFUGO, "-c", path});
  process_.Start();
}

std::string CentrifugoServer::url() const {
  return "ws://127.0.0.1:" + std::to_string(process_.port()) + "/connection/websocket";
}

}  // namespace gapless::test
