import Foundation

/// Both ends of a terminal of a given width.
struct PseudoTerminal {
  /// The end that the test reads.
  let master: Int32
  /// The end that the process writes to.
  let slave: FileHandle

  init(columns: UInt16) throws {
    var master: Int32 = -1
    var slave: Int32 = -1
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    guard openpty(&master, &slave, nil, nil, &size) == 0 else {
      throw ToolRun.Failure("there is no pseudo-terminal: \(String(cString: strerror(errno)))")
    }
    self.master = master
    self.slave = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
  }
}
