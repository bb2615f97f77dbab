// The MPI functions that Whisker uses, as a function table. `libwhisker-mpi.so` provides it: scripts/build-mpi compiles mpi.c
// with the wrapper compiler of the installed MPI, and whisker loads it when a launcher started several processes. Whisker
// itself is neither compiled nor linked with MPI.
//
// All functions are called by the thread that called `begin`. MPI aborts all processes when a call fails, so only `begin`
// returns an error.
#ifndef WHISKER_MPI_H
#define WHISKER_MPI_H

#include <stdint.h>

// Incremented when the table changes, so that an incompatible library is rejected.
#define whisker_mpi_version 1

// The maximum number of pending all-reduces. Starting one more waits for all of them.
#define whisker_mpi_sum_limit 4096

struct whisker_mpi {
  int64_t version;

  // Initializes MPI. Returns 0 on success.
  int (*begin)(void);
  // Finalizes MPI, together with all other processes.
  void (*end)(void);
  // Ends all processes immediately.
  void (*abort)(int status);

  int64_t (*rank)(void);
  int64_t (*size)(void);
  // The number of processes on this machine, and of those that may use any of this process's cores; both include this one.
  int64_t (*local_size)(void);
  int64_t (*core_sharers)(void);

  // Starts an in-place all-reduce (sum). All processes start them in the same order.
  void (*begin_sum_floats)(float *values, int64_t count);
  void (*begin_sum_doubles)(double *values, int64_t count);
  // Makes progress with pending all-reduces.
  void (*advance)(void);
  // Waits for all pending all-reduces.
  void (*finish_sums)(void);

  // Waits until all processes have called this. A long wait yields the core.
  void (*barrier)(void);
  // Copies the bytes of rank 0 to all other processes.
  void (*broadcast)(void *bytes, int64_t count);
  // Sends bytes to another process, and receives them there. The receiver must know the length.
  void (*send)(int64_t rank, const void *bytes, int64_t count);
  void (*receive)(int64_t rank, void *bytes, int64_t count);
  // The rank of a process whose message is waiting, or -1.
  int64_t (*sender)(void);

  // Sets the function that rank 0 calls while it waits, when another process reports a failure.
  void (*on_failure)(void (*handler)(const char *message));
  // Reports a failure to rank 0 and waits for rank 0 to abort. Returns after `seconds` if it does not.
  void (*report_failure)(const char *message, int seconds);
};

// The library's only symbol.
const struct whisker_mpi *whisker_mpi_table(void);

#endif
