// ledger/fields.hpp: one description of a struct's fields, from which encoding, decoding and printing follow.
//
//     struct CreateContributor {
//         static constexpr std::uint8_t kNumber = 60;
//         std::string code;
//         DZ_FIELDS(CreateContributor, code)
//     };
//
// DZ_FIELDS lists the members in wire order, and compares structs member by member. A visitor is any object
// that can be called with a name and a reference: `visit("code", self.code)`.
#pragma once

#define DZ_PARENS ()
#define DZ_EXPAND(...) DZ_EXPAND_2(DZ_EXPAND_2(DZ_EXPAND_2(__VA_ARGS__)))
#define DZ_EXPAND_2(...) DZ_EXPAND_1(DZ_EXPAND_1(DZ_EXPAND_1(__VA_ARGS__)))
#define DZ_EXPAND_1(...) DZ_EXPAND_0(DZ_EXPAND_0(DZ_EXPAND_0(__VA_ARGS__)))
#define DZ_EXPAND_0(...) __VA_ARGS__
#define DZ_VISIT_EACH(field, ...) \
    visit(#field, self.field);    \
    __VA_OPT__(DZ_VISIT_AGAIN DZ_PARENS(__VA_ARGS__))
#define DZ_VISIT_AGAIN() DZ_VISIT_EACH

/// Inside a struct: `fields(self, visit)`, which visits the named members in order, its own name, and
/// `operator==`.
#define DZ_FIELDS(Type, ...)                                                        \
    static constexpr bool kDescribed = true;                                        \
    static constexpr const char* kTypeName = #Type;                                 \
    static void fields([[maybe_unused]] auto& self, [[maybe_unused]] auto& visit) { \
        __VA_OPT__(DZ_EXPAND(DZ_VISIT_EACH(__VA_ARGS__)))                           \
    }                                                                               \
    bool operator==(const Type&) const = default;

namespace dz::ledger {

/// A struct that describes itself: by DZ_FIELDS, or by hand where a field occurs twice on the wire.
template <class T>
concept Described = requires { requires T::kDescribed; };

}  // namespace dz::ledger
