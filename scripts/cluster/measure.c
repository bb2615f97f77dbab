// Prints the time of an all-reduce by size, and the latency and bandwidth of messages. scripts/test-cluster compiles it with
// mpicc.
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static int compare(const void *a, const void *b) {
  double difference = *(const double *)a - *(const double *)b;
  return difference > 0 ? 1 : difference < 0 ? -1 : 0;
}

#define ROUNDS 21

static double sum_time(float *values, int count) {
  double times[ROUNDS];
  for (int round = 0; round < ROUNDS; round++) {
    MPI_Request request;
    MPI_Barrier(MPI_COMM_WORLD);
    double start = MPI_Wtime();
    MPI_Iallreduce(MPI_IN_PLACE, values, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD, &request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    times[round] = MPI_Wtime() - start;
  }
  qsort(times, ROUNDS, sizeof *times, compare);
  return times[ROUNDS / 2];
}

// Seconds one way between the first two processes: half of there and back.
static double message_time(float *values, int count, int rank) {
  double times[ROUNDS];
  for (int round = 0; round < ROUNDS; round++) {
    double start = MPI_Wtime();
    if (rank == 0) {
      MPI_Send(values, count, MPI_FLOAT, 1, 0, MPI_COMM_WORLD);
      MPI_Recv(values, count, MPI_FLOAT, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else if (rank == 1) {
      MPI_Recv(values, count, MPI_FLOAT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      MPI_Send(values, count, MPI_FLOAT, 0, 0, MPI_COMM_WORLD);
    }
    times[round] = (MPI_Wtime() - start) / 2;
  }
  qsort(times, ROUNDS, sizeof *times, compare);
  return times[ROUNDS / 2];
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  int rank, size;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  int largest = 1 << 20;
  float *values = calloc((size_t)largest, sizeof *values);
  if (!values || size < 2) MPI_Abort(MPI_COMM_WORLD, 1);
  double small = message_time(values, 1, rank), large = message_time(values, largest, rank);
  if (rank == 0)
    printf("latency %.1f us, bandwidth %.2f Gb/s\n", small * 1e6, largest * 32.0 / (large - small) / 1e9);
  for (int count = 256; count <= largest; count *= 4) {
    double time = sum_time(values, count);
    if (rank == 0) printf("sum of %d KB over %d processes: %.3f ms\n", count / 256, size, time * 1e3);
  }
  // The size of the gradients of the default network.
  double time = sum_time(values, 693888);
  if (rank == 0) printf("gradients of dropout-cnn (2.8 MB) over %d processes: %.3f ms\n", size, time * 1e3);
  free(values);
  MPI_Finalize();
}
