#pragma once
// These macros return a failure to the caller with one line. They are named as in Abseil and Arrow. The macros do
// nothing but return, so use destructors for everything that must be undone. In a coroutine, use the macros with CO_.
//
//   RETURN_IF_ERROR(file.sync());                       a value, if there is one, is dropped
//   ASSIGN_OR_RETURN(const auto row, read(statement));  declares `row`; or assigns, if `row` exists already
//
// A declaration may not contain a comma outside of parentheses. ASSIGN_OR_RETURN is two statements: in an `if`, use
// braces.
// NOLINTBEGIN(bugprone-macro-parentheses): a declaration cannot stand in parentheses

#include <expected>
#include <utility>

#define FAASTA_JOIN_(a, b) a##b
#define FAASTA_JOIN(a, b) FAASTA_JOIN_(a, b)

#define FAASTA_PROPAGATE_(give_back, expression) \
  if (auto propagated = (expression); !propagated) give_back std::unexpected(std::move(propagated).error())

#define FAASTA_ASSIGN_OR_(give_back, result, declaration, expression) \
  auto result = (expression);                                         \
  if (!result) give_back std::unexpected(std::move(result).error());  \
  declaration = *std::move(result)

#define RETURN_IF_ERROR(...) FAASTA_PROPAGATE_(return, (__VA_ARGS__))
#define CO_RETURN_IF_ERROR(...) FAASTA_PROPAGATE_(co_return, (__VA_ARGS__))
#define ASSIGN_OR_RETURN(declaration, ...) \
  FAASTA_ASSIGN_OR_(return, FAASTA_JOIN(assigned_, __LINE__), declaration, (__VA_ARGS__))
#define CO_ASSIGN_OR_RETURN(declaration, ...) \
  FAASTA_ASSIGN_OR_(co_return, FAASTA_JOIN(assigned_, __LINE__), declaration, (__VA_ARGS__))

// NOLINTEND(bugprone-macro-parentheses)
