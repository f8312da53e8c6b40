#include "serve/sandbox.h"

#include <fmt/format.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <system_error>
#include <vector>

namespace nonvol::serve {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;
#endif

// Bytes that come and go through what is open, memory, waiting, time, the end. What a C library or libcrypto
// of another release calls besides fails, and they have to live with it.
constexpr long kAllowed[] = {
    SYS_read,          SYS_readv,           SYS_pread64,         SYS_preadv,       SYS_write,
    SYS_writev,        SYS_pwrite64,        SYS_pwritev,         SYS_fdatasync,    SYS_fsync,
    SYS_recvfrom,      SYS_recvmsg,         SYS_sendto,          SYS_sendmsg,      SYS_accept4,
    SYS_shutdown,      SYS_getsockopt,      SYS_close,           SYS_fcntl,        SYS_dup,
    SYS_fstat,         SYS_newfstatat,      SYS_lseek,           SYS_ppoll,        SYS_futex,
    SYS_brk,           SYS_munmap,          SYS_mremap,          SYS_madvise,      SYS_getrandom,
    SYS_clock_gettime, SYS_clock_nanosleep, SYS_nanosleep,       SYS_gettimeofday, SYS_sched_yield,
    SYS_getpid,        SYS_gettid,          SYS_getuid,          SYS_rt_sigaction, SYS_rt_sigprocmask,
    SYS_rt_sigreturn,  SYS_sigaltstack,     SYS_restart_syscall, SYS_exit,         SYS_exit_group,
#if defined(SYS_poll)
    SYS_poll,
#endif
};
constexpr long kForChildren[] = {SYS_kill, SYS_wait4, SYS_waitid, SYS_pidfd_send_signal};
// Only without PROT_EXEC, which is in their third argument.
constexpr long kMemory[] = {SYS_mmap, SYS_mprotect};

using Program = std::vector<sock_filter>;

void load(Program& program, std::size_t offset_bytes) {
  program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset_bytes)));
}

void give_back(Program& program, std::uint32_t what) {
  program.push_back(BPF_STMT(BPF_RET | BPF_K, what));
}

void allow(Program& program, long number) {
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1));
  give_back(program, SECCOMP_RET_ALLOW);
}

Program filter(const SandboxOptions& options) {
  constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
  Program program;
  load(program, offsetof(seccomp_data, arch));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
  give_back(program, SECCOMP_RET_KILL_PROCESS);
  load(program, offsetof(seccomp_data, nr));
  for (const long number : kAllowed) allow(program, number);
  if (options.ends_child) {
    for (const long number : kForChildren) allow(program, number);
  }
  for (const long number : kMemory) {
    // Past the four that look at the argument, and the number is still loaded for the next.
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 4));
    load(program, offsetof(seccomp_data, args) + 2 * sizeof(std::uint64_t));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1));
    give_back(program, kRefuse);
    give_back(program, SECCOMP_RET_ALLOW);
  }
  // abort(3) sends itself a signal; nobody else.
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 4));
  load(program, offsetof(seccomp_data, args));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(::getpid()), 0, 1));
  give_back(program, SECCOMP_RET_ALLOW);
  give_back(program, kRefuse);
  give_back(program, kRefuse);
  return program;
}

Error refused(const char* what) {
  return Error(ErrorId::kTpmSandbox, fmt::format("the sandbox cannot be entered: {}: {}", what,
                                                 std::generic_category().message(errno)));
}

}  // namespace

Result<void> enter_sandbox(const SandboxOptions& options) {
  const rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) return refused("setrlimit(RLIMIT_CORE)");
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return refused("prctl(PR_SET_DUMPABLE)");
  if (kArchitecture == 0) {
    errno = ENOSYS;
    return refused("no filter for this architecture");
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return refused("prctl(PR_SET_NO_NEW_PRIVS)");
  Program program = filter(options);
  const sock_fprog whole{static_cast<unsigned short>(program.size()), program.data()};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &whole) != 0) {
    return refused("seccomp");
  }
  return {};
}

}  // namespace nonvol::serve
