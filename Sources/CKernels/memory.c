#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "CKernels.h"

static const char message[] =
    "whisker: out of memory: the machine, the container or ulimit -v has no more. "
    "Use fewer --workers, a smaller --batch-size or a smaller network\n";
static const int signals[] = {SIGABRT, SIGSEGV, SIGILL, SIGTRAP};
// Who handled each signal before.
static struct sigaction previous[NSIG];

// The signal follows the failed call at once. One that a process sent is not of this kind.
static void end(int number, siginfo_t *info, void *context) {
  (void)context;
  if (errno == ENOMEM && info->si_code != SI_USER) {
    ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written;
    _exit(1);
  }
  // Every other fault goes to the handler that was there before: the same instruction raises it again.
  sigaction(number, &previous[number], NULL);
  if (number == SIGABRT) raise(number);
}

void whisker_report_memory_failures(void) {
  struct sigaction action = {.sa_sigaction = end, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    sigaction(signals[i], &action, &previous[signals[i]]);
}
