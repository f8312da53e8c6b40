#pragma once

#include <libtasn1.h>

#include <memory>
#include <string>

#include "octets/reader.h"

namespace nonvol::interop {

// One type of an ASN.1 module, as libtasn1 decodes it. One thread.
class DerType {
 public:
  // `module` is a file of docs/formats, `type` "NonvolNvramImage.Image".
  DerType(const std::string& module, const std::string& type);

  // Why libtasn1's strict decoder refuses the bytes, all of which must be the value; empty if it does not.
  std::string complaint(octets::Bytes der) const;

 private:
  struct Delete {
    void operator()(asn1_node node) const;
  };
  std::string failure_;
  std::string type_;
  std::unique_ptr<asn1_node_st, Delete> definitions_;
};

// What the programs of OpenSSL, dumpasn1 and libtasn1 say of a file that they do not accept, each with its
// name in front; empty if all three do.
std::string complaint_of_programs(const std::string& path);

}  // namespace nonvol::interop
