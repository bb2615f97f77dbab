// Hides every instruction set beyond AVX2 from a process, so that libraries without a setting for it can be measured with AVX2.
//
//   cc -O2 -shared -fPIC -o avx2.so avx2.c && LD_PRELOAD=./avx2.so program
//
// Linux lets the instruction CPUID fault on processors that can (cpuid_fault in /proc/cpuinfo). The handler executes it, and
// clears the flags of AVX-512, AVX-VNNI, AMX and AVX10: leaves 7.0, 7.1 of the Intel 64 manual, volume 2A. Threads inherit this,
// new programs do not, but load the library again.
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <cpuid.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static void let_cpuid_fault(int faults) { syscall(SYS_arch_prctl, ARCH_SET_CPUID, !faults); }

static void on_fault(int number, siginfo_t *info, void *context) {
  (void)info;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  const unsigned char *instruction = (const unsigned char *)registers[REG_RIP];
  if (instruction[0] != 0x0f || instruction[1] != 0xa2) {
    signal(number, SIG_DFL);
    return;
  }
  unsigned leaf = (unsigned)registers[REG_RAX], part = (unsigned)registers[REG_RCX], a, b, c, d;
  let_cpuid_fault(0);
  __cpuid_count(leaf, part, a, b, c, d);
  let_cpuid_fault(1);
  if (leaf == 7 && part == 0) {
    b &= ~(1u << 16 | 1u << 17 | 1u << 21 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 30 | 1u << 31);
    c &= ~(1u << 1 | 1u << 6 | 1u << 11 | 1u << 12 | 1u << 14);
    d &= ~(1u << 2 | 1u << 3 | 1u << 8 | 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25);
  }
  if (leaf == 7 && part == 1) {
    a &= ~(1u << 4 | 1u << 5 | 1u << 21 | 1u << 23);
    d &= ~(1u << 4 | 1u << 5 | 1u << 10 | 1u << 19);
  }
  registers[REG_RAX] = a, registers[REG_RBX] = b, registers[REG_RCX] = c, registers[REG_RDX] = d;
  registers[REG_RIP] += 2;
}

__attribute__((constructor)) static void hide(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSEGV, &action, NULL);
  if (syscall(SYS_arch_prctl, ARCH_SET_CPUID, 0) != 0) {
    fprintf(stderr, "avx2.so: this processor cannot hide its instruction sets\n");
    exit(1);
  }
}
