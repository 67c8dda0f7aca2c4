#include "chain/devnet/json_rpc.hpp"

#include <fmt/format.h>

namespace dz::devnet {

namespace {

std::string envelope(const std::string& id, const Answer<std::string>& answer) {
    std::string out = "{\"jsonrpc\":\"2.0\",";
    if (answer) {
        constexpr std::size_t kFrame = 32;  // not to move a long answer once more for what stands around it
        out.reserve(out.size() + answer->size() + id.size() + kFrame);
        out += "\"result\":";
        out += *answer;
    } else {
        json::Ordered error = {{"code", answer.error().code}, {"message", answer.error().message}};
        std::string text = json::dump(error);
        if (!answer.error().data.empty()) {
            text.pop_back();
            text += fmt::format(",\"data\":{}}}", answer.error().data);
        }
        out += "\"error\":";
        out += text;
    }
    out += ",\"id\":";
    out += id;
    out += '}';
    return out;
}

/// The request's id as JSON text; empty for a notification, "null" for an id that is not allowed.
std::string id_of(const json::Value& request) {
    const auto id = request.find("id");
    if (id == request.end()) return {};
    if (id->is_string() || id->is_number_integer()) return json::dump(json::Ordered(*id));
    return "null";
}

/// `call` outlives it.
Task<std::string> answer_one(const RpcCall& call, json::Value request) {
    if (!request.is_object())
        co_return envelope("null", rpc_fail(rpc_code::kInvalidRequest, "Invalid request"));
    const std::string id = id_of(request);
    const auto method = request.find("method");
    if (method == request.end() || !method->is_string()) {
        co_return envelope(id.empty() ? "null" : id, rpc_fail(rpc_code::kInvalidRequest, "Invalid request"));
    }
    const auto params = request.find("params");
    json::Value list = params == request.end() ? json::Value() : std::move(*params);
    if (!list.is_null() && !list.is_array()) {
        co_return envelope(id.empty() ? "null" : id, invalid_params("params must be an array"));
    }
    const auto answer = co_await call(method->get<std::string>(), std::move(list));
    if (id.empty()) co_return std::string();
    co_return envelope(id, answer);
}

}  // namespace

Task<std::string> answer_json_rpc(RpcCall call, std::string body) {
    auto request = json::parse(body);
    if (!request)
        co_return envelope("null", rpc_fail(rpc_code::kParse, "Parse error: " + request.error().text));
    if (!request->is_array()) co_return co_await answer_one(call, *std::move(request));
    if (request->empty() || request->size() > kMaxBatch) {
        co_return envelope("null", rpc_fail(rpc_code::kInvalidRequest,
                                            fmt::format("a batch has 1 to {} requests", kMaxBatch)));
    }
    std::string out = "[";
    for (json::Value& one : *request) {
        const std::string answer = co_await answer_one(call, std::move(one));
        if (answer.empty()) continue;
        if (out.size() > 1) out += ',';
        out += answer;
    }
    if (out.size() == 1) co_return std::string();
    co_return out + "]";
}

Task<std::string> answer_json_rpc(RpcMethods& methods, std::string body) {
    return answer_json_rpc(
        [&methods](std::string method, json::Value params) {
            return methods.call(std::move(method), std::move(params));
        },
        std::move(body));
}

}  // namespace dz::devnet
