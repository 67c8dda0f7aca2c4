// uml_xstate_shim.c: lets User-Mode Linux run on CPUs with a large register state. Preloaded into linux.uml.
//
// UML 6.1 keeps a process's extended registers in a buffer of 2696 bytes. On a CPU with AMX the kernel wants 11008
// bytes and refuses a shorter PTRACE_SETREGSET with EFAULT, so UML's first process dies. This ptrace() hands the kernel
// UML's bytes followed by the missing components in their initial state. Where the sizes fit it changes nothing.
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { XSTATE_NOTE = 0x202, XSTATE_BV_OFFSET = 512, MAX_XSTATE = 65536 };
// Bits of the two AMX components in XSTATE_BV: clear means "in initial state".
static const uint64_t AMX_COMPONENTS = 3ull << 17;

static unsigned char xstate[MAX_XSTATE] __attribute__((aligned(64)));
static size_t kernel_size;  // what this kernel and CPU want; 0 until the first call

static long kernel_ptrace(long request, pid_t pid, void *address, void *data) {
    return syscall(SYS_ptrace, request, pid, address, data);
}

static long set_xstate(pid_t pid, void *note, struct iovec *given) {
    if (kernel_size == 0) {
        struct iovec whole = {xstate, sizeof xstate};
        if (kernel_ptrace(PTRACE_GETREGSET, pid, note, &whole) < 0) return -1;
        kernel_size = whole.iov_len;
        memset(xstate, 0, kernel_size);
    }
    if (given->iov_len >= kernel_size) return kernel_ptrace(PTRACE_SETREGSET, pid, note, given);

    memcpy(xstate, given->iov_base, given->iov_len);
    uint64_t present;
    memcpy(&present, xstate + XSTATE_BV_OFFSET, sizeof present);
    present &= ~AMX_COMPONENTS;
    memcpy(xstate + XSTATE_BV_OFFSET, &present, sizeof present);
    struct iovec padded = {xstate, kernel_size};
    return kernel_ptrace(PTRACE_SETREGSET, pid, note, &padded);
}

long ptrace(enum __ptrace_request request, ...) {
    va_list arguments;
    va_start(arguments, request);
    const pid_t pid = va_arg(arguments, pid_t);
    void *address = va_arg(arguments, void *);
    void *data = va_arg(arguments, void *);
    va_end(arguments);

    switch (request) {
        case PTRACE_PEEKTEXT:
        case PTRACE_PEEKDATA:
        case PTRACE_PEEKUSER: {  // the C library returns the word, the system call writes it
            long word;
            if (kernel_ptrace(request, pid, address, &word) < 0) return -1;
            errno = 0;
            return word;
        }
        case PTRACE_SETREGSET:
            if ((intptr_t)address == XSTATE_NOTE) return set_xstate(pid, address, data);
            break;
        default:
            break;
    }
    return kernel_ptrace(request, pid, address, data);
}
