#include "dialects/support/Diagnostics.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace limen;

Place limen::placeOf(Location loc) {
  return llvm::TypeSwitch<Location, Place>(loc)
      .Case([](FileLineColLoc at) {
        return Place{at.getFilename().str(), at.getLine(), at.getColumn(), {}};
      })
      .Case([](NameLoc at) { return Place{at.getName().str(), 0, 0, {}}; })
      .Case([](FusedLoc at) {
        return at.getLocations().empty() ? Place()
                                         : placeOf(at.getLocations().front());
      })
      .Case([](CallSiteLoc at) { return placeOf(at.getCallee()); })
      .Default([](Location) { return Place(); });
}

DiagnosticCollector::DiagnosticCollector(MLIRContext *context)
    : handler(context, [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error) {
          remarkTexts.push_back(diagnostic.str());
          return success();
        }
        Error error(diagnostic.str(), placeOf(diagnostic.getLocation()));
        for (Diagnostic &note : diagnostic.getNotes()) {
          // "see current operation" repeats the IR, which is not the user's
          // text.
          const std::string text = note.str();
          if (StringRef(text).starts_with("see current operation"))
            continue;
          const std::string where = placeOf(note.getLocation()).text();
          error.note(where.empty() ? text : where + ": " + text);
        }
        errors.push_back(std::move(error));
        return success();
      }) {}

Error DiagnosticCollector::takeError(std::string fallback) {
  if (errors.empty())
    return Error(std::move(fallback));
  return std::move(errors.front());
}
