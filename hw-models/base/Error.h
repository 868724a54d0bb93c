// Errors as values: what is wrong, where in the user's files, and what to do.
//
// Libraries outside MLIR return `Result<T>`; they never throw across a library
// boundary, print, or exit. `main` prints `Error::text()` and exits non-zero.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace limen {

/// A place in a user's file. `line` and `column` are 1-based, 0 when unknown.
/// `path` names a place inside a structured file (an HDF5 path, a JSON path).
struct Place {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
  std::string path;

  /// "net.yaml:12:3", "net.nir: /node/nodes/0/weight" or "net.nir".
  std::string text() const;
};

/// One problem of the user's input. `message` names the culprit, what was
/// found and what was wanted; `notes` say what to do or where a limit is set.
struct Error {
  std::string message;
  Place place;
  std::vector<std::string> notes;

  Error() = default;
  explicit Error(std::string message, Place place = {})
      : message(std::move(message)), place(std::move(place)) {}

  Error &note(std::string text) & {
    notes.push_back(std::move(text));
    return *this;
  }
  Error &&note(std::string text) && {
    notes.push_back(std::move(text));
    return std::move(*this);
  }

  /// "PLACE: error: MESSAGE" and one "note: ..." line for each note.
  std::string text() const;
};

/// A value or the error that prevented it.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : state(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state.index() == 0; }
  T &operator*() {
    assert(*this);
    return std::get<0>(state);
  }
  const T &operator*() const {
    assert(*this);
    return std::get<0>(state);
  }
  T *operator->() { return &**this; }
  const T *operator->() const { return &**this; }

  const Error &error() const { return std::get<1>(state); }
  Error takeError() { return std::move(std::get<1>(state)); }

private:
  std::variant<T, Error> state;
};

/// Success or an error.
template <> class [[nodiscard]] Result<void> {
public:
  Result() = default;
  Result(Error error) : failure(std::move(error)) {}

  explicit operator bool() const { return !failure; }
  const Error &error() const { return *failure; }
  Error takeError() { return std::move(*failure); }

private:
  std::optional<Error> failure;
};

} // namespace limen
