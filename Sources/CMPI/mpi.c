#define _GNU_SOURCE
#include "CMPI.h"

#ifdef WHISKER_MPI

// Debian keeps the header of whichever MPI is chosen in a folder of its own.
#if __has_include(<mpi.h>)
#include <mpi.h>
#elif __has_include(<mpi/mpi.h>)
#include <mpi/mpi.h>
#else
#error "There is no mpi.h: scripts/setup --mpi installs Open MPI; elsewhere CPATH=MPI/include and -Xlinker -LMPI/lib name its folders"
#endif

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// MPI counts with an int.
#define PIECE (1 << 28)
// How often a wait looks before it lets others have the core, and before it sleeps.
#define LOOKS_BEFORE_YIELDING 1000
#define LOOKS_BEFORE_SLEEPING 5000

static MPI_Request requests[whisker_mpi_sum_limit];
static int pending = 0;

// Open MPI's libraries have all functions that MPICH's header declares, and understand none of its constants.
static int is_mixed(void) {
#ifdef MPICH_VERSION
  char version[MPI_MAX_LIBRARY_VERSION_STRING];
  int length;
  MPI_Get_library_version(version, &length);
  return strstr(version, "Open MPI") != NULL;
#else
  return 0;
#endif
}

int whisker_mpi_begin(void) {
  if (is_mixed()) return whisker_mpi_mixed;
  int provided = 0;
  return MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS ||
         provided < MPI_THREAD_FUNNELED;
}

void whisker_mpi_end(void) { MPI_Finalize(); }

void whisker_mpi_abort(int status) {
  // MPICH's launcher does not wait for what the processes have said last: the reason would be lost.
  nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
  MPI_Abort(MPI_COMM_WORLD, status);
  _Exit(status);
}

int64_t whisker_mpi_rank(void) {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

int64_t whisker_mpi_size(void) {
  int size = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  return size;
}

int64_t whisker_mpi_local_size(void) {
  MPI_Comm local;
  int size = 1;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &local);
  MPI_Comm_size(local, &size);
  MPI_Comm_free(&local);
  return size;
}

int64_t whisker_mpi_core_sharers(void) {
  MPI_Comm local;
  int size = 1, sharers = 0;
  cpu_set_t own, common;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &local);
  MPI_Comm_size(local, &size);
  cpu_set_t *all = calloc((size_t)size, sizeof *all);
  CPU_ZERO(&own);
  sched_getaffinity(0, sizeof own, &own);
  MPI_Allgather(&own, sizeof own, MPI_BYTE, all ? all : &own, sizeof own, MPI_BYTE, local);
  for (int i = 0; all && i < size; i++) {
    CPU_AND(&common, &own, &all[i]);
    sharers += CPU_COUNT(&common) > 0;
  }
  free(all);
  MPI_Comm_free(&local);
  return sharers > 0 ? sharers : 1;
}

// Waits for requests. Who waits for long lets others have the core: they may be what is waited for.
static void wait_for(int count, MPI_Request *some) {
  struct timespec moment = {.tv_nsec = 100000};
  int done = 0;
  for (int looks = 0; MPI_Testall(count, some, &done, MPI_STATUSES_IGNORE), !done; looks++) {
    if (looks > LOOKS_BEFORE_SLEEPING) nanosleep(&moment, NULL);
    else if (looks > LOOKS_BEFORE_YIELDING) sched_yield();
  }
}

static void begin_sum(void *values, int64_t count, MPI_Datatype type) {
  if (pending == whisker_mpi_sum_limit) whisker_mpi_finish_sums();
  MPI_Iallreduce(MPI_IN_PLACE, values, (int)count, type, MPI_SUM, MPI_COMM_WORLD, &requests[pending++]);
}

void whisker_mpi_begin_sum_floats(float *values, int64_t count) { begin_sum(values, count, MPI_FLOAT); }

void whisker_mpi_begin_sum_doubles(double *values, int64_t count) { begin_sum(values, count, MPI_DOUBLE); }

void whisker_mpi_advance(void) {
  int done;
  if (pending > 0) MPI_Testall(pending, requests, &done, MPI_STATUSES_IGNORE);
}

void whisker_mpi_finish_sums(void) {
  wait_for(pending, requests);
  pending = 0;
}

void whisker_mpi_barrier(void) {
  MPI_Request request;
  MPI_Ibarrier(MPI_COMM_WORLD, &request);
  wait_for(1, &request);
}

void whisker_mpi_broadcast(void *bytes, int64_t count) {
  for (int64_t start = 0; start < count; start += PIECE) {
    int64_t rest = count - start;
    MPI_Request request;
    MPI_Ibcast(
        (char *)bytes + start, (int)(rest < PIECE ? rest : PIECE), MPI_BYTE, 0, MPI_COMM_WORLD, &request);
    wait_for(1, &request);
  }
}

void whisker_mpi_send(int64_t rank, const void *bytes, int64_t count) {
  for (int64_t start = 0; start < count; start += PIECE) {
    int64_t rest = count - start;
    MPI_Request request;
    MPI_Isend(
        (const char *)bytes + start, (int)(rest < PIECE ? rest : PIECE), MPI_BYTE, (int)rank, 0, MPI_COMM_WORLD,
        &request);
    wait_for(1, &request);
  }
}

void whisker_mpi_receive(int64_t rank, void *bytes, int64_t count) {
  for (int64_t start = 0; start < count; start += PIECE) {
    int64_t rest = count - start;
    MPI_Request request;
    MPI_Irecv(
        (char *)bytes + start, (int)(rest < PIECE ? rest : PIECE), MPI_BYTE, (int)rank, 0, MPI_COMM_WORLD, &request);
    wait_for(1, &request);
  }
}

int64_t whisker_mpi_sender(void) {
  int arrived = 0;
  MPI_Status status;
  MPI_Iprobe(MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &arrived, &status);
  return arrived ? status.MPI_SOURCE : -1;
}

#endif
