#include "server/risks.hpp"

#include "base/log.hpp"
#include "domains/public_suffix.hpp"
#include "engine/engine.hpp"

namespace faasta::server {

void log_risks(const Config& config, const DataFolder& data) {
  for (const std::string& risk : data.risks()) log::warn("data_folder", {{"effect", risk}});
  if (!domains::is_public_suffix(config.base_domain)) {
    log::warn("cookies_shared",
              {{"effect", config.base_domain + " is not on the Public Suffix List, so a script of one function can set "
                                               "cookies that browsers send to the others; see docs/operate.md"}});
  }
  if (engine::machine_swaps())
    log::warn("swap_is_on", {{"effect", "pages are not kept between calls, which is slower; run without swap"}});
}

}  // namespace faasta::server
