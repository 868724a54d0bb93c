// The file format of compiled programs: what is read is what was written, and
// nothing else is read.
#include "runtime/program/Container.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "test/unit/TemporaryFolder.h"

#include <gtest/gtest.h>

using namespace limen;

namespace {

/// A module of one attribute, written as the program of a target.
struct Written {
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  test::TemporaryFolder folder;
  std::string path = folder / "net.limen";
  std::string bytes;

  Written() {
    mlir::OpBuilder builder(&context);
    mlir::OwningOpRef<mlir::ModuleOp> module =
        mlir::ModuleOp::create(builder.getUnknownLoc());
    (*module)->setAttr("test.number", builder.getI64IntegerAttr(42));
    EXPECT_TRUE(program::writeProgram(*module, "some-target", path));
    Result<std::string> read = readFile(path);
    EXPECT_TRUE(read);
    bytes = *read;
  }

  /// The error of reading `content`, "" if it is read.
  std::string errorOf(const std::string &content) {
    const std::string file = folder.file("other.limen", content);
    Result<program::StoredProgram> stored =
        program::readProgram(file, &context);
    return stored ? "" : stored.error().text();
  }
};

void expectText(const std::string &error, const std::string &part) {
  EXPECT_NE(error.find(part), std::string::npos) << error;
  EXPECT_NE(error.find("other.limen"), std::string::npos) << error;
}

} // namespace

TEST(Container, WhatIsWrittenIsRead) {
  Written written;
  EXPECT_TRUE(program::hasProgramMagic(written.path));
  Result<program::StoredProgram> stored =
      program::readProgram(written.path, &written.context);
  ASSERT_TRUE(stored) << stored.error().text();
  EXPECT_EQ(stored->target, "some-target");
  EXPECT_EQ(stored->version, 3u);
  EXPECT_EQ(stored->bytes, written.bytes.size());
  EXPECT_EQ(stored->payloadBytes, written.bytes.size() - 4096);
  // Byte 24 of the file, as 64 digits.
  ASSERT_EQ(stored->checksum.size(), 64u);
  for (size_t i = 0; i < 32; ++i)
    EXPECT_EQ(std::stoul(stored->checksum.substr(2 * i, 2), nullptr, 16),
              static_cast<uint8_t>(written.bytes[24 + i]));
  auto number =
      (*stored->module)->getAttrOfType<mlir::IntegerAttr>("test.number");
  ASSERT_TRUE(number);
  EXPECT_EQ(number.getInt(), 42);
}

TEST(Container, NoLengthButTheWholeIsRead) {
  Written written;
  expectText(written.errorOf(""), "is empty");
  for (size_t length = 1; length < written.bytes.size(); length += 61) {
    const std::string error = written.errorOf(written.bytes.substr(0, length));
    expectText(error, length < 4096
                          ? "it ends at byte " + std::to_string(length)
                          : "it has " + std::to_string(length));
  }
  expectText(written.errorOf(written.bytes + "x"), "its header says");
}

TEST(Container, EveryByteThatCountsIsChecked) {
  Written written;
  // All of the header that is used, its target's name, and the payload.
  for (size_t at = 0; at < written.bytes.size(); ++at) {
    if (at == 56 + std::string("some-target").size())
      at = 4096; // zeros in between
    std::string bytes = written.bytes;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    const std::string error = written.errorOf(bytes);
    ASSERT_NE(error, "") << "byte " << at;
    if (at < 8)
      expectText(error, "byte " + std::to_string(at) +
                            " is not that of its "
                            "mark");
    else if (at < 12)
      expectText(error, "(at byte 8)");
    else
      expectText(error, "is damaged");
  }
}

TEST(Container, WhatIsNoFileIsSaid) {
  Written written;
  const auto error = [&](const std::string &path) {
    Result<program::StoredProgram> stored =
        program::readProgram(path, &written.context);
    return stored ? "" : stored.error().text();
  };
  EXPECT_NE(error(written.folder / "none.limen").find("no such file"),
            std::string::npos);
  EXPECT_NE(error(written.folder / "").find("is a folder"), std::string::npos);
  EXPECT_FALSE(program::hasProgramMagic(written.folder / "none.limen"));
  EXPECT_FALSE(
      program::hasProgramMagic(written.folder.file("text", "LIMENS are long")));
}
