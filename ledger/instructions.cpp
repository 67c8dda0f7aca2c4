#include "ledger/instructions.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "ledger/codec_read.hpp"
#include "ledger/codec_write.hpp"
#include "ledger/print.hpp"

namespace dz::ledger {
namespace {

/// Reads arguments in order. Those after the end of the data keep their defaults; a malformed one ends it.
class ArgumentReader {
  public:
    ArgumentReader(ByteView data, bool strict) : in_(bytes::Reader(data)), strict_(strict) {}

    template <class T>
    void operator()(const char* name, T& field) {
        if (malformed_ || (in_.empty() && !strict_)) return;
        if (in_.read(field) != codec::Outcome::Ok) malformed_ = name;
    }
    /// Name of the argument, null when all is well.
    const char* malformed() const { return malformed_; }

  private:
    codec::ValueReader in_;
    bool strict_;
    const char* malformed_ = nullptr;
};

template <class Args>
constexpr bool is_strict() {
    if constexpr (requires { Args::kStrict; }) return Args::kStrict;
    return false;
}

template <class Args>
constexpr bool deprecated() {
    if constexpr (requires { Args::kDeprecated; }) return Args::kDeprecated;
    return false;
}

template <class Args>
Result<Instruction> decode_as(ByteView data) {
    Instruction instruction(std::in_place_type<Args>);
    ArgumentReader reader(data, is_strict<Args>());
    Args::fields(*std::get_if<Args>(&instruction), reader);
    if (reader.malformed()) {
        return fail(Errc::BadValue,
                    fmt::format("{}: malformed argument {}", Args::kTypeName, reader.malformed()));
    }
    return instruction;
}

/// What the table below knows about one number.
struct Kind {
    Result<Instruction> (*decode)(ByteView) = nullptr;
    std::string_view name;
};
using Kinds = std::array<Kind, 256>;

template <class... Args>
constexpr Kinds kinds_of(std::type_identity<std::variant<Args...>>) {
    Kinds kinds;
    ((kinds[Args::kNumber] = Kind{&decode_as<Args>, Args::kTypeName}), ...);
    return kinds;
}

constexpr Kinds kKinds = kinds_of(std::type_identity<Instruction>{});

bool known_in(Dialect dialect, std::uint8_t number) {
    switch (number) {
        case ix::ReserveSeat::kNumber:
        case ix::CloseReservation::kNumber:
            return dialect != Dialect::Today;
        case ix::CreateReservedSubscribeUser::kNumber:
        case ix::DeleteReservedSubscribeUser::kNumber:
            return dialect == Dialect::Blocks;
        default:
            return kKinds[number].decode != nullptr;
    }
}

}  // namespace

Result<Instruction> decode_instruction(ByteView data, Dialect dialect) {
    if (data.empty()) return fail(Errc::Unsupported, "empty instruction");
    const std::uint8_t number = data[0];
    const ByteView arguments = data.subspan(1);
    if (!known_in(dialect, number))
        return fail(Errc::Unsupported, fmt::format("unknown instruction {}", number));
    if (number == ix::ReserveSeat::kNumber && dialect == Dialect::Seats)
        return decode_as<ix::ReserveSeat>(arguments);
    return kKinds[number].decode(arguments);
}

Bytes encode_instruction(const Instruction& instruction) {
    return std::visit(
        []<class Args>(const Args& args) {
            codec::ValueWriter out;
            out.write(Args::kNumber);
            out.write(args);
            return out.bytes().take();
        },
        instruction);
}

std::uint8_t number_of(const Instruction& instruction) {
    return std::visit([]<class Args>(const Args&) { return Args::kNumber; }, instruction);
}

bool is_deprecated(const Instruction& instruction) {
    return std::visit([]<class Args>(const Args&) { return deprecated<Args>(); }, instruction);
}

std::string_view instruction_name(std::uint8_t number) {
    // One number, two meanings over time.
    if (number == ix::ReserveSeat::kNumber) return "ReserveConnection";
    return kKinds[number].name;
}

std::string print(const Instruction& instruction) {
    return std::visit(
        []<class Args>(const Args& args) {
            codec::Printer printer;
            Args::fields(args, printer);
            return fmt::format("{} {{{}}}", Args::kTypeName, printer.take());
        },
        instruction);
}

}  // namespace dz::ledger
