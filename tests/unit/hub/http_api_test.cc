#include "hub/server/http_api.h"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "gapless/hub.h"

namespace {

using namespace gapless;
using namespace gapless::hub;

constexpr const char* kKey = "secret";

// A hub behind its API, asked with the right key.
struct Api {
  ApiResponse Ask(const std::string& method, const std::string& body, const std::string& error_mode = "") const {
    const ApiRequest request{.verb = "POST",
                             .target = "/api/" + method,
                             .api_key = kKey,
                             .authorization = "",
                             .error_mode = error_mode,
                             .body = body};
    BOOST_TEST(!AnswerWithoutBody(request, kKey));
    ApiResponse response = AnswerApi(request, *hub.core());
    for (const char* channel : {"a", "b", "d"}) Replace(response.body, hub.Top(channel).epoch, "EPOCH");
    return response;
  }
  static void Replace(std::string& text, const std::string& what, const std::string& by) {
    if (what.empty()) return;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
      text.replace(at, what.size(), by);
    }
  }

  Hub hub{{.history_page = 4}};
};

struct Silent : HubClient {
  void OnPublication(const std::string& /*channel*/, const std::shared_ptr<const Publication>& heard) override {
    publications.push_back(*heard);
  }
  void OnPresence(const std::string& /*channel*/, bool /*joined*/, const Presence& /*member*/) override {}
  std::vector<Publication> publications;
};

struct Case {
  const char* method;
  std::string body;
  std::string answer;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(http_api)

BOOST_AUTO_TEST_CASE(S17_the_api_is_there_only_with_a_key_and_health_always) {
  BOOST_TEST(IsForApi("/health", ""));
  BOOST_TEST(IsForApi("/health?x", kKey));
  BOOST_TEST(IsForApi("/api/publish?x=/", kKey));
  BOOST_TEST(!IsForApi("/api/publish", ""));
  BOOST_TEST(!IsForApi("/apipublish", kKey));
  BOOST_TEST(!IsForApi("/connection/websocket", kKey));
}

BOOST_AUTO_TEST_CASE(S17_requests_are_refused_before_their_body_is_read) {
  struct Refusal {
    ApiRequest request;
    unsigned status;  // 0: not refused.
  };
  const std::string path = "/api/publish";
  const Refusal cases[] = {
      {{"GET", "/health", "", "", "", ""}, 200},
      {{"POST", "/api/nope", kKey, "", "", ""}, 404},
      {{"GET", "/api/nope", "", "", "", ""}, 404},
      {{"POST", "/api/", kKey, "", "", ""}, 404},
      {{"GET", path, kKey, "", "", ""}, 405},
      {{"PUT", path, "", "", "", ""}, 405},
      {{"POST", path, "", "", "", ""}, 401},
      {{"POST", path, "Secret", "", "", ""}, 401},
      {{"POST", path, "", "apikey other", "", ""}, 401},
      {{"POST", path, "", "bearer secret", "", ""}, 401},
      {{"POST", path + "?api_key=other", "", "", "", ""}, 401},
      {{"POST", path + "?xapi_key=secret", "", "", "", ""}, 401},
      {{"POST", path, kKey, "", "", ""}, 0},
      {{"POST", path, "", "apikey secret", "", ""}, 0},
      {{"POST", path + "?x=1&api_key=secret&y", "", "", "", ""}, 0},
  };
  for (const Refusal& one : cases) {
    BOOST_TEST_CONTEXT(one.request.verb << ' ' << one.request.target) {
      const auto answer = AnswerWithoutBody(one.request, kKey);
      BOOST_TEST((answer ? answer->status : 0) == one.status);
    }
  }
}

BOOST_AUTO_TEST_CASE(S17_answers) {
  const std::string bad_request = R"({"error":{"code":107,"message":"bad request"}})";
  const std::string not_available = R"({"error":{"code":108,"message":"not available"}})";
  const Case cases[] = {
      {"publish", R"({"channel":"a","data":{"x": 1e400,"x":2}})", R"({"result":{"offset":1,"epoch":"EPOCH"}})"},
      {"publish", R"( {"unknown":[{}],"data":null,"channel":"\u0061"} )", R"({"result":{"offset":2,"epoch":"EPOCH"}})"},
      {"publish", R"({"channel":"a","data":1,"skip_history":true})", R"({"result":{}})"},
      {"publish", "{}", bad_request},
      {"publish", "null", bad_request},
      {"publish", R"({"channel":"a"})", bad_request},
      {"publish", R"({"channel":"","data":1})", bad_request},
      {"publish", R"({"channel":"d","data":1,"tags":{"k":"v\n"}})", R"({"result":{"offset":1,"epoch":"EPOCH"}})"},
      {"history", R"({"channel":"d","limit":1})",
       R"({"result":{"publications":[{"data":1,"offset":1,"tags":{"k":"v\n"}}],"epoch":"EPOCH","offset":1}})"},
      {"publish", R"({"channel":"a","b64data":"eA=="})", not_available},
      {"broadcast", R"({"channels":["a","","b"],"data":3})",
       R"({"result":{"responses":[{"result":{"offset":3,"epoch":"EPOCH"}},)" + bad_request +
           R"(,{"result":{"offset":1,"epoch":"EPOCH"}}]}})"},
      {"broadcast", R"({"channels":[],"data":1})", bad_request},
      {"history", R"({"channel":"a"})", R"({"result":{"publications":[],"epoch":"EPOCH","offset":3}})"},
      {"history", R"({"channel":"a","limit":1})",
       R"({"result":{"publications":[{"data":{"x": 1e400,"x":2},"offset":1}],"epoch":"EPOCH","offset":3}})"},
      {"history", R"({"channel":"a","limit":-1,"reverse":true,"since":{"offset":3,"epoch":""}})",
       R"({"result":{"publications":[{"data":null,"offset":2},{"data":{"x": 1e400,"x":2},"offset":1}],)"
       R"("epoch":"EPOCH","offset":3}})"},
      {"history", R"({"channel":"a","limit":1,"since":{"offset":1,"epoch":"other"}})",
       R"({"error":{"code":112,"message":"unrecoverable position"}})"},
      {"history", "{}", bad_request},
      {"presence", R"({"channel":"a"})", R"({"result":{"presence":{}}})"},
      {"presence_stats", R"({"channel":"a"})", R"({"result":{"num_clients":0,"num_users":0}})"},
      {"presence", "{}", bad_request},
      {"channels", "{}", R"({"result":{"channels":{}}})"},
      {"channels", R"({"pattern":"a*"})", not_available},
      {"history_remove", R"({"channel":"a"})", R"({"result":{}})"},
      {"history_remove", "{}", bad_request},
      {"history", R"({"channel":"a","limit":9})", R"({"result":{"publications":[],"epoch":"EPOCH","offset":3}})"},
      {"batch",
       R"({"commands":[{"publish":{"channel":"a","data":1}},{"presence_stats":{"channel":"a"}},{"nope":{}},)"
       R"({"publish":{"channel":"a"}},{"batch":{}}]})",
       R"({"replies":[{"publish":{"offset":4,"epoch":"EPOCH"}},{"presence_stats":{"num_clients":0,"num_users":0}},)"
       R"({"error":{"code":104,"message":"not found"}},)" +
           bad_request + R"(,{"error":{"code":104,"message":"not found"}}]})"},
      {"batch", "{}", "{}"},
  };
  const Api api;
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.method << ' ' << one.body) {
      const ApiResponse response = api.Ask(one.method, one.body);
      BOOST_TEST(response.status == 200U);
      BOOST_TEST(response.content_type == "application/json");
      BOOST_TEST(response.body == one.answer);
    }
  }
}

BOOST_AUTO_TEST_CASE(S17_a_body_that_is_malformed_is_400_and_does_nothing) {
  const Api api;
  const Case cases[] = {
      {"publish", "", ""},
      {"publish", "{", ""},
      {"publish", "[]", ""},
      {"publish", R"({"channel":"a","data":1} x)", ""},
      {"publish", R"({"channel":"a","data":1}{"channel":"a","data":1})", ""},
      {"publish", R"({"channel":"a","channel":"a","data":1})", ""},
      {"publish", R"({"channel":1,"data":1})", ""},
      {"publish", R"({"channel":"a","data":1,"skip_history":"yes"})", ""},
      {"publish", R"({"channel":"a","data":)" + std::string(100'000, '['), ""},
      {"broadcast", R"({"channels":"a","data":1})", ""},
      {"broadcast", R"({"channels":["b",1],"data":1})", ""},
      {"history", R"({"channel":"a","limit":1.5})", ""},
      {"history", R"({"channel":"a","since":{"offset":-1}})", ""},
      {"history", R"({"channel":"a","since":[]})", ""},
      {"batch", R"({"commands":[1]})", ""},
  };
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.method << ' ' << one.body.substr(0, 80)) {
      BOOST_TEST(api.Ask(one.method, one.body).status == 400U);
      BOOST_TEST(api.hub.Top("a").offset == 0U);
    }
  }
}

BOOST_AUTO_TEST_CASE(S17_errors_become_statuses_when_asked_to) {
  const Api api;
  const ApiResponse refused = api.Ask("publish", R"({"channel":"a"})", "transport");
  BOOST_TEST(refused.status == 400U);
  BOOST_TEST(refused.body == R"({"code":107,"message":"bad request"})");
  BOOST_TEST(api.Ask("history", R"({"channel":"a","since":{"epoch":"x"}})", "transport").status == 416U);
  BOOST_TEST(api.Ask("publish", R"({"channel":"a","data":1})", "transport").status == 200U);
}

BOOST_AUTO_TEST_CASE(S17_it_tells_who_is_where_and_reaches_them) {
  const Api api;
  const auto client = std::make_shared<Silent>();
  const std::string id = api.hub.core()->Connect(client, "ada");
  api.hub.core()->Connect(client, "ada");
  api.hub.core()->Subscribe(id, "a", std::nullopt);
  BOOST_TEST(api.Ask("channels", "{}").body == R"({"result":{"channels":{"a":{"num_clients":1}}}})");
  BOOST_TEST(api.Ask("info", "{}").body ==
             R"({"result":{"nodes":[{"name":"gapless hub","num_clients":2,"num_users":1,"num_channels":1}]}})");
  BOOST_TEST(api.Ask("presence", R"({"channel":"a"})").body ==
             R"({"result":{"presence":{")" + id + R"(":{"user":"ada","client":")" + id + R"("}}}})");
  api.Ask("publish", R"({"channel":"a","data":1,"skip_history":true})");
  api.Ask("publish", R"({"channel":"a","data":2})");
  BOOST_REQUIRE(client->publications.size() == 2U);
  BOOST_TEST(client->publications[0].offset == 0U);
  BOOST_TEST(client->publications[1].offset == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
