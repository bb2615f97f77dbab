// libwhisker-mpi.so: see whisker_mpi.h. Compiled by scripts/build-mpi.
#define _GNU_SOURCE
#include "whisker_mpi.h"

#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// The maximum size of a message, because MPI's counts are int.
#define CHUNK (1 << 28)
// The number of polls before a wait yields the core, and before it sleeps.
#define POLLS_BEFORE_YIELDING 1000
#define POLLS_BEFORE_SLEEPING 5000
// The time between two polls of a wait that sleeps, in nanoseconds.
#define PAUSE 100000

static MPI_Request requests[whisker_mpi_sum_limit];
static int pending = 0;

// A separate communicator for failure messages.
static MPI_Comm failures = MPI_COMM_NULL;
static void (*failure_handler)(const char *message) = NULL;

static int job_begin(void) {
  int provided = 0;
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS) return 1;
  if (provided < MPI_THREAD_FUNNELED) return 1;
  return MPI_Comm_dup(MPI_COMM_WORLD, &failures) != MPI_SUCCESS;
}

static void job_end(void) {
  MPI_Comm_free(&failures);
  MPI_Finalize();
}

static void job_abort(int status) {
  // MPICH's launcher discards output that was written immediately before.
  nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
  MPI_Abort(MPI_COMM_WORLD, status);
  _Exit(status);
}

static int64_t job_rank(void) {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

static int64_t job_size(void) {
  int size = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  return size;
}

static int64_t local_size(void) {
  MPI_Comm local;
  int size = 1;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &local);
  MPI_Comm_size(local, &size);
  MPI_Comm_free(&local);
  return size;
}

static int64_t core_sharers(void) {
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

// Calls the handler if another process has reported a failure.
static void poll_failures(void) {
  int arrived = 0, count = 0;
  MPI_Status status;
  if (failure_handler == NULL) return;
  MPI_Iprobe(MPI_ANY_SOURCE, 0, failures, &arrived, &status);
  if (!arrived) return;
  MPI_Get_count(&status, MPI_CHAR, &count);
  char *message = calloc((size_t)count + 1, 1);
  if (message == NULL) return;
  MPI_Recv(message, count, MPI_CHAR, status.MPI_SOURCE, 0, failures, MPI_STATUS_IGNORE);
  failure_handler(message);
  free(message);
}

// Waits for requests. A long wait yields the core, which the awaited processes may need.
static void wait_for(int count, MPI_Request *some) {
  struct timespec pause = {.tv_nsec = PAUSE};
  int done = 0;
  for (int polls = 0; MPI_Testall(count, some, &done, MPI_STATUSES_IGNORE), !done; polls++) {
    if (polls <= POLLS_BEFORE_YIELDING) continue;
    poll_failures();
    if (polls > POLLS_BEFORE_SLEEPING) nanosleep(&pause, NULL);
    else sched_yield();
  }
}

static void finish_sums(void) {
  wait_for(pending, requests);
  pending = 0;
}

static void begin_sum(void *values, int64_t count, MPI_Datatype type) {
  if (pending == whisker_mpi_sum_limit) finish_sums();
  MPI_Iallreduce(MPI_IN_PLACE, values, (int)count, type, MPI_SUM, MPI_COMM_WORLD, &requests[pending++]);
}

static void begin_sum_floats(float *values, int64_t count) { begin_sum(values, count, MPI_FLOAT); }

static void begin_sum_doubles(double *values, int64_t count) { begin_sum(values, count, MPI_DOUBLE); }

static void advance(void) {
  int done;
  if (pending > 0) MPI_Testall(pending, requests, &done, MPI_STATUSES_IGNORE);
}

static void barrier(void) {
  MPI_Request request;
  MPI_Ibarrier(MPI_COMM_WORLD, &request);
  wait_for(1, &request);
}

static int chunk(int64_t start, int64_t count) {
  int64_t rest = count - start;
  return (int)(rest < CHUNK ? rest : CHUNK);
}

static void broadcast(void *bytes, int64_t count) {
  for (int64_t start = 0; start < count; start += CHUNK) {
    MPI_Request request;
    MPI_Ibcast((char *)bytes + start, chunk(start, count), MPI_BYTE, 0, MPI_COMM_WORLD, &request);
    wait_for(1, &request);
  }
}

static void send_bytes(int64_t rank, const void *bytes, int64_t count) {
  for (int64_t start = 0; start < count; start += CHUNK) {
    MPI_Request request;
    MPI_Isend(
        (const char *)bytes + start, chunk(start, count), MPI_BYTE, (int)rank, 0, MPI_COMM_WORLD, &request);
    wait_for(1, &request);
  }
}

static void receive_bytes(int64_t rank, void *bytes, int64_t count) {
  for (int64_t start = 0; start < count; start += CHUNK) {
    MPI_Request request;
    MPI_Irecv((char *)bytes + start, chunk(start, count), MPI_BYTE, (int)rank, 0, MPI_COMM_WORLD, &request);
    wait_for(1, &request);
  }
}

static int64_t sender(void) {
  int arrived = 0;
  MPI_Status status;
  poll_failures();
  MPI_Iprobe(MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &arrived, &status);
  return arrived ? status.MPI_SOURCE : -1;
}

static void on_failure(void (*handler)(const char *message)) { failure_handler = handler; }

static void report_failure(const char *message, int seconds) {
  struct timespec pause = {.tv_nsec = PAUSE};
  MPI_Request request;
  int done = 0;
  MPI_Isend(message, (int)strlen(message), MPI_CHAR, 0, 0, failures, &request);
  for (int64_t polls = 0; polls < seconds * (1000000000LL / PAUSE); polls++) {
    if (!done) MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    nanosleep(&pause, NULL);
  }
}

const struct whisker_mpi *whisker_mpi_table(void) {
  static const struct whisker_mpi table = {
      .version = whisker_mpi_version,
      .begin = job_begin,
      .end = job_end,
      .abort = job_abort,
      .rank = job_rank,
      .size = job_size,
      .local_size = local_size,
      .core_sharers = core_sharers,
      .begin_sum_floats = begin_sum_floats,
      .begin_sum_doubles = begin_sum_doubles,
      .advance = advance,
      .finish_sums = finish_sums,
      .barrier = barrier,
      .broadcast = broadcast,
      .send = send_bytes,
      .receive = receive_bytes,
      .sender = sender,
      .on_failure = on_failure,
      .report_failure = report_failure,
  };
  return &table;
}
