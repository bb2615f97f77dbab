#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "CKernels.h"

static const char *message = "";
static const int signals[] = {SIGABRT, SIGSEGV, SIGILL, SIGTRAP};
// The previous handlers.
static struct sigaction previous[NSIG];

// The runtime raises the signal immediately after the failed allocation, so errno still says ENOMEM. A signal sent by a
// process is handled as before.
static void end(int number, siginfo_t *info, void *context) {
  (void)context;
  if (errno == ENOMEM && info->si_code != SI_USER) {
    ssize_t written = write(STDERR_FILENO, message, strlen(message));
    (void)written;
    _exit(1);
  }
  // Restores the previous handler, which handles the fault when the instruction raises it again.
  sigaction(number, &previous[number], NULL);
  if (number == SIGABRT) raise(number);
}

void whisker_report_memory_failures(const char *text) {
  message = text;
  struct sigaction action = {.sa_sigaction = end, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    sigaction(signals[i], &action, &previous[signals[i]]);
}
