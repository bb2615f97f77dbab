import Testing

/// The real binary, run as a process. As many tests run at once as there are cores; those that measure time have the machine
/// to themselves.
@Suite("whisker", .divided)
enum ToolTests {}
