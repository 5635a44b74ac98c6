#include "cli/project/handler_advice.hpp"

#include <algorithm>
#include <array>

#include "base/toml.hpp"

namespace faasta::cli {
namespace {

/// Libraries that can be used to write a handler.
constexpr std::array<std::string_view, 9> kLibraries = {
    "wstd", "wstd-axum", "wasip2", "wasi", "waki", "wit-bindgen", "wit-bindgen-rt", "wasi-http-client", "spin-sdk"};

constexpr std::string_view kLibraryAdvice =
    "Cargo.toml has no library to write a handler with: run `cargo add wstd`. In src/main.rs the handler is then\n"
    "    use wstd::http::{Body, Error, Request, Response};\n"
    "    #[wstd::http_server]\n"
    "    async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {\n"
    "        Ok(Response::new(\"hello\\n\".into()))\n"
    "    }";
constexpr std::string_view kLibAdvice =
    "A library becomes a component only as a cdylib. Add to Cargo.toml\n"
    "    [lib]\n"
    "    crate-type = [\"cdylib\"]";

bool has_library(const toml::table* dependencies) {
  if (dependencies == nullptr) return false;
  return std::ranges::any_of(*dependencies, [](const auto& item) {
    const auto* table = item.second.as_table();
    const auto package = table == nullptr ? std::nullopt : (*table)["package"].template value<std::string>();
    const std::string_view name = package ? std::string_view(*package) : item.first.str();
    return std::ranges::find(kLibraries, name) != kLibraries.end();
  });
}

bool has_library(const toml::table& manifest) {
  if (has_library(manifest["dependencies"].as_table())) return true;
  const auto* targets = manifest["target"].as_table();
  return targets != nullptr && std::ranges::any_of(*targets, [](const auto& item) {
           const auto* target = item.second.as_table();
           return target != nullptr && has_library((*target)["dependencies"].as_table());
         });
}

bool is_cdylib(const toml::table& manifest) {
  const auto* types = manifest["lib"]["crate-type"].as_array();
  return types != nullptr &&
         std::ranges::any_of(*types, [](const auto& type) { return type.template value<std::string>() == "cdylib"; });
}

}  // namespace

std::vector<std::string> handler_advice(std::string_view cargo_toml, const PackageFiles& files) {
  const toml::parse_result parsed = toml::parse(cargo_toml);
  if (!parsed || !parsed.table()["package"].is_table()) return {};
  const toml::table& manifest = parsed.table();
  std::vector<std::string> out;
  if (!has_library(manifest)) out.emplace_back(kLibraryAdvice);
  const bool has_program = files.main || manifest["bin"].is_array();
  if ((files.lib || manifest["lib"].is_table()) && !has_program && !is_cdylib(manifest)) out.emplace_back(kLibAdvice);
  return out;
}

}  // namespace faasta::cli
