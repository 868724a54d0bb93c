// How values travel between the process that reads a file and its parent.
//
// `put` writes a value, `get` reads one and returns false when the stream ends
// or the bytes cannot be one. Nothing that `get` reads is believed: sizes are
// held against what the channel still allows, enumerators against their range,
// the number of values against the shape.
#pragma once

#include "hw-models/base/Error.h"
#include "runtime/hdf5/Process.h"
#include "runtime/hdf5/Types.h"

#include <concepts>
#include <optional>
#include <type_traits>

namespace limen::h5 {

template <typename T>
concept Number =
    (std::integral<T> && !std::same_as<T, bool>) || std::floating_point<T>;

template <typename T> struct Wire;

template <typename T> bool put(Channel &channel, const T &value) {
  return Wire<T>::put(channel, value);
}
template <typename T> bool get(Channel &channel, T &value) {
  return Wire<T>::get(channel, value);
}

template <Number T> struct Wire<T> {
  static bool put(Channel &channel, T value) {
    return channel.write(&value, sizeof value);
  }
  static bool get(Channel &channel, T &value) {
    return channel.read(&value, sizeof value);
  }
};

template <> struct Wire<std::string> {
  static bool put(Channel &channel, const std::string &value) {
    return h5::put<uint64_t>(channel, value.size()) &&
           channel.write(value.data(), value.size());
  }
  static bool get(Channel &channel, std::string &value) {
    uint64_t size = 0;
    if (!h5::get(channel, size) || size > channel.allowed())
      return false;
    value.resize(size);
    return channel.read(value.data(), size);
  }
};

template <typename T> struct Wire<std::vector<T>> {
  static bool put(Channel &channel, const std::vector<T> &values) {
    if (!h5::put<uint64_t>(channel, values.size()))
      return false;
    if constexpr (Number<T>)
      return channel.write(values.data(), values.size() * sizeof(T));
    for (const T &value : values)
      if (!h5::put(channel, value))
        return false;
    return true;
  }
  static bool get(Channel &channel, std::vector<T> &values) {
    uint64_t size = 0;
    // Everything that is not a number takes at least a size on the wire.
    constexpr size_t least = Number<T> ? sizeof(T) : sizeof(uint64_t);
    if (!h5::get(channel, size) || size > channel.allowed() / least)
      return false;
    if constexpr (Number<T>) {
      values.resize(size);
      return channel.read(values.data(), size * sizeof(T));
    } else {
      for (uint64_t i = 0; i < size; ++i)
        if (!h5::get(channel, values.emplace_back()))
          return false;
      return true;
    }
  }
};

/// Enumerations whose last enumerator is `Other`.
template <typename T>
  requires std::is_enum_v<T>
struct Wire<T> {
  static bool put(Channel &channel, T value) {
    return h5::put(channel, static_cast<uint8_t>(value));
  }
  static bool get(Channel &channel, T &value) {
    uint8_t number = 0;
    if (!h5::get(channel, number) || number > static_cast<uint8_t>(T::Other))
      return false;
    value = static_cast<T>(number);
    return true;
  }
};

template <> struct Wire<DatasetInfo> {
  static bool put(Channel &channel, const DatasetInfo &info) {
    return h5::put(channel, info.shape) && h5::put(channel, info.elements);
  }
  static bool get(Channel &channel, DatasetInfo &info) {
    return h5::get(channel, info.shape) && h5::get(channel, info.elements);
  }
};

template <typename T> struct Wire<Data<T>> {
  static bool put(Channel &channel, const Data<T> &data) {
    return h5::put(channel, data.shape) && h5::put(channel, data.values);
  }
  static bool get(Channel &channel, Data<T> &data) {
    if (!h5::get(channel, data.shape) || !h5::get(channel, data.values))
      return false;
    uint64_t count = 1;
    for (int64_t extent : data.shape)
      if (extent < 0 ||
          __builtin_mul_overflow(count, static_cast<uint64_t>(extent), &count))
        return false;
    return count == data.values.size();
  }
};

template <> struct Wire<Place> {
  static bool put(Channel &channel, const Place &place) {
    return h5::put(channel, place.file) && h5::put(channel, place.line) &&
           h5::put(channel, place.column) && h5::put(channel, place.path);
  }
  static bool get(Channel &channel, Place &place) {
    return h5::get(channel, place.file) && h5::get(channel, place.line) &&
           h5::get(channel, place.column) && h5::get(channel, place.path);
  }
};

template <> struct Wire<Error> {
  static bool put(Channel &channel, const Error &error) {
    return h5::put(channel, error.message) && h5::put(channel, error.place) &&
           h5::put(channel, error.notes);
  }
  static bool get(Channel &channel, Error &error) {
    return h5::get(channel, error.message) && h5::get(channel, error.place) &&
           h5::get(channel, error.notes);
  }
};

/// A byte that says which, then the one or the other.
template <typename T> struct Wire<Result<T>> {
  static bool put(Channel &channel, const Result<T> &result) {
    if (!h5::put<uint8_t>(channel, result ? 1 : 0))
      return false;
    if (!result)
      return h5::put(channel, result.error());
    if constexpr (!std::is_void_v<T>)
      return h5::put(channel, *result);
    return true;
  }
  static bool get(Channel &channel, Result<T> &result) {
    uint8_t succeeded = 0;
    if (!h5::get(channel, succeeded) || succeeded > 1)
      return false;
    if (succeeded == 0) {
      Error error;
      const bool got = h5::get(channel, error);
      result = std::move(error);
      return got;
    }
    if constexpr (std::is_void_v<T>) {
      result = {};
      return true;
    } else {
      T value{};
      const bool got = h5::get(channel, value);
      result = std::move(value);
      return got;
    }
  }
};

template <typename T> struct Wire<std::optional<T>> {
  static bool put(Channel &channel, const std::optional<T> &value) {
    return h5::put<uint8_t>(channel, value ? 1 : 0) &&
           (!value || h5::put(channel, *value));
  }
  static bool get(Channel &channel, std::optional<T> &value) {
    uint8_t there = 0;
    if (!h5::get(channel, there) || there > 1)
      return false;
    return there == 0 || h5::get(channel, value.emplace());
  }
};

} // namespace limen::h5
