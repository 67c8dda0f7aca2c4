// base/descriptor.hpp: owner of a file descriptor.
#pragma once

#include <unistd.h>

#include <utility>

namespace dz {

/// Closes what it holds. Holds nothing while `valid()` is false.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() { reset(); }
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        if (this != &other) reset(other.release());
        return *this;
    }

    bool valid() const { return number_ >= 0; }
    int get() const { return number_; }
    /// The caller owns it now.
    int release() { return std::exchange(number_, -1); }
    void reset(int number = -1) {
        if (number_ >= 0) ::close(number_);
        number_ = number;
    }

  private:
    int number_ = -1;
};

}  // namespace dz
