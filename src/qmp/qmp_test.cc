#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "qmp/base64.h"
#include "qmp/request_stream.h"
#include "qmp/session.h"
#include "storage/memory.h"
#include "testing/expect.h"

namespace nonvol::qmp {
namespace {}  // namespace
}  // namespace nonvol::qmp
