#include "tests/interop/centrifugo/api.h"

#include <future>
#include <stdexcept>
#include <utility>
#include <variant>

#include "transport/net/http.h"

namespace gapless::test {

nlohmann::json CallApi(const CentrifugoServer& server, const std::string& method, const nlohmann::json& request) {
  std::promise<net::HttpOutcome> told;
  const auto engine = net::CpprestHttpEngine();
  const auto call = engine->Send({.method = "POST",
                                  .url = "http://127.0.0.1:" + std::to_string(server.port()) + "/api/" + method,
                                  .headers = {{"X-API-Key", "test-api-key"}, {"Content-Type", "application/json"}},
                                  .body = request.dump()},
                                 [&told](net::HttpOutcome outcome) { told.set_value(std::move(outcome)); });
  const net::HttpOutcome outcome = told.get_future().get();
  if (const auto* error = std::get_if<Error>(&outcome)) throw std::runtime_error(error->what());
  const auto& response = std::get<net::HttpResponse>(outcome);
  const nlohmann::json answer = nlohmann::json::parse(response.body, nullptr, false);
  if (response.status != 200 || !answer.contains("result")) {
    throw std::runtime_error(method + ": " + std::to_string(response.status) + " " + response.body);
  }
  return answer.at("result");
}

}  // namespace gapless::test
