#include "runtime/hdf5/File.h"

#include "runtime/hdf5/Direct.h"
#include "runtime/hdf5/Library.h"
#include "runtime/hdf5/Process.h"
#include "runtime/hdf5/Wire.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <new>
#include <tuple>
#include <unistd.h>

using namespace limen;
using namespace limen::h5;

/// What a file that is not HDF5 seems to be.
static std::string describeForeign(std::string_view head) {
  if (head.starts_with("PK"))
    return "it is a ZIP archive, as written for example by PyTorch or NumPy";
  if (head.starts_with("\x1f\x8b"))
    return "it is gzip-compressed";
  if (head.starts_with("\x93NUMPY"))
    return "it is a NumPy array";
  if (head.starts_with("ML\xefR"))
    return "it is MLIR bytecode";
  if (head.starts_with("{") || head.starts_with("["))
    return "it looks like JSON";
  return {};
}

/// What the reading process may use: room for the largest dataset that the file
/// can hold and a converted copy, at most half of the machine's memory; for
/// each request a few seconds and the time to decompress that dataset.
static Limits limitsFor(double bytes) {
  const double memory = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                        static_cast<double>(::sysconf(_SC_PAGESIZE));
  const double largest = bytes * maxCompression + slackBytes;
  constexpr double bytesPerSecond = 1e9, longest = 3600;
  return {
      std::min(memory / 2, 0x1p30 + 2 * largest),
      static_cast<unsigned>(std::min(5 + largest / bytesPerSecond, longest))};
}

/// Answers one request: reads its arguments, calls the member, sends its
/// result.
using Answer = bool (*)(const DirectFile &, Channel &);

template <auto member, typename... Arguments>
static bool answer(const DirectFile &file, Channel &channel) {
  std::tuple<Arguments...> arguments;
  if (!std::apply([&](auto &...each) { return (get(channel, each) && ...); },
                  arguments))
    return false;
  return put(
      channel,
      std::apply([&](const auto &...each) { return (file.*member)(each...); },
                 arguments));
}

/// The reading process: opens the file, then answers until the parent is gone.
static void serve(Channel &channel, const std::string &path, double bytes,
                  const Limits &limits) {
  try {
    Result<DirectFile> file = DirectFile::open(path, bytes);
    forbidOpening();
    if (!put(channel, file ? Result<void>() : file.takeError()) ||
        !channel.flush() || !file)
      return;
    uintptr_t request = 0;
    while (get(channel, request)) {
      renewProcessorTime(limits.requestSeconds);
      if (!reinterpret_cast<Answer>(request)(*file, channel) ||
          !channel.flush())
        return;
    }
  } catch (const std::bad_alloc &) {
    endForLackOfMemory();
  }
}

std::string limen::h5::toString(const Shape &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::string limen::h5::join(const std::string &group, const std::string &name) {
  return group.ends_with('/') ? group + name : group + "/" + name;
}

struct File::Impl {
  std::string path;
  double bytes = 0;
  std::unique_ptr<Process> process;
  std::mutex mutex; ///< held from a request to the end of its reply

  /// `object` is absolute in messages, whatever the caller wrote.
  Place at(const std::string &object) const {
    return {path, 0, 0,
            object.empty() || object[0] == '/' ? object : "/" + object};
  }

  /// Reads the reply into `reply`.
  template <typename R> bool receive(R &reply) {
    process->channel().allow(
        static_cast<uint64_t>(8 * (bytes * maxCompression + slackBytes)));
    return get(process->channel(), reply);
  }

  /// What `member` of the other process's file returns; false without an
  /// answer.
  template <auto member, typename R, typename... Arguments>
  bool ask(R &reply, const Arguments &...arguments) {
    Channel &channel = process->channel();
    // The other process is a copy of this one: addresses mean the same there.
    const Answer request = answer<member, Arguments...>;
    return put(channel, reinterpret_cast<uintptr_t>(request)) &&
           (put(channel, arguments) && ...) && channel.flush() &&
           receive(reply);
  }

  /// The same; without an answer, the error of a damaged `object`.
  template <auto member, typename R, typename... More>
  R demand(const std::string &object, const More &...more) {
    const std::lock_guard lock(mutex);
    R reply{Error()};
    if (!ask<member>(reply, object, more...))
      return process->whyGone(at(object));
    return reply;
  }
};

File::File(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
File::File(File &&) noexcept = default;
File &File::operator=(File &&) noexcept = default;
File::~File() = default;

const std::string &File::path() const { return impl->path; }
Place File::place(const std::string &object) const { return impl->at(object); }

Result<File> File::open(const std::string &path) {
  const Place place{path, 0, 0, {}};
  std::error_code status;
  if (!std::filesystem::exists(path, status))
    return Error("no such file", place);
  if (std::filesystem::is_directory(path, status))
    return Error("is a folder, an HDF5 file was wanted", place);
  if (!std::filesystem::is_regular_file(path, status))
    return Error("is a device or a pipe, an HDF5 file was wanted", place);
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return Error("cannot be opened for reading", place);
  std::string head(8, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(in.gcount()));
  const auto bytes = std::filesystem::file_size(path, status);
  if (status || head.empty())
    return Error("is empty, an HDF5 file was wanted", place);

  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->bytes = static_cast<double>(bytes);
  const Limits limits = limitsFor(impl->bytes);
  // The copy must not find the library in the middle of a write.
  std::optional<Session> still(std::in_place);
  Result<std::unique_ptr<Process>> process = Process::start(
      [&](Channel &channel) { serve(channel, path, impl->bytes, limits); },
      limits);
  still.reset();
  if (!process) {
    Error error = process.takeError();
    error.place = place;
    return error;
  }
  impl->process = std::move(*process);
  Result<void> opened;
  if (!impl->receive(opened))
    return impl->process->whyGone(place);
  if (!opened) {
    Error error = opened.takeError();
    if (std::string what = describeForeign(head); !what.empty())
      error.note(what);
    return error;
  }
  return File(std::move(impl));
}

Kind File::kind(const std::string &object) const {
  const std::lock_guard lock(impl->mutex);
  Kind kind = Kind::Other;
  return impl->ask<&DirectFile::kind>(kind, object) ? kind : Kind::Other;
}

Result<std::vector<std::string>> File::links(const std::string &group) const {
  return impl->demand<&DirectFile::links, Result<std::vector<std::string>>>(
      group);
}

Result<DatasetInfo> File::info(const std::string &dataset) const {
  return impl->demand<&DirectFile::info, Result<DatasetInfo>>(dataset);
}

template <typename T>
Result<Data<T>> File::read(const std::string &dataset) const {
  return impl->demand<&DirectFile::read<T>, Result<Data<T>>>(dataset);
}

template <typename T>
Result<Data<T>> File::readEntry(const std::string &dataset,
                                int64_t index) const {
  return impl->demand<&DirectFile::readEntry<T>, Result<Data<T>>>(dataset,
                                                                  index);
}

Result<Data<double>> File::readList(const std::string &dataset,
                                    int64_t index) const {
  return impl->demand<&DirectFile::readList, Result<Data<double>>>(dataset,
                                                                   index);
}

Result<Data<std::string>> File::readStrings(const std::string &dataset) const {
  return impl->demand<&DirectFile::readStrings, Result<Data<std::string>>>(
      dataset);
}

Result<std::string> File::attributeString(const std::string &object,
                                          const std::string &name) const {
  return impl->demand<&DirectFile::attributeString, Result<std::string>>(object,
                                                                         name);
}

Result<double> File::attributeNumber(const std::string &object,
                                     const std::string &name) const {
  return impl->demand<&DirectFile::attributeNumber, Result<double>>(object,
                                                                    name);
}

Result<std::string> File::readString(const std::string &dataset) const {
  Result<Data<std::string>> data = readStrings(dataset);
  if (!data)
    return data.takeError();
  if (data->values.size() != 1)
    return Error("holds " + std::to_string(data->values.size()) +
                     " strings, one was wanted",
                 impl->at(dataset));
  return std::move(data->values.front());
}

template Result<Data<float>> File::read<float>(const std::string &) const;
template Result<Data<double>> File::read<double>(const std::string &) const;
template Result<Data<int64_t>> File::read<int64_t>(const std::string &) const;
template Result<Data<float>> File::readEntry<float>(const std::string &,
                                                    int64_t) const;
template Result<Data<double>> File::readEntry<double>(const std::string &,
                                                      int64_t) const;
template Result<Data<int64_t>> File::readEntry<int64_t>(const std::string &,
                                                        int64_t) const;
