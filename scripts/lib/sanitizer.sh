# The build with the address sanitizer, for scripts/sanitize and scripts/fuzz. They share it, because a build takes minutes: the tests
# also carry the coverage by which libFuzzer searches, and only the program of scripts/fuzz is linked to libFuzzer.
coverage=edge,indirect-calls,trace-cmp,inline-8bit-counters,pc-table
address_flags=(-c release --sanitize=address --scratch-path .build/address -Xswiftc -DFUZZING
  -Xswiftc "-sanitize-coverage=$coverage" -Xcc -fsanitize=fuzzer-no-link)
