#include "libvirt/domain.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>
#include <utility>
#include <vector>

#include "descriptor/machine.h"
#include "json/document.h"
#include "libvirt/well_formed.h"
#include "octets/text.h"

namespace nonvol::libvirt {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr int kMaxDepth = 256;  // libxml2's xmlParserMaxDepth
constexpr std::size_t kMaxAttributes = 256;

constexpr std::pair<std::string_view, std::string_view> kArchitectureNames[] = {
    {"i686", "i386"}, {"armv7l", "arm"}, {"or32", "openrisc"}};

Place place_at(std::string_view text, const std::string& file, std::uint64_t offset_bytes) {
  const json::LineColumn at = json::line_and_column(text, std::min<std::uint64_t>(offset_bytes, text.size()));
  return Place::at_line(file, at.line, at.column);
}

// What XML allows and pugixml does not look at.
std::optional<Error> character_trouble(std::string_view text, const std::string& file) {
  if (text.size() > kMaxBytes) {
    return Error(ErrorId::kDomainTooLarge,
                 fmt::format("the document has {} bytes, and more than {} are not read", text.size(),
                             kMaxBytes))
        .at(Place::in_file(file));
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 || c == '\t' || c == '\n' || c == '\r') continue;
    return Error(ErrorId::kXmlSyntax, fmt::format("the character 0x{:02x} is not allowed in XML", c))
        .at(place_at(text, file, i));
  }
  if (!octets::is_utf8(text)) {
    return Error(ErrorId::kXmlSyntax, "the document is not UTF-8").at(Place::in_file(file));
  }
  if (auto trouble = well_formedness_trouble(text)) {
    return Error(ErrorId::kXmlSyntax, "not well-formed XML: " + trouble->message)
        .at(place_at(text, file, trouble->offset_bytes));
  }
  return std::nullopt;
}

// Takes one document apart. The first thing that stops libvirt's parser stops this one.
class DomainReader {
 public:
  DomainReader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  Result<Domain> read() {
    pugi::xml_document document;
    const unsigned flags = pugi::parse_default | pugi::parse_ws_pcdata | pugi::parse_doctype;
    const pugi::xml_parse_result parsed =
        document.load_buffer(text_.data(), text_.size(), flags, pugi::encoding_utf8);
    if (!parsed) {
      return Error(ErrorId::kXmlSyntax, fmt::format("not well-formed XML: {}", parsed.description()))
          .at(place_at(text_, file_, static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(parsed.offset, 0))));
    }
    check_shape(document);
    if (!error_) domain(document);
    if (error_) return *std::move(error_);
    return std::move(domain_);
  }

 private:
  Place place(pugi::xml_node node) const {
    // The offset is that of the name, one behind the '<'.
    const std::ptrdiff_t offset = node.offset_debug();
    return place_at(text_, file_, offset > 0 ? static_cast<std::uint64_t>(offset - 1) : 0);
  }

  void refuse(pugi::xml_node node, std::string message, ErrorId id = ErrorId::kDomainElement) {
    if (!error_) error_ = Error(id, std::move(message)).at(place(node));
  }

  // One root, no document type, nothing twice, bounded depth: what libxml2 insists on and pugixml does not.
  void check_shape(const pugi::xml_document& document) {
    int roots = 0;
    for (const pugi::xml_node node : document.children()) {
      if (node.type() == pugi::node_doctype) {
        error_ = Error(ErrorId::kXmlSyntax, "a document type declaration is not read")
                     .at(Place::in_file(file_))
                     .with_note("entities that it could define would change what the document says");
        return;
      }
      if (node.type() == pugi::node_element && ++roots > 1) {
        return refuse(node, "a document has one root element, and this is a second", ErrorId::kXmlSyntax);
      }
    }
    int depth = 1;
    pugi::xml_node at = document.document_element();
    while (at && !error_) {
      check_attributes(at);
      pugi::xml_node next = at.first_child();
      if (next && ++depth > kMaxDepth) {
        return refuse(at, fmt::format("elements are nested more than {} deep", kMaxDepth),
                      ErrorId::kDomainTooLarge);
      }
      while (!next && at && at != document.document_element()) {
        next = at.next_sibling();
        if (!next) {
          at = at.parent();
          --depth;
        }
      }
      at = next;
    }
  }

  void check_attributes(pugi::xml_node node) {
    std::vector<std::string_view> names;
    for (const pugi::xml_attribute attribute : node.attributes()) {
      if (names.size() == kMaxAttributes) {
        return refuse(node, fmt::format("<{}> has more than {} attributes", node.name(), kMaxAttributes),
                      ErrorId::kDomainTooLarge);
      }
      names.emplace_back(attribute.name());
    }
    std::ranges::sort(names);
    if (const auto twice = std::ranges::adjacent_find(names); twice != names.end()) {
      refuse(node, fmt::format("<{}> has the attribute '{}' twice", node.name(), *twice),
             ErrorId::kXmlSyntax);
    }
  }

  static std::string content(pugi::xml_node node) {
    std::string result;
    for (const pugi::xml_node child : node.children()) {
      if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) result += child.value();
    }
    return result;
  }

  std::optional<bool> yes_no(pugi::xml_node node, const char* name, bool required = false) {
    return one_of_two(node, name, "yes", "no", required);
  }

  std::optional<bool> one_of_two(pugi::xml_node node, const char* name, std::string_view yes,
                                 std::string_view no, bool required = false) {
    const pugi::xml_attribute attribute = node.attribute(name);
    const std::string_view value = attribute.value();
    if (!attribute) {
      if (required) refuse(node, fmt::format("<{}> lacks its attribute '{}'", node.name(), name));
      return std::nullopt;
    }
    if (value != yes && value != no) {
      refuse(node, fmt::format("'{}' of <{}> is '{}', and must be '{}' or '{}'", name, node.name(), value,
                               yes, no));
    }
    return value == yes;
  }

  // A format's name, or nothing where libvirt takes it as not given.
  static std::string format(pugi::xml_node node, const char* name) {
    std::string value = node.attribute(name).value();
    return value == "none" ? std::string() : value;
  }

  void domain(const pugi::xml_document& document) {
    const pugi::xml_node root = document.document_element();
    if (std::string_view(root.name()) != "domain") {
      return refuse(root, fmt::format("the root element is <{}>, and must be <domain>", root.name()));
    }
    domain_.virtualization = root.attribute("type").value();
    if (domain_.virtualization.empty()) return refuse(root, "<domain> lacks its attribute 'type'");
    domain_.name = content(root.child("name"));
    if (domain_.name.empty()) return refuse(root, "<domain> has no <name>");
    if (domain_.name.find('/') != std::string::npos) {
      return refuse(root.child("name"), fmt::format("the name '{}' has a '/'", domain_.name));
    }
    // virXMLCheckIllegalChars
    if (domain_.name.find('\n') != std::string::npos) {
      return refuse(root.child("name"), "the name has a line break");
    }
    const pugi::xml_node os = root.child("os");
    if (!os) return refuse(root, "<domain> has no <os>");
    guest_type(os);
    firmware(os);
    loader(os.child("loader"), os.child("nvram"));
    domain_.kernel = content(os.child("kernel"));
    features(root);
    launch_security(root.child("launchSecurity"));
  }

  void guest_type(pugi::xml_node os) {
    const pugi::xml_node type = os.child("type");
    const std::string kind = content(type);
    if (kind.empty()) return refuse(os, "<os> has no <type>");
    if (kind != "hvm")
      return refuse(type, fmt::format("<type> is '{}'; only 'hvm' guests have firmware", kind));
    const std::string_view architecture = type.attribute("arch").value();
    domain_.architecture =
        architecture.empty() ? descriptor::host_architecture() : qemu_architecture(architecture);
    domain_.machine = type.attribute("machine").value();
    if (domain_.machine.empty()) domain_.machine = preferred_machine(domain_.architecture);
  }

  // virDomainDefParseBootFirmwareOptions
  void firmware(pugi::xml_node os) {
    for (const pugi::xml_node list : os.children("firmware")) {
      for (const pugi::xml_node feature : list.children("feature")) {
        domain_.asks_for_features = true;
        const std::string_view name = feature.attribute("name").value();
        const std::optional<bool> enabled = yes_no(feature, "enabled", true);
        if (name == "secure-boot") {
          domain_.secure_boot = enabled;
        } else if (name == "enrolled-keys") {
          domain_.enrolled_keys = enabled;
        } else {
          refuse(feature, fmt::format("the firmware feature '{}' is none that libvirt knows: secure-boot, "
                                      "enrolled-keys",
                                      name));
        }
      }
    }
    const std::string_view type = os.attribute("firmware").value();
    if (type == "efi") {
      domain_.firmware = FirmwareType::kEfi;
    } else if (type == "bios") {
      domain_.firmware = FirmwareType::kBios;
    } else if (!type.empty()) {
      refuse(os, fmt::format("'firmware' of <os> is '{}', and must be 'efi' or 'bios'", type));
    }
  }

  // virDomainLoaderDefParseXML
  void loader(pugi::xml_node element, pugi::xml_node nvram_element) {
    if (!element && !nvram_element) return;
    Loader& result = domain_.loader.emplace();
    if (nvram_element) nvram(nvram_element, result);
    if (!element) {
      // <nvram format=''> alone asks for firmware of that format.
      if (result.nvram) result.format = result.nvram->format;
      return;
    }
    result.path = content(element);
    result.readonly = yes_no(element, "readonly");
    result.secure = yes_no(element, "secure");
    result.stateless = yes_no(element, "stateless");
    result.format = format(element, "format");
    if (const pugi::xml_attribute type = element.attribute("type")) {
      const std::string_view value = type.value();
      result.type = value == "rom" ? LoaderType::kRom : LoaderType::kPflash;
      if (value != "rom" && value != "pflash") {
        refuse(element, fmt::format("'type' of <loader> is '{}', and must be 'rom' or 'pflash'", value));
      }
    }
    // virDomainDefPostParseOs
    if (!result.path.empty() && result.type == LoaderType::kNone) result.type = LoaderType::kRom;
  }

  // virDomainLoaderDefParseXMLNvram
  void nvram(pugi::xml_node element, Loader& result) {
    if (const pugi::xml_attribute path = element.attribute("template")) result.nvram_template = path.value();
    result.nvram_template_format = format(element, "templateFormat");
    NvramSource& source = result.nvram.emplace();
    source.format = format(element, "format");
    const pugi::xml_attribute type = element.attribute("type");
    if (!type) {
      source.path = content(element);
      return;
    }
    const pugi::xml_node where = element.child("source");
    if (!where) return refuse(element, "<nvram> has a 'type' and no <source>");
    source.type_given = true;
    source.type = type.value();
    if (source.type == "file") source.path = where.attribute("file").value();
    if (source.type == "block") source.path = where.attribute("dev").value();
    if (source.type == "dir") source.path = where.attribute("dir").value();
  }

  void features(pugi::xml_node root) {
    const pugi::xml_node features = root.child("features");
    domain_.acpi = static_cast<bool>(features.child("acpi"));
    if (const pugi::xml_node smm = features.child("smm")) {
      domain_.smm = one_of_two(smm, "state", "on", "off").value_or(true);
    }
    const pugi::xml_node power = root.child("pm");
    domain_.suspend_to_memory = yes_no(power.child("suspend-to-mem"), "enabled");
    domain_.suspend_to_disk = yes_no(power.child("suspend-to-disk"), "enabled");
  }

  // virDomainSecDefParseXML
  void launch_security(pugi::xml_node element) {
    if (!element) return;
    domain_.launch_security = element.attribute("type").value();
    if (domain_.launch_security.empty()) return refuse(element, "<launchSecurity> lacks its 'type'");
    if (domain_.launch_security != "sev") return;
    // virXPathUIntBase with base 16: "0x" may stand in front.
    std::string policy = content(element.child("policy"));
    std::string_view digits = policy;
    if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
      return refuse(element,
                    fmt::format("<policy> of <launchSecurity> is '{}', and must be a hexadecimal number "
                                "of 32 bits",
                                policy));
    }
    domain_.sev_policy = value;
  }

  std::string_view text_;
  const std::string& file_;
  Domain domain_;
  std::optional<Error> error_;
};

}  // namespace

std::string_view to_string(FirmwareType type) {
  return type == FirmwareType::kEfi ? "efi" : type == FirmwareType::kBios ? "bios" : "";
}

std::string_view to_string(LoaderType type) {
  return type == LoaderType::kPflash ? "pflash" : type == LoaderType::kRom ? "rom" : "";
}

std::string qemu_architecture(std::string_view libvirt_name) {
  for (const auto& [libvirt, qemu] : kArchitectureNames) {
    if (libvirt == libvirt_name) return std::string(qemu);
  }
  return std::string(libvirt_name);
}

std::string preferred_machine(std::string_view architecture) {
  if (architecture == "x86_64" || architecture == "i386") return "pc";
  return std::string(descriptor::default_machine(architecture).value_or(""));
}

Result<Domain> parse_domain(std::string_view text, const std::string& file) {
  if (auto trouble = character_trouble(text, file)) return *std::move(trouble);
  return DomainReader(text, file).read();
}

}  // namespace nonvol::libvirt
