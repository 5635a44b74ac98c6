#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>

#include "base/base64.hpp"
#include "base/file.hpp"
#include "base/printable.hpp"
#include "base/settings.hpp"
#include "base/url_escape.hpp"
#include "base/version_label.hpp"
#include "cli/client/private_server.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/repeat.hpp"
#include "cli/terminal/interrupt.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/trace_picture.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

constexpr std::uint64_t kLargestBody = 1U << 30U;
constexpr std::uint64_t kLargestJsonBody = 64U << 20U;  // the body is in memory twice

struct InvokeOptions {
  std::string name;
  std::optional<std::string> path;
  std::string method;
  std::vector<std::string> headers;
  std::optional<std::string> data;
  std::string alias;
  std::uint32_t version = 0;  ///< 0: none is named
  std::uint64_t repeat = 0;   ///< 0: one request, whose answer is printed
  std::uint64_t at_once = 1;
  bool local = false;  ///< ask the server of `dev` or `run`
  int port = kDevPort;
  bool timing = false;
  bool fail = false;

  /// The label of the address; empty: the live version.
  [[nodiscard]] std::string label() const { return version > 0 ? label_of(version) : alias; }
};

/// Reads the body from `-d TEXT`, `-d @FILE` or `-d @-`.
Outcome<std::string> body_of(const std::string& data) {
  if (!data.starts_with('@')) return data;
  if (data == "@-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  return read_file(data.substr(1), kLargestBody);
}

/// Adds the token if the address is a private preview of one of the user's functions. Another function never gets it.
void add_token(Session& session, const FunctionName& name, const std::string& label, HttpRequest& request) {
  const auto api = connect(session);
  if (!api) return;  // not signed in: the refusal of the server says that a token is needed
  const auto difference = api->get(fmt::format("{}/difference?from={}&to={}", function_path(name), label, label));
  if (!difference) return;
  if (text_field(object_field(*difference, "preview_access"), "to") != kPrivatePreviews) return;
  request.headers.push_back(api->preview_token());
}

/// `origin`: scheme, host and port of the address of the function.
Outcome<HttpRequest> request_of(const InvokeOptions& options, const std::string& origin) {
  const std::string path = options.path.value_or("/");
  if (path.find_first_of(" \r\n\t#") != std::string::npos)
    return fail(Code::usage, "the path has a blank, a line break or a '#' in it; escape them");
  HttpRequest request;
  request.url = origin + (path.starts_with('/') ? "" : "/") + path;
  request.method = !options.method.empty() ? options.method : options.data ? "POST" : "GET";
  if (request.method.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_") != std::string::npos)
    return fail(Code::usage, "-X '" + request.method + "' is not a method");
  for (const std::string& header : options.headers) {
    const auto colon = header.find(':');
    if (colon == std::string::npos || colon == 0 || header.find_first_of("\r\n") != std::string::npos)
      return fail(Code::usage, "-H '" + header + "' is not of the form 'name: value'");
    const auto value = header.find_first_not_of(" \t", colon + 1);
    request.headers.emplace_back(header.substr(0, colon), value == std::string::npos ? "" : header.substr(value));
  }
  if (options.data) {
    auto body = body_of(*options.data);
    if (!body) return std::unexpected(std::move(body.error()));
    request.body = std::move(*body);
  }
  return request;
}

boost::json::object as_json(const HttpAnswer& answer, double duration_ms,
                            const std::optional<boost::json::object>& trace) {
  boost::json::array headers;
  for (const auto& [name, value] : answer.head.headers)
    headers.push_back(boost::json::array{name, is_utf8(value) ? value : printable(value)});
  boost::json::object out{{"status", answer.head.status}, {"duration_ms", duration_ms}, {"headers", headers}};
  if (is_utf8(answer.body))
    out["body"] = answer.body;
  else
    out["body_base64"] = base64(answer.body);
  if (trace) out["trace"] = *trace;
  return out;
}

void show_head(Output& output, const HttpHead& head) {
  output.detail(fmt::format("HTTP {}", head.status));
  for (const auto& [name, value] : head.headers) output.detail(name + ": " + printable_line(value));
}

/// The server writes the trace of a call when the call has ended, which can be some time after its answer.
constexpr int kTraceTries = 20;
constexpr int kBetweenTries_ms = 50;

/// Asks the server how the time of this request was spent.
Outcome<boost::json::object> trace_of(const ApiClient& api, const FunctionName& name, const std::string& request_id) {
  const std::string path = function_path(name) + "/trace?request=" + url_escape(request_id);
  for (int left = kTraceTries; true; --left) {
    auto trace = api.get(path);
    if (trace || trace.error().status != 404 || left <= 1 || interrupted()) return trace;
    sleep_milliseconds(kBetweenTries_ms);
  }
}

/// Whether the answer is from the server itself and means that there is no function at this address.
bool is_no_function(const HttpHead& head) {
  return head.status == 404 && !head.header("x-faasta-error").empty() &&
         head.header("content-type") == "application/problem+json";
}

Problem no_answer(const InvokeOptions& options, const HttpFailure& failure) {
  Problem problem = to_problem(failure);
  if (options.local && failure.kind == Transport::unreachable)
    problem.fix = "Start the function in another terminal: faasta dev";
  return problem;
}

using TraceOf = std::function<Outcome<boost::json::object>(const std::string& request_id)>;

/// Sends the request or the requests and shows the answer. `traced`: asks for the trace of the call; may be empty.
Outcome<int> sent(Session& session, const InvokeOptions& options, HttpRequest& request, const TraceOf& traced) {
  Output& output = session.output;
  if (session.options.timeout_seconds > 0) request.idle_timeout_seconds = session.options.timeout_seconds;
  if (options.repeat > 0) {  // without telling of waits: all threads would tell at once
    const Repeated repeated = repeat(request, options.repeat, options.at_once);
    show(output, repeated);
    if (interrupted()) return std::unexpected(Problem(Error{Code::interrupted, {}}));
    return repeated.failures > 0 || (options.fail && repeated.has_failed()) ? 1 : 0;
  }
  request.waiting = wait_for(output, request.url);
  const auto start = std::chrono::steady_clock::now();
  HttpAnswer answer;
  bool too_large = false;
  HttpReceiver receiver;
  bool no_function = false;
  receiver.head = [&](const HttpHead& head) {
    no_function = is_no_function(head);
    return show_head(output, head), true;
  };
  receiver.body = [&](std::string_view bytes) {
    if (!output.json() && !no_function) return output.bytes(output.foreign(bytes)), output.write_error() == 0;
    too_large = answer.body.size() + bytes.size() > kLargestJsonBody;
    if (!too_large) answer.body += bytes;
    return !too_large;
  };
  auto head = send(request, receiver);
  if (!head) return std::unexpected(no_answer(options, head.error()));
  if (too_large) return fail(Code::io_error, "the answer is larger than 64 MiB; leave out --json");
  if (no_function) {
    const auto document = parse_object(answer.body);
    Problem problem = document ? problem_from_json(*document, head->status) : Problem();
    if (problem.exit_code == 4) return std::unexpected(std::move(problem));
    if (!output.json()) output.bytes(output.foreign(answer.body));
  }
  const auto elapsed = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
  answer.head = std::move(*head);
  std::optional<boost::json::object> trace;
  if (traced) {
    auto found = traced(answer.head.header("x-request-id"));
    if (!found) return std::unexpected(std::move(found.error()));
    trace = std::move(*found);
  }
  if (output.json()) output.object(as_json(answer, elapsed / 1000, trace));
  output.detail(human_microseconds(elapsed));
  if (trace && !output.json()) output.note(trace_picture(*trace));
  if (answer.head.status >= 400 && !output.json()) output.note(fmt::format("HTTP {}", answer.head.status));
  return options.fail && answer.head.status >= 400 ? 1 : 0;
}

Outcome<int> run(Session& session, InvokeOptions options) {
  if (options.name.starts_with('/')) {  // the first argument is a path, because no name begins with a slash
    if (options.path) return fail(Code::usage, "'" + options.name + "' is a path, and a second one follows it");
    options.path = std::exchange(options.name, {});
  }
  if (options.local) {
    auto request = request_of(options, fmt::format("http://127.0.0.1:{}", options.port));
    if (!request) return std::unexpected(std::move(request.error()));
    return sent(session, options, *request, {});
  }
  const auto name = function_meant(session, options.name);
  if (!name) return std::unexpected(name.error());
  const auto chosen = chosen_server(session);
  if (!chosen) return std::unexpected(chosen.error());
  const std::string label = options.label();
  const std::string host = label.empty() ? name->str() : name->str() + "--" + label;
  auto request = request_of(options, chosen->url.function_origin(host));
  if (!request) return std::unexpected(std::move(request.error()));
  request->connect_to = chosen->url.address();
  if (!label.empty()) add_token(session, *name, label, *request);
  if (!options.timing) return sent(session, options, *request, {});
  const auto api = connect(session);
  if (!api) return std::unexpected(api.error());
  // Before the call, because only the owner of the function may ask for the trace.
  if (auto owned = api->get(function_path(*name)); !owned) return std::unexpected(std::move(owned.error()));
  return sent(session, options, *request, [&](const std::string& id) { return trace_of(*api, *name, id); });
}

}  // namespace

void add_invoke(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<InvokeOptions>();
  CLI::App* command = add_command(app, "invoke", "Send a request to a function and print its answer", chosen,
                                  [options](Session& session) { return run(session, *options); });
  command->add_option("NAME", options->name, "The function; default: the one of faasta.toml");
  command->add_option("PATH", options->path, "Path and query; default: /. A first argument that starts with / is one");
  command->add_option("-X,--method", options->method, "The method; default: GET, or POST with -d")->type_name("METHOD");
  command->add_option("-H,--header", options->headers, "A header; may be given more than once")
      ->type_name("'NAME: VALUE'")
      ->allow_extra_args(false);
  command->add_option("-d,--data", options->data, "The body; @FILE reads a file, @- stdin")->type_name("DATA");
  auto* const alias =
      command->add_option("--alias", options->alias, "Ask the version with this alias")->type_name("LABEL");
  command->add_option("--version", options->version, "Ask the version with this number")
      ->type_name("N")
      ->check(CLI::Range(1U, UINT32_MAX))
      ->excludes(alias);
  auto* const repeat = command->add_option("--repeat", options->repeat, "Send N requests, and print times and statuses")
                           ->type_name("N")
                           ->check(CLI::Range(1, 1'000'000));
  command->add_option("--at-once", options->at_once, "With --repeat: send K of them at a time; default: 1")
      ->type_name("K")
      ->check(CLI::Range(1, 256))
      ->needs(repeat);
  auto* const local =
      command->add_flag("--local", options->local, "Ask the function that `faasta dev` or `run` serves");
  local->excludes(alias)->excludes("--version");
  command->add_option("--port", options->port, "With --local: the port; default: 3000")
      ->type_name("PORT")
      ->check(CLI::Range(1, 65535))
      ->needs(local);
  command->add_flag("--timing", options->timing, "Show on stderr how the server spent the time of the call")
      ->excludes(local)
      ->excludes(repeat);
  command->add_flag("-f,--fail", options->fail, "Exit with 1 if the status is 400 or more");
}

}  // namespace faasta::cli
