import Testing

/// The real binary, run as a process: one test at a time, since several of them measure time.
@Suite("whisker", .serialized, .timeLimit(.minutes(2)))
enum ToolTests {}
