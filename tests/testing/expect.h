#pragma once

#include <gmock/gmock.h>

#include "outcome/result.h"

// EXPECT_ERROR(result, kStoreSize): the result is that error. tests/house/check_ids.py looks for these words
// to see that every id is produced by some test, so an id is always written out here, never computed.
#define EXPECT_ERROR(result, id_name)                                                                    \
  do {                                                                                                   \
    const auto& expected_to_fail = (result);                                                             \
    ASSERT_FALSE(expected_to_fail.has_value()) << "expected " #id_name;                                  \
    EXPECT_EQ(expected_to_fail.error().id, ::nonvol::ErrorId::id_name)                                   \
        << ::nonvol::to_string(expected_to_fail.error().id) << ": " << expected_to_fail.error().message; \
  } while (false)

// EXPECT_FINDING(findings, kRecordSizes): at least one finding has that id.
#define EXPECT_FINDING(findings, id_name) \
  EXPECT_THAT((findings),                 \
              ::testing::Contains(::testing::Field(&::nonvol::Finding::id, ::nonvol::ErrorId::id_name)))

// EXPECT_OK(result): shows the error where there is one.
#define EXPECT_OK(result) \
  EXPECT_TRUE((result).has_value()) << ((result).has_value() ? std::string() : (result).error().message)
#define ASSERT_OK(result) \
  ASSERT_TRUE((result).has_value()) << ((result).has_value() ? std::string() : (result).error().message)
