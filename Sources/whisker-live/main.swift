// The child process of `whisker watch` and `whisker train --serve`: `whisker-live REPORT PORT` serves the report of a run on
// loopback until its standard input ends. It is a process of its own so that requests cannot disturb the training.
import Glibc
import WhiskerCore

let arguments = commandLineWords()
guard arguments.count == 3, let port = UInt16(arguments[2]) else {
  LiveServer.fail("whisker-live is started by whisker watch and whisker train --serve")
}
EndingSignals.restore()
// Ctrl-C reaches every process of the terminal; this one ends after its parent.
signal(SIGINT, SIG_IGN)
signal(SIGPIPE, SIG_IGN)
do {
  let server = try LiveServer(LivePage(path: arguments[1]), port: port)
  server.run()
} catch {
  LiveServer.fail("\(error)")
}
