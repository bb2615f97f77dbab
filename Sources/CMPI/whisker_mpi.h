// What Whisker uses of MPI, as one table of functions. `libwhisker-mpi.so` provides it: scripts/build-mpi compiles mpi.c with
// the wrapper compiler of the MPI at hand, and whisker loads it where a launcher started several processes. Whisker itself is
// neither compiled nor linked with MPI.
//
// Every function is called by the thread that called `begin`. MPI ends the whole job where one of its calls fails, so only
// `begin` returns an error.
#ifndef WHISKER_MPI_H
#define WHISKER_MPI_H

#include <stdint.h>

// Changes with the table, so that a library of another build is refused.
#define whisker_mpi_version 1

// The number of sums that may be pending; one more waits for all of them.
#define whisker_mpi_sum_limit 4096

struct whisker_mpi {
  int64_t version;

  // Joins the job. Returns 0 on success.
  int (*begin)(void);
  // Leaves the job, together with all other processes.
  void (*end)(void);
  // Ends all processes of the job at once.
  void (*abort)(int status);

  int64_t (*rank)(void);
  int64_t (*size)(void);
  // The number of processes on this machine, and of those that may use the same cores as this one; this one included.
  int64_t (*local_size)(void);
  int64_t (*core_sharers)(void);

  // Starts adding up values over all processes, in place. All processes start their sums in the same order.
  void (*begin_sum_floats)(float *values, int64_t count);
  void (*begin_sum_doubles)(double *values, int64_t count);
  // Lets the pending sums make progress.
  void (*advance)(void);
  // Waits for all pending sums.
  void (*finish_sums)(void);

  // Waits until all processes are here. Long waits leave the core to others.
  void (*barrier)(void);
  // Copies the first process's bytes to all others.
  void (*broadcast)(void *bytes, int64_t count);
  // Sends bytes to another process, which receives them. The receiver knows the length.
  void (*send)(int64_t rank, const void *bytes, int64_t count);
  void (*receive)(int64_t rank, void *bytes, int64_t count);
  // A process whose bytes wait to be received, or -1.
  int64_t (*sender)(void);

  // Sets what the first process calls, in whichever function it waits, when another process reports a failure.
  void (*on_failure)(void (*handler)(const char *message));
  // Reports a failure to the first process, and waits to be ended by it. Returns after `seconds` if that did not happen.
  void (*report_failure)(const char *message, int seconds);
};

// The library's only symbol.
const struct whisker_mpi *whisker_mpi_table(void);

#endif
