// The process that reads for its parent: what it may do, and what is believed.

#include "runtime/hdf5/Process.h"
#include "runtime/hdf5/Wire.h"

#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace limen;
using namespace limen::h5;

namespace {

std::unique_ptr<Process> start(const std::function<void(Channel &)> &serve,
                               unsigned seconds = 30) {
  Result<std::unique_ptr<Process>> process =
      Process::start(serve, {0x1p30, seconds});
  EXPECT_TRUE(process);
  return std::move(*process);
}

/// What the parent reads as a T when the child sends `bytes`.
template <typename T> std::optional<T> received(const std::string &bytes) {
  const auto process = start([&](Channel &channel) {
    channel.write(bytes.data(), bytes.size());
    channel.flush();
  });
  process->channel().allow(1 << 20);
  T value{};
  if (!get(process->channel(), value))
    return std::nullopt;
  return value;
}

template <typename... T> std::string bytesOf(T... numbers) {
  std::string bytes;
  (bytes.append(reinterpret_cast<const char *>(&numbers), sizeof numbers), ...);
  return bytes;
}

TEST(Hdf5Process, valuesArriveAsTheyWereSent) {
  const Data<float> data{{2, 3}, {1, -2, 0.5, 4, 5, 6}};
  const Error error = Error("wrong", {"f", 1, 2, "/x"}).note("a").note("b");
  const std::string large(300'000, 'x'); // more than one block
  const auto process = start([&](Channel &channel) {
    put(channel, data);
    put(channel, Result<DatasetInfo>(error));
    put(channel, Result<std::string>(large));
    put(channel, std::vector<std::string>{"", "é", std::string("\0a", 2)});
    channel.flush();
  });
  Channel &channel = process->channel();
  Data<float> gotData;
  ASSERT_TRUE(get(channel, gotData));
  EXPECT_EQ(gotData.shape, data.shape);
  EXPECT_EQ(gotData.values, data.values);
  Result<DatasetInfo> gotError{DatasetInfo()};
  ASSERT_TRUE(get(channel, gotError));
  ASSERT_FALSE(gotError);
  EXPECT_EQ(gotError.error().text(), error.text());
  Result<std::string> gotText{std::string()};
  ASSERT_TRUE(get(channel, gotText));
  EXPECT_EQ(*gotText, large);
  std::vector<std::string> names;
  ASSERT_TRUE(get(channel, names));
  EXPECT_EQ(names, (std::vector<std::string>{"", "é", std::string("\0a", 2)}));
}

TEST(Hdf5Process, lyingSizesAreNotBelieved) {
  EXPECT_FALSE(received<std::string>(bytesOf(uint64_t{1} << 60)));
  EXPECT_FALSE(received<std::vector<double>>(bytesOf(uint64_t{1} << 61)));
  EXPECT_FALSE(received<std::vector<std::string>>(bytesOf(~uint64_t{0})));
  EXPECT_FALSE(received<ElementClass>(bytesOf(uint8_t{17})));
  // Shape [2], one value.
  EXPECT_FALSE(received<Data<float>>(
      bytesOf(uint64_t{1}, int64_t{2}, uint64_t{1}, 1.0f)));
  // Shape [2^32, 2^32], whose product is 0 in 64 bits, no value.
  EXPECT_FALSE(received<Data<float>>(
      bytesOf(uint64_t{2}, int64_t{1} << 32, int64_t{1} << 32, uint64_t{0})));
  EXPECT_TRUE(received<Data<float>>(
      bytesOf(uint64_t{1}, int64_t{1}, uint64_t{1}, 1.0f)));
}

TEST(Hdf5Process, aCrashIsAnErrorNowAndLater) {
  const auto process = start([](Channel &) { ::raise(SIGSEGV); });
  uint8_t byte = 0;
  EXPECT_FALSE(get(process->channel(), byte));
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(process->whyGone({"f", 0, 0, "/x"}).text(),
              "f: /x: error: is a damaged HDF5 file: its structure contradicts "
              "itself");
  // Asking a dead child fails; it does not raise SIGPIPE.
  put(process->channel(), std::string(1 << 20, 'x'));
  EXPECT_FALSE(process->channel().flush());
}

TEST(Hdf5Process, endlessWorkIsCutShort) {
  const auto process = start(
      [](Channel &) {
        while (true)
          (void)::getppid();
      },
      /*seconds=*/0);
  uint8_t byte = 0;
  EXPECT_FALSE(get(process->channel(), byte));
  EXPECT_NE(process->whyGone({}).message.find("processor time"),
            std::string::npos);
}

TEST(Hdf5Process, memoryAndFilesAreLimited) {
  const auto process = start([](Channel &channel) {
    const void *memory =
        ::mmap(nullptr, size_t{2} << 30, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    put<uint8_t>(channel, memory == MAP_FAILED);
    put<uint8_t>(channel, ::open("/dev/null", O_RDONLY) >= 0);
    forbidOpening();
    put<uint8_t>(channel, ::open("/dev/null", O_RDONLY) >= 0);
    channel.flush();
  });
  uint8_t noMemory = 0, before = 0, after = 1;
  ASSERT_TRUE(get(process->channel(), noMemory));
  ASSERT_TRUE(get(process->channel(), before));
  ASSERT_TRUE(get(process->channel(), after));
  EXPECT_TRUE(noMemory);
  EXPECT_TRUE(before);
  EXPECT_FALSE(after);
}

TEST(Hdf5Process, lackOfMemoryIsSaid) {
  const auto process = start([](Channel &) { endForLackOfMemory(); });
  uint8_t byte = 0;
  EXPECT_FALSE(get(process->channel(), byte));
  EXPECT_NE(process->whyGone({}).message.find("memory"), std::string::npos);
}

} // namespace
