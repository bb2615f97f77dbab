// The few things that Whisker wants of MPI, over all processes of a job. Every function is called by the thread that
// began. MPI itself ends the whole job where one of its calls fails, so nothing returns an error but the beginning.
//
// Without the package's trait MPI nothing of this is there to be linked.
#ifndef WHISKER_CMPI_H
#define WHISKER_CMPI_H

#include <stdint.h>

// Joins the job. Returns 0, or another number where that failed: this one where the header of one MPI was compiled, and the
// library of another linked.
#define whisker_mpi_mixed 2
int whisker_mpi_begin(void);
// Leaves the job, together with all other processes.
void whisker_mpi_end(void);
// Ends all processes of the job at once.
_Noreturn void whisker_mpi_abort(int status);

// This process's number, from 0, and the number of processes.
int64_t whisker_mpi_rank(void);
int64_t whisker_mpi_size(void);
// The processes on this machine, and those of them that may use the same cores as this one; this one included.
int64_t whisker_mpi_local_size(void);
int64_t whisker_mpi_core_sharers(void);

// Starts to add up values over all processes, in place. Several sums may be on their way; all processes start them in
// the same order. Room for `whisker_mpi_sum_limit` of them.
#define whisker_mpi_sum_limit 4096
void whisker_mpi_begin_sum_floats(float *values, int64_t count);
void whisker_mpi_begin_sum_doubles(double *values, int64_t count);
// Lets the sums that were started go on.
void whisker_mpi_advance(void);
// Waits until all of them are there.
void whisker_mpi_finish_sums(void);

// Waits until all processes are here, without keeping a core busy for long.
void whisker_mpi_barrier(void);
// Copies the first process's bytes to all others.
void whisker_mpi_broadcast(void *bytes, int64_t count);
// Sends bytes to another process, which receives them. A length may be sent by itself.
void whisker_mpi_send(int64_t rank, const void *bytes, int64_t count);
void whisker_mpi_receive(int64_t rank, void *bytes, int64_t count);
// A process whose bytes wait to be received; -1 where there is none.
int64_t whisker_mpi_sender(void);

#endif
