#ifndef WHISKER_PHILOX_H
#define WHISKER_PHILOX_H

#include <stdint.h>

// The constants and the number of rounds of Philox4x32-10, from the paper.
#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u
#define PHILOX_ROUNDS 10

// The purpose in the last word of a counter; see RandomStream.Purpose.
#define PHILOX_PURPOSE_DROPOUT 1u

#endif
