#include "cli/project/deployment.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <chrono>

#include "base/cron_job_json.hpp"
#include "base/environment_json.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
#include "base/url_escape.hpp"
#include "cli/project/asset_upload.hpp"
#include "cli/project/session.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/progress.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

/// Returns a form (RFC 7578) of the settings and the file.
HttpUpload form_with(const std::string& settings) {
  constexpr std::size_t kBoundaryBytes = 16;
  const std::string boundary = "faasta-" + random_hex(kBoundaryBytes);
  const std::string head = "--" + boundary + "\r\ncontent-disposition: form-data; name=";
  HttpUpload out;
  out.content_type = "multipart/form-data; boundary=" + boundary;
  out.before = head + "\"settings\"\r\ncontent-type: application/json\r\n\r\n" + settings + "\r\n" + head +
               "\"component\"; filename=\"component.wasm\"\r\ncontent-type: application/wasm\r\n\r\n";
  out.after = "\r\n--" + boundary + "--\r\n";
  return out;
}

/// Asks the server for the phase of a deploy: waiting, compiling, probing or activating.
class Phases {
 public:
  Phases(const ApiClient& api, const FunctionName& function)
      : api_(api.with_patience(kPatienceSeconds)), path_(function_path(function) + "/deploys") {}

  /// Asks at most once a second.
  std::string now() {
    const auto time = std::chrono::steady_clock::now();
    if (failures_ == kMostFailures || time - asked_ < std::chrono::seconds(1)) return text_;
    asked_ = time;
    const auto answer = api_.get(path_);
    failures_ = answer ? 0 : failures_ + 1;
    const auto deploys = answer ? array_field(*answer, "deploys") : boost::json::array();
    const auto* const last = deploys.empty() ? nullptr : deploys.back().if_object();
    text_ = last == nullptr ? kUnknown : text_of(text_field(*last, "phase"));
    return text_;
  }

 private:
  static constexpr int kPatienceSeconds = 2;
  static constexpr int kMostFailures = 3;  // an older server has no such route

  static std::string text_of(const std::string& phase) {
    if (phase == "waiting") return "uploaded; the server has other deploys and compiles before this one";
    if (phase == "compiling") return "uploaded; the server compiles";
    if (phase == "probing") return "compiled; the server asks the new version for an answer";
    if (phase == "activating") return "the server makes the version active";
    return kUnknown;
  }

  static constexpr const char* kUnknown = "uploaded; the server compiles and checks it";
  ApiClient api_;
  std::string path_;
  std::string text_ = kUnknown;
  std::chrono::steady_clock::time_point asked_ = std::chrono::steady_clock::now();
  int failures_ = 0;  // in a row
};

}  // namespace

Outcome<DeploySource> find_source(const WantedSource& wanted, const CheckProject& check, const ChoosePolicy& choose,
                                  Output& output) {
  if (const auto fits = check_environment_fits(wanted.environment, wanted.name); !fits)
    return std::unexpected(fits.error());
  const std::string& component = wanted.component;
  auto project = find_project(wanted.environment);
  const bool absent = !project && project.error().code == Code::no_project;
  const std::string& name = wanted.name.empty() && absent ? wanted.fallback_name : wanted.name;
  if (!project && (!absent || component.empty())) return std::unexpected(project.error());
  if (absent && name.empty())
    return fail_with_fix(Error{Code::no_project, project.error().detail}, "Name the function with `--name NAME`");
  auto chosen = name.empty() ? Result<FunctionName>(project->name) : FunctionName::parse(name);
  if (!chosen) return std::unexpected(chosen.error());
  if (project) tell_project(*project, output);
  if (auto checked = check(*chosen, project ? &*project : nullptr); !checked)
    return std::unexpected(std::move(checked.error()));
  std::filesystem::path path = component;
  if (component.empty()) {
    auto built = run_build(*project, choose, output);
    if (!built) return std::unexpected(std::move(built.error()));
    path = std::move(built->path);
  }
  auto file = check_file(path);
  if (!file) return std::unexpected(std::move(file.error()));
  Deployment deployment(std::move(*chosen));
  if (project) deployment.project = std::move(*project);
  return DeploySource{std::move(deployment), std::move(*file)};
}

std::string upload_path(const Deployment& deployment, const Sha256& sha256) {
  std::string path = function_path(deployment.name) + "/versions?sha256=" + sha256.hex();
  if (!deployment.message.empty()) path += "&message=" + url_escape(deployment.message);
  if (!deployment.source.empty()) path += "&source=" + url_escape(deployment.source);
  if (!deployment.verify) path += "&verify=false";
  if (deployment.allow_new) path += "&allow_new=true";
  if (!deployment.activate) path += "&activate=false";
  if (!deployment.alias.empty()) path += "&alias=" + url_escape(deployment.alias);
  return path;
}

boost::json::object settings_json(const Deployment& deployment) {
  boost::json::object out;
  const auto& project = deployment.project;
  if (!project) return out;
  for (std::size_t i = 0; i < kLimitSettings.size(); ++i)
    if (const auto& limit = project->limits[i]) out[kLimitSettings[i].key] = limit->units;
  for (const ListSetting& list : kListSettings) {
    const auto& texts = project->settings.*list.texts;
    if (!texts.empty()) out[list.name] = boost::json::array(texts.begin(), texts.end());
  }
  if (project->settings.private_previews) out["preview_access"] = kPrivatePreviews;
  if (!project->settings.cron.empty()) out["cron"] = faasta::to_json(project->settings.cron);
  if (project->settings.assets) out["assets"] = project->settings.assets->hex();
  if (!project->settings.env.empty()) out["env"] = variables_json(project->settings.env);
  return out;
}

namespace {

/// Uploads the component and its settings, and waits for the server's answer.
Outcome<boost::json::object> upload_component(const ApiClient& api, const DeploySource& source, Output& output) {
  const auto file = open_file(source.file.path, O_RDONLY);
  if (!file) return std::unexpected(file.error());
  const std::uint64_t size = source.file.size;
  HttpUpload upload = form_with(boost::json::serialize(settings_json(source.deployment)));
  upload.file = file->get();
  upload.size = size;
  bool sent_all = false;
  std::uint64_t bytes_sent = 0;
  Progress progress(output);
  Phases phases(api, source.deployment.name);
  const auto show = [&] {
    if (sent_all)
      progress.show(phases.now());
    else
      progress.show("uploading", fmt::format("{} of {}", human_size(bytes_sent), human_size(size)));
  };
  upload.progress = [&](std::uint64_t sent) {
    bytes_sent = sent;
    sent_all = sent >= size;
    if (!sent_all) show();  // a question to the server would hold up the end of the upload
  };
  upload.waiting = [&](int) { show(); };
  auto answer = api.upload(upload_path(source.deployment, source.file.sha256), upload);
  output.clear_progress();
  if (answer || answer.error().id != info(Code::interrupted).id) return answer;
  if (!sent_all) return fail(Code::interrupted, "the upload was cut off; nothing was deployed");
  return fail_with_fix(
      Error{Code::interrupted, "the server has the whole component and goes on: it may go live without this command"},
      "See `faasta versions " + source.deployment.name.str() + "` for whether it went live");
}

}  // namespace

Outcome<boost::json::object> upload_deployment(const ApiClient& api, DeploySource& source, Output& output) {
  auto& project = source.deployment.project;
  if (project && project->assets) {
    const auto manifest = upload_assets(api, source.deployment.name, *project, output);
    if (!manifest) return std::unexpected(manifest.error());
    project->settings.assets = *manifest;
  }
  return upload_component(api, source, output);
}

}  // namespace faasta::cli
