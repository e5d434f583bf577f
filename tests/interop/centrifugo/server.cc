#include "tests/interop/centrifugo/server.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace gapless::test {
namespace {

nlohmann::json Configuration(const std::string& name) {
  const std::string path = GAPLESS_SOURCE_DIR "/tests/interop/centrifugo/" + name;
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  return nlohmann::json::parse(file);
}

std::string OnRedis(std::uint16_t redis_port, const std::string& node) {
  const nlohmann::json redis = {{"address", {"redis://127.0.0.1:" + std::to_string(redis_port)}}};
  return nlohmann::json{{"engine", {{"type", "redis"}, {"redis", redis}}}, {"node", {{"name", node}}}}.dump();
}

}  // namespace

CentrifugoServer::CentrifugoServer() : CentrifugoServer("config.json", "{}") {}

CentrifugoServer::CentrifugoServer(Tokens) : CentrifugoServer("tokens.json", "{}") {}

CentrifugoServer::CentrifugoServer(std::uint16_t redis_port, const std::string& node)
    : CentrifugoServer("config.json", OnRedis(redis_port, node)) {}

CentrifugoServer::CentrifugoServer(const std::string& file, const std::string& changes)
    : process_("GET /health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", " 200 ") {
  nlohmann::json config = Configuration(file);
  config["http_server"]["port"] = process_.port();
  config.update(nlohmann::json::parse(changes));
  const std::string path = (process_.folder() / "config.json").string();
  std::ofstream(path) << config;
  process_.SetCommand({GAPLESS_CENTRIFUGO, "-c", path});
  process_.Start();
}

std::string CentrifugoServer::url() const {
  return "ws://127.0.0.1:" + std::to_string(process_.port()) + "/connection/websocket";
}

}  // namespace gapless::test
