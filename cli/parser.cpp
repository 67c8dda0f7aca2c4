#include "cli/parser.hpp"

#include <memory>

#include "cli/command_tree.hpp"

namespace dz::cli {

std::variant<Invocation, int> parse(const std::vector<std::string>& arguments, std::ostream& out,
                                    std::ostream& err) {
    // Commands refer to the tree's options when they run, so they keep it alive.
    auto tree = std::make_shared<CommandTree>();
    auto parsed = tree->parse(arguments, out, err);
    if (auto* const invocation = std::get_if<Invocation>(&parsed); invocation != nullptr && invocation->run) {
        invocation->run = [tree, run = std::move(invocation->run)](Context& c, std::ostream& o) {
            return run(c, o);
        };
    }
    return parsed;
}

}  // namespace dz::cli
