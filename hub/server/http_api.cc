#include "hub/server/http_api.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "envelope/json_fields.h"
#include "envelope/json_scanner.h"
#include "envelope/json_string.h"
#include "gapless/error.h"
#include "hub/server/codes.h"
#include "hub/server/query.h"
#include "hub/server/reply.h"
#include "hub/server_error.h"

namespace gapless::hub {
namespace {

using internal::JsonFields;

constexpr std::string_view kHealthPath = "/health";
constexpr std::string_view kApiPath = "/api/";
constexpr std::string_view kBatch = "batch";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kAuthorizationScheme = "apikey ";
constexpr std::string_view kKeyParameter = "api_key";
/// What the API, unlike the protocol, says of a command that does not exist.
constexpr std::string_view kNoCommand = R"({"error":{"code":104,"message":"not found"}})";

bool ShowsKey(const ApiRequest& request, std::string_view api_key) {
  if (request.api_key == api_key) return true;
  const std::string_view authorization = request.authorization;
  if (authorization.starts_with(kAuthorizationScheme)) {
    return authorization.substr(kAuthorizationScheme.size()) == api_key;
  }
  return QueryParameter(QueryOf(request.target), kKeyParameter) == api_key;
}

Error NotAvailable(const std::string& what) {
  return ServerError(ServerCode::kNotAvailable, "the hub has no " + what, "");
}

// A reply of the protocol and a result of the API have the same body: cuts it out of `{"id":0,"<command>":…}`.
template <class Append>
std::string BodyOfReply(std::string_view command, Append append) {
  std::string reply;
  append(reply);
  const std::size_t before = std::string_view(R"({"id":0,"":)").size() + command.size();
  return reply.substr(before, reply.size() - before - 1);
}

void RefuseUnknownOptions(const JsonFields& fields) {
  for (const char* option : {"b64data", "idempotency_key", "version", "version_epoch"}) {
    if (!fields.Raw(option).empty()) throw NotAvailable(option);
  }
}

std::string PublishTo(std::string_view channel, const JsonFields& fields, Hub::Core& core) {
  RefuseUnknownOptions(fields);
  const std::string_view data = fields.Raw("data");
  if (data.empty()) throw ServerError(ServerCode::kBadRequest, "nothing to publish", channel);
  const Tags tags = fields.TextMembers("tags");
  if (fields.Flag("skip_history")) {
    core.PublishUnretained(channel, data, tags);
    return "{}";
  }
  const Position position = core.Publish(channel, data, tags);
  if (position.offset == 0) return "{}";
  std::string result = R"({"offset":)" + std::to_string(position.offset) + R"(,"epoch":)";
  internal::AppendJsonString(result, position.epoch);
  return result + '}';
}

std::string Publish(const JsonFields& fields, Hub::Core& core) {
  return PublishTo(fields.Text("channel"), fields, core);
}

std::string ErrorMember(std::uint32_t code) {
  return R"({"error":)" + BodyOfReply("error", [&](std::string& out) { AppendErrorReply(out, 0, code); }) + '}';
}

std::uint32_t CodeOf(const Error& error) {
  return error.server_code() != 0 ? error.server_code() : static_cast<std::uint32_t>(ServerCode::kInternal);
}

std::string Broadcast(const JsonFields& fields, Hub::Core& core) {
  const std::vector<std::string> channels = fields.Texts("channels");
  if (channels.empty()) throw ServerError(ServerCode::kBadRequest, "no channel to publish to", "");
  std::string result = R"({"responses":[)";
  for (const std::string& channel : channels) {
    if (result.back() != '[') result += ',';
    try {
      result += R"({"result":)" + PublishTo(channel, fields, core) + '}';
    } catch (const Error& error) {
      result += ErrorMember(CodeOf(error));
    }
  }
  return result + "]}";
}

std::string History(const JsonFields& fields, Hub::Core& core) {
  const std::int64_t limit = fields.Integer("limit");
  HistoryRequest request{.channel = fields.Text("channel"),
                         .limit = limit < 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(limit),
                         .since = {},
                         .reverse = fields.Flag("reverse")};
  if (const auto since = fields.Object("since")) request.since = {since->Unsigned("offset"), since->Text("epoch")};
  const HistoryReply reply = core.History(request);
  return BodyOfReply("history", [&](std::string& out) { AppendHistoryReply(out, 0, reply); });
}

std::string HistoryRemove(const JsonFields& fields, Hub::Core& core) {
  const std::string channel = fields.Text("channel");
  core.Top(channel);  // Checks the name.
  core.DropHistory(channel);
  return "{}";
}

std::string PresenceOf(const JsonFields& fields, Hub::Core& core) {
  const std::vector<Presence> members = core.Presence(fields.Text("channel"));
  return BodyOfReply("presence", [&](std::string& out) { AppendPresenceReply(out, 0, members); });
}

std::string StatsOf(const JsonFields& fields, Hub::Core& core) {
  const PresenceStats stats = core.Stats(fields.Text("channel"));
  return BodyOfReply("presence_stats", [&](std::string& out) { AppendPresenceStatsReply(out, 0, stats); });
}

std::string Channels(const JsonFields& fields, Hub::Core& core) {
  if (!fields.Text("pattern").empty()) throw NotAvailable("patterns");
  std::string result = R"({"channels":{)";
  for (const ChannelStats& one : core.Channels()) {
    if (result.back() != '{') result += ',';
    internal::AppendJsonString(result, one.channel);
    result += R"(:{"num_clients":)" + std::to_string(one.clients) + '}';
  }
  return result + "}}";
}

std::string Info(const JsonFields& /*fields*/, Hub::Core& core) {
  const PresenceStats total = core.TotalStats();
  return R"({"nodes":[{"name":"gapless hub","num_clients":)" + std::to_string(total.clients) + R"(,"num_users":)" +
         std::to_string(total.users) + R"(,"num_channels":)" + std::to_string(core.Channels().size()) + "}]}";
}

struct Method {
  std::string_view name;
  /// The JSON of the result. Throws `Error`.
  std::string (*answer)(const JsonFields& fields, Hub::Core& core);
};
constexpr std::array<Method, 9> kMethods = {{{"publish", Publish},
                                             {"broadcast", Broadcast},
                                             {"history", History},
                                             {"history_remove", HistoryRemove},
                                             {"presence", PresenceOf},
                                             {"presence_stats", StatsOf},
                                             {"channels", Channels},
                                             {"info", Info},
                                             // Answered as a whole by `Batch`.
                                             {kBatch, nullptr}}};

const Method* FindMethod(std::string_view name) {
  const auto found =
      std::find_if(kMethods.begin(), kMethods.end(), [&](const Method& method) { return method.name == name; });
  return found == kMethods.end() ? nullptr : found;
}

// The replies of a batch name the command instead of saying `result`, and an error fails its own command only.
std::string Batch(const JsonFields& fields, Hub::Core& core) {
  const std::vector<std::string_view> commands = fields.Elements("commands");
  if (commands.empty()) return "{}";
  std::string replies = R"({"replies":[)";
  for (const std::string_view text : commands) {
    if (replies.back() != '[') replies += ',';
    const JsonFields command(text);
    const auto method = std::find_if(kMethods.begin(), kMethods.end(), [&](const Method& one) {
      return one.answer != nullptr && !command.Raw(std::string(one.name)).empty();
    });
    if (method == kMethods.end()) {
      replies += kNoCommand;
      continue;
    }
    try {
      const std::string result = method->answer(JsonFields(command.Raw(std::string(method->name))), core);
      replies += "{\"" + std::string(method->name) + "\":" + result + '}';
    } catch (const Error& error) {
      replies += ErrorMember(CodeOf(error));
    }
  }
  return replies + "]}";
}

unsigned StatusOf(std::uint32_t code) {
  switch (code) {
    case 107:
    case 108:
      return 400;
    case 112:
      return 416;
    default:
      return 500;
  }
}

ApiResponse Json(std::string body) {
  return {.status = 200, .content_type = std::string(kJson), .body = std::move(body)};
}

ApiResponse Plain(unsigned status, std::string body) {
  return {.status = status, .content_type = "text/plain", .body = std::move(body)};
}

ApiResponse AnswerError(std::uint32_t code, const ApiRequest& request) {
  const std::string member = ErrorMember(code);
  if (request.error_mode != "transport") return Json(member);
  constexpr std::size_t kBefore = std::string_view(R"({"error":)").size();
  ApiResponse response = Json(member.substr(kBefore, member.size() - kBefore - 1));
  response.status = StatusOf(code);
  return response;
}

}  // namespace

bool IsForApi(std::string_view target, std::string_view api_key) {
  const std::string_view path = PathOf(target);
  return path == kHealthPath || (!api_key.empty() && path.starts_with(kApiPath));
}

std::optional<ApiResponse> AnswerWithoutBody(const ApiRequest& request, std::string_view api_key) {
  const std::string_view path = PathOf(request.target);
  if (path == kHealthPath) return Json("{}");
  if (FindMethod(path.substr(kApiPath.size())) == nullptr) return Plain(404, "the API has no such method\n");
  if (request.verb != "POST") return Plain(405, "");
  if (!ShowsKey(request, api_key)) return Plain(401, "");
  return std::nullopt;
}

ApiResponse AnswerApi(const ApiRequest& request, Hub::Core& core) {
  try {
    const JsonFields fields(request.body);
    const Method& method = *FindMethod(PathOf(request.target).substr(kApiPath.size()));
    if (method.answer == nullptr) return Json(Batch(fields, core));
    return Json(R"({"result":)" + method.answer(fields, core) + '}');
  } catch (const internal::JsonSyntaxError& error) {
    return Plain(400, "the body is not what the method takes: " + error.reason + "\n");
  } catch (const Error& error) {
    return AnswerError(CodeOf(error), request);
  }
}

}  // namespace gapless::hub
