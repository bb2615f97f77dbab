// What `whisker watch` and `whisker train --serve` start beside themselves: `whisker-live REPORT PORT` shows the page of
// a run on loopback until its standard input ends. It is a process of its own so that the tool starts, and training
// runs, without Foundation and without the threads of a server.
import Glibc

let arguments = CommandLine.arguments
guard arguments.count == 3, let port = UInt16(arguments[2]) else {
  LiveServer.fail("whisker-live is started by whisker watch and whisker train --serve")
}
// Ctrl-C reaches every process of the terminal; this one ends after the one that it belongs to.
signal(SIGINT, SIG_IGN)
signal(SIGPIPE, SIG_IGN)
await LiveServer(page: LivePage(path: arguments[1])).run(port: port)
