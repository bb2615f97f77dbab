// What `whisker watch` and `whisker train --serve` start beside themselves: `whisker-live REPORT PORT` shows the page of
// a run on loopback until its standard input ends. It is a process of its own so that whatever a browser asks for, and
// however much of it, takes nothing from the training.
import Glibc
import WhiskerTensor

let arguments = commandLineWords()
guard arguments.count == 3, let port = UInt16(arguments[2]) else {
  LiveServer.fail("whisker-live is started by whisker watch and whisker train --serve")
}
EndingSignals.restore()
// Ctrl-C reaches every process of the terminal; this one ends after the one that it belongs to.
signal(SIGINT, SIG_IGN)
signal(SIGPIPE, SIG_IGN)
do {
  let server = try LiveServer(LivePage(path: arguments[1]), port: port)
  server.run()
} catch {
  LiveServer.fail("\(error)")
}
