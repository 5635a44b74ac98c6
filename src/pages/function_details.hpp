#pragma once

#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "metrics/recorder.hpp"
#include "pages/function_page.hpp"
#include "store/catalog.hpp"
#include "store/log_store.hpp"

namespace faasta::pages {

/// Collects what the page of a function shows, except the URL and the rights of the viewer. Blocks.
struct DetailSources {
  store::Catalog& catalog;
  store::LogStore& logs;
  metrics::Recorder& metrics;
};
[[nodiscard]] Result<FunctionDetails> function_details(const DetailSources& sources, OwnerId owner,
                                                       const FunctionName& name);

}  // namespace faasta::pages
