// The .limen file: a compiled program on disk.
//
//   offset 0     "LIMEN" 0x1A 0x0A 0x00      magic
//          8     u32 version (3)             little-endian
//          12    u32 length of target name
//          16    u64 length of payload
//          24    32 bytes BLAKE3 of target name and payload
//          56    target name
//   offset 4096  payload: MLIR bytecode, large arrays as blobs used in place
//
// The checksum is verified before the bytecode is parsed. A program is trusted
// like an executable: run only those you would run.
#pragma once

#include "hw-models/base/Error.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace limen::program {

/// Writes `module` as a .limen file for target `name`; complete or not at all.
Result<void> writeProgram(mlir::ModuleOp module, const std::string &name,
                          const std::string &path);

/// A program read from disk.
struct StoredProgram {
  std::string target;
  uint32_t version = 0;      ///< of the format
  uint64_t bytes = 0;        ///< of the file
  uint64_t payloadBytes = 0; ///< of the bytecode in it
  std::string checksum;      ///< 64 hexadecimal digits
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// Whether a file begins as a .limen file does. False where it cannot be read.
bool hasProgramMagic(const std::string &path);

/// Reads a .limen file. Errors: not a .limen file, another version, truncated,
/// damaged (both checksums are shown), IR that does not verify.
Result<StoredProgram> readProgram(const std::string &path,
                                  mlir::MLIRContext *context);

} // namespace limen::program
