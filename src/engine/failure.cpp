#include "engine/failure.hpp"

#include <engine.h>

#include <string>

namespace faasta::engine {
namespace {

Code to_code(fe_kind kind) {
  switch (kind) {
    case FE_MALFORMED:
      return Code::component_malformed;
    case FE_FEATURE:
      return Code::component_feature;
    case FE_NO_HANDLER:
      return Code::component_no_handler;
    case FE_COMMAND:
      return Code::component_command;
    case FE_HANDLER_VERSION:
      return Code::component_handler_version;
    case FE_HANDLER_TYPE:
      return Code::component_handler_type;
    case FE_UNKNOWN_IMPORT:
      return Code::component_unknown_import;
    case FE_MEMORY_MINIMUM:
      return Code::component_memory_minimum;
    case FE_TABLE_MINIMUM:
      return Code::component_table_minimum;
    case FE_COMPLEX:
      return Code::component_complex;
    case FE_COMPILE:
      return Code::component_compile_failed;
    case FE_IO:
      return Code::io_error;
    case FE_ALTERED:
      return Code::artifact_altered;
    case FE_STALE:
      return Code::load_failed;
    case FE_TRAP:
      return Code::guest_trap;
    case FE_NO_RESPONSE:
      return Code::no_response;
    case FE_CPU:
      return Code::cpu_limit;
    case FE_MEMORY:
      return Code::memory_limit;
    case FE_RESOURCE:
      return Code::resource_limit;
    case FE_BUSY:
      return Code::busy_server;
    case FE_REQUEST:
      return Code::http_malformed;
    case FE_SLOW:  // component.cpp handles this error: another thread must load the component
      return Code::internal_error;
    case FE_PANIC:
      return Code::engine_panic;
  }
  return Code::internal_error;
}

}  // namespace

Error to_error(fe_error* error) {
  const fe_bytes text = fe_error_text(error);
  Error out{to_code(fe_error_kind(error)), std::string(reinterpret_cast<const char*>(text.data), text.size)};
  fe_error_free(error);
  return out;
}

}  // namespace faasta::engine
