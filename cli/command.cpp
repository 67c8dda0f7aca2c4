#include "cli/command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/failure.hpp"
#include "cli/parser.hpp"
#include "cli/usage.hpp"

namespace dz::cli {

namespace {

/// "Kind of device: hybrid, transit or edge"
std::string with_choices(const std::string& about, const std::vector<std::string>& choices) {
    if (choices.empty()) return about;
    const auto last = choices.end() - 1;
    return fmt::format("{}: {}{}{}", about, fmt::join(choices.begin(), last, ", "),
                       choices.size() > 1 ? " or " : "", *last);
}

}  // namespace

CommandBase::CommandBase(CLI::App* app, Invocation* invocation) : app_(app), invocation_(invocation) {}

void CommandBase::add_option(OptionText text, std::function<Result<>(const std::string&)> set) {
    const std::string about = with_choices(text.about, text.choices);
    const std::string name = text.names.substr(text.names.rfind(',') + 1);
    auto* const option = app_->add_option(
        text.names,
        [name, set = std::move(set), words = text.choices](const CLI::results_t& values) {
            for (const std::string& value : values) {
                const auto done = set(value);
                if (done) continue;
                const std::string why = words.empty() ? done.error().text : choices(value, words);
                throw CLI::ValidationError(name, fmt::format("\"{}\": {}", value, why));
            }
            return true;
        },
        about);
    option->type_name(std::string(text.value_name))->required(text.needed);
    if (text.many)
        option->delimiter(',')
            ->type_size(1)
            ->expected(1, CLI::detail::expected_max_vector_size)
            ->allow_extra_args();
    if (!text.initial.empty()) option->default_str(text.initial);
    if (!text.needed) optional_.push_back(option);
}

void CommandBase::add_flag(const std::string& names, bool& target, const std::string& about) {
    optional_.push_back(app_->add_flag(names, target, about));
}

void CommandBase::wants_some() {
    app_->parse_complete_callback([options = optional_] {
        if (std::ranges::none_of(options, [](const CLI::Option* option) { return option->count() > 0; }))
            throw CLI::RequiredError("at least one option that says what to do");
    });
}

void CommandBase::excludes(const std::string& option, const std::string& other) {
    app_->get_option(option)->excludes(app_->get_option(other));
}

void CommandBase::hide() {
    app_->group("");
}

void CommandBase::absent(std::string why, std::string instead) {
    app_->allow_extras()->fallthrough(false);
    const auto json = std::make_shared<bool>(false);
    app_->add_flag("--json,--json-compact", *json, "JSON for scripts");
    std::string what = app_->get_name();
    for (const CLI::App* at = app_->get_parent(); at != nullptr; at = at->get_parent())
        what = at->get_name() + " " + what;
    const auto run = [](std::string name, std::string reason, std::string remedy) -> Task<Result<>> {
        co_return failure(fmt::format("{} is not part of this build", name), reason, remedy,
                          Errc::Unsupported);
    };
    // Behind no version gate: it needs no ledger.
    app_->callback(
        [invocation = invocation_, run, what, json, why = std::move(why), instead = std::move(instead)] {
            invocation->run = [=](Context&, std::ostream&) { return run(what, why, instead); };
            invocation->wants_json = *json;
        });
}

void CommandBase::read(Output output, const std::function<Run(std::shared_ptr<OutputStyle>)>& make) {
    const auto style = std::make_shared<OutputStyle>();
    app_->add_flag("--json", style->json, "JSON for scripts");
    if (output != Output::One) app_->add_flag("--json-compact", style->json_compact, "JSON on one line");
    if (output == Output::WideList) app_->add_flag("--narrow", style->narrow, "Fewer and shorter columns");
    on(make(style), GateKind::Warn, [style] { return style->machine_readable(); });
}

void CommandBase::write(Fill fill, bool waits, Founded founded) {
    const auto options = std::make_shared<WriteOptions>();
    options->founded = founded;
    app_->add_flag("--dry-run", options->dry_run, "Print what would be sent, and send nothing");
    app_->add_flag("--json", options->style.json, "JSON for scripts");
    if (waits) app_->add_flag("-w,--wait", options->wait, "Show the state that the account has afterwards");
    on([options, fill = std::move(fill)](Context& c,
                                         std::ostream& o) { return carry_out(fill, *options, c, o); },
       GateKind::Refuse, [options] { return options->style.machine_readable(); });
}

void CommandBase::on(Run run, GateKind gate, std::function<bool()> wants_json) {
    app_->callback([gate, gated = gated_, invocation = invocation_, run = std::move(run),
                    wants_json = std::move(wants_json)] {
        invocation->run = run;
        invocation->gate = *gated ? gate : GateKind::None;
        invocation->wants_json = wants_json();
    });
}

Group::Group(CLI::App* app, Invocation* invocation) : app_(app), invocation_(invocation) {}

Group Group::group(const std::string& name, const std::string& about) {
    CLI::App* const app = child(name, about);
    app->require_subcommand(1);
    return {app, invocation_};
}

void Group::heading(std::string heading) {
    heading_ = std::move(heading);
}

CLI::App* Group::child(const std::string& name, const std::string& about) {
    CLI::App* const app = app_->add_subcommand(name, about);
    app->fallthrough();
    // The parent's heading would be inherited.
    app->group(heading_.empty() ? "Commands" : heading_);
    return app;
}

}  // namespace dz::cli
