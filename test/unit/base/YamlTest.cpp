#include "hw-models/base/Yaml.h"

#include <gtest/gtest.h>

using namespace limen;

static std::string onlyError(const YamlDocument &document) {
  if (document.errors().size() != 1)
    return "got " + std::to_string(document.errors().size()) + " errors";
  return document.errors().front().text();
}

TEST(Yaml, ReadsEachKind) {
  Result<YamlDocument> doc =
      YamlDocument::parse("rows: 512\n"
                          "on: true\n"
                          "v: 0.2 V\n"
                          "adc: {value: 2 pJ, status: "
                          "published, source: a paper}\n"
                          "cost: {value: 15 cycles, "
                          "status: measured, source: b}\n"
                          "list: [1, 2]\n",
                          "chip.yaml");
  ASSERT_TRUE(doc) << doc.error().text();
  YamlMap root = doc->root();
  EXPECT_EQ(root.required<uint64_t>("rows"), 512u);
  EXPECT_TRUE(root.required<bool>("on"));
  EXPECT_EQ(root.required<Volts>("v").value(), 0.2);
  const Price price = root.required<Price>("adc");
  EXPECT_EQ(price.value.value(), 2e-12);
  EXPECT_EQ(price.status, Status::Published);
  EXPECT_EQ(root.required<Sourced<Cycles>>("cost").value.value(), 15u);
  EXPECT_EQ(root.requiredValue("list").items().size(), 2u);
  EXPECT_EQ(root.optional<uint64_t>("absent", 7), 7u);
  root.finish();
  EXPECT_FALSE(doc->firstError()) << doc->firstError()->text();
}

TEST(Yaml, SourcedNumbersAreFiniteAndCyclesWhole) {
  const auto read = [](const std::string &text, bool cycles) {
    Result<YamlDocument> doc = YamlDocument::parse(
        "n: {value: " + text + ", status: assumed, source: x}\n", "chip.yaml");
    YamlMap root = doc->root();
    double number = 0;
    if (cycles)
      number = static_cast<double>(
          root.required<Sourced<Cycles>>("n").value.value());
    else
      number = root.required<Sourced<double>>("n").value;
    return std::make_pair(number, doc->errors().size());
  };
  using Read = std::pair<double, size_t>;
  EXPECT_EQ(read("9007199254740992 cycles", true), Read(0x1p53, 0));
  for (const char *text :
       {"-1 cycles", "nan cycles", "inf cycles", "1e30 cycles", "0.5 cycles",
        "18446744073709551616 cycles"})
    EXPECT_EQ(read(text, true), Read(0, 1)) << text;
  EXPECT_EQ(read("-0.5", false), Read(-0.5, 0));
  for (const char *text : {"nan", "inf", "-inf", "1e999"})
    EXPECT_EQ(read(text, false), Read(0, 1)) << text;
}

TEST(Yaml, UnknownKeyHasItsPlace) {
  Result<YamlDocument> doc =
      YamlDocument::parse("rows: 1\ncolums: 2\n", "chip.yaml");
  YamlMap root = doc->root();
  root.required<uint64_t>("rows");
  root.optional<uint64_t>("columns", 1);
  root.finish();
  EXPECT_EQ(onlyError(*doc), "chip.yaml:2:1: error: unknown key 'colums'\n"
                             "  note: known keys here: columns, rows");
}

TEST(Yaml, MissingKeyIsReportedAtItsMap) {
  Result<YamlDocument> doc =
      YamlDocument::parse("adc:\n  kind: sar\n", "chip.yaml");
  YamlMap adc = doc->root().requiredMap("adc");
  adc.required<uint64_t>("bits");
  EXPECT_NE(onlyError(*doc).find("chip.yaml:2:3: error: 'adc' lacks the key "
                                 "'bits'"),
            std::string::npos)
      << onlyError(*doc);
}

TEST(Yaml, AliasesMayNotRepeatWithoutEnd) {
  Result<YamlDocument> cycle = YamlDocument::parse("a: &a [*a]\n", "f");
  ASSERT_FALSE(cycle);
  EXPECT_NE(cycle.error().message.find("alias"), std::string::npos);
  // Each list names the one before twice.
  std::string text = "a0: &a0 [1, 2]\n";
  for (int i = 1; i < 40; ++i)
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" +
            std::to_string(i - 1) + ", *a" + std::to_string(i - 1) + "]\n";
  Result<YamlDocument> doubling = YamlDocument::parse(text, "f");
  ASSERT_FALSE(doubling);
  EXPECT_NE(doubling.error().message.find("aliases repeat"), std::string::npos);
  EXPECT_TRUE(YamlDocument::parse("a: &a [1, 2]\nb: *a\n", "f"));
}

TEST(Yaml, RefusesWhatYamlCppAccepts) {
  EXPECT_NE(YamlDocument::parse("a: 1\na: 2\n", "f")
                .error()
                .text()
                .find("f:2:1: error: the key 'a' stands here twice"),
            std::string::npos);
  EXPECT_FALSE(YamlDocument::parse("a: 1\n---\nb: 2\n", "f"));
  EXPECT_FALSE(YamlDocument::parse("", "f"));
  EXPECT_FALSE(YamlDocument::parse("- 1\n", "f"));
  EXPECT_FALSE(YamlDocument::parse("a: [\n", "f"));
  for (const char *text : {"a: 010\n", "a: 0x10\n", "a: 1.5\n", "a: -1\n"}) {
    Result<YamlDocument> doc = YamlDocument::parse(text, "f");
    doc->root().required<uint64_t>("a");
    EXPECT_EQ(doc->errors().size(), 1u) << text;
  }
}

TEST(Yaml, SetReplacesValuesAndMarksThemAssumed) {
  Result<YamlDocument> doc = YamlDocument::parse(
      "adc: {bits: 8, energy: {value: 2 pJ, status: published, source: x}}\n",
      "chip.yaml");
  EXPECT_TRUE(doc->set("adc.bits", "6", "--set adc.bits=6"));
  EXPECT_TRUE(doc->set("adc.energy", "3 pJ", ""));
  YamlMap adc = doc->root().requiredMap("adc");
  EXPECT_EQ(adc.required<uint64_t>("bits"), 6u);
  const Price energy = adc.required<Price>("energy");
  EXPECT_EQ(energy.value.value(), 3e-12);
  EXPECT_EQ(energy.status, Status::Assumed);
  adc.required<bool>("bits");
  EXPECT_EQ(doc->firstError()->place.text(), "--set adc.bits=6");
  const Result<void> wrong = doc->set("adc.bit", "6", "");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().text().find("there are: bits, energy"),
            std::string::npos);
}

TEST(Yaml, InheritsWhatIsMissing) {
  Result<YamlDocument> base = YamlDocument::parse(
      "rows: 512\nadc: {bits: 8, kind: sar}\n", "base.yaml");
  Result<YamlDocument> own = YamlDocument::parse("adc: {bits: 4}\n", "o.yaml");
  own->inherit(*base);
  YamlMap root = own->root();
  EXPECT_EQ(root.required<uint64_t>("rows"), 512u);
  YamlMap adc = root.requiredMap("adc");
  EXPECT_EQ(adc.required<uint64_t>("bits"), 4u);
  EXPECT_EQ(adc.required<std::string>("kind"), "sar");

  Result<YamlDocument> again = YamlDocument::parse(own->text(), "again");
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(again->root().required<uint64_t>("rows"), 512u);
}

TEST(Yaml, PlacesAreThoseOfTheText) {
  Result<YamlDocument> doc = YamlDocument::parse("a:\n"
                                                 "  - x\n"
                                                 "  - {b: [1, \"two\"],\n"
                                                 "     c: ~}\n"
                                                 "'d e': &n\n"
                                                 "  f: |\n"
                                                 "    text\n"
                                                 "g: *n\n",
                                                 "f");
  ASSERT_TRUE(doc) << doc.error().text();
  YamlMap root = doc->root();
  const auto at = [](const YamlValue &value) { return value.place().text(); };
  const std::vector<YamlValue> items = root.value("a").items();
  EXPECT_EQ(at(items[0]), "f:2:5");
  EXPECT_EQ(at(items[1]), "f:3:5");
  YamlMap inner = items[1].map();
  EXPECT_EQ(at(inner.value("b").items()[1]), "f:3:13");
  EXPECT_EQ(inner.value("b").items()[1].scalar(), "two");
  EXPECT_TRUE(inner.has("c"));
  EXPECT_FALSE(inner.value("c"));
  EXPECT_FALSE(inner.has("d"));
  // An alias is the value that it names, with its place.
  EXPECT_EQ(root.value("d e").map().required<std::string>("f"), "text\n");
  EXPECT_EQ(root.value("g").map().required<std::string>("f"), "text\n");
  EXPECT_EQ(at(root.value("g").map().value("f")),
            at(root.value("d e").map().value("f")));
  root.finish();
  EXPECT_FALSE(doc->firstError()) << doc->firstError()->text();
}

TEST(Yaml, FindsARepeatedKeyInALargeMap) {
  std::string text;
  for (int i = 0; i < 1000; ++i)
    text += "key" + std::to_string(i) + ": 1\n";
  EXPECT_TRUE(YamlDocument::parse(text, "f"));
  EXPECT_EQ(YamlDocument::parse(text + "key7: 2\n", "f").error().text(),
            "f:1001:1: error: the key 'key7' stands here twice");
  const Error list = YamlDocument::parse("a: 1\n? [b]\n: 2\n", "f").error();
  EXPECT_NE(list.text().find("f:2:3: error: a key must be plain text"),
            std::string::npos)
      << list.text();
}

TEST(Yaml, WhatAnAliasNamesKeepsItsValue) {
  auto doc = YamlDocument::parse("a: &a {b: &b {c: 1, d: 2}, e: *b}\n"
                                 "f: *a\n"
                                 "g: &g {h: 3}\n"
                                 "i: *g\n",
                                 "chip.yaml");
  ASSERT_TRUE(doc);
  ASSERT_TRUE(doc->set("a.b.c", "7", "--set"));
  ASSERT_TRUE(doc->set("f.e.d", "8", "--set"));
  const auto base = YamlDocument::parse("g: {j: 4}\n", "base.yaml");
  doc->inherit(*base);
  const auto at = [&](std::initializer_list<const char *> path) {
    YamlMap map = doc->root();
    YamlValue value = map.value(*path.begin());
    for (const char *const *key = path.begin() + 1; key < path.end(); ++key)
      value = value.map().value(*key);
    return value.scalar();
  };
  EXPECT_EQ(at({"a", "b", "c"}), "7");
  EXPECT_EQ(at({"a", "e", "c"}), "1");
  EXPECT_EQ(at({"f", "b", "c"}), "1");
  EXPECT_EQ(at({"f", "e", "d"}), "8");
  EXPECT_EQ(at({"a", "e", "d"}), "2");
  EXPECT_EQ(at({"f", "b", "d"}), "2");
  EXPECT_EQ(at({"g", "j"}), "4");
  EXPECT_EQ(at({"i", "h"}), "3");
  EXPECT_EQ(at({"i", "j"}), "");
}

TEST(Yaml, DepthIsLimitedAlsoThroughAliases) {
  const auto nested = [](const std::string &inner, int levels) {
    return std::string(levels, '[') + inner + std::string(levels, ']');
  };
  EXPECT_TRUE(YamlDocument::parse("a: " + nested("1", 400) + "\n", "f"));
  const Error deep =
      YamlDocument::parse("a: " + nested("1", 600) + "\n", "f").error();
  EXPECT_NE(deep.message.find("nested too deeply"), std::string::npos);
  const std::string half = "a: &a " + nested("1", 200) + "\n";
  EXPECT_TRUE(
      YamlDocument::parse(half + "b: " + nested("*a", 200) + "\n", "f"));
  const Error through =
      YamlDocument::parse(half + "b: " + nested("*a", 350) + "\n", "f").error();
  EXPECT_NE(through.message.find("nested too deeply"), std::string::npos);
  EXPECT_EQ(through.place.line, 2u);
}

TEST(Yaml, SecondDocumentAndMergeKeysHaveTheirPlaces) {
  EXPECT_EQ(YamlDocument::parse("a: 1\n---\nb: 2\n", "f").error().text(),
            "f:3:1: error: holds more than one YAML document");
  Result<YamlDocument> merged =
      YamlDocument::parse("a: &a {b: 1}\nc:\n  <<: *a\n", "f");
  ASSERT_TRUE(merged);
  YamlMap root = merged->root();
  root.value("a");
  YamlMap c = root.requiredMap("c");
  c.optional<uint64_t>("b", 0);
  c.finish();
  EXPECT_NE(onlyError(*merged).find("f:3:3: error: unknown key '<<'"),
            std::string::npos);
}

TEST(Yaml, TextKeepsValuesThatLookLikeOthers) {
  const std::string text = "a: \"~\"\nb: ~\nc: \"\"\nd: \"x: y # z\"\n"
                           "e: [1, {f: \"a\\tb\"}]\ng: {}\nh: []\n";
  Result<YamlDocument> doc = YamlDocument::parse(text, "f");
  ASSERT_TRUE(doc) << doc.error().text();
  Result<YamlDocument> again = YamlDocument::parse(doc->text(), "again");
  ASSERT_TRUE(again) << again.error().text() << doc->text();
  YamlMap root = again->root();
  EXPECT_EQ(root.value("a").scalar(), "~");
  EXPECT_FALSE(root.value("b"));
  EXPECT_TRUE(root.has("b"));
  EXPECT_EQ(root.value("c").kind(), YamlValue::Kind::Scalar);
  EXPECT_EQ(root.value("d").scalar(), "x: y # z");
  EXPECT_EQ(root.value("e").items()[1].map().value("f").scalar(), "a\tb");
  EXPECT_EQ(root.value("g").kind(), YamlValue::Kind::Map);
  EXPECT_EQ(root.value("h").kind(), YamlValue::Kind::Sequence);
  EXPECT_EQ(again->text(), doc->text());
}
